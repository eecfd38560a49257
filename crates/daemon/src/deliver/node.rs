//! Chains whose transactions are sent to their node, and followed until they are executed.
//!
//! The first send is made in the lane of the account. All that comes after it waits for the network and is done
//! beside the lanes: it holds nothing up, and ends at any moment, since the journal has the bytes.

use std::time::{Duration, Instant};

use kms_chains::{Chain, Submit};
use kms_core::{Outcome, PendingTransaction, SignedTransaction, TransactionHash};
use kms_tatum::ChainNode;

use super::look::{Executed, Known};
use super::{Answer, Done, Follow, Try, hash_of};
use crate::daemon::Daemon;
use crate::error::ItemError;
use crate::journal::{Entry, JournalError, Over, State};
use crate::stop::Stop;

/// What is said of a transaction that its node has taken.
const TAKEN: &str = "its node has taken it, and it is not executed yet";
/// How long the API has to take back what it lent.
const SETTLING: Duration = Duration::from_secs(10);

/// How following it ended.
pub(crate) enum Followed {
    /// It was executed.
    Done(Done),
    /// It was not, and never will be: it may be approved and signed anew.
    Again,
}

impl Daemon<'_> {
    /// The journal's answer where a node is sent to. What can still be executed is followed, also if the operator
    /// wants it tried once more: the same bytes do no harm, others could pay twice.
    pub(super) async fn answer_by_node(
        &self,
        chain: &dyn Chain,
        submit: &'static dyn Submit,
        entry: Entry,
    ) -> Result<Answer, ItemError> {
        match entry.state {
            State::Seen | State::Approved => self.to_sign_anew(chain, submit, entry).await,
            State::Signed | State::Sent | State::Completed => {
                self.resume(chain, submit, entry).await
            }
            State::Refused if entry.record.retry => self.resume(chain, submit, entry).await,
            State::Refused | State::Failed | State::Quarantined | State::Discarded => {
                Err(self.left_alone(&entry))
            }
        }
    }

    /// Goes on with what an earlier pass has signed.
    async fn resume(
        &self,
        chain: &dyn Chain,
        submit: &'static dyn Submit,
        entry: Entry,
    ) -> Result<Answer, ItemError> {
        let mut entry = self.finish_kept(chain, entry).await?;
        if entry.state == State::Refused {
            // From here on it may be sent.
            entry = self.journal.keep(entry.into_state(State::Signed)).await?;
        }
        let waits_for = "its node has not been asked for it".to_owned();
        let follow = Follow { submit, entry, which: Try::Again, taken: false, waits_for };
        Ok(Answer::Follow(Box::new(follow)))
    }

    /// What expired is looked for once more before something else is signed in its place: approving it may have
    /// taken hours, in which a node that was behind has caught up.
    async fn to_sign_anew(
        &self,
        chain: &dyn Chain,
        submit: &'static dyn Submit,
        entry: Entry,
    ) -> Result<Answer, ItemError> {
        match self.look_once_more(chain, submit, &entry).await? {
            None => Ok(Answer::ToSign(Box::new(entry))),
            Some(hash) => {
                let entry = entry.with_hash(hash).into_state(State::Signed);
                let entry = self.journal.keep(entry).await?;
                self.resume(chain, submit, entry).await
            }
        }
    }

    /// Hands bytes that nobody has seen yet to the node.
    pub(crate) async fn submit(
        &self,
        chain: &dyn Chain,
        submit: &'static dyn Submit,
        entry: Entry,
    ) -> Result<Box<Follow>, ItemError> {
        let Some(signed) = entry.transaction() else {
            return Err(ItemError::Unfinished { hash: hash_of(&entry)? });
        };
        let (taken, waits_for) = match self.hand_over(chain, submit, &signed).await {
            Outcome::Refused { reason } => {
                let entry = self.settle(chain, submit, entry).await?;
                return Err(self.refused(entry, reason).await?);
            }
            Outcome::Sent { .. } => (true, TAKEN.to_owned()),
            Outcome::Unknown { reason } | Outcome::NotSent { reason } => (false, reason),
        };
        let entry = self.journal.keep_soon(entry.because(&waits_for))?;
        Ok(Box::new(Follow { submit, entry, which: Try::First, taken, waits_for }))
    }

    /// Sends the same bytes once more, unless somebody has decided otherwise meanwhile. A refusal proves nothing
    /// now: the first ones may have arrived.
    pub(super) async fn submit_again(
        &self,
        chain: &dyn Chain,
        follow: &mut Follow,
    ) -> Result<(), ItemError> {
        let Some(signed) = follow.entry.transaction() else { return Ok(()) };
        self.journal.check_current(&follow.entry).await?;
        (follow.taken, follow.waits_for) = match self.hand_over(chain, follow.submit, &signed).await
        {
            Outcome::Sent { .. } => (true, TAKEN.to_owned()),
            Outcome::Refused { reason } => (true, format!("its node refuses it: {reason}")),
            Outcome::Unknown { reason } | Outcome::NotSent { reason } => (false, reason),
        };
        Ok(())
    }

    /// Sends the bytes to the node, once.
    async fn hand_over(
        &self,
        chain: &dyn Chain,
        submit: &dyn Submit,
        signed: &SignedTransaction,
    ) -> Outcome {
        let node = ChainNode::once(&self.client, chain.spec());
        let start = Instant::now();
        let outcome = submit.submit(signed, &node).await;
        let time = start.elapsed();
        self.settings.status.of(chain.spec().ticker, |status| status.broadcast(time));
        outcome
    }

    /// Finds out what became of a transaction, and completes it; for `patience` at most, and not when the daemon is
    /// to stop.
    pub(crate) async fn follow(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        mut follow: Follow,
        patience: Duration,
        stop: &Stop,
    ) -> Result<Followed, ItemError> {
        if matches!(follow.entry.state, State::Sent | State::Completed) {
            return self.announce(chain, tx, follow.entry).await.map(Followed::Done);
        }
        let looking = tokio::time::timeout(patience, self.look_until_known(chain, tx, &mut follow));
        let known = tokio::select! {
            known = looking => known.ok().transpose()?,
            () = stop.wanted() => None,
        };
        let Follow { submit, entry, waits_for, .. } = follow;
        match known {
            Some(Known::Executed(Executed { hash, failed: None })) => {
                self.executed(chain, tx, submit, entry, hash).await.map(Followed::Done)
            }
            Some(Known::Executed(Executed { hash, failed: Some(reason) })) => {
                Err(self.failed_on_chain(chain, submit, entry, hash, reason).await?)
            }
            Some(Known::Completed(hash)) => {
                self.completed_with(tx, entry, &hash).await.map(Followed::Done)
            }
            Some(Known::Gone) => self.expired(chain, submit, entry).await,
            None => Err(ItemError::Unknown { hash: hash_of(&entry)?, reason: waits_for }),
        }
    }

    /// The network has executed it: the API is told.
    async fn executed(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        submit: &dyn Submit,
        entry: Entry,
        hash: TransactionHash,
    ) -> Result<Done, ItemError> {
        let entry = self.settle(chain, submit, entry).await?;
        let entry = self.mark(entry.with_hash(hash), State::Sent).await?;
        self.announce(chain, tx, entry).await
    }

    /// Tells the API the hash. If it does not listen, this is repeated at the next poll, and nothing else.
    async fn announce(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        entry: Entry,
    ) -> Result<Done, ItemError> {
        let hash = hash_of(&entry)?;
        match self.client.announce(chain.spec(), &tx.id, &hash).await {
            Ok(true) => self.completed(entry).await,
            Ok(false) => self.complete(tx, entry).await,
            Err(error) => {
                tracing::warn!(
                    chain = %tx.ticker, transaction = %tx.id, %hash,
                    "executed, but the API could not be told: {error}"
                );
                Ok(Done { hash, completed: false })
            }
        }
    }

    /// It was executed in vain. Nothing that was signed for it can be executed any more.
    async fn failed_on_chain(
        &self,
        chain: &dyn Chain,
        submit: &dyn Submit,
        entry: Entry,
        hash: TransactionHash,
        reason: String,
    ) -> Result<ItemError, ItemError> {
        let entry = self.settle(chain, submit, entry).await?.with_hash(hash.clone());
        let error = ItemError::FailedOnChain { hash, reason };
        let entry = entry.over(Over::Failed).because(&error.to_string()).reported();
        self.mark(entry, State::Failed).await?;
        Ok(error)
    }

    /// It can't be executed any more, and nobody knows it. Once that is on disk, it may be signed anew.
    async fn expired(
        &self,
        chain: &dyn Chain,
        submit: &dyn Submit,
        entry: Entry,
    ) -> Result<Followed, ItemError> {
        let hash = hash_of(&entry)?;
        let entry = self.settle(chain, submit, entry).await?;
        let mut entry = entry.over(Over::Expired).afresh();
        entry.record.tries += 1;
        if entry.record.tries >= self.settings.max_tries {
            let error = ItemError::NeverExecuted { hash, tries: entry.record.tries };
            let entry = entry.because(&error.to_string()).reported();
            self.mark(entry, State::Quarantined).await?;
            return Err(error);
        }
        let words = format!("{hash} has expired without being executed");
        tracing::warn!(
            chain = %chain.spec().ticker, transaction = %entry.id,
            "{words}; it is approved and signed anew"
        );
        self.journal.keep(entry.because(&words)).await?;
        Ok(Followed::Again)
    }

    /// Has the chain give back what the API lent for the transaction. Not twice: it may be somebody else's by then. If
    /// the process ends in between, the API takes it back itself.
    async fn settle(
        &self,
        chain: &dyn Chain,
        submit: &dyn Submit,
        mut entry: Entry,
    ) -> Result<Entry, JournalError> {
        let Some(signed) = entry.transaction() else { return Ok(entry) };
        match &mut entry.record.signing {
            Some(last) if !last.settled => last.settled = true,
            _ => return Ok(entry),
        }
        let entry = self.journal.keep(entry).await?;
        let node = ChainNode::new(&self.client, chain.spec());
        let _ = tokio::time::timeout(SETTLING, submit.settled(&signed, &node)).await;
        Ok(entry)
    }
}
