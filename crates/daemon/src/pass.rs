//! One round: each chain is polled, what it brings is processed in order, failures are reported.

use std::collections::HashSet;
use std::time::Duration;

use kms_chains::Chain;
use kms_core::PendingId;
use kms_tatum::{ApiError, BadItem, MAX_IDS, Pending, PendingItem};

use crate::error::{DaemonError, ItemError, Severity};
use crate::journal::State;
use crate::outcome::Outcomes;
use crate::process::{Daemon, Done};
use crate::reports::{Reports, Summary};
use crate::stop::Stop;
use crate::wallets::Asked;

/// What lasts from one pass to the next.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) reports: Reports,
    pub(crate) summary: Summary,
    /// How long the API wants to be left alone.
    pub(crate) leave_alone: Duration,
    /// Whether the API could not say what became of an item, so that it has to be asked again.
    unsure: bool,
    /// Chains that were said to have no wallets.
    idle: HashSet<&'static str>,
}

/// How long to wait at least when the credits are used up: asking costs the next ones.
const WITHOUT_CREDITS: Duration = Duration::from_secs(60);
/// The longest that the API may ask to be left alone.
const LONGEST: Duration = Duration::from_secs(3600);

impl Daemon<'_> {
    /// Polls every chain that has wallets once. Ends early when the daemon is to stop, but never in the
    /// middle of a transaction.
    pub(crate) async fn pass(
        &self,
        progress: &mut Progress,
        stop: &Stop,
    ) -> Result<(), DaemonError> {
        progress.leave_alone = Duration::ZERO;
        let result = self.poll_chains(progress, stop).await;
        progress.reports.send(&self.client).await;
        result
    }

    async fn poll_chains(&self, progress: &mut Progress, stop: &Stop) -> Result<(), DaemonError> {
        self.store.refresh()?;
        let entries = self.store.entries()?;
        for chain in self.settings.chains.iter().copied() {
            let ticker = chain.spec().ticker;
            if stop.is_wanted() || !self.settings.serves(ticker) {
                continue;
            }
            let asked = Asked::of(chain, &entries, self.settings);
            if asked.ids.is_empty() {
                self.note_idle(chain, progress);
                continue;
            }
            self.poll_chain(chain, &asked, progress, stop).await?;
        }
        Ok(())
    }

    /// Polls one chain, in chunks of as many wallets as the API takes.
    async fn poll_chain(
        &self,
        chain: &'static dyn Chain,
        asked: &Asked,
        progress: &mut Progress,
        stop: &Stop,
    ) -> Result<(), DaemonError> {
        let ticker = chain.spec().ticker;
        // A transaction with wallets in two chunks is handed out twice.
        let mut seen = HashSet::new();
        progress.unsure = false;
        for ids in asked.ids.chunks(MAX_IDS) {
            tracing::debug!(chain = %ticker, wallets = ids.len(), "polling");
            let poll = tokio::select! {
                poll = self.client.pending(ticker, ids) => poll,
                () = stop.wanted() => return Ok(()),
            };
            let pending = match poll {
                Ok(pending) => pending,
                Err(error) => {
                    poll_failed(chain, &error, progress);
                    self.note_outcome(|outcomes| {
                        outcomes.poll_failed(ticker.0, error.to_string());
                    });
                    return Ok(());
                }
            };
            self.process_all(chain, pending, asked, &mut seen, progress, stop).await?;
        }
        if !stop.is_wanted() && !progress.unsure && self.settings.wants_everything() {
            self.journal.set_polled(ticker, self.settings.network)?;
        }
        Ok(())
    }

    async fn process_all(
        &self,
        chain: &'static dyn Chain,
        pending: Pending,
        asked: &Asked,
        seen: &mut HashSet<PendingId>,
        progress: &mut Progress,
        stop: &Stop,
    ) -> Result<(), DaemonError> {
        let ticker = chain.spec().ticker;
        if pending.left_out > 0 {
            tracing::warn!(chain = %ticker, left_out = pending.left_out, "more transactions than are read at once");
        }
        for bad in pending.bad {
            self.note_bad(chain, &bad, progress);
        }
        for item in pending.items {
            let id = &item.transaction.id;
            if !self.settings.wants(id) || !seen.insert(id.clone()) {
                continue;
            }
            if stop.is_wanted() {
                return Ok(());
            }
            self.process_one(chain, &item, asked, progress).await?;
        }
        Ok(())
    }

    async fn process_one(
        &self,
        chain: &'static dyn Chain,
        item: &PendingItem,
        asked: &Asked,
        progress: &mut Progress,
    ) -> Result<(), DaemonError> {
        let id = &item.transaction.id;
        let ticker = chain.spec().ticker;
        progress.summary.pending += 1;
        match self.process(chain, item, asked).await {
            Ok(Done { hash, completed }) => {
                tracing::info!(chain = %ticker, transaction = %id, %hash, completed, "sent");
                self.note_outcome(|outcomes| outcomes.sent(id, ticker.0, hash, completed));
                progress.summary.sent += 1;
                progress.reports.forget(id);
                Ok(())
            }
            Err(error) => self.failed(id, ticker.0, error, progress),
        }
    }

    /// Logs and counts a failure. Those that stop the pass are handed on.
    fn failed(
        &self,
        id: &PendingId,
        chain: &'static str,
        error: ItemError,
        progress: &mut Progress,
    ) -> Result<(), DaemonError> {
        progress.reports.note(id, &error, self.settings.run_once);
        self.note_outcome(|outcomes| outcomes.failed(id, chain, &error));
        progress.unsure |= matches!(error, ItemError::LookUp(_));
        match error.severity() {
            Severity::Skipped => {
                progress.summary.skipped += 1;
                tracing::warn!(chain, transaction = %id, "skipped: {error}");
            }
            Severity::Passing => {
                progress.summary.failed += 1;
                tracing::warn!(chain, transaction = %id, "not done: {error}");
            }
            Severity::Lasting | Severity::Fatal => {
                progress.summary.failed += 1;
                tracing::error!(chain, transaction = %id, "failed: {error}");
            }
        }
        match error {
            ItemError::Journal(error) => Err(error.into()),
            ItemError::Store(error) => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn note_bad(&self, chain: &dyn Chain, bad: &BadItem, progress: &mut Progress) {
        let chain = chain.spec().ticker;
        let problem = &bad.problem;
        let Some(id) = &bad.id else {
            progress.summary.failed += 1;
            tracing::error!(%chain, "a transaction without a usable id was left alone: {problem}");
            self.note_outcome(|outcomes| outcomes.bad(None, chain.0, &problem.to_string()));
            return;
        };
        if !self.settings.wants(id) {
            return;
        }
        self.note_outcome(|outcomes| outcomes.bad(Some(id), chain.0, &problem.to_string()));
        progress.summary.pending += 1;
        progress.summary.failed += 1;
        tracing::error!(%chain, transaction = %id, "failed: the transaction makes no sense: {problem}");
        // What was signed for it before may have been sent, so that is not called failed.
        let signed =
            self.journal.find(id).ok().flatten().is_some_and(|e| e.state != State::Refused);
        if !signed {
            progress.reports.add(id, format!("the transaction makes no sense: {problem}"));
        }
    }

    /// Tells whoever wants to know what becomes of each transaction.
    fn note_outcome(&self, note: impl FnOnce(&Outcomes)) {
        if let Some(outcomes) = &self.settings.outcomes {
            note(outcomes);
        }
    }

    /// Says once that a chain the operator asked for has no wallets. Others are passed over silently.
    fn note_idle(&self, chain: &dyn Chain, progress: &mut Progress) {
        let ticker = chain.spec().ticker;
        if !self.settings.only_chains.is_empty() && progress.idle.insert(ticker.0) {
            let network = self.settings.network;
            tracing::warn!(chain = %ticker, %network, "not polled: no wallet is stored for it");
        }
    }
}

fn poll_failed(chain: &dyn Chain, error: &ApiError, progress: &mut Progress) {
    progress.summary.failed_polls += 1;
    tracing::error!(chain = %chain.spec().ticker, "the poll failed: {error}");
    let wait = match error {
        ApiError::CreditsUsedUp(_) => WITHOUT_CREDITS,
        _ => error.retry_after().unwrap_or_default().min(LONGEST),
    };
    progress.leave_alone = progress.leave_alone.max(wait);
}
