//! Sending, sending again, completing. Nothing in here can sign.

use kms_chains::Chain;
use kms_core::PendingTransaction;
use kms_tatum::{Delivered, Details};

use crate::content::Content;
use crate::error::ItemError;
use crate::journal::{Entry, JournalError, State};
use crate::process::{Daemon, Done};

/// Whether the bytes may have been sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Try {
    /// No: they have just been signed.
    First,
    /// Perhaps: they come from the journal.
    Again,
}

impl Daemon<'_> {
    /// Answers for a pending transaction that the journal knows: with the same bytes, or not at all.
    pub(crate) async fn answer_again(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        content: Content,
        entry: Entry,
    ) -> Result<Done, ItemError> {
        let same = entry.content == content
            && entry.chain == chain.spec().ticker.0
            && entry.network == self.settings.network;
        if !same {
            return Err(self.quarantine(entry)?);
        }
        match entry.state {
            State::Signed => self.deliver(chain, tx, entry, Try::Again).await,
            State::Sent | State::Completed => self.complete(tx, entry).await,
            State::Refused => Err(ItemError::RefusedBefore { hash: entry.record.hash }),
            _ => Err(ItemError::Quarantined),
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
        let damaged = || JournalError::Damaged { id: tx.id.to_string() };
        let signed = entry.transaction().ok_or_else(damaged)?;
        let hash = signed.hash.clone();
        let answer = self.client.broadcast(chain.spec(), tx, &signed).await;
        if let Some(warning) = answer.warning {
            tracing::warn!(chain = %chain.spec().ticker, transaction = %tx.id, "{warning}");
        }
        match answer.delivered {
            Delivered::Sent { completed: true } => {
                self.journal.mark(entry, State::Completed)?;
                Ok(Done { hash, completed: true })
            }
            Delivered::Sent { completed: false } => {
                let entry = self.journal.mark(entry, State::Sent)?;
                self.complete(tx, entry).await
            }
            Delivered::Refused { reason } if which == Try::First => {
                self.refused(entry)?;
                Err(ItemError::Refused { hash, reason })
            }
            Delivered::Refused { reason } => self.refused_again(tx, entry, reason).await,
            Delivered::Unknown { reason } => Err(ItemError::Unknown { hash, reason }),
            Delivered::NotSent { reason } if which == Try::First => {
                Err(ItemError::NotSent { hash, reason })
            }
            Delivered::NotSent { reason } => Err(ItemError::Unknown { hash, reason }),
        }
    }

    /// Tells the API that the transaction is complete. If it does not listen, the next poll brings the
    /// transaction again and it is told again.
    async fn complete(&self, tx: &PendingTransaction, entry: Entry) -> Result<Done, ItemError> {
        let hash = entry.record.hash.clone();
        if let Err(error) = self.client.complete(&tx.id, &hash).await {
            tracing::warn!(
                chain = %tx.ticker, transaction = %tx.id, %hash,
                "sent, but the API did not take it as completed: {error}"
            );
            return Ok(Done { hash, completed: false });
        }
        if entry.state != State::Completed {
            self.journal.mark(entry, State::Completed)?;
        }
        Ok(Done { hash, completed: true })
    }

    fn refused(&self, entry: Entry) -> Result<(), JournalError> {
        let entry = self.journal.mark(entry, State::Refused)?;
        if let Some(sequence) = &entry.record.sequence {
            self.sequences.release(&entry.chain, sequence);
        }
        Ok(())
    }

    /// A 4xx to bytes that may have been sent before says nothing: the node refuses what it has.
    ///
    /// The rule is the careful one. Only if the API itself names a transaction that completed the
    /// pending one is it complete. Otherwise it stays as it is: the same bytes at the next poll, no
    /// `PUT` of a hash that nobody has seen, and never a second signature.
    async fn refused_again(
        &self,
        tx: &PendingTransaction,
        entry: Entry,
        reason: String,
    ) -> Result<Done, ItemError> {
        match self.client.details(&tx.id).await {
            Ok(Details::Completed { hash }) => {
                if hash != entry.record.hash.0 {
                    tracing::warn!(
                        chain = %tx.ticker, transaction = %tx.id, ours = %entry.record.hash,
                        "the API says it was completed with {hash}"
                    );
                }
                let entry = self.journal.mark(entry, State::Completed)?;
                Ok(Done { hash: entry.record.hash, completed: true })
            }
            _ => Err(ItemError::Unknown { hash: entry.record.hash, reason }),
        }
    }

    /// What is complete stays complete; everything else is left alone from now on.
    fn quarantine(&self, entry: Entry) -> Result<ItemError, JournalError> {
        let hash = entry.record.hash.clone();
        if !matches!(entry.state, State::Completed | State::Quarantined) {
            self.journal.mark(entry, State::Quarantined)?;
        }
        Ok(ItemError::Changed { hash })
    }
}
