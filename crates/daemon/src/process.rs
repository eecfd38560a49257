//! One transaction, start to end.
//!
//! Public data only until the approval; then, in one line, the keys; then the journal, and only then the
//! network. Whatever is known to the journal never comes near a key again.

use kms_chains::{Chain, Delivery, Unsigned};
use kms_core::{Asset, ChainSpec, Fee, PendingTransaction, TransactionHash, format_units};
use kms_tatum::{ChainNode, Details, PendingItem};

use crate::content::Content;
use crate::daemon::Daemon;
use crate::deliver::{Answer, Done, Follow, Try};
use crate::error::ItemError;
use crate::journal::Entry;
use crate::preparing::{Prepared, Preparing, let_go};
use crate::wallets::with_keys;

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
        let preparing =
            Preparing { daemon: self, chain, tx, signers: &signers, node: &node, entry: &entry };
        let Prepared { unsigned, place_lost } = preparing.run().await?;

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
