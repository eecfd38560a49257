//! The HTTP client underneath, with the rules that every call of the KMS keeps.

use std::time::Duration;

use reqwest::redirect::Policy;

/// Who we are, towards the API and the approval server.
pub const USER_AGENT: &str = concat!("tatum-kms/", env!("CARGO_PKG_VERSION"));

/// Which certificates TLS trusts.
#[derive(Clone, Debug)]
pub enum Roots {
    /// Those of the operating system.
    System,
    /// None, for plain http on loopback: the system's store is not even read.
    None,
    /// These and no others.
    Only(Vec<reqwest::Certificate>),
}

/// A client that follows no redirect, uses no proxy and never waits without end.
///
/// A redirect would carry the key, or a signed transaction, to whomever the answer names; a proxy from
/// the environment would see both. `connect` and `total` are the limits of one call.
pub fn builder(connect: Duration, total: Duration, roots: Roots) -> reqwest::ClientBuilder {
    // Whoever comes first installs it; an error only means that it is in place already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(connect)
        .timeout(total);
    match roots {
        Roots::System => builder,
        Roots::None => builder.tls_certs_only([]),
        Roots::Only(certificates) => builder.tls_certs_only(certificates),
    }
}
