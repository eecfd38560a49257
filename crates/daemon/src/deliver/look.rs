//! What the nodes and the API know of a transaction that is followed.

use std::time::Duration;

use kms_chains::{Chain, LookUp, Submit, Validity};
use kms_core::{NodeError, PendingTransaction, TransactionHash};
use kms_tatum::{ChainNode, Details};
use tokio::time::Instant;

use super::{Follow, Try};
use crate::daemon::Daemon;
use crate::error::ItemError;
use crate::journal::{Entry, Over, Signing};

/// Nodes forget. What was signed longer ago than this and is not known to them may have been executed, so that only
/// the operator can have it signed anew. The network's heights say how long ago that is, where it has expired by them; this
/// is for where it has not.
const MEMORY: Duration = Duration::from_secs(12 * 3600);

/// What ends the following of a transaction.
pub(super) enum Known {
    /// The network has executed one of ours.
    Executed(Executed),
    /// The API says that it was completed, with this hash.
    Completed(String),
    /// Nothing that was signed for it was executed, or can be.
    Gone,
}

/// A transaction that the network has executed.
pub(super) struct Executed {
    pub(super) hash: TransactionHash,
    /// Why it had no effect but its fee, if so.
    pub(super) failed: Option<String>,
}

/// What one node knows of several transactions.
enum Look {
    /// It has executed the first of them that it was asked for and knows.
    Found(Executed),
    NotFound,
    /// Of one of them nothing is known, and the others were not found.
    CannotTell(NodeError),
}

/// Whether a transaction that was not found can still be executed.
enum Life {
    /// It can, as far as is known.
    Alive,
    /// It can't, but whether it was is open.
    Unsure(String),
    /// It is known what became of it.
    Over(Known),
}

