//! Why a transaction was not sent, and why the daemon stopped.

use std::error::Error;

use kms_chains::{FinishError, KeyError, PayloadError, PrepareError, SignError};
use kms_core::{Network, NodeError, SignatureId, Ticker, TransactionHash};
use kms_keystore::KeystoreError;
use kms_tatum::{ApiError, ClientError};

use crate::approve::{ApprovalError, ApprovalSettingsError};
use crate::journal::{JournalError, State};
use crate::lock::LockError;

/// Settings with which the daemon does not start.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Nothing is signed on mainnet without a second pair of eyes.
    #[error("on mainnet an approval server is required; give its address with --externalUrl")]
    ApprovalNeeded,
    /// An approval server that can't be asked like this.
    #[error(transparent)]
    Approval(#[from] ApprovalSettingsError),
    /// No time between two polls.
    #[error("the period between two polls is 0 seconds; give a longer one with --period")]
    Period,
    /// The key is for one network and the wallets are for the other.
    #[error("the API is set up for {api}, the daemon for {daemon}; nothing was polled")]
    Network {
        /// The network of the API settings.
        api: Network,
        /// The network of the daemon.
        daemon: Network,
    },
    /// The API's address or key.
    #[error(transparent)]
    Api(#[from] ClientError),
}

/// The daemon did not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The API client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Another daemon.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal. Nothing is signed without it.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The wallet file. No transaction is reported as failed for that.
    #[error(transparent)]
    Store(#[from] KeystoreError),
    /// The API is a sandbox, on mainnet.
    #[error("{}", ApiError::Sandbox)]
    Sandbox,
    /// It was to stop, and what was in flight took too long. The journal knows how far it came.
    #[error(
        "what was in flight was not finished within {0} seconds; the journal has it, and the next start goes on from there"
    )]
    Unfinished(u64),
}

impl DaemonError {
    /// Whether a later pass can't go better.
    pub fn is_final(&self) -> bool {
        self.is_store_lost() || matches!(self, Self::Sandbox)
    }

    /// Whether the wallet file is gone, or another one.
    pub fn is_store_lost(&self) -> bool {
        matches!(
            self,
            Self::Store(
                KeystoreError::Gone { .. }
                    | KeystoreError::Rekeyed { .. }
                    | KeystoreError::LegacyAgain { .. }
            )
        )
    }
}

/// Why one transaction was not sent, or not for certain. These words may be reported to the API and
/// end up in the application's web hook: they hold no secret.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// It is for another chain than the one that was polled.
    #[error("the transaction is for chain {found:?}, but {polled} was polled; nothing was signed")]
    OtherChain {
        /// The chain that was polled.
        polled: Ticker,
        /// What the transaction says, shortened and escaped.
        found: String,
    },
    /// It names a wallet that the API was not asked about.
    #[error(
        "wallet {wallet} is not among those this daemon serves for {chain}; store it for this chain and network, or check --wallets"
    )]
    NotAsked {
        /// The wallet.
        wallet: SignatureId,
        /// The chain.
        chain: Ticker,
    },
    /// It has been completed already, so it should not be in the list.
    #[error("the API calls the transaction completed with {hash}; nothing was signed")]
    CompletedElsewhere {
        /// With which hash, shortened and escaped.
        hash: String,
    },
    /// It names no key.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// A wallet is missing or damaged.
    #[error(transparent)]
    Wallet(KeystoreError),
    /// A key can't be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It can't be made ready to sign.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// It can cost too much.
    #[error(
        "the transaction may cost {fee} in fees, the limit for {chain} is {cap}; lower the fee or raise --maxFee"
    )]
    Fee {
        /// The chain.
        chain: Ticker,
        /// The most it can cost.
        fee: String,
        /// The limit.
        cap: String,
    },
    /// The approval server did not say yes.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// What would be signed is no longer what was approved.
    #[error("what is to be signed changed after it was approved; nothing was signed")]
    Unsteady,
    /// Signing failed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The API, or the node, refused the first send.
    #[error(
        "the broadcast of {hash} was refused: {reason}; its bytes are kept and nothing is signed anew for it without `pending retry`"
    )]
    Refused {
        /// Its hash.
        hash: TransactionHash,
        /// Its words.
        reason: String,
    },
    /// It was refused earlier.
    #[error(
        "the broadcast of {hash} was refused earlier; nothing is signed anew for it without `pending retry`"
    )]
    RefusedBefore {
        /// Its hash.
        hash: TransactionHash,
    },
    /// The network executed it in vain.
    #[error(
        "{hash} was executed on chain and failed: {reason}; its fee was paid, and nothing is signed anew for it"
    )]
    FailedOnChain {
        /// Its hash.
        hash: TransactionHash,
        /// The network's words.
        reason: String,
    },
    /// It was signed again and again, and the network has executed none of it.
    #[error(
        "it was signed {tries} times, last as {hash}, and expired each time without being executed; nothing is signed anew for it"
    )]
    NeverExecuted {
        /// The last hash.
        hash: TransactionHash,
        /// How often.
        tries: u32,
    },
    /// What would be signed next is what has expired already.
    #[error(
        "{hash} has expired, and signing it anew would make the same transaction; make a new one"
    )]
    ExpiredForGood {
        /// Its hash.
        hash: TransactionHash,
    },
    /// No byte of it has left the process.
    #[error("{hash} was signed but not sent: {reason}; the same bytes are sent at the next poll")]
    NotSent {
        /// Its hash.
        hash: TransactionHash,
        /// What went wrong.
        reason: String,
    },
    /// It may have been sent.
    #[error(
        "{hash} may have been sent: {reason}; the same bytes are sent again at the next poll, nothing is signed anew"
    )]
    Unknown {
        /// Its hash.
        hash: TransactionHash,
        /// What went wrong.
        reason: String,
    },
    /// Who should have completed the transaction did not.
    #[error("{hash} is signed by us but not finished: {source}; it counts as perhaps sent")]
    Finish {
        /// The hash as far as it is known.
        hash: TransactionHash,
        /// What went wrong.
        source: FinishError,
    },
    /// Our signature is out, but the rest is missing.
    #[error(
        "{hash} is signed by us but was not finished, so its bytes are not sent; see `pending show`"
    )]
    Unfinished {
        /// The hash as far as it is known.
        hash: TransactionHash,
    },
    /// What would be signed next could be on chain beside what was signed before.
    #[error(
        "signing it anew could pay twice: nothing makes the new transaction exclude {hash}; discard it and make a new transaction"
    )]
    NotExcluding {
        /// What was signed before.
        hash: TransactionHash,
    },
    /// The number of what was signed has been used by another one.
    #[error(
        "the place of {hash} in its account's order has been taken by another transaction, so this one can't be sent any more; discard it and make a new transaction"
    )]
    PlaceTaken {
        /// What was signed before.
        hash: TransactionHash,
    },
    /// The content under its id is not what it was.
    #[error(
        "the API now gives another transaction under this id than before; it is quarantined and nothing is signed for it"
    )]
    Changed,
    /// It is in a state in which nothing is done with it.
    #[error("the transaction is {state}; {}", left_alone(*state))]
    LeftAlone {
        /// Its state.
        state: State,
    },
    /// A new journal knows nothing, so the API is asked, and gave no answer.
    #[error("the journal is new and the API could not say what became of the transaction: {0}")]
    LookUp(ApiError),
    /// The journal. Stops the pass.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The wallet file. Stops the pass.
    #[error(transparent)]
    Store(KeystoreError),
}

