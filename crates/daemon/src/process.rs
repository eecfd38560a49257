//! One transaction, start to end.
//!
//! Public data only until the approval; then, in one line, the keys; then the journal, and only then the
//! network. Whatever is known to the journal never comes near a key again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kms_chains::{Chain, Context, Delivery, Unsigned};
use kms_core::{
    Asset, ChainSpec, Fee, KeyRef, PendingTransaction, Sequence, TransactionHash, format_units,
};
use kms_tatum::{ChainNode, Details, PendingItem};

use crate::content::Content;
use crate::daemon::Daemon;
use crate::deliver::{Answer, Done, Follow, Try};
use crate::error::ItemError;
use crate::journal::{Entry, JournalError};
use crate::wallets::{public_keys, with_keys};

/// How long the API has to take back what it lent for a transaction that is not signed.
const LETTING_GO: Duration = Duration::from_secs(10);

/// How far the work in the lane of an account gets.
pub(crate) enum Step {
    /// The network has it.
    Done(Done),
    /// It was handed to its node. What became of it is found out beside the lane, by [`Daemon::follow`].
    Follow(Box<Follow>),
}

impl Daemon<'_> {
    /// Signs and sends `item`, which `chain` was polled for.
    ///
    /// What was signed before is answered from the journal, with the same bytes. Nothing is signed twice,
    /// unless the operator wants it; then the two exclude each other on chain.
    pub(crate) async fn process(
        &self,
        chain: &dyn Chain,
        item: &PendingItem,
    ) -> Result<Step, ItemError> {
        let tx = &item.transaction;
        let content = Content::of(tx);
        let entry = match self.answer(chain, tx, content).await? {
            Answer::Done(done) => return Ok(Step::Done(done)),
            Answer::Follow(follow) => return Ok(Step::Follow(follow)),
            Answer::ToSign(entry) => *entry,
        };
        check_chain(chain, tx)?;
        self.check_open(chain, item, &entry).await?;

        let signers = chain.signers(tx)?;
        self.wallets.check(chain, &signers)?;
        let node = ChainNode::new(&self.client, chain.spec());
        let (unsigned, place_lost) = self.prepare_free(chain, tx, &signers, &node, &entry).await?;

        let permitted = async {
            self.check(chain, &entry, &*unsigned, place_lost)?;
            let digest = unsigned.digest();
            self.approver.approve(item, content, &*unsigned).await?;
            if unsigned.digest() != digest {
                return Err(ItemError::Unsteady);
            }
            Ok(())
        };
        if let Err(error) = permitted.await {
            let_go(&*unsigned, &node).await;
            return Err(error);
        }
        let entry = self.keep_approved(entry, &unsigned.intent())?;

        let (store, settings) = (self.store, self.settings);
        let signed = with_keys(store, settings, chain, tx, &signers, |k| unsigned.sign(k))??;

        let entry = self.keep_signed(entry, &*unsigned, &*signed).await?;
        let hash = signed.transaction().hash.clone();
        let whole =
            signed.finish(&node).await.map_err(|source| ItemError::Finish { hash, source })?;
        let entry = self.keep_finished(entry, whole).await?;
        match chain.delivery() {
            Delivery::Tatum => self.send(chain, tx, entry, Try::First).await.map(Step::Done),
            Delivery::Node(node) => self.submit(chain, node, entry).await.map(Step::Follow),
        }
    }

    /// Asks the network for what is missing, until it is nothing that the journal knows to be another's. Says too
    /// whether the place that what was signed before has in its account's order is lost.
    async fn prepare_free(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        signers: &[KeyRef],
        node: &ChainNode<'_>,
        entry: &Entry,
    ) -> Result<(Box<dyn Unsigned>, bool), ItemError> {
        let mut last = entry.sequence().cloned();
        loop {
            let prepared = self.prepare(chain, tx, signers, node, entry).await?;
            let (unsigned, _) = &prepared;
            let sequence = unsigned.sequence();
            let was_another = self.learn_places(chain, entry, sequence.clone()).await?;
            // One that stays the same is that of what was signed before, or the payload's own.
            if !was_another || sequence == last {
                return Ok(prepared);
            }
            last = sequence;
            let_go(&**unsigned, node).await;
        }
    }

    /// Whether the place is another's by the journal. If so, it and those above it are known as taken from now on.
    async fn learn_places(
        &self,
        chain: &dyn Chain,
        entry: &Entry,
        sequence: Option<Sequence>,
    ) -> Result<bool, JournalError> {
        let (ticker, network) = (chain.spec().ticker, self.settings.network);
        let Some(mut sequence) = sequence else { return Ok(false) };
        let mut found = false;
        while let Some(id) = self.journal.holder(ticker, network, &sequence, &entry.id).await? {
            self.sequences.take(ticker.0, &sequence, &id);
            found = true;
            let Some(above) = sequence.number.checked_add(1) else { break };
            sequence.number = above;
        }
        Ok(found)
    }

    /// Asks the network for what is missing. Sees public keys only.
    async fn prepare(
        &self,
        chain: &dyn Chain,
        tx: &PendingTransaction,
        signers: &[KeyRef],
        node: &ChainNode<'_>,
        entry: &Entry,
    ) -> Result<(Box<dyn Unsigned>, bool), ItemError> {
        let keys = public_keys(self.store, self.settings, chain, tx, signers)?;
        let spec = chain.spec();
        let sequences = self.sequences.of(spec.ticker, entry.sequence());
        let network = self.settings.network;
        let context = Context {
            network,
            signers: &keys,
            node,
            sequences: &sequences,
            now: unix_time(),
            policy: self.settings.policy,
        };
        let unsigned = chain.prepare(tx, &context).await?;
        self.give_notice(chain);
        for warning in unsigned.warnings() {
            tracing::warn!(chain = %spec.ticker, transaction = %tx.id, "{warning}");
        }
        Ok((unsigned, sequences.lost()))
    }

    /// Checks what came out: the fee, and what was signed before.
    fn check(
        &self,
        chain: &dyn Chain,
        entry: &Entry,
        unsigned: &dyn Unsigned,
        place_lost: bool,
    ) -> Result<(), ItemError> {
        let spec = chain.spec();
        check_fee(spec, self.settings.fee_cap(spec), &unsigned.intent().max_fee)?;
        self.check_excludes(entry, unsigned, place_lost)
    }

    /// Whatever is signed for one pending transaction excludes what was signed for it before, and can still be
    /// executed; and it is another than what can't.
    fn check_excludes(
        &self,
        entry: &Entry,
        unsigned: &dyn Unsigned,
        place_lost: bool,
    ) -> Result<(), ItemError> {
        let (sequence, digest) = (unsigned.sequence(), unsigned.digest());
        for before in entry.signings() {
            let hash = || before.hash.clone();
            if before.is_live() && !before.excludes(sequence.as_ref(), digest) {
                return Err(ItemError::NotExcluding { hash: hash() });
            }
            if !before.is_live() && before.is_of(digest) {
                return Err(ItemError::ExpiredForGood { hash: hash() });
            }
        }
        let Some(before) = &entry.record.signing else { return Ok(()) };
        let taken = sequence
            .is_some_and(|sequence| self.sequences.is_taken(&entry.chain, &sequence, &entry.id));
        if taken || place_lost {
            return Err(ItemError::PlaceTaken { hash: before.hash.clone() });
        }
        Ok(())
    }

    /// Refuses what the API itself calls completed. A journal that is new to the chain knows of nothing
    /// that was sent before it, so the API is asked about each item of the first poll.
    async fn check_open(
        &self,
        chain: &dyn Chain,
        item: &PendingItem,
        entry: &Entry,
    ) -> Result<(), ItemError> {
        let (tx, network) = (&item.transaction, self.settings.network);
        if let Some(hash) = &item.completed_with {
            return Err(ItemError::CompletedElsewhere { hash: kms_tatum::escaped(hash) });
        }
        if self.journal.has_polled(chain.spec().ticker, network).await? {
            return Ok(());
        }
        match self.client.details(&tx.id).await.map_err(ItemError::LookUp)? {
            Details::Waiting | Details::Missing => Ok(()),
            Details::Completed { hash } => {
                let entry = entry.clone().completed_with(TransactionHash(hash.clone()));
                self.journal.keep(entry).await?;
                Err(ItemError::CompletedElsewhere { hash })
            }
        }
    }
}

