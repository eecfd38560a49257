//! What others may see of a running daemon. Reads the [`Status`](crate::Status) and changes nothing.
//!
//! | file | what |
//! |---|---|
//! | `http.rs` | `/healthz`, `/readyz` and `/metrics` on an address of the operator's choosing |
//! | `metrics.rs` | the metrics, as Prometheus reads them |
//! | `health.rs` | whether the daemon is ready, in words |
//! | `file.rs` | the status file, which the command `status` reads |

mod file;
mod health;
mod http;
mod metrics;

pub use file::{StatusFile, Told, told};
pub use http::{ListenError, Listener};
