//! The transactions that wait for a signature, as the API keeps them.
//!
//! An entry is handed out at every poll until it is completed (by a broadcast that names it, or by
//! hand) or deleted. A reported error changes nothing about that.

mod list;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::list::{Counts, PendingList};
use crate::chain::Identity;
use crate::clock;

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
    /// Every distinct signed transaction that was ever broadcast under its id, taken or refused.
    pub transactions: Vec<Broadcast>,
    /// Errors reported for it, oldest first.
    pub errors: Vec<String>,
    /// When it passed from one hand to the next.
    pub times: Times,
}

/// A signed transaction that was broadcast under the id of a pending one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Broadcast {
    /// Which one.
    #[serde(flatten)]
    pub identity: Identity,
    /// How often it came.
    pub times: u64,
    /// Whether the chain took it.
    pub accepted: bool,
}

/// Microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// Queued by the application.
    pub queued: u64,
    /// First handed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polled: Option<u64>,
    /// First broadcast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broadcast: Option<u64>,
    /// Completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed: Option<u64>,
}

impl Entry {
    fn new(id: String, draft: Draft) -> Self {
        Self {
            transaction: PendingTransaction { id, draft, tx_id: None },
            state: State::Pending,
            polls: 0,
            broadcasts: Vec::new(),
            transactions: Vec::new(),
            errors: Vec::new(),
            times: Times { queued: clock::microseconds(), ..Times::default() },
        }
    }

    fn complete(&mut self, tx_id: &str) {
        self.state = State::Completed;
        self.transaction.tx_id = Some(tx_id.to_owned());
        self.times.completed = Some(clock::microseconds());
    }

    fn note(&mut self, identity: Identity, accepted: bool) {
        self.times.broadcast.get_or_insert_with(clock::microseconds);
        let known = self.transactions.iter_mut().find(|known| known.identity.hash == identity.hash);
        match known {
            Some(known) => {
                known.times += 1;
                known.accepted |= accepted;
            }
            None => self.transactions.push(Broadcast { identity, times: 1, accepted }),
        }
    }

    fn is_signed_by(&self, wallets: &HashSet<String>) -> bool {
        let draft = &self.transaction.draft;
        let signatures = draft.signatures.iter().flatten().map(|signer| &signer.id);
        draft.hashes.iter().chain(signatures).any(|id| wallets.contains(id))
    }
}

/// Seconds of the clock and random digits: 24 hex digits that sort by age, as the API's ids do.
pub(crate) fn new_id() -> String {
    let random = hex::encode(clock::random::<8>());
    format!("{:08x}{random}", clock::seconds() & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(hash: &str) -> Identity {
        Identity { hash: hash.to_owned(), sender: None, nonce: None, inputs: Vec::new() }
    }

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
    fn every_distinct_transaction_is_kept_with_how_often_it_came() {
        let list = PendingList::default();
        let id = list.add(draft("ETH", "a"));
        for (hash, accepted) in [("0x1", false), ("0x1", true), ("0x2", false), ("0x1", false)] {
            list.note_broadcast(&id, identity(hash), accepted);
        }
        let seen: Vec<_> = list.entries()[0]
            .transactions
            .iter()
            .map(|seen| (seen.identity.hash.clone(), seen.times, seen.accepted))
            .collect();
        assert_eq!(seen, [("0x1".to_owned(), 3, true), ("0x2".to_owned(), 1, false)]);
        list.note_broadcast("unknown", identity("0x3"), true);
    }

    #[test]
    fn what_was_completed_last_can_be_handed_out_again() {
        let list = PendingList::default();
        let ids: Vec<_> = (0..4).map(|_| list.add(draft("ETH", "a"))).collect();
        for id in &ids[..3] {
            list.complete(id, "0x1").unwrap();
        }
        let polled: Vec<_> =
            list.poll_again("ETH", None, 2).into_iter().map(|one| one.id).collect();
        assert_eq!(polled, [&ids[3], &ids[2], &ids[1]].map(Clone::clone));
        assert!(list.poll_again("ETH", None, 2).iter().all(|one| one.tx_id.is_none()));
        assert_eq!(list.counts(), Counts { pending: 1, completed: 3, deleted: 0 });
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
