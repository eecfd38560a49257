//! One chain: polled again and again, and what comes worked off in lanes meanwhile.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kms_chains::Chain;
use kms_core::{KeyRef, PendingId, PendingTransaction, Ticker};
use kms_tatum::{ApiError, MAX_IDS, Pending};

use crate::asked::Asked;
use crate::backoff::Period;
use crate::daemon::Daemon;
use crate::error::{DaemonError, causes};
use crate::lanes::Lane;
use crate::stop::Stop;
use crate::wallets::public_keys;
use crate::work::{Job, Work};

/// How long to wait at least when the credits are used up: asking costs the next ones.
const WITHOUT_CREDITS: Duration = Duration::from_secs(60);
/// The longest that the API may ask to be left alone.
const LONGEST: Duration = Duration::from_secs(3600);
/// Accounts that are remembered: each would be a derivation, and a large store has a million.
const MOST_ACCOUNTS: usize = 10_000;
/// Wallets that one credit pays a poll for.
const IDS_PER_CREDIT: usize = 500;

/// What lasts from one poll of a chain to the next.
pub(crate) struct Serve<'d, 'a> {
    daemon: &'d Daemon<'a>,
    chain: &'static dyn Chain,
    stop: Stop,
    work: Work<'d, 'a>,
    period: Period,
    wallets: Arc<Asked>,
    /// Which account a key signs for, of these wallets.
    accounts: HashMap<KeyRef, Lane>,
    said_idle: bool,
    /// How many requests a round of polling took when that was last said.
    said_chunks: usize,
}

/// How a poll went.
struct Round {
    busy: bool,
    /// How long the API wants to be left alone.
    leave_alone: Duration,
}

impl<'d, 'a> Serve<'d, 'a> {
    pub(crate) fn new(daemon: &'d Daemon<'a>, chain: &'static dyn Chain, stop: Stop) -> Self {
        let settings = daemon.settings;
        Self {
            daemon,
            chain,
            work: Work::new(daemon, chain, stop.clone()),
            stop,
            period: Period::new(settings.period, settings.idle_period),
            wallets: Arc::default(),
            accounts: HashMap::new(),
            said_idle: false,
            said_chunks: 1,
        }
    }

    /// Serves the chain until the daemon is to stop, or once. What is in flight is finished.
    pub(crate) async fn run(mut self) -> Result<(), DaemonError> {
        loop {
            let start = Instant::now();
            let round = self.round().await;
            if self.daemon.settings.run_once || self.stop.is_wanted() {
                if round.is_err() {
                    self.work.clear();
                }
                let rest = self.work.finish().await;
                return round.map(drop).and(rest);
            }
            let wait = match round {
                Ok(round) => self.period.next(round.busy).max(round.leave_alone),
                Err(error) => self.interrupted(error).await?,
            };
            self.tell();
            let stop = self.stop.clone();
            let rest = wait.saturating_sub(start.elapsed());
            if let Err(error) = self.work.during(stop.wait(rest)).await {
                self.interrupted(error).await?;
            }
        }
    }

    /// Nothing more is signed until the next poll; unless it could not go better, which ends it all.
    async fn interrupted(&mut self, error: DaemonError) -> Result<Duration, DaemonError> {
        self.work.clear();
        if error.is_final() {
            if error.is_store_lost() {
                self.daemon.settings.status.lose_store();
            }
            self.work.leave_followed();
            let _ = self.work.finish().await;
            return Err(error);
        }
        let (chain, causes) = (self.ticker(), causes(&error));
        tracing::error!(%chain, "interrupted, nothing more is signed before the next poll: {causes}");
        Ok(self.period.next(true))
    }

    /// Polls once, in chunks of as many wallets as the API takes.
    async fn round(&mut self) -> Result<Round, DaemonError> {
        let (daemon, ticker) = (self.daemon, self.ticker());
        let nothing = Round { busy: false, leave_alone: Duration::ZERO };
        let asked = self.asked()?;
        if asked.is_empty() {
            self.note_idle();
            return Ok(nothing);
        }
        let known = daemon.journal.has_polled(ticker, daemon.settings.network).await?;
        self.work.unsure = false;
        // A transaction with wallets in two chunks is handed out twice.
        let mut seen = HashSet::new();
        let mut round = nothing;
        for chunk in asked.chunks() {
            tracing::debug!(chain = %ticker, wallets = chunk.len(), "polling");
            let stop = self.stop.clone();
            let start = Instant::now();
            let poll = self.work.during(async {
                tokio::select! {
                    poll = daemon.client.pending(ticker, chunk.ids()) => Some(poll),
                    () = stop.wanted() => None,
                }
            });
            let Some(poll) = poll.await? else { return Ok(round) };
            daemon.settings.status.spend(credits(chunk.len()));
            match poll {
                Ok(pending) => {
                    daemon.settings.status.of(ticker, |status| status.polled(start.elapsed()));
                    round.busy |= self.take(pending, &mut seen).await?;
                }
                Err(ApiError::Sandbox) => return Err(DaemonError::Sandbox),
                Err(error) => {
                    round.leave_alone = self.poll_failed(&error);
                    return Ok(round);
                }
            }
        }
        if !known {
            // Until everything there was has been looked up, nothing is left to run beside a poll.
            self.work.finish_lanes().await?;
            if !self.stop.is_wanted() && !self.work.unsure && daemon.settings.wants_everything() {
                daemon.journal.set_polled(ticker, daemon.settings.network).await?;
            }
        }
        Ok(round)
    }

