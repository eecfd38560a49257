//! The flags of `daemon` about the approval server.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};
use url::Url;

use super::values::{self, ApprovalUrl, Method};

/// How the approval server is asked.
#[derive(Args)]
#[command(next_help_heading = "Four-eyes")]
pub(crate) struct ApprovalArgs {
    /// Your approval server, asked before each signature; required on mainnet
    #[arg(long = "externalUrl", alias = "external-url", value_name = "URL")]
    pub(super) external_url: Option<ApprovalUrl>,

    /// How the approval server is asked
    #[arg(
        long = "externalUrlMethod",
        alias = "external-url-method",
        value_name = "METHOD",
        default_value = "GET",
        ignore_case = true
    )]
    pub(crate) external_url_method: Method,

    /// A header for the approval server, repeatable; prefer TATUM_KMS_EXTERNAL_HEADERS for secrets
    #[arg(
        long = "externalUrlHeader",
        alias = "external-url-header",
        value_name = "NAME: VALUE",
        requires = "external_url"
    )]
    pub(crate) external_url_header: Vec<String>,

    /// A file with headers for the approval server, one a line
    #[arg(
        long = "externalUrlHeaderFile", alias = "external-url-header-file", value_name = "FILE",
        value_parser = values::path, requires = "external_url"
    )]
    pub(crate) external_url_header_file: Option<PathBuf>,

    /// Seconds that the approval server has for an answer
    #[arg(
        long = "externalUrlTimeout", alias = "external-url-timeout", value_name = "SECONDS",
        default_value = "10", value_parser = values::period, allow_negative_numbers = true
    )]
    pub(crate) external_url_timeout: Duration,

    /// The daemon's client certificate for the approval server, with its chain, as PEM
    #[arg(
        long = "externalUrlCert", alias = "external-url-cert", value_name = "FILE",
        value_parser = values::path, requires = "external_url_key"
    )]
    pub(crate) external_url_cert: Option<PathBuf>,

    /// The private key of that certificate, as PEM
    #[arg(
        long = "externalUrlKey", alias = "external-url-key", value_name = "FILE",
        value_parser = values::path, requires = "external_url_cert"
    )]
    pub(crate) external_url_key: Option<PathBuf>,

    /// The only authorities that are trusted for the approval server, as PEM [default: the system's]
    #[arg(
        long = "externalUrlCa", alias = "external-url-ca", value_name = "FILE",
        value_parser = values::path, requires = "external_url"
    )]
    pub(crate) external_url_ca: Option<PathBuf>,

    /// A file with the secret shared with the approval server [default: TATUM_KMS_APPROVAL_SECRET]
    #[arg(
        long = "approvalSecretFile", alias = "approval-secret-file", value_name = "FILE",
        value_parser = values::path, requires = "external_url"
    )]
    pub(crate) approval_secret_file: Option<PathBuf>,

    /// Count only answers that carry a MAC under the shared secret; refuse plain http
    #[arg(
        long = "strictApproval", alias = "strict-approval", num_args = 0..=1, require_equals = true,
        value_name = "true|false", default_missing_value = "true", default_value = "false",
        action = ArgAction::Set, hide_default_value = true, hide_possible_values = true
    )]
    pub(crate) strict_approval: bool,

    /// After how many denials one is final and reported; 0 for never
    #[arg(
        long = "maxDenials", alias = "max-denials", value_name = "COUNT", default_value = "20",
        value_parser = values::small_number, allow_negative_numbers = true
    )]
    pub(crate) max_denials: u32,
}

impl ApprovalArgs {
    /// The approval server, if there is one.
    pub(crate) fn url(&self) -> Option<&Url> {
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
            (None, true) if self.strict_approval => Err(
                "--strictApproval is about the approval server; give its URL with --externalUrl",
            ),
            _ => Ok(()),
        }
    }
}
