//! A Tatum API on loopback.
//!
//! It hands out pending transactions, takes what the daemon broadcasts, and checks it as a chain
//! would: signature, sender, chain id, nonce, balance, and then real execution. It shares no code
//! with the product, so that a mistake in the product can't hide behind the same mistake here.
//!
//! - [`pending`]: the list of transactions that wait for a signature, and what became of them
//! - [`chain`]: what a chain brings along; [`chains`] has one line for each
//! - [`accounts`]: the books of chains that keep accounts: balances, sequences, transactions by hash
//! - `sandbox`: what there is behind the endpoints; `door`: who may call
//! - [`server`]: the endpoints put together, the listener
//! - [`endpoints`]: routes with their descriptions, of which `/openapi.json` is made
//! - `history`: what a seed repeats and a state file keeps
//! - [`faults`]: what goes wrong on purpose
//! - [`page`]: the page at `/`, and the approval server that a person answers for
//! - [`kms`]: the real `tatum-kms`, for the demo and for tests
//! - [`demo`]: the product, end to end, in one command
//! - [`soak`]: the product under faults and `kill -9`; `bench`: how fast it is

pub mod accounts;
pub mod algorand;
pub mod amount;
mod api;
pub mod bench;
pub mod binance_beacon;
pub mod binary;
pub mod cardano;
pub mod chain;
pub mod chains;
mod client;
mod clock;
mod decimal;
pub mod demo;
mod door;
pub mod endpoints;
pub mod error;
pub mod ethereum;
pub mod faults;
pub mod flow;
mod height;
mod history;
pub mod http;
pub mod kms;
pub mod multiversx;
pub mod output;
pub mod page;
pub mod pending;
mod protobuf;
pub mod random;
mod request;
mod sandbox;
pub mod server;
mod settings;
mod signed_by;
pub mod soak;
pub mod solana;
pub mod stellar;
mod transfer;
pub mod tron;
pub mod utxo;
pub mod vechain;
pub mod xrp;
