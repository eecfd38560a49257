//! What became of each transaction in a run, for whoever asked to be told at its end.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kms_core::{PendingId, TransactionHash};

use crate::error::{ItemError, Severity};

/// How one transaction, or one poll, ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The chain's code.
    pub chain: &'static str,
    /// How it ended.
    pub end: End,
    /// The hash of what was signed, if it was.
    pub hash: Option<TransactionHash>,
    /// How the approval server answered, where that ended it; see [`ApprovalError::state`].
    ///
    /// [`ApprovalError::state`]: crate::ApprovalError::state
    pub approval: Option<&'static str>,
    /// Why it was not sent, in words that hold no secret.
    pub reason: Option<String>,
}

/// In which of five ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The network has it, and the API counts it as complete.
    Completed,
    /// The network has it; the API has still to be told.
    Sent,
    /// It may have been sent, and the same bytes will be.
    Unknown,
    /// It was not sent.
    Failed,
    /// Nothing was done with it: not approved, or dealt with before.
    Skipped,
}

/// The outcomes of a run. Kept only where somebody wants them.
#[derive(Debug, Default)]
pub struct Outcomes(Mutex<Lists>);

#[derive(Debug, Default)]
struct Lists {
    items: BTreeMap<PendingId, Outcome>,
    polls: Vec<(&'static str, String)>,
    strangers: Vec<(&'static str, String)>,
}

impl End {
    /// One word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl Outcomes {
    /// The transactions that were handed out, by their ids.
    pub fn items(&self) -> BTreeMap<PendingId, Outcome> {
        self.lock().items.clone()
    }

    /// The polls that brought no usable answer: chain and reason.
    pub fn failed_polls(&self) -> Vec<(&'static str, String)> {
        self.lock().polls.clone()
    }

    /// What was handed out without a usable id: chain and problem.
    pub fn strangers(&self) -> Vec<(&'static str, String)> {
        self.lock().strangers.clone()
    }

    pub(crate) fn sent(
        &self,
        id: &PendingId,
        chain: &'static str,
        hash: TransactionHash,
        completed: bool,
    ) {
        let end = if completed { End::Completed } else { End::Sent };
        self.put(id, Outcome { chain, end, hash: Some(hash), approval: None, reason: None });
    }

    pub(crate) fn failed(&self, id: &PendingId, chain: &'static str, error: &ItemError) {
        let end = match (error, error.severity()) {
            (ItemError::Unknown { .. } | ItemError::Finish { .. }, _) => End::Unknown,
            (_, Severity::Skipped) => End::Skipped,
            _ => End::Failed,
        };
        let approval = match error {
            ItemError::Approval(error) => Some(error.state()),
            _ => None,
        };
        let (hash, reason) = (error.hash().cloned(), Some(error.to_string()));
        self.put(id, Outcome { chain, end, hash, approval, reason });
    }

    pub(crate) fn bad(&self, id: Option<&PendingId>, chain: &'static str, problem: &str) {
        let reason = format!("the transaction makes no sense: {problem}");
        match id {
            Some(id) => {
                let reason = Some(reason);
                self.put(
                    id,
                    Outcome { chain, end: End::Failed, hash: None, approval: None, reason },
                );
            }
            None => self.lock().strangers.push((chain, reason)),
        }
    }

    pub(crate) fn poll_failed(&self, chain: &'static str, reason: String) {
        self.lock().polls.push((chain, reason));
    }

    fn put(&self, id: &PendingId, outcome: Outcome) {
        self.lock().items.insert(id.clone(), outcome);
    }

    fn lock(&self) -> MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
