//! `daemon`: gather its settings, open the store, and run it until it is told to stop.

mod approval;
mod report;
mod signals;
mod systemd;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use kms_chains::registry::CHAINS;
use kms_chains::{Delivery, Policy};
use kms_core::{NodeHost, with_wiped_stack};
use kms_daemon::watch::{Listener, StatusFile};
use kms_daemon::{DaemonError, DaemonSettings, OpenStore, Outcomes, Status, Store as _, Summary};
use kms_tatum::ClientSettings;
use url::Url;

use self::signals::Signals;
use self::systemd::Notifier;
use super::{App, store};
use crate::args::{DaemonArgs, web_url};
use crate::output::Output;
use crate::settings::Systemd;

/// Where the Tatum API is unless `TATUM_API_URL` says otherwise.
pub(super) const API_URL: &str = "https://api.tatum.io";

pub(super) fn run(app: App, flags: &DaemonArgs) -> anyhow::Result<ExitCode> {
    if !app.network.is_testnet() {
        app.settings.refuse_urls_from_here()?;
    }
    let settings = settings(&app, flags)?;
    settings.validate()?;
    // To be refused before anything is sent that the document would tell of.
    let output = flags.seeing.output.map(|_| Output::open()).transpose()?;
    let store = with_wiped_stack(|| open(&app))?;
    let debug = matches!(app.settings.get("TATUM_KMS_DEBUG_MODE"), Some("true" | "1"));
    crate::log::start(flags.seeing.log_format, debug);
    tracing::debug!("memory is {}", app.memory);
    settings.status.set_memory_locked(app.memory.is_locked());
    // With the password that was set, which is not needed any more.
    drop(app);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("the daemon's threads can't be started")?;
    let ended = runtime.block_on(work(&settings, &store, flags.seeing.listen))?;
    if let Some(mut output) = output {
        output.json(&report::document(&settings, &ended).to_string())?;
    }
    match ended {
        Ok(summary) if flags.run_once && !summary.is_clean() => Ok(ExitCode::FAILURE),
        Ok(_) => Ok(ExitCode::SUCCESS),
        // It was told to stop and did: what is left is in the journal.
        Err(error @ DaemonError::Unfinished(_)) if !flags.run_once => {
            tracing::warn!("{error}");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(error.into()),
    }
}

fn open(app: &App) -> anyhow::Result<OpenStore> {
    let password = store::existing_password(app)?;
    Ok(OpenStore::new(store::open(app, &password)?, password))
}

/// Runs the daemon, and what shows it to others.
async fn work(
    settings: &DaemonSettings,
    store: &OpenStore,
    listen: Option<SocketAddr>,
) -> anyhow::Result<Result<Summary, DaemonError>> {
    let signals = Signals::listen()?;
    let notifier = Notifier::new(&Systemd::of_this_process());
    if let Some(address) = listen {
        let listener = Listener::bind(address).await?;
        tracing::info!(address = %listener.address(), "showing /healthz, /readyz and /metrics");
        tokio::spawn(listener.serve(settings.status.clone()));
    }
    let shutdown = async {
        signals.shutdown().await;
        notifier.stopping(settings.stop_timeout);
    };
    let path = store.path();
    tokio::select! {
        ended = kms_daemon::run(settings, store, shutdown) => Ok(ended),
        () = notifier.watch(&settings.status) => unreachable!("it watches for ever"),
        () = keep_status_file(path, settings) => unreachable!("it is kept for ever"),
    }
}

/// Keeps the status file up to date, once the daemon has its store to itself.
async fn keep_status_file(store: &std::path::Path, settings: &DaemonSettings) {
    opened(&settings.status).await;
    match StatusFile::create(store) {
        Ok(file) => file.keep(&settings.network.to_string(), &settings.status).await,
        Err(error) => {
            tracing::warn!("the status file can't be written, so `status` won't work: {error}");
            std::future::pending::<()>().await;
        }
    }
}

/// Ends when the daemon's start is over.
async fn opened(status: &Status) {
    while !status.is_open() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn settings(app: &App, flags: &DaemonArgs) -> anyhow::Result<DaemonSettings> {
    let mut settings = DaemonSettings::new(CHAINS, api(app)?);
    settings.only_chains = flags.chain.iter().map(|chain| chain.0.spec().ticker).collect();
    settings.only_wallets = some_set(&flags.wallets);
    settings.only_transactions = some_set(&flags.transaction_ids);
    settings.run_once = flags.run_once;
    settings.period = flags.period;
    settings.idle_period = flags.delivery.idle_period.unwrap_or(flags.period.saturating_mul(3));
    settings.max_tries = flags.delivery.max_tries;
    settings.policy = Policy {
        allow_rekey: flags.delivery.allow_rekey,
        refuse_expired: flags.delivery.refuse_expired,
    };
    settings.adopt_journal = flags.delivery.adopt_journal;
    settings.api.allow_sandbox = flags.delivery.allow_sandbox;
    settings.api.rps = flags.delivery.rps;
    settings.approval = approval::settings(app, &flags.approval)?;
    settings.stop_timeout = flags.stop_timeout;
    settings.outcomes = flags.seeing.output.map(|_| Arc::new(Outcomes::default()));
    settings.fee_caps =
        flags.max_fee.iter().map(|cap| (cap.chain.0.spec().ticker, cap.base_units)).collect();
    Ok(settings)
}

fn api(app: &App) -> anyhow::Result<ClientSettings> {
    let settings = &app.settings;
    let key = settings.api_key().context(
        "the API key is missing; set TATUM_API_KEY, in the environment or in a .env file, or apiKeyFile in the config file",
    )?;
    let url = web_url(settings.get("TATUM_API_URL").unwrap_or(API_URL))
        .map_err(|problem| anyhow!("TATUM_API_URL can't be used: {problem}"))?;
    let mut api = ClientSettings::new(url, key, app.network);
    if let Some(testnet) = settings.get("TESTNET_TYPE") {
        testnet.clone_into(&mut api.testnet_type);
    }
    for chain in CHAINS {
        let ticker = chain.spec().ticker.0;
        if let NodeHost::Outside { setting, .. } = chain.spec().node
            && let Some(node) = node_url(app, setting)?
        {
            api.nodes.insert(setting, node);
        }
        if let Delivery::Node(_) = chain.delivery()
            && let Some(node) = node_url(app, &format!("TATUM_KMS_{ticker}_SECOND_NODE_URL"))?
        {
            api.second_nodes.insert(ticker, node);
        }
    }
    if let Some(retries) = settings.whole_number("TATUM_RETRIES")? {
        api.retries = retries;
    }
    if let Some(milliseconds) = settings.whole_number("TATUM_RETRY_DELAY")? {
        api.retry_delay = Duration::from_millis(milliseconds.into());
    }
    Ok(api)
}

/// The address of a node outside the API, if the setting of this name has one.
fn node_url(app: &App, setting: &str) -> anyhow::Result<Option<Url>> {
    let Some(text) = app.settings.get(setting) else { return Ok(None) };
    let url = web_url(text).map_err(|problem| anyhow!("{setting} can't be used: {problem}"))?;
    Ok(Some(url))
}

/// The set of what was listed; none if nothing was, which means all.
fn some_set<T: Ord + Clone>(items: &[T]) -> Option<std::collections::BTreeSet<T>> {
    if items.is_empty() { None } else { Some(items.iter().cloned().collect()) }
}
