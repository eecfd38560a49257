//! Sending, sending again, completing. Nothing in here can sign.

use std::time::Instant;

use kms_chains::{Chain, Found};
use kms_core::{PendingTransaction, TransactionHash};
use kms_tatum::{ChainNode, Delivered, Details};

use crate::content::Content;
use crate::daemon::Daemon;
use crate::error::ItemError;
use crate::journal::{Entry, JournalError, State};
use crate::process::Done;

/// Whether the bytes may have been sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Try {
    /// No: they have just been signed.
    First,
    /// Perhaps: they come from the journal.
    Again,
}

/// What the journal has to say to a transaction that was handed out.
pub(crate) enum Answer {
    /// It had been signed; it was answered.
    Done(Done),
    /// It has to be signed.
    ToSign(Box<Entry>),
}

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
        if entry.record.retry {
            return self.answer_retry(chain, tx, entry).await;
        }
        match entry.state {
            State::Seen | State::Approved => Ok(Answer::ToSign(Box::new(entry))),
            State::Signed => self.send_again(chain, tx, entry).await.map(Answer::Done),
            State::Sent | State::Completed => self.complete(tx, entry).await.map(Answer::Done),
            State::Refused => Err(refused_before(&entry)),
            State::Failed | State::Quarantined | State::Discarded => {
                self.give_number_back(&entry);
                Err(ItemError::LeftAlone { state: entry.state })
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

    /// What the operator discarded has no claim to its number any more.
    fn give_number_back(&self, entry: &Entry) {
        if let Some(sequence) = entry.sequence().filter(|_| entry.state == State::Discarded) {
            self.sequences.release(&entry.chain, sequence, &entry.id);
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
                self.deliver(chain, tx, entry, Try::Again).await
            }
        }
    }

    /// Sends what is in the journal, and keeps there what became of it.
    pub(crate) async fn deliver(
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
        match answer.delivered {
            Delivered::Sent { completed: true } => {
                self.mark(entry, State::Completed).await?;
                Ok(Done { hash, completed: true })
            }
            Delivered::Sent { completed: false } => self.sent(tx, entry, hash).await,
            Delivered::Refused { reason } => {
                self.refused_by_api(chain, tx, entry, which, reason).await
            }
            Delivered::NotSent { reason } if which == Try::First => {
                Err(ItemError::NotSent { hash, reason })
            }
            Delivered::NotSent { reason } | Delivered::Unknown { reason } => {
                Err(ItemError::Unknown { hash, reason })
            }
        }
    }

    /// A 4xx says nothing by itself: a node refuses what it has. Only if nobody knows the hash, and the
    /// bytes had not been sent before, is the transaction refused. Otherwise it stays as it is: the same
    /// bytes at a later poll, no `PUT` of a hash that nobody has seen, and never a second signature.
    async fn refused_by_api(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        entry: Entry,
        which: Try,
        reason: String,
    ) -> Result<Done, ItemError> {
        match (self.look(chain, tx, &entry).await, which) {
            (Look::Completed(hash), _) => self.completed_with(tx, entry, &hash).await,
            (Look::Known(hash), _) => self.sent(tx, entry, hash).await,
            (Look::Nowhere | Look::CannotTell, Try::First) => self.refused(entry, reason).await,
            // Later transactions may follow in its account, which would wait for ever for its number: so
            // it stays in doubt and its bytes are tried again.
            (Look::NoAnswer, Try::First) | (_, Try::Again) => {
                Err(ItemError::Unknown { hash: hash_of(&entry)?, reason })
            }
        }
    }

    /// Asks the node for each hash that was ever signed for the transaction, and the API for the rest.
    async fn look(&self, chain: &dyn Chain, tx: &PendingTransaction, entry: &Entry) -> Look {
        let node = ChainNode::new(&self.client, chain.spec());
        let mut seen = Look::Nowhere;
        for signing in entry.record.signing.iter().chain(entry.record.earlier.iter().rev()) {
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

    /// Tells the API that the transaction is complete. If it does not listen, the next poll brings the
    /// transaction again and it is told again.
    async fn complete(&self, tx: &PendingTransaction, entry: Entry) -> Result<Done, ItemError> {
        let hash = hash_of(&entry)?;
        if let Err(error) = self.client.complete(&tx.id, &hash).await {
            tracing::warn!(
                chain = %tx.ticker, transaction = %tx.id, %hash,
                "sent, but the API did not take it as completed: {error}"
            );
            return Ok(Done { hash, completed: false });
        }
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
        self.mark(entry, State::Completed).await?;
        Ok(Done { hash: ours, completed: true })
    }

    /// Nobody has it. Its number is free for a transaction that conflicts with it.
    async fn refused(&self, entry: Entry, reason: String) -> Result<Done, ItemError> {
        let hash = hash_of(&entry)?;
        let error = ItemError::Refused { hash, reason };
        let entry = entry.because(&error.to_string()).reported();
        let entry = self.mark(entry, State::Refused).await?;
        if let Some(sequence) = entry.sequence() {
            self.sequences.release(&entry.chain, sequence, &entry.id);
        }
        Err(error)
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

fn refused_before(entry: &Entry) -> ItemError {
    match entry.hash() {
        Some(hash) => ItemError::RefusedBefore { hash: hash.clone() },
        None => ItemError::LeftAlone { state: entry.state },
    }
}
