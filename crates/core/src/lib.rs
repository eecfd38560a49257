//! The vocabulary of the key management system.
//!
//! Types that every other crate speaks: which chain and network ([`Ticker`], [`Network`],
//! [`ChainSpec`]), what waits for a signature ([`PendingTransaction`]), which keys are meant
//! ([`KeyRef`], [`SignatureId`]), what a person must see before it is signed ([`Intent`]), the secret
//! types that are wiped and never printed, and the one port through which a chain may ask the
//! network ([`Node`]).
//!
//! Nothing here does I/O or cryptography.

mod amount;
mod chain;
mod id;
mod intent;
mod node;
mod secret;
mod transaction;
mod wallet;

pub use amount::{AmountError, format_units, parse_units};
pub use chain::{ByNetwork, ChainSpec, Network, NodeHost, Ticker};
pub use id::{IdError, PendingId, SignatureId};
pub use intent::{Action, Asset, Fee, Intent};
pub use node::{Node, NodeError};
pub use secret::{
    ApiKey, KeyText, Mnemonic, Password, Payload, Seed, WalletJson, with_wiped_stack,
};
pub use transaction::{
    Digest, Expiry, KeyRef, Outcome, PendingTransaction, Sequence, SignedTransaction,
    TransactionHash, Withdrawal, WithdrawalInput,
};
pub use wallet::Wallet;
