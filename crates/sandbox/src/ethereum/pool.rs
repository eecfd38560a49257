//! Transactions that came before their turn.

use std::collections::{BTreeMap, HashMap};

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256};

use super::transaction::SignedTransaction;

/// What waits, by sender and nonce.
#[derive(Default)]
pub(super) struct Pool {
    waiting: HashMap<Address, BTreeMap<u64, SignedTransaction>>,
    places: HashMap<B256, (Address, u64)>,
}

impl Pool {
    /// Lets a transaction wait. It does not push another one out, whatever it pays.
    pub(super) fn hold(&mut self, transaction: SignedTransaction) -> Result<(), String> {
        let place = (transaction.sender, transaction.envelope.nonce());
        if self.waiting.get(&place.0).is_some_and(|held| held.contains_key(&place.1)) {
            return Err("replacement transaction underpriced".to_owned());
        }
        self.put_back(transaction);
        Ok(())
    }

    /// What waits under this nonce. What waited under a lower one can never have its turn and is
    /// dropped.
    pub(super) fn take(&mut self, sender: Address, nonce: u64) -> Option<SignedTransaction> {
        let held = self.waiting.get_mut(&sender)?;
        let later = held.split_off(&nonce);
        for dropped in std::mem::replace(held, later).into_values() {
            self.places.remove(&dropped.hash());
        }
        let next = held.remove(&nonce);
        if held.is_empty() {
            self.waiting.remove(&sender);
        }
        self.places.remove(&next.as_ref()?.hash());
        next
    }

    /// Lets a transaction wait that was taken too early.
    pub(super) fn put_back(&mut self, transaction: SignedTransaction) {
        let place = (transaction.sender, transaction.envelope.nonce());
        self.places.insert(transaction.hash(), place);
        self.waiting.entry(place.0).or_default().insert(place.1, transaction);
    }

    /// One that waits.
    pub(super) fn get(&self, hash: &B256) -> Option<&SignedTransaction> {
        let (sender, nonce) = self.places.get(hash)?;
        self.waiting.get(sender)?.get(nonce)
    }
}
