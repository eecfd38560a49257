//! The transactions that wait for a signature, as the API keeps them.
//!
//! An entry is handed out at every poll until it is completed (by a broadcast that names it, or by
//! hand) or deleted. A reported error changes nothing about that.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ApiError;

/// A wallet and the index of its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Signer {
    /// The wallet's signature id.
    pub id: String,
    /// The derivation index; absent for a private-key wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
}

/// A pending transaction before it has an id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// The ticker of its chain.
    pub chain: String,
    /// Signature ids of the wallets that sign, in order.
    pub hashes: Vec<String>,
    /// What is to be signed, in the chain's own form.
    pub serialized_transaction: String,
    /// The derivation index, when the wallet holds a mnemonic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// Wallet and index for each signer, on chains with several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Vec<Signer>>,
    /// Set when a withdrawal from a virtual account is behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawal_id: Option<String>,
    /// The inputs of such a withdrawal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawal_responses: Option<Value>,
}

/// A pending transaction as it is handed out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingTransaction {
    /// 24 hex digits.
    pub id: String,
    /// All the rest.
    #[serde(flatten)]
    pub draft: Draft,
    /// The transaction's hash, once it is completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_id: Option<String>,
}

/// Where a pending transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Handed out at every poll.
    Pending,
    /// Done; `txId` says with which transaction.
    Completed,
    /// Given up; the API no longer knows it.
    Deleted,
}

/// A pending transaction with everything that happened to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The transaction as handed out.
    #[serde(flatten)]
    pub transaction: PendingTransaction,
    /// Where it stands.
    pub state: State,
    /// How often it was handed out.
    pub polls: u64,
    /// Hashes of all transactions that reached the chain under its id. More than one is a double
    /// payment, unless they exclude each other.
    pub broadcasts: Vec<String>,
    /// Errors reported for it, oldest first.
    pub errors: Vec<String>,
}

impl Entry {
    fn is_signed_by(&self, wallets: &HashSet<String>) -> bool {
        let draft = &self.transaction.draft;
        let signatures = draft.signatures.iter().flatten().map(|signer| &signer.id);
        draft.hashes.iter().chain(signatures).any(|id| wallets.contains(id))
    }
}

/// All pending transactions of the sandbox.
#[derive(Debug, Default)]
pub struct PendingList {
    entries: Mutex<Vec<Entry>>,
}

impl PendingList {
    /// Queues a transaction and says under which id.
    pub fn add(&self, draft: Draft) -> String {
        let id = new_id();
        let transaction = PendingTransaction { id: id.clone(), draft, tx_id: None };
        self.lock().push(Entry {
            transaction,
            state: State::Pending,
            polls: 0,
            broadcasts: Vec::new(),
            errors: Vec::new(),
        });
        id
    }

    /// What waits on a chain, oldest first: for the given wallets, or for all.
    pub fn poll(&self, chain: &str, wallets: Option<&HashSet<String>>) -> Vec<PendingTransaction> {
        let mut handed_out = Vec::new();
        for entry in self.lock().iter_mut() {
            let waits = entry.state == State::Pending && entry.transaction.draft.chain == chain;
            if waits && wallets.is_none_or(|wallets| entry.is_signed_by(wallets)) {
                entry.polls += 1;
                handed_out.push(entry.transaction.clone());
            }
        }
        handed_out
    }

    /// One transaction, waiting or completed.
    pub fn get(&self, id: &str) -> Result<PendingTransaction, ApiError> {
        self.with_known(id, |entry| entry.transaction.clone())
    }

    /// Marks it complete by hand. One that is complete already keeps its hash.
    pub fn complete(&self, id: &str, tx_id: &str) -> Result<(), ApiError> {
        self.with_known(id, |entry| {
            if entry.state == State::Pending {
                entry.state = State::Completed;
                entry.transaction.tx_id = Some(tx_id.to_owned());
            }
        })
    }

    /// Gives it up.
    pub fn delete(&self, id: &str) -> Result<(), ApiError> {
        self.with_known(id, |entry| entry.state = State::Deleted)
    }

    /// Notes an error the daemon reported. An unknown id is passed over, as the API does.
    pub fn report(&self, id: &str, error: &str) {
        if let Some(entry) = self.lock().iter_mut().find(|entry| entry.transaction.id == id) {
            entry.errors.push(error.to_owned());
        }
    }

