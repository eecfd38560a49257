//! Why nothing was signed: different things, and only a denial is an answer.

/// The approval server did not say yes.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// A 4xx. It is asked again.
    #[error("the approval server denied it ({status})")]
    Denied {
        /// The HTTP status.
        status: u16,
    },
    /// A 4xx, as often as the settings allow. It is not asked again without `pending retry`.
    #[error("the approval server denied it ({status}); denial {asks} is final, nothing was signed")]
    DeniedForGood {
        /// The HTTP status of the last denial.
        status: u16,
        /// How often it was asked.
        asks: u32,
    },
    /// No connection, or it broke.
    #[error("the approval server can't be reached; see that it runs: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error(
        "the approval server did not answer within {seconds} seconds; see why, or raise --externalUrlTimeout"
    )]
    TimedOut {
        /// How long it was waited for.
        seconds: u64,
    },
    /// An answer that is neither yes nor no.
    #[error("the approval server answered {status}, which is neither a yes (2xx) nor a no (4xx)")]
    Error {
        /// The HTTP status.
        status: u16,
    },
    /// An answer that anybody could have given.
    #[error(
        "the approval server answered {status}, but {problem}; an answer counts only with an X-KMS-Approval made with the shared secret"
    )]
    Unauthenticated {
        /// The HTTP status.
        status: u16,
        /// What is wrong with the header.
        problem: &'static str,
    },
    /// The question could not be made.
    #[error("the approval server could not be asked: {0}")]
    NotAsked(String),
}

impl ApprovalError {
    /// One word for logs, metrics and the journal.
    pub fn state(&self) -> &'static str {
        match self {
            Self::Denied { .. } | Self::DeniedForGood { .. } => "denied",
            Self::Unreachable(_) | Self::NotAsked(_) => "unreachable",
            Self::TimedOut { .. } => "timeout",
            Self::Error { .. } => "error",
            Self::Unauthenticated { .. } => "unauthenticated",
        }
    }
}