    /// Puts what was handed out into lanes. Says whether there was anything to be done.
    async fn take(
        &mut self,
        pending: Pending,
        seen: &mut HashSet<PendingId>,
    ) -> Result<bool, DaemonError> {
        let (daemon, chain) = (self.daemon, self.ticker());
        if pending.left_out > 0 {
            self.work.unsure = true;
            tracing::warn!(%chain, left_out = pending.left_out, "more transactions than are read at once");
        }
        for bad in pending.bad {
            daemon.note_bad(chain, &bad).await?;
        }
        let polled = Instant::now();
        let mut busy = false;
        for item in pending.items {
            let id = item.transaction.id.clone();
            if !daemon.settings.wants(&id) || !seen.insert(id.clone()) || self.work.has(&id) {
                continue;
            }
            if self.work.is_too_early(&id) {
                self.work.unsure = true;
                continue;
            }
            let lane = self.lane(&item.transaction);
            let patience = daemon.settings.patience();
            busy |= self.work.push(lane, Job { item, polled, patience, again: false });
        }
        Ok(busy)
    }

    /// The wallets that are polled for.
    fn asked(&mut self) -> Result<Arc<Asked>, DaemonError> {
        let Daemon { wallets, store, settings, .. } = self.daemon;
        let asked = wallets.of(self.ticker(), *store, settings)?;
        if !Arc::ptr_eq(&self.wallets, &asked) {
            self.accounts.clear();
            self.wallets = asked.clone();
            self.note_chunks(&asked);
            self.tell();
        }
        Ok(asked)
    }

    /// The account that `tx` is signed for. What has none gets a lane of its own.
    fn lane(&mut self, tx: &PendingTransaction) -> Lane {
        let own = || tx.id.as_str().as_bytes().to_owned();
        let Ok(signers) = self.chain.signers(tx) else { return own() };
        let Some(first) = signers.first() else { return own() };
        if let Some(lane) = self.accounts.get(first) {
            return lane.clone();
        }
        let (daemon, signers) = (self.daemon, std::slice::from_ref(first));
        let keys = public_keys(daemon.store, daemon.settings, self.chain, tx, signers);
        let Ok([key]) = keys.as_deref() else { return own() };
        let lane = key.to_bytes().to_vec();
        if self.accounts.len() == MOST_ACCOUNTS {
            self.accounts.clear();
        }
        self.accounts.insert(first.clone(), lane.clone());
        lane
    }

    fn poll_failed(&self, error: &ApiError) -> Duration {
        let (daemon, chain) = (self.daemon, self.ticker());
        daemon.count(|summary| summary.failed_polls += 1);
        daemon.settings.status.of(chain, |status| status.poll_failed(error.to_string()));
        daemon.note_outcome(|outcomes| outcomes.poll_failed(chain.0, error.to_string()));
        tracing::error!(%chain, "the poll failed: {error}");
        match error {
            ApiError::CreditsUsedUp(_) => WITHOUT_CREDITS,
            _ => error.retry_after().unwrap_or_default().min(LONGEST),
        }
    }

    /// Says once that a chain the operator asked for has no wallets. Others are passed over silently.
    fn note_idle(&mut self) {
        let (chain, settings) = (self.ticker(), self.daemon.settings);
        if !settings.only_chains.is_empty() && !self.said_idle {
            self.said_idle = true;
            tracing::warn!(%chain, network = %settings.network, "not polled: no wallet is stored for it");
        }
    }

    /// Says, at the start and when it changes, that a poll takes more than one request.
    fn note_chunks(&mut self, asked: &Asked) {
        let (wallets, chunks) = (asked.len(), asked.chunks().len().max(1));
        if chunks != std::mem::replace(&mut self.said_chunks, chunks) {
            let (chain, network) = (self.ticker(), self.daemon.settings.network);
            tracing::warn!(
                %chain, %network, wallets, chunks,
                "the API takes {MAX_IDS} wallets of a chain at once: polled in chunks, each with its own cost"
            );
        }
    }

    /// Tells the status what polling this chain costs now.
    fn tell(&self) {
        let asked = &self.wallets;
        if asked.is_empty() {
            return;
        }
        let period = self.period.now();
        let each: u64 = asked.chunks().iter().map(|chunk| credits(chunk.len())).sum();
        let polls = Duration::from_secs(86_400).as_secs_f64() / period.as_secs_f64();
        self.daemon.settings.status.of(self.ticker(), |status| {
            status.wallets = asked.len() as u64;
            status.chunks = asked.chunks().len() as u64;
            status.period = period;
            status.in_flight = self.work.len() as u64;
            status.followed = self.work.followed() as u64;
            #[allow(clippy::cast_precision_loss)] // a forecast
            let each = each as f64;
            status.credits_per_day = each * polls;
        });
    }

    fn ticker(&self) -> Ticker {
        self.chain.spec().ticker
    }
}

fn credits(ids: usize) -> u64 {
    ids.div_ceil(IDS_PER_CREDIT) as u64
}
