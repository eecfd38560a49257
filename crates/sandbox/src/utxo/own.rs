//! The sandbox's own ledger, shared between requests.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bitcoin::consensus::encode;
use bitcoin::{OutPoint, Script, Transaction, Txid};

use super::book::{Balance, Book, Coin, DECODE_FAILED, Seen};
use super::ledger::Ledger;
use super::spec::Spec;
use crate::error::ApiError;

/// The ledger behind a lock.
pub(super) struct OwnBook {
    spec: &'static Spec,
    ledger: Mutex<Ledger>,
}

impl OwnBook {
    /// An empty one.
    pub(super) fn new(spec: &'static Spec) -> Self {
        Self { spec, ledger: Mutex::new(Ledger::new(spec)) }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Everything is checked before anything is changed, so that a panic leaves it whole.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refused(&self, words: String) -> ApiError {
        ApiError::refused(self.spec.refusal, words)
    }
}

#[async_trait]
impl Book for OwnBook {
    async fn coins(&self, script: &Script) -> Result<Vec<Coin>, ApiError> {
        Ok(self.ledger().coins(script))
    }

    async fn coin(&self, outpoint: OutPoint) -> Result<Option<Coin>, ApiError> {
        Ok(self.ledger().coin(outpoint))
    }

    async fn transaction(&self, txid: Txid) -> Result<Option<Seen>, ApiError> {
        Ok(self.ledger().transaction(txid))
    }

    async fn balance(&self, script: &Script) -> Result<Balance, ApiError> {
        Ok(self.ledger().balance(script))
    }

    async fn broadcast(&self, bytes: &[u8]) -> Result<Txid, ApiError> {
        let transaction: Transaction =
            encode::deserialize(bytes).map_err(|_| self.refused(DECODE_FAILED.to_owned()))?;
        self.ledger().accept(transaction, bytes).map_err(|words| self.refused(words))
    }

    async fn fund(&self, script: &Script, units: u64) -> Result<Txid, ApiError> {
        self.ledger().fund(script, units).map_err(|words| self.refused(words))
    }

    async fn mine(&self) -> Result<u32, ApiError> {
        Ok(self.ledger().mine())
    }
}
