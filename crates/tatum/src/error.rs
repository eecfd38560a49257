//! Why a call failed. No text in here holds the API key or a URL.

use std::time::Duration;

/// A call to the API brought no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No connection was made, so no byte of the request left the process.
    #[error("the API could not be reached, nothing was sent: {0}")]
    NotSent(String),
    /// The request may have arrived, but no complete answer came back.
    #[error("the API gave no answer: {0}")]
    NoAnswer(String),
    /// Status 429.
    #[error("the API was asked too often (429); poll less often, or use a plan with a higher rate")]
    RateLimited {
        /// How long the API wants to be left alone, if it says so.
        retry_after: Option<Duration>,
    },
    /// The API answers 403 with free text when the plan's credits are spent.
    #[error(
        "the credits of the API key are used up (403): {0}; wait for the next period or change the plan"
    )]
    CreditsUsedUp(String),
    /// Any other status that is not a success.
    #[error("the API answered {status}: {message}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// What the body says, shortened and escaped.
        message: String,
    },
    /// The answer comes from a sandbox, and the network is mainnet.
    #[error(
        "the API at TATUM_API_URL is a sandbox, whose transactions are worth nothing, but the network is mainnet; give --testnet, set TATUM_API_URL, or give --allowSandbox if that is wanted"
    )]
    Sandbox,
    /// The body is larger than any honest answer.
    #[error("the API's answer has more than {limit} bytes and was not read")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body is not what the API promises.
    #[error("the API's answer makes no sense: {0}")]
    Malformed(String),
}

impl ApiError {
    /// Whether asking again later may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::NoAnswer(_) => true,
            Self::RateLimited { .. } | Self::CreditsUsedUp(_) => true,
            Self::Status { status, .. } => is_transient_status(*status),
            Self::Sandbox | Self::TooLarge { .. } | Self::Malformed(_) => false,
        }
    }

    /// How long the API wants to be left alone, if it says so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => *retry_after,
            _ => None,
        }
    }
}

/// A time-out (408), too many requests (429), or trouble on the server's side.
pub(crate) fn is_transient_status(status: u16) -> bool {
    matches!(status, 408 | 429) || status >= 500
}

/// The client could not be made from its settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The key would travel in the clear.
    #[error(
        "the API address starts with http:// and {0} is another machine, so the API key would travel in the clear; use https://"
    )]
    PlainHttp(String),
    /// Not an address that paths can be appended to.
    #[error("the API address {problem}; give one like https://api.tatum.io")]
    Address {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Nothing was given, or what no header can carry.
    #[error(
        "the API key is empty or has a space or a control character; copy it again from the dashboard"
    )]
    ApiKey,
    /// `TESTNET_TYPE` can't be a header.
    #[error(
        "the testnet type has a character that no header can carry; use one like ethereum-sepolia"
    )]
    TestnetType,
    /// TLS could not be set up.
    #[error("the HTTP client could not be set up: {0}; https needs the system's root certificates")]
    Setup(String),
}
