//! The chains.
//!
//! Pure: nothing in this crate reads a clock, a file, the environment or the network of its own accord;
//! randomness, time and answers come in through parameters, and `clippy.toml` of this crate holds it to
//! that. One folder per chain, grouped by family where chains share their rules:
//!
//! - [`evm`]: Ethereum and the chains that copied it
//! - [`utxo`]: Bitcoin and the chains that copied it
//! - [`algorand`]: Algorand and its tokens
//! - [`binance_beacon`]: BNB Beacon Chain, shut down
//! - [`cardano`]: transfers of ADA
//! - [`flow`]: the Flow network
//! - [`multiversx`]: MultiversX, formerly Elrond
//! - [`solana`]: Solana, legacy messages and version 0
//! - [`stellar`]: Stellar, Soroban included
//! - [`tron`]: the TRON network
//! - [`vechain`]: VeChain Thor
//! - [`xrp`]: the XRP Ledger
//!
//! [`registry`] lists them all; [`chain`] says what each must provide.

pub mod algorand;
pub mod binance_beacon;
pub mod cardano;
pub mod chain;
pub mod delivery;
mod described;
pub mod error;
pub mod evm;
pub mod flow;
#[cfg(fuzzing)]
pub mod fuzzing;
mod hex_key;
mod json;
pub mod keys;
pub mod multiversx;
pub mod new_wallet;
mod number;
mod protobuf;
pub mod registry;
pub mod signing;
pub mod solana;
pub mod stellar;
mod tokens;
pub mod tron;
pub mod utxo;
pub mod vechain;
pub mod xrp;

pub use chain::{
    Chain, Context, Found, KeyScheme, Policy, Sequences, Signed, TransactionScheme, Unsigned,
};
pub use delivery::{Delivery, LookUp, Submit, Validity};
pub use error::{FinishError, KeyError, PayloadError, PrepareError, SignError};
pub use keys::{Addresses, private_key, signing_key};
pub use new_wallet::{NewWallet, WalletField};
pub use signing::{SigningKeys, WalletRule};