/// What is to be done about an [`ItemError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// It will not be tried again: reported, once.
    Final,
    /// It stays wrong until somebody does something: tried a few times, then quarantined and reported.
    Lasting,
    /// The next poll may go better: reported only when there is none.
    Passing,
    /// It has been dealt with, or somebody said no: not reported.
    Skipped,
    /// Nothing more is signed in this pass.
    Fatal,
}

/// What can be done about it.
fn left_alone(state: State) -> &'static str {
    match state {
        State::Discarded => "nothing is done with it any more",
        _ => "nothing is done with it without `pending retry`",
    }
}

impl ItemError {
    /// The hash of what was signed, if it was.
    pub(crate) fn hash(&self) -> Option<&TransactionHash> {
        match self {
            Self::Refused { hash, .. }
            | Self::RefusedBefore { hash }
            | Self::FailedOnChain { hash, .. }
            | Self::NeverExecuted { hash, .. }
            | Self::ExpiredForGood { hash }
            | Self::NotSent { hash, .. }
            | Self::Unknown { hash, .. }
            | Self::Finish { hash, .. }
            | Self::Unfinished { hash }
            | Self::NotExcluding { hash }
            | Self::PlaceTaken { hash } => Some(hash),
            _ => None,
        }
    }

    pub(crate) fn severity(&self) -> Severity {
        match self {
            Self::Approval(ApprovalError::DeniedForGood { .. }) => Severity::Final,
            Self::FailedOnChain { .. } | Self::NeverExecuted { .. } => Severity::Final,
            Self::ExpiredForGood { .. } => Severity::Final,
            Self::Approval(_) | Self::RefusedBefore { .. } | Self::LeftAlone { .. } => {
                Severity::Skipped
            }
            Self::CompletedElsewhere { .. } => Severity::Skipped,
            Self::NotSent { .. } | Self::Unknown { .. } => Severity::Passing,
            Self::Finish { .. } | Self::Unfinished { .. } => Severity::Passing,
            Self::Journal(JournalError::Changed { .. }) => Severity::Passing,
            Self::LookUp(_) => Severity::Passing,
            Self::Prepare(PrepareError::Node { source, .. }) if may_pass(source) => {
                Severity::Passing
            }
            Self::Journal(_) | Self::Store(_) => Severity::Fatal,
            _ => Severity::Lasting,
        }
    }
}

/// Whether the same question may get an answer later.
fn may_pass(error: &NodeError) -> bool {
    match error {
        NodeError::Unreachable(_) | NodeError::Malformed(_) => true,
        NodeError::Status { status, .. } => matches!(status, 401 | 403 | 408 | 429 | 500..),
        // A node's own words about this very transaction, such as a failing estimate.
        NodeError::Rpc { .. } => false,
    }
}

/// An error with its causes, on one line.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        out = format!("{out}: {cause}");
        source = cause.source();
    }
    out
}
