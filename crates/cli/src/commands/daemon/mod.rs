//! `daemon`: gather its settings, open the store, and run it until it is told to stop.

mod signals;

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use kms_chains::registry::CHAINS;
use kms_daemon::{Approval, ApprovalMethod, DaemonSettings, OpenStore};
use kms_tatum::ClientSettings;
use tracing::level_filters::LevelFilter;

use self::signals::Signals;
use super::{App, store};
use crate::args::{DaemonArgs, Method, web_url};
use crate::output;

/// Where the Tatum API is unless `TATUM_API_URL` says otherwise.
const API_URL: &str = "https://api.tatum.io";

pub(super) fn run(app: &App, flags: &DaemonArgs) -> anyhow::Result<ExitCode> {
    if app.flags.api_key.is_some() {
        output::warning(
            "--apiKey can be seen in the process list by everybody on this machine; use TATUM_API_KEY",
        );
    }
    let settings = settings(app, flags)?;
    settings.validate()?;
    let password = store::existing_password(app)?;
    let store = OpenStore::new(store::open(app, &password)?, password);
    log_to_stderr(app);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("the daemon's threads can't be started")?;
    let summary = runtime.block_on(async {
        let shutdown = Signals::listen()?.shutdown();
        Ok::<_, anyhow::Error>(kms_daemon::run(&settings, &store, shutdown).await?)
    })?;
    Ok(if flags.run_once && !summary.is_clean() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn settings(app: &App, flags: &DaemonArgs) -> anyhow::Result<DaemonSettings> {
    let mut settings = DaemonSettings::new(CHAINS, api(app)?);
    settings.only_chains = flags.chain.iter().map(|chain| chain.0.spec().ticker).collect();
    settings.only_wallets = some_set(&flags.wallets);
    settings.only_transactions = some_set(&flags.transaction_ids);
    settings.run_once = flags.run_once;
    settings.period = flags.period;
    settings.approval = flags.approval_url().map(|url| {
        let method = match flags.external_url_method {
            Method::Get => ApprovalMethod::Get,
            Method::Post => ApprovalMethod::Post,
        };
        Approval::new(url.clone(), method)
    });
    settings.fee_caps =
        flags.max_fee.iter().map(|cap| (cap.chain.0.spec().ticker, cap.base_units)).collect();
    Ok(settings)
}

fn api(app: &App) -> anyhow::Result<ClientSettings> {
    let settings = &app.settings;
    let key = settings.api_key().context(
        "the API key is missing; set TATUM_API_KEY, in the environment or in a .env file",
    )?;
    let url = web_url(settings.get("TATUM_API_URL").unwrap_or(API_URL))
        .map_err(|problem| anyhow!("TATUM_API_URL can't be used: {problem}"))?;
    let mut api = ClientSettings::new(url, key, app.network);
    if let Some(testnet) = settings.get("TESTNET_TYPE") {
        testnet.clone_into(&mut api.testnet_type);
    }
    if let Some(retries) = settings.whole_number("TATUM_RETRIES")? {
        api.retries = retries;
    }
    if let Some(milliseconds) = settings.whole_number("TATUM_RETRY_DELAY")? {
        api.retry_delay = Duration::from_millis(milliseconds.into());
    }
    Ok(api)
}

/// The set of what was listed; none if nothing was, which means all.
fn some_set<T: Ord + Clone>(items: &[T]) -> Option<std::collections::BTreeSet<T>> {
    if items.is_empty() { None } else { Some(items.iter().cloned().collect()) }
}

fn log_to_stderr(app: &App) {
    let debug = matches!(app.settings.get("TATUM_KMS_DEBUG_MODE"), Some("true" | "1"));
    let level = if debug { LevelFilter::DEBUG } else { LevelFilter::INFO };
    let subscriber = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .with_max_level(level);
    // Fails only if there is a subscriber already, which then does its work.
    let _ = subscriber.try_init();
}
