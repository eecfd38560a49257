//! `tatum-sandbox`: a Tatum API on loopback.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use tatum_sandbox::server::{Running, Settings};
use tatum_sandbox::utxo::NodeAt;
use tatum_sandbox::{demo, http, output};
use url::Url;

/// A Tatum API on loopback, for trying tatum-kms and testing applications against it. Test networks
/// only.
#[derive(Parser)]
#[command(name = "tatum-sandbox", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API until it is stopped; the first line on stdout says where
    Serve(Box<Serve>),
    /// Show the product at work: make wallets, queue transfers, run the daemon, compare balances
    Demo,
}

#[derive(clap::Args)]
struct Serve {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 3001)]
    port: u16,
    /// The only API key to accept; without it any key will do
    #[arg(long = "apiKey", value_name = "KEY")]
    api_key: Option<String>,
    /// Keep the ledger of ETH on this node, such as Foundry's anvil with --chain-id 11155111
    #[arg(long = "ethNode", value_name = "URL", value_parser = node_url)]
    eth_node: Option<Url>,
    /// Keep the ledger of LTC on this node, such as litecoind -regtest; http://user:pass@127.0.0.1:19443
    #[arg(long = "ltcNode", value_name = "URL", value_parser = node_url)]
    ltc_node: Option<Url>,
    /// The file .cookie of that node, in place of user and password in its address
    #[arg(long = "ltcNodeCookie", value_name = "FILE", requires = "ltc_node")]
    ltc_node_cookie: Option<PathBuf>,
}

fn node_url(text: &str) -> Result<Url, String> {
    http::loopback_url(text).map_err(|error| format!("{error:#}"))
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Serve(serve) => run(*serve).await,
        Command::Demo => demo::run().await,
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
    let settings = Settings { api_key: serve.api_key, eth_node: serve.eth_node, ltc_node };
    let running = Running::start(settings, serve.port).await?;
    let base = running.base_url();
    output::print(&format!("listening on {base}"));
    output::say(&format!("point the daemon here with TATUM_API_URL={base} and --testnet"));
    running.wait().await
}
