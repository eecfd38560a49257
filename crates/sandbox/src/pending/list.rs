//! The list itself, with an index by id and one of what waits on each chain.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::{Draft, Entry, PendingTransaction, State, new_id};
use crate::chain::Identity;
use crate::clock;
use crate::error::ApiError;

/// All pending transactions of the sandbox.
#[derive(Debug, Default)]
pub struct PendingList {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    entries: Vec<Entry>,
    by_id: HashMap<String, usize>,
    /// What is handed out at polls, by chain, oldest first.
    waiting: HashMap<String, BTreeSet<usize>>,
    /// What is complete, in that order.
    completed: Vec<usize>,
    deleted: usize,
}

/// How many there are of each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Handed out at every poll.
    pub pending: usize,
    /// Done.
    pub completed: usize,
    /// Given up.
    pub deleted: usize,
}

impl PendingList {
    /// Queues a transaction and says under which id.
    pub fn add(&self, draft: Draft) -> String {
        let id = new_id();
        let mut table = self.lock();
        let index = table.entries.len();
        table.waiting.entry(draft.chain.clone()).or_default().insert(index);
        table.by_id.insert(id.clone(), index);
        table.entries.push(Entry::new(id.clone(), draft));
        id
    }

    /// What waits on a chain, oldest first: for the given wallets, or for all.
    pub fn poll(&self, chain: &str, wallets: Option<&HashSet<String>>) -> Vec<PendingTransaction> {
        let mut table = self.lock();
        let Table { entries, waiting, .. } = &mut *table;
        let now = clock::microseconds();
        let mut handed_out = Vec::new();
        for index in waiting.get(chain).into_iter().flatten() {
            let entry = &mut entries[*index];
            if wallets.is_none_or(|wallets| entry.is_signed_by(wallets)) {
                entry.polls += 1;
                entry.times.polled.get_or_insert(now);
                handed_out.push(entry.transaction.clone());
            }
        }
        handed_out
    }

    /// What waits, and after it some of what was completed last, as if it still waited: the answer
    /// of a server that lags behind.
    pub fn poll_again(
        &self,
        chain: &str,
        wallets: Option<&HashSet<String>>,
        most: usize,
    ) -> Vec<PendingTransaction> {
        let mut handed_out = self.poll(chain, wallets);
        let table = self.lock();
        let completed = table.completed.iter().rev().map(|index| &table.entries[*index]);
        let again = completed.filter(|entry| {
            entry.state == State::Completed
                && entry.transaction.draft.chain == chain
                && wallets.is_none_or(|wallets| entry.is_signed_by(wallets))
        });
        handed_out.extend(again.take(most).map(|entry| {
            let transaction = entry.transaction.clone();
            PendingTransaction { tx_id: None, ..transaction }
        }));
        handed_out
    }

    /// One transaction, waiting or completed.
    pub fn get(&self, id: &str) -> Result<PendingTransaction, ApiError> {
        let mut table = self.lock();
        let index = table.known(id)?;
        Ok(table.entries[index].transaction.clone())
    }

    /// Marks it complete by hand. One that is complete already keeps its hash.
    pub fn complete(&self, id: &str, tx_id: &str) -> Result<(), ApiError> {
        let mut table = self.lock();
        let index = table.known(id)?;
        table.complete(index, tx_id);
        Ok(())
    }

    /// Gives it up.
    pub fn delete(&self, id: &str) -> Result<(), ApiError> {
        let mut table = self.lock();
        let index = table.known(id)?;
        table.no_longer_waits(index);
        table.entries[index].state = State::Deleted;
        table.deleted += 1;
        Ok(())
    }

    /// Notes an error the daemon reported. An unknown id is passed over, as the API does.
    pub fn report(&self, id: &str, error: &str) {
        if let Some(entry) = self.lock().entry(id) {
            entry.errors.push(error.to_owned());
        }
    }

    /// Notes which signed transaction was broadcast for it, whether the chain took it or not.
    pub fn note_broadcast(&self, id: &str, identity: Identity, accepted: bool) {
        if let Some(entry) = self.lock().entry(id) {
            entry.note(identity, accepted);
        }
    }

    /// Notes that a transaction reached the chain under its id, but completes nothing.
    pub fn leave_open(&self, id: &str, tx_id: &str) {
        if let Some(entry) = self.lock().entry(id) {
            entry.broadcasts.push(tx_id.to_owned());
        }
    }

    /// Completes it with a transaction that has just been sent. False where it can't be completed
    /// with this one: unknown, deleted, of another chain, or complete with another hash.
    pub fn complete_with_broadcast(&self, id: &str, chain: &str, tx_id: &str) -> bool {
        let mut table = self.lock();
        let Some(&index) = table.by_id.get(id) else { return false };
        let entry = &mut table.entries[index];
        entry.broadcasts.push(tx_id.to_owned());
        if entry.transaction.draft.chain == chain {
            table.complete(index, tx_id);
        }
        let entry = &table.entries[index];
        entry.state == State::Completed && entry.transaction.tx_id.as_deref() == Some(tx_id)
    }

    /// Everything, deleted entries included.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    /// Looks at everything, oldest first, without a copy. The list is locked meanwhile.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&[Entry]) -> T) -> T {
        look(&self.lock().entries)
    }

    /// How many there are of each state.
    pub fn counts(&self) -> Counts {
        let table = self.lock();
        let pending = table.waiting.values().map(BTreeSet::len).sum();
        let deleted = table.deleted;
        Counts { pending, completed: table.entries.len() - pending - deleted, deleted }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing above can panic between two changes that belong together.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn entry(&mut self, id: &str) -> Option<&mut Entry> {
        self.by_id.get(id).and_then(|index| self.entries.get_mut(*index))
    }

    /// Where an entry is that has not been deleted.
    fn known(&mut self, id: &str) -> Result<usize, ApiError> {
        let index = self.by_id.get(id).copied();
        let index = index.filter(|index| self.entries[*index].state != State::Deleted);
        index.ok_or_else(|| ApiError::missing(id))
    }

    /// Completes an entry that waits; any other stays as it is.
    fn complete(&mut self, index: usize, tx_id: &str) {
        if self.entries[index].state != State::Pending {
            return;
        }
        self.no_longer_waits(index);
        self.entries[index].complete(tx_id);
        self.completed.push(index);
    }

    fn no_longer_waits(&mut self, index: usize) {
        let chain = &self.entries[index].transaction.draft.chain;
        if let Some(waiting) = self.waiting.get_mut(chain) {
            waiting.remove(&index);
        }
    }
}
