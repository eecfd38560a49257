//! Why a transaction was not sent, and why the daemon stopped.

use kms_chains::{FinishError, KeyError, PayloadError, PrepareError, SignError};
use kms_core::{NodeError, SignatureId, Ticker, TransactionHash};
use kms_keystore::KeystoreError;
use kms_tatum::{ApiError, ClientError};

use crate::approve::ApprovalError;
use crate::journal::JournalError;
use crate::lock::LockError;
use crate::settings::SettingsError;

/// The daemon did not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The API client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The approval server's client.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// Another daemon.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal. Nothing is signed without it.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The wallet file. No transaction is reported as failed for that.
    #[error(transparent)]
    Store(#[from] KeystoreError),
}

impl DaemonError {
    /// Whether a later pass can't go better: the wallet file is gone, or another one.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Store(KeystoreError::Gone { .. } | KeystoreError::Rekeyed { .. }))
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
    /// Its signed form would not be sent by the API, but has to be sent to a node.
    #[error(
        "transactions of {chain} are sent to its node, which this daemon does not do yet; nothing was signed"
    )]
    DeliveredByNode {
        /// The chain.
        chain: Ticker,
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
    /// The API refused the first send.
    #[error(
        "the broadcast of {hash} was refused: {reason}; its bytes are kept and nothing is signed anew for it"
    )]
    Refused {
        /// Its hash.
        hash: TransactionHash,
        /// The API's words.
        reason: String,
    },
    /// It was refused earlier.
    #[error("the broadcast of {hash} was refused earlier; nothing is signed anew for it")]
    RefusedBefore {
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
    /// The content under its id is not what was signed.
    #[error(
        "the API now gives another transaction under the id that {hash} was signed for; it is quarantined"
    )]
    Changed {
        /// What was signed.
        hash: TransactionHash,
    },
    /// It was quarantined earlier.
    #[error("the transaction was quarantined after its content changed; nothing is done with it")]
    Quarantined,
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
    /// It stays wrong until somebody does something: reported, once.
    Lasting,
    /// The next poll may go better: reported only when there is none.
    Passing,
    /// It has been dealt with, or somebody said no: not reported.
    Skipped,
    /// Nothing more is signed in this pass.
    Fatal,
}

impl ItemError {
    pub(crate) fn severity(&self) -> Severity {
        match self {
            Self::Approval(_) | Self::RefusedBefore { .. } | Self::Quarantined => Severity::Skipped,
            Self::CompletedElsewhere { .. } => Severity::Skipped,
            Self::NotSent { .. } | Self::Unknown { .. } | Self::Finish { .. } => Severity::Passing,
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