/// Gives back what the API lent for what is not signed.
async fn let_go(unsigned: &dyn Unsigned, node: &ChainNode<'_>) {
    let _ = tokio::time::timeout(LETTING_GO, unsigned.abandon(node)).await;
}

/// Seconds since 1970, unless the clock stands before that.
fn unix_time() -> Option<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().map(|duration| duration.as_secs())
}

fn check_chain(chain: &dyn Chain, tx: &PendingTransaction) -> Result<(), ItemError> {
    let polled = chain.spec().ticker;
    if tx.ticker == polled.0 {
        return Ok(());
    }
    Err(ItemError::OtherChain { polled, found: kms_tatum::escaped(&tx.ticker) })
}

/// Refuses a transaction that can cost more than `cap` base units, or whose cost can't be read.
fn check_fee(spec: &ChainSpec, cap: u128, fee: &Fee) -> Result<(), ItemError> {
    let amount: Option<u128> = fee.amount.parse().ok();
    if amount.is_some_and(|amount| amount <= cap) {
        return Ok(());
    }
    let (unit, decimals) = match &fee.asset {
        Asset::Native { symbol, decimals } => (symbol.as_str(), *decimals),
        Asset::Token { .. } => ("of its token, in the chain's units", spec.decimals),
    };
    let shown = amount.map_or_else(|| fee.amount.clone(), |amount| format_units(amount, decimals));
    Err(ItemError::Fee {
        chain: spec.ticker,
        fee: format!("{shown} {unit}"),
        cap: format!("{} {}", format_units(cap, spec.decimals), spec.symbol),
    })
}
