//! The flags of `daemon`.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{ArgAction, Args};
use kms_core::{PendingId, SignatureId};

use super::approval::ApprovalArgs;
use super::delivery::DeliveryArgs;
use super::values::{self, ChainArg, FeeCap};

/// The flags of `daemon`.
#[derive(Args)]
pub(crate) struct DaemonArgs {
    /// Seconds between two polls, whole or fractional
    #[arg(
        long, value_name = "SECONDS", default_value = "5", value_parser = values::period,
        allow_negative_numbers = true
    )]
    pub(crate) period: Duration,

    /// Chains to poll, separated by commas [default: every chain that has wallets]
    #[arg(long, value_name = "CHAIN", value_delimiter = ',')]
    pub(crate) chain: Vec<ChainArg>,

    /// Only these wallets, separated by commas
    #[arg(
        long, value_name = "ID", value_delimiter = ',', value_parser = values::wallet_id
    )]
    pub(crate) wallets: Vec<SignatureId>,

    /// Only these pending transactions, separated by commas
    #[arg(
        long = "transactionIds", alias = "transaction-ids", value_name = "ID",
        value_delimiter = ',', value_parser = values::pending_id
    )]
    pub(crate) transaction_ids: Vec<PendingId>,

    /// Poll once and end: exit code 0 if nothing failed
    #[arg(
        long = "runOnce", alias = "run-once", num_args = 0..=1, require_equals = true,
        value_name = "true|false", default_missing_value = "true", default_value = "false",
        action = ArgAction::Set, hide_default_value = true, hide_possible_values = true
    )]
    pub(crate) run_once: bool,

    /// The most that one transaction may pay in fees, in coins, for example ETH=0.05; repeatable
    #[arg(long = "maxFee", alias = "max-fee", value_name = "CHAIN=AMOUNT")]
    pub(crate) max_fee: Vec<FeeCap>,

    #[command(flatten)]
    pub(crate) delivery: DeliveryArgs,

    #[command(flatten)]
    pub(crate) approval: ApprovalArgs,

    #[command(flatten)]
    pub(crate) seeing: SeeingArgs,

    /// Seconds that a transaction in flight has to finish after SIGTERM or Ctrl-C
    #[arg(
        long = "stopTimeout", alias = "stop-timeout", value_name = "SECONDS", default_value = "60",
        value_parser = values::period, allow_negative_numbers = true
    )]
    pub(crate) stop_timeout: Duration,
}

/// What the daemon shows of itself.
#[derive(Args)]
#[command(next_help_heading = "Watching")]
pub(crate) struct SeeingArgs {
    /// Where to answer /healthz, /readyz and /metrics, for example 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,

    /// The form of the log on standard error
    #[arg(
        long = "logFormat",
        alias = "log-format",
        value_name = "FORMAT",
        default_value = "human",
        ignore_case = true
    )]
    pub(crate) log_format: LogFormat,

    /// With --runOnce: `json` prints what became of each transaction on standard output
    #[arg(long, value_name = "FORMAT", ignore_case = true, hide_possible_values = true)]
    pub(crate) output: Option<OutputFormat>,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// The form of what is printed at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum OutputFormat {
    /// One JSON document.
    Json,
}

impl DaemonArgs {
    /// What clap's declarations can't say.
    pub(super) fn check(&self, testnet: bool) -> Result<(), &'static str> {
        if self.seeing.output.is_some() && !self.run_once {
            return Err("--output tells of one pass; give --runOnce too, or leave it out");
        }
        self.approval.check(testnet)
    }
}
