//! The page of the sandbox: what waits, what was signed, what became of it; transfers to queue; and the
//! approval server that the daemon asks, with a person behind it.
//!
//! | file | what |
//! |---|---|
//! | `routes.rs` | the endpoints |
//! | `guard.rs`, `token.rs` | who gets in: Host, Origin, token, headers |
//! | `assets.rs`, `assets/` | the page itself: plain HTML, CSS and JavaScript |
//! | `view.rs`, `intent.rs` | what is shown |
//! | `approvals.rs` | questions and decisions |
//! | `approve.rs`, `mac.rs` | the daemon's way in, and how each side proves itself |
//! | `flags.rs` | what can be set from outside |
//!
//! The page decodes nothing: the daemon says with each question what it will sign, and the chains of
//! the sandbox check for themselves what it has signed.

mod approvals;
mod approve;
mod assets;
mod flags;
mod guard;
mod intent;
mod mac;
mod routes;
mod token;
mod view;
mod wallets;

use std::net::SocketAddr;
use std::sync::OnceLock;

use self::approvals::Approvals;
pub use self::approvals::Mode;
pub use self::flags::{PageFlags, PageSettings};
use self::mac::Proof;
pub(crate) use self::routes::routes;
use self::token::Token;
use self::wallets::Wallets;
use crate::transfer::Wishes;

/// Where the daemon asks; `--externalUrl` is this path at the sandbox.
pub const APPROVAL_PATH: &str = "/approve";

/// What the page knows beyond the list of pending transactions.
pub(crate) struct Page {
    token: Token,
    approvals: Approvals,
    proof: Option<Proof>,
    /// The wallets that daemons have asked for.
    pub(crate) wallets: Wallets,
    wishes: Wishes,
    bound: OnceLock<SocketAddr>,
}

impl Page {
    pub(crate) fn new(settings: PageSettings) -> Self {
        Self {
            token: settings.seed.map_or_else(Token::random, Token::of_seed),
            approvals: Approvals::new(settings.mode),
            proof: settings.secret.map(Proof::new),
            wallets: Wallets::default(),
            wishes: Wishes::default(),
            bound: OnceLock::new(),
        }
    }

    /// Says where the sandbox listens.
    pub(crate) fn bind(&self, address: SocketAddr) {
        // There is one listener.
        let _ = self.bound.set(address);
    }

    /// What to open in a browser. Whoever knows it can use the page.
    pub(crate) fn url(&self) -> String {
        format!("{}/?token={}", self.base(), self.token.expose())
    }

    fn base(&self) -> String {
        self.bound.get().map_or_else(String::new, |address| format!("http://{address}"))
    }

    fn port(&self) -> u16 {
        self.bound.get().map_or(0, SocketAddr::port)
    }
}
