//! The client of the Tatum API, and the only crate that knows its wire words.
//!
//! - [`Client`]: base URL, API key, time-outs, retries
//! - [`Client::pending`]: which transactions wait for a signature
//! - [`Client::broadcast`]: sends a signed transaction, with three honest outcomes
//! - [`Client::announce`], [`Client::complete`], [`Client::details`], [`Client::report`]: the rest of a pending transaction's life
//! - [`ChainNode`]: the questions a chain may ask before it signs
//!
//! The API is not trusted: bodies and lists are bounded, items are read one by one, and foreign text
//! is shortened, escaped and freed of the API key before it reaches an error or a log.

mod body;
mod broadcast;
mod circuit;
mod client;
mod details;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod http;
mod item;
mod node;
mod pace;
mod pending;
mod report;
mod retry;
mod settings;
mod text;
mod update_notice;

pub use broadcast::Broadcast;
pub use client::Client;
pub use details::Details;
pub use error::{ApiError, ClientError};
pub use http::{Roots, USER_AGENT, builder};
pub use item::{BadItem, PendingItem};
pub use node::ChainNode;
pub use pending::{MAX_IDS, MAX_ITEMS, Pending};
pub use report::Failure;
pub use settings::{ClientSettings, is_loopback};
pub use text::{causes, escaped};
