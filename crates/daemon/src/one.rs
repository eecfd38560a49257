//! What becomes of one transaction, told to everybody: the log, the journal, the counters.

use std::time::{Duration, Instant};

use kms_chains::Chain;
use kms_core::{PendingId, Ticker};
use kms_tatum::BadItem;

use crate::daemon::Daemon;
use crate::deliver::{Done, Follow, Followed};
use crate::error::{DaemonError, ItemError, Severity};
use crate::journal::{JournalError, State};
use crate::outcome::Outcomes;
use crate::process::Step;
use crate::stop::Stop;
use crate::work::Job;

/// The longest waits before another try: of what may go better by itself, and of what may not.
const PASSING: Duration = Duration::from_secs(60);
const LASTING: Duration = Duration::from_secs(600);

/// What the work in a lane came to.
pub(crate) enum Worked {
    /// Nothing more is done with it in this pass.
    Ended(Ended),
    /// It goes on beside the lane.
    Follow(Job, Box<Follow>),
}

/// How the work on a transaction ended.
pub(crate) struct Ended {
    pub(crate) id: PendingId,
    /// If it is to be tried again, after how long at most.
    pub(crate) wait_at_most: Option<Duration>,
    /// Whether it has still to be looked up.
    pub(crate) unsure: bool,
    /// It is to be begun again at once, in its lane.
    pub(crate) again: Option<Job>,
    /// An error after which nothing more must be signed for now.
    pub(crate) fatal: Option<DaemonError>,
}

impl Ended {
    fn new(id: &PendingId) -> Self {
        Self { id: id.clone(), wait_at_most: None, unsure: false, again: None, fatal: None }
    }
}

impl Daemon<'_> {
    /// Does what has to be done in the lane of its account.
    pub(crate) async fn work_one(&self, chain: &'static dyn Chain, job: Job) -> Worked {
        match self.process(chain, &job.item).await {
            Ok(Step::Follow(follow)) => Worked::Follow(job, follow),
            Ok(Step::Done(done)) => Worked::Ended(self.has_sent(chain, &job, done)),
            Err(error) => Worked::Ended(self.has_not_sent(chain, &job, error).await),
        }
    }

    /// Finds out, beside the lanes, what became of a transaction that was handed to its node.
    pub(crate) async fn follow_one(
        &self,
        chain: &'static dyn Chain,
        mut job: Job,
        follow: Box<Follow>,
        stop: &Stop,
    ) -> Ended {
        let start = Instant::now();
        let tx = &job.item.transaction;
        match self.follow(chain, tx, *follow, job.patience, stop).await {
            Ok(Followed::Done(done)) => self.has_sent(chain, &job, done),
            Ok(Followed::Again) => {
                let ended = Ended::new(&tx.id);
                job.patience = job.patience.saturating_sub(start.elapsed());
                job.again = true;
                Ended { again: Some(job), ..ended }
            }
            Err(error) => self.has_not_sent(chain, &job, error).await,
        }
    }

    fn has_sent(&self, chain: &dyn Chain, job: &Job, done: Done) -> Ended {
        let (ticker, id, Done { hash, completed }) =
            (chain.spec().ticker, &job.item.transaction.id, done);
        tracing::info!(chain = %ticker, transaction = %id, %hash, completed, "sent");
        self.note_outcome(|outcomes| outcomes.sent(id, ticker.0, hash, completed));
        self.count(|summary| summary.sent += 1);
        let time = job.polled.elapsed();
        self.settings.status.of(ticker, |status| status.sent_after(time));
        Ended::new(id)
    }

    async fn has_not_sent(&self, chain: &dyn Chain, job: &Job, error: ItemError) -> Ended {
        let (ticker, id) = (chain.spec().ticker, &job.item.transaction.id);
        self.failed(id, ticker, &error);
        let unsure = matches!(error, ItemError::LookUp(_));
        let wait_at_most = wait_at_most(&error);
        let fatal = match error {
            ItemError::Journal(error) if !is_passing(&error) => Some(error.into()),
            ItemError::Store(error) => Some(error.into()),
            error => self.keep_failure(id, &error).await.err().and_then(fatal),
        };
        Ended { unsure, wait_at_most, fatal, ..Ended::new(id) }
    }

    /// Logs and counts a failure.
    fn failed(&self, id: &PendingId, chain: Ticker, error: &ItemError) {
        self.note_outcome(|outcomes| outcomes.failed(id, chain.0, error));
        match error.severity() {
            Severity::Skipped => {
                self.count(|summary| summary.skipped += 1);
                tracing::warn!(%chain, transaction = %id, "skipped: {error}");
            }
            Severity::Passing => {
                self.count(|summary| summary.failed += 1);
                tracing::warn!(%chain, transaction = %id, "not done: {error}");
            }
            Severity::Final | Severity::Lasting | Severity::Fatal => {
                self.count(|summary| summary.failed += 1);
                tracing::error!(%chain, transaction = %id, "failed: {error}");
            }
        }
    }

    /// A transaction that could not be read.
    pub(crate) async fn note_bad(&self, chain: Ticker, bad: &BadItem) -> Result<(), DaemonError> {
        let problem = &bad.problem;
        let Some(id) = &bad.id else {
            self.count(|summary| summary.failed += 1);
            tracing::error!(%chain, "a transaction without a usable id was left alone: {problem}");
            self.note_outcome(|outcomes| outcomes.bad(None, chain.0, problem));
            return Ok(());
        };
        if !self.settings.wants(id) {
            return Ok(());
        }
        self.note_outcome(|outcomes| outcomes.bad(Some(id), chain.0, problem));
        self.count(|summary| {
            summary.pending += 1;
            summary.failed += 1;
        });
        tracing::error!(%chain, transaction = %id, "failed: the transaction makes no sense: {problem}");
        // What was signed for it before may have been sent, so that is not called failed.
        let entry = self.journal.find(id).await?;
        let signed = entry
            .is_some_and(|entry| entry.record.signing.is_some() && entry.state != State::Refused);
        if !signed {
            self.reports.add(id, format!("the transaction makes no sense: {problem}"));
        }
        Ok(())
    }

    /// Tells whoever wants to know what becomes of each transaction.
    pub(crate) fn note_outcome(&self, note: impl FnOnce(&Outcomes)) {
        if let Some(outcomes) = &self.settings.outcomes {
            note(outcomes);
        }
    }
}

/// People take their time to approve: they are asked at each poll, as always.
fn wait_at_most(error: &ItemError) -> Option<Duration> {
    match error.severity() {
        Severity::Lasting => Some(LASTING),
        _ if matches!(error, ItemError::Approval(_)) => None,
        _ => Some(PASSING),
    }
}

/// Somebody else changed the row: the next poll reads it anew.
fn is_passing(error: &JournalError) -> bool {
    matches!(error, JournalError::Changed { .. })
}

fn fatal(error: JournalError) -> Option<DaemonError> {
    (!is_passing(&error)).then(|| error.into())
}
