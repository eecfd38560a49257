//! What a running daemon can tell of itself. Written by the daemon, read by whoever shows it.
//!
//! Numbers only grow, but for those that are called a level. Nothing is decided by them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use kms_core::Ticker;

use crate::journal::State;

/// The upper bounds of the buckets of a [`Histogram`], in seconds; the last bucket has none.
pub const BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// How long things took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// How many fell into each bucket, not counting those of the buckets below it.
    pub counts: [u64; BUCKETS.len() + 1],
    /// All of them together, in seconds.
    pub sum: f64,
}

impl Histogram {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn add(&mut self, time: Duration) {
        let seconds = time.as_secs_f64();
        let bucket = BUCKETS.iter().position(|bound| seconds <= *bound).unwrap_or(BUCKETS.len());
        self.counts[bucket] += 1;
        self.sum += seconds;
    }
}

/// What is told of one chain.
#[derive(Clone, Debug, Default)]
pub struct ChainStatus {
    /// A level: the wallets that are polled for.
    pub wallets: u64,
    /// A level: the requests that one round of polling takes, each for as many wallets as the API accepts.
    pub chunks: u64,
    /// Polls that were answered.
    pub polls: u64,
    /// Polls that were not.
    pub failed_polls: u64,
    /// When a poll was last answered.
    pub last_good_poll: Option<Instant>,
    /// Why the last poll failed, if it did.
    pub last_error: Option<String>,
    /// A level: the time from one poll to the next, as it is now.
    pub period: Duration,
    /// A level: the credits that polling costs in a day at this period.
    pub credits_per_day: f64,
    /// A level: transactions that wait for their turn or are in work.
    pub in_flight: u64,
    /// A level: those of them that were handed to their node and are not known to be executed yet.
    pub followed: u64,
    /// Transactions that came into each state.
    pub items: BTreeMap<State, u64>,
    /// Questions to the approval server by how they ended: `approved`, or [`ApprovalError::state`].
    ///
    /// [`ApprovalError::state`]: crate::ApprovalError::state
    pub approvals: BTreeMap<&'static str, u64>,
    /// From a poll's answer to its transactions being sent.
    pub poll_to_sent: Histogram,
    /// How long the approval server took.
    pub approval_time: Histogram,
    /// How long the polls took.
    pub poll_time: Histogram,
    /// How long broadcasts took.
    pub broadcast_time: Histogram,
}

/// The status of a daemon. Shared by an `Arc`; made with [`Status::default`].
#[derive(Debug)]
pub struct Status {
    started: Instant,
    chains: Mutex<BTreeMap<&'static str, ChainStatus>>,
    credits: AtomicU64,
    journal_records: AtomicU64,
    journal_writes: AtomicU64,
    journal_groups: AtomicU64,
    stopping: AtomicU64,
    store_lost: AtomicBool,
    open: AtomicBool,
    memory_locked: AtomicBool,
    /// Counted by the API's client.
    retries: OnceLock<Arc<AtomicU64>>,
}

impl Default for Status {
    fn default() -> Self {
        let zero = AtomicU64::default;
        Self {
            started: Instant::now(),
            chains: Mutex::default(),
            credits: zero(),
            journal_records: zero(),
            journal_writes: zero(),
            journal_groups: zero(),
            stopping: zero(),
            store_lost: AtomicBool::default(),
            open: AtomicBool::default(),
            memory_locked: AtomicBool::default(),
            retries: OnceLock::new(),
        }
    }
}

