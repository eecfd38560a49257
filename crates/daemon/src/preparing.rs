//! What the network has to say to a transaction before it is signed, and the place that it gets in its account's order.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kms_chains::{Chain, Context, Found, PrepareError, Unsigned};
use kms_core::{KeyRef, PendingId, PendingTransaction, Sequence};
use kms_tatum::ChainNode;

use crate::daemon::Daemon;
use crate::error::ItemError;
use crate::journal::{Entry, State};
use crate::wallets::public_keys;

/// How long the API has to take back what it lent for a transaction that is not signed.
const LETTING_GO: Duration = Duration::from_secs(10);

/// A transaction whose payload leaves something open.
pub(crate) struct Preparing<'p> {
    pub(crate) daemon: &'p Daemon<'p>,
    pub(crate) chain: &'p dyn Chain,
    pub(crate) tx: &'p PendingTransaction,
    pub(crate) signers: &'p [KeyRef],
    pub(crate) node: &'p ChainNode<'p>,
    /// What the journal knows of it.
    pub(crate) entry: &'p Entry,
}

/// One that is complete.
pub(crate) struct Prepared {
    pub(crate) unsigned: Box<dyn Unsigned>,
    /// Whether the place that what was signed before has in its account's order is lost.
    pub(crate) place_lost: bool,
}

impl Preparing<'_> {
    /// Asks the network for what is missing, until its place is none that the journal knows to be another's.
    pub(crate) async fn run(&self) -> Result<Prepared, ItemError> {
        let mut last = self.entry.sequence().cloned();
        loop {
            let prepared = self.once().await?;
            let sequence = prepared.unsigned.sequence();
            let was_another = self.learn_places(sequence.clone()).await?;
            // One that stays the same is that of what was signed before, or the payload's own.
            if !was_another || sequence == last {
                return Ok(prepared);
            }
            last = sequence;
            let_go(&*prepared.unsigned, self.node).await;
        }
    }

    /// Sees public keys only.
    async fn once(&self) -> Result<Prepared, ItemError> {
        let Self { daemon, chain, tx, signers, node, entry } = *self;
        let keys = public_keys(daemon.store, daemon.settings, chain, tx, signers)?;
        let spec = chain.spec();
        let sequences = daemon.sequences.of(spec.ticker, entry.sequence());
        let context = Context {
            network: daemon.settings.network,
            signers: &keys,
            node,
            sequences: &sequences,
            now: unix_time(),
            policy: daemon.settings.policy,
        };
        let unsigned = chain.prepare(tx, &context).await?;
        daemon.give_notice(chain);
        for warning in unsigned.warnings() {
            tracing::warn!(chain = %spec.ticker, transaction = %tx.id, "{warning}");
        }
        Ok(Prepared { unsigned, place_lost: sequences.lost() })
    }

    /// Whether the place is another's. If so, it and those above it are known as taken from now on.
    async fn learn_places(&self, sequence: Option<Sequence>) -> Result<bool, ItemError> {
        let Some(mut sequence) = sequence else { return Ok(false) };
        let mut found = false;
        while let Some(holder) = self.holder(&sequence).await? {
            self.daemon.sequences.take(self.chain.spec().ticker.0, &sequence, &holder);
            found = true;
            let Some(above) = sequence.number.checked_add(1) else { break };
            sequence.number = above;
        }
        Ok(found)
    }

    /// Whose place it is, by the journal and, where that is long ago, by the node.
    async fn holder(&self, place: &Sequence) -> Result<Option<PendingId>, ItemError> {
        let Daemon { journal, settings, .. } = self.daemon;
        let (ticker, id) = (self.chain.spec().ticker, &self.entry.id);
        for other in journal.holders(ticker, settings.network, place, id).await? {
            if self.still_has_it(&other).await? {
                return Ok(Some(other.id));
            }
        }
        Ok(None)
    }

    /// Whether the place of `other` must not go to anybody else. What the API calls complete and no node knows after a
    /// while is gone: a test network began anew, or the node's pool has dropped it.
    async fn still_has_it(&self, other: &Entry) -> Result<bool, ItemError> {
        let lag = self.daemon.settings.node_lag;
        if other.state != State::Completed || other.signed_ago().is_none_or(|ago| ago < lag) {
            return Ok(true);
        }
        for signing in other.signings() {
            let found = self.chain.find(&signing.hash, self.node).await;
            let question = "transaction that had the next number of the account";
            match found.map_err(|source| PrepareError::Node { question, source })? {
                Found::Unknown => {}
                Found::Known | Found::CannotTell => return Ok(true),
            }
        }
        Ok(false)
    }
}

/// Gives back what the API lent for what is not signed.
pub(crate) async fn let_go(unsigned: &dyn Unsigned, node: &ChainNode<'_>) {
    let _ = tokio::time::timeout(LETTING_GO, unsigned.abandon(node)).await;
}

/// Seconds since 1970, unless the clock stands before that.
fn unix_time() -> Option<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().map(|duration| duration.as_secs())
}
