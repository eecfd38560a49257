//! How a signed transaction gets to the network.
//!
//! Most chains have the Tatum API send it. On some the API only wants to hear what became of it, and it is
//! sent to the chain's node from here. The order is the same: the bytes are in the journal before the first of
//! them leaves.

use async_trait::async_trait;
use kms_core::{Expiry, Node, NodeError, Outcome, SignedTransaction, TransactionHash};

/// Who sends a signed transaction.
#[derive(Clone, Copy)]
pub enum Delivery {
    /// The API: `ChainSpec::broadcast_path` takes the signed data, sends it and completes the pending one.
    Tatum,
    /// We do, through the node. Once the node has it, `ChainSpec::broadcast_path` takes the *hash* in place of
    /// the data, and only completes the pending one.
    Node(&'static dyn Submit),
}

/// Sends transactions of one chain to its node, and finds out what became of them. Has no keys.
#[async_trait]
pub trait Submit: Send + Sync {
    /// Sends the bytes. May be called again with the same transaction, which can be executed once only.
    ///
    /// `Sent` means that the node has taken it, not that it is executed; `completed` is never set.
    /// `Refused` means that this node has not passed it on; it says nothing of an earlier try.
    async fn submit(&self, signed: &SignedTransaction, node: &dyn Node) -> Outcome;

    /// What the network knows of a transaction.
    async fn look_up(&self, hash: &TransactionHash, node: &dyn Node) -> LookUp;

    /// Called once at most, when it is settled: found, or refused. Gives back what the API lent for it, if anything.
    /// Nothing depends on whether that succeeds.
    async fn settled(&self, _signed: &SignedTransaction, _node: &dyn Node) {}

    /// Whether a transaction with this expiry can still be executed. Only if it can't *and*
    /// [`look_up`](Self::look_up) finds nothing may the pending transaction be signed anew.
    ///
    /// # Errors
    /// The node gave no usable answer: nobody can tell.
    async fn validity(&self, expiry: &Expiry, node: &dyn Node) -> Result<Validity, NodeError>;
}

/// Whether a transaction can still be executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Validity {
    /// It can, as far as is known.
    Valid,
    /// It can't, by a margin.
    Expired,
    /// The same, for so long that nodes may have forgotten it, if it was executed.
    ExpiredLongAgo,
}

impl Validity {
    /// That of a transaction whose last block is `last`, where the network is at `height`: gone after another
    /// `margin` blocks, and perhaps forgotten after `memory` blocks.
    pub(crate) fn at(height: u64, last: u64, margin: u64, memory: u64) -> Self {
        match height.saturating_sub(last) {
            past if past <= margin => Self::Valid,
            past if past <= memory => Self::Expired,
            _ => Self::ExpiredLongAgo,
        }
    }
}

/// What the network knows of a transaction.
#[derive(Debug)]
pub enum LookUp {
    /// It was executed, and its outcome is settled as far as its chain settles things at once.
    Found {
        /// Why it had no effect but its fee, if so.
        failed: Option<String>,
    },
    /// The network does not know it: not sent, not executed yet, or dropped.
    NotFound,
    /// No usable answer.
    CannotTell(NodeError),
}