    /// Completes it with a transaction that has just been sent. False where it can't be completed
    /// with this one: unknown, deleted, of another chain, or complete with another hash.
    pub fn complete_with_broadcast(&self, id: &str, chain: &str, tx_id: &str) -> bool {
        let mut entries = self.lock();
        let Some(entry) = entries.iter_mut().find(|entry| entry.transaction.id == id) else {
            return false;
        };
        entry.broadcasts.push(tx_id.to_owned());
        if entry.state == State::Pending && entry.transaction.draft.chain == chain {
            entry.state = State::Completed;
            entry.transaction.tx_id = Some(tx_id.to_owned());
        }
        entry.state == State::Completed && entry.transaction.tx_id.as_deref() == Some(tx_id)
    }

    /// Everything, deleted entries included.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().clone()
    }

    fn with_known<T>(&self, id: &str, f: impl FnOnce(&mut Entry) -> T) -> Result<T, ApiError> {
        let mut entries = self.lock();
        let known =
            |entry: &&mut Entry| entry.transaction.id == id && entry.state != State::Deleted;
        entries.iter_mut().find(known).map(f).ok_or_else(|| ApiError::missing(id))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        // Every change above is a single assignment or push: a panic elsewhere leaves no half-made
        // entry.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds of the clock and random digits: 24 hex digits that sort by age, as the API's ids do.
fn new_id() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{:08x}{}", seconds & 0xffff_ffff, &random[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(chain: &str, wallet: &str) -> Draft {
        Draft { chain: chain.to_owned(), hashes: vec![wallet.to_owned()], ..Draft::default() }
    }

    #[test]
    fn it_is_handed_out_until_it_is_complete() {
        let list = PendingList::default();
        let id = list.add(draft("ETH", "a"));
        assert_eq!(id.len(), 24);
        list.report(&id, "no such wallet");
        assert_eq!(list.poll("ETH", None).len(), 1);
        assert_eq!(list.poll("ETH", None).len(), 1);
        assert!(list.complete_with_broadcast(&id, "ETH", "0x1"));
        assert!(list.poll("ETH", None).is_empty());
        let entry = &list.entries()[0];
        assert_eq!((entry.polls, entry.state), (2, State::Completed));
        assert_eq!(entry.errors, ["no such wallet"]);
        assert_eq!(list.get(&id).unwrap().tx_id.as_deref(), Some("0x1"));
    }

    #[test]
    fn a_second_payment_shows() {
        let list = PendingList::default();
        let id = list.add(draft("ETH", "a"));
        assert!(list.complete_with_broadcast(&id, "ETH", "0x1"));
        assert!(!list.complete_with_broadcast(&id, "ETH", "0x2"));
        assert_eq!(list.entries()[0].broadcasts, ["0x1", "0x2"]);
        assert_eq!(list.get(&id).unwrap().tx_id.as_deref(), Some("0x1"));
    }

    #[test]
    fn a_deleted_one_is_unknown() {
        let list = PendingList::default();
        let id = list.add(draft("ETH", "a"));
        list.delete(&id).unwrap();
        assert!(list.get(&id).is_err());
        assert!(list.complete(&id, "0x1").is_err());
        assert!(!list.complete_with_broadcast(&id, "ETH", "0x1"));
    }

    #[test]
    fn another_chain_can_not_complete_it() {
        let list = PendingList::default();
        let id = list.add(draft("BSC", "a"));
        assert!(!list.complete_with_broadcast(&id, "ETH", "0x1"));
        assert_eq!(list.entries()[0].state, State::Pending);
    }

    #[test]
    fn wallets_are_found_in_hashes_and_in_signatures() {
        let list = PendingList::default();
        list.add(draft("ETH", "a"));
        let signatures = Some(vec![Signer { id: "b".to_owned(), index: Some(3) }]);
        list.add(Draft { chain: "ETH".to_owned(), signatures, ..Draft::default() });
        let asked = |ids: &[&str]| {
            let wallets = ids.iter().map(|id| (*id).to_owned()).collect();
            list.poll("ETH", Some(&wallets)).len()
        };
        assert_eq!((asked(&["a"]), asked(&["b"]), asked(&["a", "b"]), asked(&[])), (1, 1, 2, 0));
    }
}
