//! Polls until the shutdown.

use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use kms_tatum::Client;

use crate::approve::Approver;
use crate::error::DaemonError;
use crate::journal::Journal;
use crate::lock::Lock;
use crate::pass::Progress;
use crate::process::Daemon;
use crate::reports::Summary;
use crate::sequences::SequenceBook;
use crate::settings::{DaemonSettings, SettingsError};
use crate::stop::Stop;
use crate::store::Store;

/// Runs the daemon with the wallets of `store` until `shutdown` is ready; with `run_once`, for one pass.
///
/// The first poll is made at once. When `shutdown` is ready, the transaction in flight is finished and
/// its outcome is in the journal before this returns.
///
/// # Errors
/// The settings are refused, another daemon works with the same wallet file, the journal can't be used
/// or belongs to another file, or the wallet file was lost. While it runs, an error of the journal ends
/// the pass and the next poll tries again; with `run_once` it is returned.
pub async fn run(
    settings: &DaemonSettings,
    store: &dyn Store,
    shutdown: impl Future<Output = ()>,
) -> Result<Summary, DaemonError> {
    settings.validate()?;
    let _lock = Lock::take(store.path())?;
    let daemon = Daemon::open(settings, store)?;
    settings.status.follow(daemon.client.retries());
    settings.status.opened();
    let (stopper, stop) = Stop::new();
    let (mut work, mut shutdown) = (pin!(daemon.work(&stop)), pin!(shutdown));
    tokio::select! {
        result = &mut work => return result,
        () = &mut shutdown => {}
    }
    tracing::info!("stopping: what is in flight is finished first");
    settings.status.stop();
    stopper.send_replace(true);
    let timeout = settings.stop_timeout;
    let unfinished = |_| DaemonError::Unfinished(timeout.as_secs());
    tokio::time::timeout(timeout, work).await.map_err(unfinished)?
}

/// An error with its causes, on one line.
fn causes(error: &dyn Error) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        out = format!("{out}: {cause}");
        source = cause.source();
    }
    out
}

impl<'a> Daemon<'a> {
    /// Opens the journal and everything else that the first transaction will need.
    fn open(settings: &'a DaemonSettings, store: &'a dyn Store) -> Result<Self, DaemonError> {
        let client = Client::new(settings.api.clone())?;
        let approver = Approver::new(settings.approval.as_ref(), &settings.status)
            .map_err(SettingsError::from)?;
        let journal = Journal::open(store)?;
        store.forget_password();
        let sequences = SequenceBook::default();
        for entry in journal.unfinished()? {
            if let Some(sequence) =
                entry.record.sequence.filter(|_| entry.network == settings.network)
            {
                sequences.take(&entry.chain, &sequence);
            }
        }
        let signed = AtomicU64::new(0);
        Ok(Self { settings, store, client, journal, approver, sequences, signed })
    }

    async fn work(&self, stop: &Stop) -> Result<Summary, DaemonError> {
        let mut progress = Progress::default();
        loop {
            let start = Instant::now();
            let pass = self.pass(&mut progress, stop).await;
            progress.summary.signed = self.signed.load(Ordering::Relaxed);
            if let Err(error) = pass {
                if self.settings.run_once || error.is_final() {
                    return Err(error);
                }
                let causes = causes(&error);
                tracing::error!("the pass ended early, nothing more was signed: {causes}");
            }
            if self.settings.run_once || stop.is_wanted() {
                return Ok(progress.summary);
            }
            let rest = self.settings.period.saturating_sub(start.elapsed());
            stop.wait(rest.max(progress.leave_alone)).await;
            if stop.is_wanted() {
                return Ok(progress.summary);
            }
        }
    }
}
