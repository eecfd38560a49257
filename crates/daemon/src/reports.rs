//! What is counted, and what is told to the API, once.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kms_core::PendingId;
use kms_tatum::Failure;

use crate::journal::Entry;

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Transactions that the API handed out, each poll counted.
    pub pending: u64,
    /// Transactions that were signed.
    pub signed: u64,
    /// Transactions that the network has, those that had been signed earlier included.
    pub sent: u64,
    /// Transactions that were not sent, or not for certain.
    pub failed: u64,
    /// Transactions that nothing was done with: denied, refused earlier, quarantined.
    pub skipped: u64,
    /// Polls that brought no usable answer.
    pub failed_polls: u64,
}

impl Summary {
    /// Whether everything that was handed out has been sent.
    pub fn is_clean(&self) -> bool {
        self.failed == 0 && self.skipped == 0 && self.failed_polls == 0
    }
}

/// What can't be in the journal: transactions that could not even be read.
#[derive(Default)]
pub(crate) struct Reports(Mutex<Unreadable>);

#[derive(Default)]
struct Unreadable {
    waiting: Vec<Failure>,
    /// What has been reported or is waiting to be.
    known: HashSet<PendingId>,
}

/// So many ids are remembered; beyond that, remembering starts anew.
const MOST_KNOWN: usize = 100_000;

impl Reports {
    /// Notes a failure, unless one of the same transaction was noted before.
    pub(crate) fn add(&self, id: &PendingId, reason: String) {
        let mut unreadable = self.lock();
        if unreadable.known.len() >= MOST_KNOWN {
            unreadable.known.clear();
        }
        if unreadable.known.insert(id.clone()) {
            unreadable.waiting.push(Failure { id: id.clone(), reason });
        }
    }

    /// Everything that is to be told: what the journal says, and what could not be read.
    pub(crate) fn with_unreadable(&self, due: &[Entry]) -> Vec<Failure> {
        let reason = |entry: &Entry| entry.record.reason.clone().unwrap_or_default();
        let journaled =
            due.iter().map(|entry| Failure { id: entry.id.clone(), reason: reason(entry) });
        journaled.chain(self.lock().waiting.iter().cloned()).collect()
    }

    /// The API has taken these.
    pub(crate) fn told(&self, failures: &[Failure]) {
        self.lock().waiting.retain(|one| !failures.contains(one));
    }

    fn lock(&self) -> MutexGuard<'_, Unreadable> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