impl Status {
    /// How long the daemon has been running.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// What is told of each chain, by its code.
    pub fn chains(&self) -> BTreeMap<&'static str, ChainStatus> {
        self.lock().clone()
    }

    /// Credits that were spent on polling since the start.
    pub fn credits_spent(&self) -> u64 {
        self.credits.load(Ordering::Relaxed)
    }

    /// Credits that polling costs in a day, at the periods of now.
    pub fn credits_per_day(&self) -> f64 {
        self.lock().values().map(|chain| chain.credits_per_day).sum()
    }

    /// A level: transactions in the journal that are not finished.
    pub fn journal_depth(&self) -> u64 {
        self.journal_records.load(Ordering::Relaxed)
    }

    /// Records that were written to the journal, and the synchronous writes that took.
    pub fn journal_writes(&self) -> (u64, u64) {
        (self.journal_writes.load(Ordering::Relaxed), self.journal_groups.load(Ordering::Relaxed))
    }

    /// Since when the chain that has waited longest for a good poll has waited: `None` while a chain has
    /// had none yet.
    pub fn since_good_poll(&self) -> Option<Duration> {
        let chains = self.lock();
        let times: Option<Vec<_>> = chains.values().map(|chain| chain.last_good_poll).collect();
        times.and_then(|times| times.iter().min().map(Instant::elapsed))
    }

    /// Whether the start is over: the journal is open, and the first poll is made.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// Whether the process has its memory locked, so that none of it is swapped out.
    pub fn is_memory_locked(&self) -> bool {
        self.memory_locked.load(Ordering::Relaxed)
    }

    /// Said once by whoever locked it, or could not.
    pub fn set_memory_locked(&self, locked: bool) {
        self.memory_locked.store(locked, Ordering::Relaxed);
    }

    /// Calls of the API that were repeated.
    pub fn retries(&self) -> u64 {
        self.retries.get().map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Whether the daemon finishes what is in flight and takes nothing new.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed) != 0
    }

    /// Whether the wallet file is gone, or is another one or under another key now: the daemon finishes what is
    /// in flight, and ends.
    pub fn is_store_lost(&self) -> bool {
        self.store_lost.load(Ordering::Relaxed)
    }

    /// Changes what is told of `chain`.
    pub fn of(&self, chain: Ticker, change: impl FnOnce(&mut ChainStatus)) {
        change(self.lock().entry(chain.0).or_default());
    }

    pub(crate) fn spend(&self, credits: u64) {
        self.credits.fetch_add(credits, Ordering::Relaxed);
    }

    pub(crate) fn set_journal_depth(&self, records: u64) {
        self.journal_records.store(records, Ordering::Relaxed);
    }

    pub(crate) fn wrote(&self, records: u64) {
        self.journal_writes.fetch_add(records, Ordering::Relaxed);
        self.journal_groups.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn opened(&self) {
        self.open.store(true, Ordering::Relaxed);
    }

    /// Repeated calls are counted in `retries` from now on.
    pub(crate) fn follow(&self, retries: Arc<AtomicU64>) {
        let _ = self.retries.set(retries);
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(1, Ordering::Relaxed);
    }

    pub(crate) fn lose_store(&self) {
        self.store_lost.store(true, Ordering::Relaxed);
        self.stop();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, ChainStatus>> {
        self.chains.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChainStatus {
    /// One more transaction came into `state`.
    pub(crate) fn reached(&mut self, state: State) {
        *self.items.entry(state).or_default() += 1;
    }

    /// A question to the approval server ended like this, after `time`.
    pub(crate) fn approval(&mut self, how: &'static str, time: Duration) {
        *self.approvals.entry(how).or_default() += 1;
        self.approval_time.add(time);
    }

    pub(crate) fn polled(&mut self, time: Duration) {
        self.polls += 1;
        self.last_good_poll = Some(Instant::now());
        self.last_error = None;
        self.poll_time.add(time);
    }

    pub(crate) fn poll_failed(&mut self, why: String) {
        self.failed_polls += 1;
        self.last_error = Some(why);
    }

    pub(crate) fn broadcast(&mut self, time: Duration) {
        self.broadcast_time.add(time);
    }

    pub(crate) fn sent_after(&mut self, time: Duration) {
        self.poll_to_sent.add(time);
    }
}
