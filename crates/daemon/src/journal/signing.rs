//! One signature among those that were made for a pending transaction.

use kms_core::{Digest, Expiry, Sequence, SignedTransaction, TransactionHash};
use serde::{Deserialize, Serialize};

/// One signature: what it made, and what it excludes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signing {
    pub(crate) hash: TransactionHash,
    /// Its place in the account's order.
    pub(crate) sequence: Option<Sequence>,
    /// The digest of what was signed, in hex.
    pub(crate) digest: String,
    /// Until when it can be executed, where that ends; in the words of its chain.
    pub(crate) expiry: Option<Expiry>,
    /// How it is known that it will never be executed, or never again.
    #[serde(default)]
    pub(crate) over: Option<Over>,
    /// Whether the API has been given back what it lent for it.
    #[serde(default)]
    pub(crate) settled: bool,
}

/// Why a signature can't do anything any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Over {
    /// Its expiry was seen to have passed, and nobody knew it after that.
    Expired,
    /// It was executed without effect.
    Failed,
}

impl Signing {
    pub(crate) fn new(
        signed: &SignedTransaction,
        sequence: Option<Sequence>,
        digest: Digest,
        expiry: Option<Expiry>,
    ) -> Self {
        let (hash, digest) = (signed.hash.clone(), digest.to_string());
        Self { hash, sequence, digest, expiry, over: None, settled: false }
    }

    /// One that somebody else made, of which only the hash is known.
    pub(super) fn unknown(hash: TransactionHash) -> Self {
        let (sequence, digest) = (None, String::new());
        Self { hash, sequence, digest, expiry: None, over: None, settled: false }
    }

    /// Whether it can still be executed, as far as is known.
    pub(crate) fn is_live(&self) -> bool {
        self.over.is_none()
    }

    /// Whether at most one of the two can ever be on chain: they have the same place in the order of
    /// the same account, or are the same transaction.
    pub(crate) fn excludes(&self, sequence: Option<&Sequence>, digest: Digest) -> bool {
        match (&self.sequence, sequence) {
            (Some(ours), Some(other)) => ours == other,
            _ => self.is_of(digest),
        }
    }

    /// Whether it signs the bytes with this digest.
    pub(crate) fn is_of(&self, digest: Digest) -> bool {
        self.digest == digest.to_string()
    }
}
