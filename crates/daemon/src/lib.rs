//! The signing daemon: poll, approve, sign, journal, deliver. Exactly once.
//!
//! Start with `process.rs`, which takes one transaction from start to end. Around it:
//!
//! | file | what |
//! |---|---|
//! | `run.rs`, `serve.rs` | all chains side by side until the shutdown; one chain, polled and worked off |
//! | `work.rs`, `lanes.rs`, `backoff.rs` | what is in hand on a chain; who is next, and who has to wait |
//! | `one.rs`, `daemon.rs` | what becomes of a transaction, told to the log, the journal and the counters |
//! | `journal/` | what was signed, durable before it is sent |
//! | `deliver/` | sends, sends again, looks, completes; the three outcomes |
//! | `approve/` | four-eyes |
//! | `wallets.rs`, `asked.rs`, `store.rs` | which wallets are polled; keys, and how long they live |
//! | `preparing.rs`, `sequences.rs` | what the network has to say before; nonces, given out in one place |
//! | `content.rs` | the digest that tells a transaction that comes back from another one under its id |
//! | `watch/` | health, metrics and the status file |
//! | `reports.rs` | what is told to the API, and that it is told once |

mod approve;
mod asked;
mod backoff;
mod content;
mod daemon;
mod deliver;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod journal;
mod lanes;
mod lock;
mod one;
mod outcome;
mod preparing;
mod process;
mod reports;
mod run;
mod sequences;
mod serve;
mod settings;
mod status;
mod stop;
mod store;
mod wallets;
pub mod watch;
mod work;

pub use approve::{
    Approval, ApprovalError, ApprovalHeader, ApprovalMethod, ApprovalSettingsError, HeaderProblem,
};
pub use error::{DaemonError, ItemError, SettingsError};
pub use journal::{JournalAdmin, JournalError, JournalItem, State, journal_path};
pub use lock::{LockError, lock_path};
pub use outcome::{End, Outcome, Outcomes};
pub use reports::Summary;
pub use run::run;
pub use settings::{DaemonSettings, Looking};
pub use status::{BUCKETS, ChainStatus, Histogram, Status};
pub use store::{OpenStore, Store};
