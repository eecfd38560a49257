//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tatum_sandbox::faults::{FaultSettings, Rule};
use tatum_sandbox::http;
use tatum_sandbox::page::PageFlags;
use url::Url;

/// A Tatum API on loopback, for trying tatum-kms and testing applications against it. Test networks
/// only.
#[derive(Parser)]
#[command(name = "tatum-sandbox", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tatum-sandbox demo
      the product at work, from wallets to balances, in some seconds

  tatum-sandbox serve
      then, in other terminals:
      TATUM_API_URL=http://127.0.0.1:3001 TATUM_API_KEY=any tatum-kms daemon --testnet
      curl -H 'content-type: application/json' http://127.0.0.1:3001/sandbox/ETH/faucet \\
        -d '{\"address\":\"0x…\",\"amount\":\"10\"}'

  tatum-sandbox serve --state sandbox.state --fault lost-reply=0.1,at=broadcast
      goes on after a restart where it was, and loses every tenth answer to a broadcast

http://127.0.0.1:3001/openapi.json describes every endpoint, docs/sandbox.md all the rest.";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve the API until it is stopped; the first line on stdout says where
    Serve(Box<Serve>),
    /// Show the product at work: make wallets, queue transfers, run the daemon, compare balances
    Demo(Demo),
    /// Run the daemon through faults and kill -9, and check that everything is paid exactly once
    Soak(Soak),
    /// Measure the daemon end to end: transactions a second, latency, memory
    Bench(Bench),
}

#[derive(clap::Args)]
pub(crate) struct Demo {
    /// Keep the sandbox, a daemon and the page running afterwards, until Ctrl-C
    #[arg(long)]
    pub(crate) stay: bool,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
}

#[derive(clap::Args)]
pub(crate) struct Serve {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 3001)]
    pub(crate) port: u16,
    /// The only API key to accept; without it any key will do
    #[arg(long = "apiKey", value_name = "KEY")]
    pub(crate) api_key: Option<String>,
    /// Keep the ledger of ETH on this node, such as Foundry's anvil with --chain-id 11155111
    #[arg(long = "ethNode", value_name = "URL", value_parser = node_url)]
    pub(crate) eth_node: Option<Url>,
    /// Keep the ledger of LTC on this node, such as litecoind -regtest; http://user:pass@127.0.0.1:19443
    #[arg(long = "ltcNode", value_name = "URL", value_parser = node_url)]
    pub(crate) ltc_node: Option<Url>,
    /// The file .cookie of that node, in place of user and password in its address
    #[arg(long = "ltcNodeCookie", value_name = "FILE", requires = "ltc_node")]
    pub(crate) ltc_node_cookie: Option<PathBuf>,
    /// Keep what happens in this file, and go on from it after a restart [default: in memory only]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["eth_node", "ltc_node"])]
    pub(crate) state: Option<PathBuf>,
    /// Make ids, hashes, times and faults those of every other run with this seed and the same
    /// requests
    ///
    /// The clock then stands at the first of January 2030, and moves on by a tenth of a second with
    /// each request that changes something.
    #[arg(long, value_name = "N", conflicts_with_all = ["eth_node", "ltc_node"])]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) faults: FaultArgs,
    #[command(flatten)]
    pub(crate) page: PageFlags,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Faults on purpose")]
pub(crate) struct FaultArgs {
    /// What goes wrong and how likely, for example lost-reply=0.1 or slow=0.2,ms=800,at=rpc;
    /// repeatable
    ///
    /// Faults: lost-reply (executed, no answer), unheard (not executed, no answer), reset (cut in
    /// the middle of the body), status-NNN, credits (the 403 of an account without credits),
    /// failed-true (sent but not completed), duplicate (twice in one poll), redeliver (completed,
    /// yet handed out again), slow, not-json, wrong-json, huge-body.
    ///
    /// Options: at=poll|broadcast|rpc|put|report|details|all, times=N (no more often), ms=N (slow),
    /// retry-after=SECONDS and executed (status), mb=N (huge-body).
    #[arg(long = "fault", value_name = "NAME=PROBABILITY[,OPTION…]")]
    pub(crate) rules: Vec<Rule>,
    /// Milliseconds that each call of the daemon takes in addition
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,
}

impl FaultArgs {
    /// The same for the server.
    pub(crate) fn settings(self, seed: u64) -> FaultSettings {
        let Self { rules, latency } = self;
        FaultSettings { rules, seed, latency: Duration::from_millis(latency) }
    }
}

#[derive(clap::Args)]
pub(crate) struct Soak {
    /// How many transactions to queue
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) items: usize,
    /// Queue no more after this time
    #[arg(long, value_name = "MINUTES", default_value_t = 30)]
    pub(crate) minutes: u64,
    /// Repeats the faults, kills and transfers of another run, as far as threads allow
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// What goes wrong, as for serve [default: some of everything]
    #[arg(long = "fault", value_name = "NAME=PROBABILITY[,OPTION…]")]
    pub(crate) rules: Vec<Rule>,
    /// Flags for the daemon, after --
    #[arg(last = true, value_name = "FLAG")]
    pub(crate) daemon: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct Bench {
    /// How many wallets the store has
    #[arg(long, value_name = "N", default_value_t = 25_000)]
    pub(crate) wallets: usize,
    /// How many transactions are signed
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) items: usize,
    /// How many wallets of the store send
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub(crate) senders: usize,
    /// How many wait at the API at a time
    #[arg(long, value_name = "N", default_value_t = 4_000)]
    pub(crate) window: usize,
    /// Seconds between two polls of the daemon
    #[arg(long, value_name = "SECONDS", default_value = "0.1")]
    pub(crate) period: String,
    /// Flags for the daemon, after --
    #[arg(last = true, value_name = "FLAG")]
    pub(crate) daemon: Vec<String>,
}

fn node_url(text: &str) -> Result<Url, String> {
    http::loopback_url(text).map_err(|error| format!("{error:#}"))
}
