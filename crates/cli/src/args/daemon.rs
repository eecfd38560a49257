//! The flags of `daemon`.

use std::time::Duration;

use clap::{ArgAction, Args};
use kms_core::{PendingId, SignatureId};
use url::Url;

use super::values::{self, ApprovalUrl, ChainArg, FeeCap, Method};

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

    /// Your approval server, asked before each signature (four-eyes); required on mainnet
    #[arg(long = "externalUrl", alias = "external-url", value_name = "URL")]
    external_url: Option<ApprovalUrl>,

    /// How the approval server is asked
    #[arg(
        long = "externalUrlMethod",
        alias = "external-url-method",
        value_name = "METHOD",
        default_value = "GET",
        ignore_case = true
    )]
    pub(crate) external_url_method: Method,

    /// The most that one transaction may pay in fees, in coins, for example ETH=0.05; repeatable
    #[arg(long = "maxFee", alias = "max-fee", value_name = "CHAIN=AMOUNT")]
    pub(crate) max_fee: Vec<FeeCap>,
}

impl DaemonArgs {
    /// The approval server, if there is one.
    pub(crate) fn approval_url(&self) -> Option<&Url> {
        self.external_url.as_ref()?.0.as_ref()
    }

    /// On mainnet nothing is signed without a second pair of eyes, and an empty URL is none.
    pub(super) fn check(&self, testnet: bool) -> Result<(), &'static str> {
        match (&self.external_url, testnet) {
            (None, false) => Err(
                "the flag --externalUrl is missing: on mainnet the daemon asks your approval server \
                 before it signs, so give its URL, or --testnet",
            ),
            (Some(ApprovalUrl(None)), _) => Err(
                "--externalUrl is empty: give the URL of your approval server; it can't be switched \
                 off with an empty value",
            ),
            _ => Ok(()),
        }
    }
}
