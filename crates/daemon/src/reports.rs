//! What is counted, and what is told to the API, once.

use std::collections::HashSet;

use kms_core::PendingId;
use kms_tatum::{Client, Failure};

use crate::error::{ItemError, Severity};

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

/// The failures of a process, as far as the API has to hear of them.
#[derive(Default)]
pub(crate) struct Reports {
    waiting: Vec<Failure>,
    /// What has been reported or is waiting to be.
    known: HashSet<PendingId>,
}

impl Reports {
    /// Notes that a transaction failed. `last_pass` says whether a later poll could still go better.
    pub(crate) fn note(&mut self, id: &PendingId, error: &ItemError, last_pass: bool) {
        let due = match error.severity() {
            Severity::Lasting => true,
            Severity::Passing => last_pass,
            Severity::Skipped | Severity::Fatal => false,
        };
        if due {
            self.add(id, error.to_string());
        }
    }

    /// Notes a failure, unless one of the same transaction was noted before.
    pub(crate) fn add(&mut self, id: &PendingId, reason: String) {
        if self.known.insert(id.clone()) {
            self.waiting.push(Failure { id: id.clone(), reason });
        }
    }

    /// A transaction that failed has been sent after all: if it fails again, that is news.
    pub(crate) fn forget(&mut self, id: &PendingId) {
        self.known.remove(id);
        self.waiting.retain(|failure| failure.id != *id);
    }

    /// Tells the API, in one call. What it does not take is told after the next pass.
    pub(crate) async fn send(&mut self, client: &Client) {
        match client.report(&self.waiting).await {
            Ok(()) => self.waiting.clear(),
            Err(error) => tracing::warn!(
                failures = self.waiting.len(),
                "the API did not take the report of failed transactions: {error}"
            ),
        }
    }
}
