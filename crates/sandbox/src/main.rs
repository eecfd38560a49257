//! `tatum-sandbox`: a Tatum API on loopback.

mod args;

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use tatum_sandbox::server::{Memory, Running, Settings};
use tatum_sandbox::utxo::NodeAt;
use tatum_sandbox::{bench, chains, demo, output, soak};

use self::args::{Args, Bench, Command, Serve, Soak};

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Serve(serve) => run(*serve).await,
        Command::Demo(flags) => demo::run(flags.port, flags.stay).await,
        Command::Soak(flags) => soak(flags).await,
        Command::Bench(flags) => bench(flags).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(serve: Serve) -> Result<()> {
    let coloured = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(coloured)
        .with_target(false)
        .init();
    let cookie = serve.ltc_node_cookie;
    let ltc_node = serve.ltc_node.map(|url| NodeAt { url, cookie });
    let settings = Settings {
        api_key: serve.api_key,
        eth_node: serve.eth_node,
        ltc_node,
        faults: serve.faults.settings(serve.seed.unwrap_or_default()),
        memory: Memory { seed: serve.seed, file: serve.state },
        page: serve.page.settings()?,
    };
    let running = Running::start(settings, serve.port).await?;
    let base = running.base_url();
    output::print(&format!("listening on {base}"));
    output::say(&format!("point the daemon here with TATUM_API_URL={base} and --testnet"));
    for (setting, path) in chains::NODES {
        output::say(&format!(
            "and at a node that the API does not have with {setting}={base}{path}"
        ));
    }
    output::say(&format!("the page is at {}", running.page_url()));
    let approvals = format!("{base}{}", tatum_sandbox::page::APPROVAL_PATH);
    output::say(&format!("it gives approvals to daemons with --externalUrl={approvals}"));
    running.wait().await
}

async fn soak(flags: Soak) -> Result<()> {
    let Soak { items, minutes, seed, rules, daemon } = flags;
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    let mut scenario = soak::Scenario::storm(items, seed);
    scenario.queue_for = std::time::Duration::from_secs(minutes * 60);
    scenario.daemon_flags = daemon;
    if !rules.is_empty() {
        scenario.faults = rules;
    }
    soak::run_and_print(&scenario).await
}

async fn bench(flags: Bench) -> Result<()> {
    let Bench { wallets, items, senders, window, period, daemon } = flags;
    bench::run(&bench::Plan { wallets, items, senders, window, period, daemon_flags: daemon }).await
}
