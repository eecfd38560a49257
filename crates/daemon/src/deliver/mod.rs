//! Sending, sending again, completing. Nothing in here can sign.
//!
//! | file | what |
//! |---|---|
//! | `tatum.rs` | chains whose transactions the API sends |
//! | `node.rs` | chains whose transactions are sent to their node, and followed until they are executed |
//! | `look.rs` | what the nodes and the API know of a transaction that is followed |

mod look;
mod node;
mod tatum;

use kms_chains::{Chain, Delivery, Submit};
use kms_core::{PendingTransaction, TransactionHash};

use crate::content::Content;
use crate::daemon::Daemon;
use crate::error::ItemError;
use crate::journal::{Entry, JournalError, State};

pub(crate) use node::Followed;

/// Whether the bytes may have been sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Try {
    /// No: they have just been signed.
    First,
    /// Perhaps: they come from the journal.
    Again,
}

/// A transaction that has been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) hash: TransactionHash,
    /// Whether the API counts it as complete; else it has still to be told.
    pub(crate) completed: bool,
}

/// A signed transaction on its way through its node.
pub(crate) struct Follow {
    submit: &'static dyn Submit,
    entry: Entry,
    which: Try,
    /// Whether the node has said that it took the bytes.
    taken: bool,
    /// What is waited for, for people.
    waits_for: String,
}

/// What the journal has to say to a transaction that was handed out.
pub(crate) enum Answer {
    /// It had been signed; it was answered.
    Done(Done),
    /// It had been signed; what became of it is found out beside the lane.
    Follow(Box<Follow>),
    /// It has to be signed.
    ToSign(Box<Entry>),
}

impl Daemon<'_> {
    /// Answers for a pending transaction that was signed: with the same bytes, or not at all.
    pub(crate) async fn answer(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        content: Content,
    ) -> Result<Answer, ItemError> {
        let (ticker, network) = (chain.spec().ticker.0, self.settings.network);
        let Some(entry) = self.journal.find(&tx.id).await? else {
            let entry = Entry::new(tx, ticker, network, content);
            self.journal.insert_soon(&entry)?;
            self.reached(&entry, State::Seen);
            return Ok(Answer::ToSign(Box::new(entry)));
        };
        if entry.content != content || entry.chain != ticker || entry.network != network {
            return Err(self.quarantine(entry).await?);
        }
        match chain.delivery() {
            Delivery::Tatum => self.answer_by_api(chain, tx, entry).await,
            Delivery::Node(submit) => self.answer_by_node(chain, submit, entry).await,
        }
    }

    /// What has neither to be signed nor to be delivered.
    fn left_alone(&self, entry: &Entry) -> ItemError {
        self.give_number_back(entry);
        match (entry.state, entry.hash()) {
            (State::Refused, Some(hash)) => ItemError::RefusedBefore { hash: hash.clone() },
            (state, _) => ItemError::LeftAlone { state },
        }
    }

    /// What the operator discarded has no claim to its number any more.
    fn give_number_back(&self, entry: &Entry) {
        if let Some(sequence) = entry.sequence().filter(|_| entry.state == State::Discarded) {
            self.sequences.release(&entry.chain, sequence, &entry.id);
        }
    }

    /// Tells the API that the transaction is complete. If it does not listen, the next poll brings the
    /// transaction again and it is told again.
    async fn complete(&self, tx: &PendingTransaction, entry: Entry) -> Result<Done, ItemError> {
        let hash = hash_of(&entry)?;
        match self.client.complete(&tx.id, &hash).await {
            Ok(()) => self.completed(entry).await,
            Err(error) => {
                tracing::warn!(
                    chain = %tx.ticker, transaction = %tx.id, %hash,
                    "sent, but the API did not take it as completed: {error}"
                );
                Ok(Done { hash, completed: false })
            }
        }
    }

    /// The API counts it as complete.
    async fn completed(&self, entry: Entry) -> Result<Done, ItemError> {
        let hash = hash_of(&entry)?;
        if entry.state != State::Completed {
            self.mark(entry, State::Completed).await?;
        }
        Ok(Done { hash, completed: true })
    }

    /// The API names the transaction that completed the pending one.
    async fn completed_with(
        &self,
        tx: &PendingTransaction,
        entry: Entry,
        hash: &str,
    ) -> Result<Done, ItemError> {
        let ours = hash_of(&entry)?;
        if !hash.eq_ignore_ascii_case(&ours.0) {
            tracing::warn!(
                chain = %tx.ticker, transaction = %tx.id, %ours,
                "the API says it was completed with {hash}"
            );
        }
        self.completed(entry).await
    }

    /// Nobody has it. Its number is free for a transaction that conflicts with it.
    async fn refused(&self, entry: Entry, reason: String) -> Result<ItemError, ItemError> {
        let hash = hash_of(&entry)?;
        let error = ItemError::Refused { hash, reason };
        let entry = entry.because(&error.to_string()).reported();
        let entry = self.mark(entry, State::Refused).await?;
        if let Some(sequence) = entry.sequence() {
            self.sequences.release(&entry.chain, sequence, &entry.id);
        }
        Ok(error)
    }

    /// What is complete stays complete; everything else is left alone from now on.
    async fn quarantine(&self, entry: Entry) -> Result<ItemError, JournalError> {
        let error = ItemError::Changed;
        if !matches!(entry.state, State::Completed | State::Quarantined | State::Discarded) {
            let entry = entry.because(&error.to_string()).reported();
            self.mark(entry, State::Quarantined).await?;
        }
        Ok(error)
    }
}

fn hash_of(entry: &Entry) -> Result<TransactionHash, JournalError> {
    entry.hash().cloned().ok_or_else(|| JournalError::Damaged { id: entry.id.to_string() })
}
