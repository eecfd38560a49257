//! Polls until the shutdown.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use kms_tatum::Client;
use tokio::sync::watch;

use crate::approve::Approver;
use crate::daemon::Daemon;
use crate::error::{DaemonError, SettingsError, causes};
use crate::journal::Journal;
use crate::lock::Lock;
use crate::reports::Summary;
use crate::serve::Serve;
use crate::settings::DaemonSettings;
use crate::stop::Stop;
use crate::store::Store;

/// How long a daemon that stops tries to report the last failures.
const LAST_REPORT: Duration = Duration::from_secs(5);

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
    let chains = || settings.served().map(|chain| chain.spec().ticker);
    let _lock = Lock::take(store.path(), settings.network, chains())?;
    let daemon = Daemon::open(settings, store).await?;
    settings.status.follow(daemon.client.retries());
    settings.status.opened();
    let (stopper, stop) = Stop::new();
    let (mut work, mut shutdown) = (pin!(daemon.work(&stopper, &stop)), pin!(shutdown));
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

impl<'a> Daemon<'a> {
    /// Opens the journal and everything else that the first transaction will need.
    async fn open(settings: &'a DaemonSettings, store: &'a dyn Store) -> Result<Self, DaemonError> {
        let client = Client::new(settings.api.clone())?;
        let approver = Approver::new(settings.approval.as_ref(), &settings.status)
            .map_err(SettingsError::from)?;
        let status = Some(settings.status.clone());
        let journal = Journal::open(store, settings.adopt_journal, status)?;
        store.forget_password();
        let daemon = Self::new(settings, store, client, journal, approver);
        for entry in daemon.journal.in_flight().await? {
            if let Some(sequence) = entry.sequence().filter(|_| entry.network == settings.network) {
                daemon.sequences.take(&entry.chain, sequence, &entry.id);
            }
        }
        Ok(daemon)
    }

    /// Serves all chains side by side, and reports what failed.
    async fn work(
        &self,
        stopper: &watch::Sender<bool>,
        stop: &Stop,
    ) -> Result<Summary, DaemonError> {
        let mut chains: FuturesUnordered<_> = self
            .settings
            .served()
            .map(|chain| Serve::new(self, chain, stop.clone()).run())
            .collect();
        let mut ended = Ok(());
        let all = async {
            while let Some(result) = chains.next().await {
                if result.is_err() && !self.settings.run_once {
                    // It would be the same for the others: the wallet file is gone.
                    stopper.send_replace(true);
                }
                ended = std::mem::replace(&mut ended, Ok(())).and(result);
            }
        };
        tokio::select! {
            () = all => {}
            never = self.report_again_and_again() => match never {},
        }
        self.report_at_the_end().await;
        ended.map(|()| self.summary())
    }

    /// Reports what has come to its end, soon after it did.
    async fn report_again_and_again(&self) -> Infallible {
        if self.settings.run_once {
            std::future::pending::<()>().await;
        }
        loop {
            tokio::time::sleep(self.settings.period).await;
            self.try_report().await;
        }
    }

    /// With `run_once` the API hears of everything that failed. A daemon that stops does not wait long for
    /// it: the journal knows what has still to be told.
    async fn report_at_the_end(&self) {
        if self.settings.run_once {
            self.try_report().await;
        } else if tokio::time::timeout(LAST_REPORT, self.try_report()).await.is_err() {
            tracing::warn!("the last failures are reported after the next start");
        }
    }

    async fn try_report(&self) {
        let depth = self.journal.depth().await;
        if let Ok(depth) = depth {
            self.settings.status.set_journal_depth(depth);
        }
        if let Err(error) = self.report().await {
            let causes = causes(&error);
            tracing::error!("the journal does not say what has to be reported: {causes}");
        }
    }
}