impl Daemon<'_> {
    /// Looks for it again and again, less and less often; now and then sends it once more and asks whether it can
    /// still be executed.
    pub(super) async fn look_until_known(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        follow: &mut Follow,
    ) -> Result<Known, ItemError> {
        let looking = self.settings.looking;
        let mut wait = Duration::ZERO;
        let mut last_send = match follow.which {
            Try::First => Some(Instant::now()),
            Try::Again => None,
        };
        loop {
            let is_due = last_send.is_none_or(|last| last.elapsed() >= looking.longest);
            let turn = self.looks.acquire().await;
            if let Some(known) = self.look_once(chain, tx, follow, is_due, wait.is_zero()).await? {
                return Ok(known);
            }
            drop(turn);
            if is_due {
                last_send = Some(Instant::now());
            }
            wait = (wait + looking.step).min(looking.longest);
            tokio::time::sleep(wait).await;
        }
    }

    /// Looks for it. If it is not found, it is sent once more: when that `is_due`, unless it has expired; and, but for
    /// the `first` look, when the node has not said that it took it.
    async fn look_once(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        follow: &mut Follow,
        is_due: bool,
        first: bool,
    ) -> Result<Option<Known>, ItemError> {
        let node = ChainNode::new(&self.client, chain.spec());
        let live = follow.entry.signings().filter(|signing| signing.is_live());
        match look_for(follow.submit, live, &node).await {
            Look::Found(executed) => return Ok(Some(Known::Executed(executed))),
            Look::CannotTell(error) => {
                follow.waits_for = format!("its node does not say what became of it: {error}");
            }
            Look::NotFound if is_due => match self.life(chain, tx, follow).await {
                Life::Over(known) => return Ok(Some(known)),
                Life::Unsure(why) => follow.waits_for = why,
                Life::Alive => self.submit_again(chain, follow).await?,
            },
            Look::NotFound if !follow.taken && !first => self.submit_again(chain, follow).await?,
            Look::NotFound => {}
        }
        Ok(None)
    }

    /// Whether it can still be executed. It is gone only if every node says that its expiry has passed and, asked
    /// after that, knows none of what was signed for it, and the API still has it as waiting.
    async fn life(&self, chain: &dyn Chain, tx: &PendingTransaction, follow: &Follow) -> Life {
        let Follow { submit, entry, .. } = follow;
        let nodes = self.nodes(chain);
        let mut oldest = Validity::Valid;
        for node in &nodes {
            for signing in entry.signings().filter(|signing| signing.is_live()) {
                let Some(expiry) = &signing.expiry else { return Life::Alive };
                match submit.validity(expiry, node).await {
                    Ok(Validity::Valid) => return Life::Alive,
                    Ok(expired) => oldest = oldest.max(expired),
                    Err(error) => {
                        return Life::Unsure(format!(
                            "nobody says whether it has expired: {error}"
                        ));
                    }
                }
            }
        }
        for node in &nodes {
            match look_for(*submit, entry.signings().filter(may_be_found), node).await {
                Look::Found(executed) => return Life::Over(Known::Executed(executed)),
                Look::NotFound => {}
                Look::CannotTell(error) => {
                    return Life::Unsure(format!(
                        "it has expired, and a node does not say what became of it: {error}"
                    ));
                }
            }
        }
        match self.client.details(&tx.id).await {
            Ok(Details::Completed { hash }) => return Life::Over(Known::Completed(hash)),
            Ok(Details::Waiting | Details::Missing) => {}
            Err(error) => {
                return Life::Unsure(format!(
                    "it has expired, and the API does not say what became of it: {error}"
                ));
            }
        }
        // Two clocks, and either is enough to doubt.
        let is_fresh = entry.signed_ago().is_some_and(|ago| ago < MEMORY);
        if is_fresh && oldest == Validity::Expired || entry.record.retry {
            return Life::Over(Known::Gone);
        }
        Life::Unsure(
            "it expired so long ago that nodes may have forgotten it; look for it in an explorer, then `pending retry` or `pending discard`"
                .to_owned(),
        )
    }

    /// Looks for what is known to have expired, before it is signed anew. The hash that a node has after all.
    pub(super) async fn look_once_more(
        &self,
        chain: &dyn Chain,
        submit: &dyn Submit,
        entry: &Entry,
    ) -> Result<Option<TransactionHash>, ItemError> {
        let expired = || entry.signings().filter(may_be_found);
        let Some(last) = expired().next() else { return Ok(None) };
        for node in self.nodes(chain) {
            match look_for(submit, expired(), &node).await {
                Look::Found(executed) => return Ok(Some(executed.hash)),
                Look::NotFound => {}
                Look::CannotTell(error) => {
                    let reason = format!("a node does not say what became of it: {error}");
                    return Err(ItemError::Unknown { hash: last.hash.clone(), reason });
                }
            }
        }
        Ok(None)
    }

    /// The chain's node, and the second one where the operator has named one.
    fn nodes<'n>(&'n self, chain: &'n dyn Chain) -> Vec<ChainNode<'n>> {
        let first = ChainNode::new(&self.client, chain.spec());
        let second = ChainNode::second(&self.client, chain.spec());
        [first].into_iter().chain(second).collect()
    }
}

/// Whether it would be news that a node has it.
fn may_be_found(signing: &&Signing) -> bool {
    signing.over != Some(Over::Failed)
}

/// Asks `node` for each of `signings`. The first that is found counts: they exclude each other.
async fn look_for<'s>(
    submit: &dyn Submit,
    signings: impl Iterator<Item = &'s Signing>,
    node: &ChainNode<'_>,
) -> Look {
    let mut look = Look::NotFound;
    for signing in signings {
        match submit.look_up(&signing.hash, node).await {
            LookUp::Found { failed } => {
                return Look::Found(Executed { hash: signing.hash.clone(), failed });
            }
            LookUp::NotFound => {}
            LookUp::CannotTell(error) => look = Look::CannotTell(error),
        }
    }
    look
}
