//! What a ledger is to the rest of this folder.

use async_trait::async_trait;
use bitcoin::{OutPoint, Script, TxOut, Txid};

use crate::error::ApiError;

/// What Core's RPC says to bytes that are no transaction.
pub(super) const DECODE_FAILED: &str = "TX decode failed. Make sure the tx has at least one input.";

/// An unspent output.
#[derive(Clone, Debug)]
pub(super) struct Coin {
    pub(super) outpoint: OutPoint,
    pub(super) output: TxOut,
    /// The block it is in; none while it waits for one.
    pub(super) height: Option<u32>,
}

/// A transaction that the ledger has.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Its serialised form.
    pub(super) bytes: Vec<u8>,
    /// The block it is in; none while it waits for one.
    pub(super) height: Option<u32>,
}

/// All that ever reached a script and left it, in the smallest units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Balance {
    pub(super) incoming: u128,
    pub(super) outgoing: u128,
}

/// A ledger of outputs.
#[async_trait]
pub(super) trait Book: Send + Sync {
    /// The unspent outputs of a script, oldest first.
    async fn coins(&self, script: &Script) -> Result<Vec<Coin>, ApiError>;

    /// One output, if it is unspent.
    async fn coin(&self, outpoint: OutPoint) -> Result<Option<Coin>, ApiError>;

    /// A transaction in a block or waiting for one.
    async fn transaction(&self, txid: Txid) -> Result<Option<Seen>, ApiError>;

    /// What a script got and gave.
    async fn balance(&self, script: &Script) -> Result<Balance, ApiError>;

    /// Checks a transaction and lets it wait for a block.
    async fn broadcast(&self, bytes: &[u8]) -> Result<Txid, ApiError>;

    /// Makes a confirmed output out of nothing, in a block with all that waits.
    async fn fund(&self, script: &Script, units: u64) -> Result<Txid, ApiError>;

    /// Puts all that waits into a block; its height.
    async fn mine(&self) -> Result<u32, ApiError>;
}
