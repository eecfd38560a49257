//! Chains whose transactions the API sends.

use std::time::Instant;

use kms_chains::{Chain, Found};
use kms_core::{Outcome, PendingTransaction, TransactionHash};
use kms_tatum::{ChainNode, Details};

use super::{Answer, Done, Try, hash_of};
use crate::daemon::Daemon;
use crate::error::ItemError;
use crate::journal::{Entry, State};

/// What is known of signed bytes outside.
enum Look {
    /// The API says that it was completed, with this hash.
    Completed(String),
    /// The node has the transaction with this hash, one of ours.
    Known(TransactionHash),
    /// The node has none of ours.
    Nowhere,
    /// The chain's nodes can't be asked.
    CannotTell,
    /// The node gave no answer.
    NoAnswer,
}

impl Daemon<'_> {
    /// The journal's answer where the API sends.
    pub(super) async fn answer_by_api(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        entry: Entry,
    ) -> Result<Answer, ItemError> {
        if entry.record.retry {
            return self.answer_retry(chain, tx, entry).await;
        }
        match entry.state {
            State::Seen | State::Approved => Ok(Answer::ToSign(Box::new(entry))),
            State::Signed => self.send_again(chain, tx, entry).await.map(Answer::Done),
            State::Sent | State::Completed => self.complete(tx, entry).await.map(Answer::Done),
            State::Refused | State::Failed | State::Quarantined | State::Discarded => {
                Err(self.left_alone(&entry))
            }
        }
    }

    /// The operator wants it signed once more. Not if what was signed before has arrived after all.
    async fn answer_retry(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        entry: Entry,
    ) -> Result<Answer, ItemError> {
        match self.look(chain, tx, &entry).await {
            Look::Completed(hash) => self.completed_with(tx, entry, &hash).await.map(Answer::Done),
            Look::Known(hash) => self.sent(tx, entry, hash).await.map(Answer::Done),
            Look::Nowhere | Look::CannotTell => Ok(Answer::ToSign(Box::new(entry))),
            Look::NoAnswer => {
                let reason = "the node could not be asked for what was signed before".to_owned();
                Err(ItemError::Unknown { hash: hash_of(&entry)?, reason })
            }
        }
    }

    /// Looks what became of the bytes, and only then sends them again.
    async fn send_again(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        entry: Entry,
    ) -> Result<Done, ItemError> {
        match self.look(chain, tx, &entry).await {
            Look::Completed(hash) => self.completed_with(tx, entry, &hash).await,
            Look::Known(hash) => self.sent(tx, entry, hash).await,
            Look::Nowhere | Look::CannotTell | Look::NoAnswer => {
                let entry = self.finish_kept(chain, entry).await?;
                self.send(chain, tx, entry, Try::Again).await
            }
        }
    }

    /// Has the API send what is in the journal, and keeps there what became of it.
    pub(crate) async fn send(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        entry: Entry,
        which: Try,
    ) -> Result<Done, ItemError> {
        let hash = hash_of(&entry)?;
        let Some(signed) = entry.transaction() else {
            return Err(ItemError::Unfinished { hash });
        };
        let start = Instant::now();
        let words = chain.known_already();
        let answer = self.client.broadcast(chain.spec(), words, tx, &signed).await;
        let time = start.elapsed();
        self.settings.status.of(chain.spec().ticker, |status| status.broadcast(time));
        if let Some(warning) = answer.warning {
            tracing::warn!(chain = %chain.spec().ticker, transaction = %tx.id, "{warning}");
        }
        match answer.outcome {
            Outcome::Sent { completed: true } => self.completed(entry).await,
            Outcome::Sent { completed: false } => self.sent(tx, entry, hash).await,
            Outcome::Refused { reason } => self.not_accepted(chain, tx, entry, which, reason).await,
            // The API has taken the bytes, so that they have been sent before from now on.
            Outcome::Unknown { reason } if answer.unclear => {
                self.not_accepted(chain, tx, entry, Try::Again, reason).await
            }
            Outcome::NotSent { reason } if which == Try::First => {
                Err(ItemError::NotSent { hash, reason })
            }
            Outcome::NotSent { reason } | Outcome::Unknown { reason } => {
                Err(ItemError::Unknown { hash, reason })
            }
        }
    }

    /// An answer that is no acceptance says nothing by itself: a node refuses what it has. Only if nobody knows the
    /// hash, and the bytes had not been sent before, is the transaction refused. Otherwise it stays as it is: the same
    /// bytes at a later poll, no `PUT` of a hash that nobody has seen, and never a second signature.
    async fn not_accepted(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        entry: Entry,
        which: Try,
        reason: String,
    ) -> Result<Done, ItemError> {
        // What comes too early has a good number, and what has the one below it is in doubt itself.
        let may_be_final = which == Try::First && !chain.is_too_early(&reason);
        match self.look(chain, tx, &entry).await {
            Look::Completed(hash) => self.completed_with(tx, entry, &hash).await,
            Look::Known(hash) => self.sent(tx, entry, hash).await,
            Look::Nowhere | Look::CannotTell if may_be_final => {
                Err(self.refused(entry, reason).await?)
            }
            // Later transactions may follow in its account, which would wait for ever for its number: so
            // it stays in doubt and its bytes are tried again.
            Look::Nowhere | Look::CannotTell | Look::NoAnswer => {
                Err(ItemError::Unknown { hash: hash_of(&entry)?, reason })
            }
        }
    }

    /// Asks the node for each hash that was ever signed for the transaction, and the API for the rest.
    async fn look(&self, chain: &dyn Chain, tx: &PendingTransaction, entry: &Entry) -> Look {
        let node = ChainNode::new(&self.client, chain.spec());
        let mut seen = Look::Nowhere;
        for signing in entry.signings() {
            match chain.find(&signing.hash, &node).await {
                Ok(Found::Known) => return Look::Known(signing.hash.clone()),
                Ok(Found::Unknown) => {}
                Ok(Found::CannotTell) => seen = Look::CannotTell,
                Err(_) => {
                    seen = Look::NoAnswer;
                    break;
                }
            }
        }
        match self.client.details(&tx.id).await {
            Ok(Details::Completed { hash }) => Look::Completed(hash),
            _ => seen,
        }
    }

    /// The network has it: the API is told.
    async fn sent(
        &self,
        tx: &PendingTransaction,
        entry: Entry,
        hash: TransactionHash,
    ) -> Result<Done, ItemError> {
        let entry = self.mark(entry.with_hash(hash), State::Sent).await?;
        self.complete(tx, entry).await
    }
}
