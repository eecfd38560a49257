//! A transaction on its way: pending, signed, sent.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Payload, PendingId, SignatureId};

/// A transaction that waits for a signature.
#[derive(Clone, Debug)]
pub struct PendingTransaction {
    /// Names it towards the API.
    pub id: PendingId,
    /// The chain's code as it arrived.
    pub ticker: String,
    /// The wallets that sign, in order.
    pub wallets: Vec<SignatureId>,
    /// Further wallets that sign, each with an index of its own, after [`wallets`](Self::wallets).
    pub signers: Vec<KeyRef>,
    /// The derivation index for a wallet in [`wallets`](Self::wallets) that holds a mnemonic.
    pub index: Option<u32>,
    /// What is to be signed, in the chain's own form.
    pub payload: Payload,
    /// The withdrawal from a virtual account that it belongs to.
    pub withdrawal: Option<Withdrawal>,
}

/// A withdrawal from a virtual account.
#[derive(Clone, Debug)]
pub struct Withdrawal {
    /// Names the withdrawal towards the API.
    pub id: PendingId,
    /// What is spent, where the chain has inputs.
    pub inputs: Option<Vec<WithdrawalInput>>,
}

/// One input of a withdrawal on a chain that has inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalInput {
    /// The transaction that made the output; `-1` marks the change, which is not an input.
    pub transaction: String,
    /// Which output of it.
    pub output: Option<u32>,
    /// The derivation index of its key; 0 where the API gives none.
    pub index: u32,
}

/// One key: of a wallet, and at an index where the wallet holds a mnemonic.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyRef {
    /// The wallet.
    pub wallet: SignatureId,
    /// The derivation index. A wallet that holds a private key has no use for it.
    pub index: Option<u32>,
}

/// A transaction with all its signatures, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTransaction {
    /// What is sent, in the text form that the API expects for the chain.
    pub data: String,
    /// The identifier it has on chain, computed here.
    pub hash: TransactionHash,
}

/// The identifier of a transaction on its chain, in the chain's usual spelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TransactionHash(pub String);

impl fmt::Display for TransactionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Until when a signed transaction can be executed, in words of its chain: kept in the journal, and read by
/// the chain alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry(pub String);

/// A digest of the exact bytes that will be signed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The place of a transaction in the order of its account: an EVM nonce, an XRP sequence.
///
/// Two transactions of one account with the same number exclude each other on chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sequence {
    /// The account, spelled in one way only.
    pub account: String,
    /// The number.
    pub number: u64,
}

/// How sending ended, by the API or by a node: sent, surely not sent, maybe sent; and refused, which is a "maybe"
/// that somebody has said no to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The network has it.
    Sent {
        /// Whether the API has completed the pending transaction too.
        completed: bool,
    },
    /// It was refused, and nothing had been sent before by this call. The bytes exist and could still be sent by
    /// whoever has them.
    Refused {
        /// The words of the API or the node.
        reason: String,
    },
    /// It may have been sent; the same bytes are to be sent again, nothing is to be signed anew.
    Unknown {
        /// What went wrong.
        reason: String,
    },
    /// No byte of it left the process.
    NotSent {
        /// What went wrong.
        reason: String,
    },
}
