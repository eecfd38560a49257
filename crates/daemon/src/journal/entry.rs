//! What is known of one pending transaction.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kms_core::{
    Network, PendingId, PendingTransaction, Sequence, SignedTransaction, TransactionHash,
};
use serde::{Deserialize, Serialize};

use super::signing::{Over, Signing};
use crate::content::Content;

/// The most changes of state whose times are kept.
const MOST_TIMES: usize = 32;
/// The most characters of a reason.
const LONGEST_REASON: usize = 500;

/// How far a transaction has come.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was handed out; nothing has been signed, or nothing that can still be executed.
    Seen,
    /// The approval server agreed; the rest is as in [`Seen`](Self::Seen).
    Approved,
    /// The bytes exist, and may have been sent.
    Signed,
    /// The network has it; the API does not count it as complete yet.
    Sent,
    /// Nothing is left to do.
    Completed,
    /// It can't be done: it was denied for good before anything was signed, or it was executed and had no
    /// effect but its fee.
    Failed,
    /// The first send was refused. The bytes are kept; nothing is signed anew.
    Refused,
    /// The API handed out another content under the same id, or it failed again and again. Nothing more
    /// is done with it.
    Quarantined,
    /// The operator decided that nothing more is done with it.
    Discarded,
}

impl State {
    /// Every state, in the order of a transaction's life.
    pub const ALL: [Self; 9] = [
        Self::Seen,
        Self::Approved,
        Self::Signed,
        Self::Sent,
        Self::Completed,
        Self::Failed,
        Self::Refused,
        Self::Quarantined,
        Self::Discarded,
    ];

    /// The word in the journal and in listings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Approved => "approved",
            Self::Signed => "signed",
            Self::Sent => "sent",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Quarantined => "quarantined",
            Self::Discarded => "discarded",
        }
    }

    /// Whether the daemon has still something to do, or the operator to decide.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Completed | Self::Discarded)
    }

    /// Whether nothing is signed that could be executed.
    pub(crate) fn is_before_signing(self) -> bool {
        matches!(self, Self::Seen | Self::Approved)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known of a pending id.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) id: PendingId,
    pub(crate) chain: String,
    pub(crate) network: Network,
    pub(crate) content: Content,
    pub(crate) state: State,
    pub(crate) record: Record,
    /// What is sent; gone once the transaction is complete.
    pub(crate) data: Option<String>,
    /// Counts the changes of the row, so that nobody writes over somebody else's.
    pub(super) version: i64,
}

/// What is kept of a transaction for ever.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Record {
    /// What was signed last.
    pub(crate) signing: Option<Signing>,
    /// What was signed before that. On chain they all exclude each other, but for those that are over.
    pub(crate) earlier: Vec<Signing>,
    /// When it came into its states.
    pub(crate) times: Vec<(State, i64)>,
    /// What went wrong last.
    pub(crate) reason: Option<String>,
    /// How many permanent errors there were.
    pub(crate) tries: u32,
    pub(crate) report: Report,
    /// Whether the operator wants it signed once more.
    pub(crate) retry: bool,
    /// The bytes lack somebody else's part and must not be sent.
    pub(crate) unfinished: bool,
    /// The intent, as JSON.
    pub(crate) intent: Option<String>,
}

/// Whether the API has to be told of a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Report {
    #[default]
    None,
    Due,
    Done,
}

impl Entry {
    /// A transaction that was just handed out.
    pub(crate) fn new(
        tx: &PendingTransaction,
        chain: &str,
        network: Network,
        content: Content,
    ) -> Self {
        let record = Record { times: vec![(State::Seen, now())], ..Record::default() };
        Self {
            id: tx.id.clone(),
            chain: chain.to_owned(),
            network,
            content,
            state: State::Seen,
            record,
            data: None,
            version: 0,
        }
    }

    /// The same in another state. The bytes are wiped once nobody can need them.
    pub(crate) fn into_state(mut self, state: State) -> Self {
        if self.state != state {
            self.state = state;
            self.record.times.push((state, now()));
            if self.record.times.len() > MOST_TIMES {
                self.record.times.remove(1);
            }
        }
        if matches!(state, State::Completed | State::Failed | State::Discarded) {
            self.data = None;
            self.record.retry = false;
        }
        if matches!(state, State::Sent | State::Completed) {
            // Whatever went wrong before, it went well.
            self.record.reason = None;
        }
        self
    }

    /// The same with a reason.
    pub(crate) fn because(mut self, reason: &str) -> Self {
        self.record.reason = Some(reason.chars().take(LONGEST_REASON).collect());
        self
    }

    /// The API must hear of it, unless it has.
    pub(crate) fn reported(mut self) -> Self {
        if self.record.report == Report::None {
            self.record.report = Report::Due;
        }
        self
    }

    /// What it is once it has been signed, or signed once more.
    pub(crate) fn signed(mut self, signing: Signing, data: String, is_final: bool) -> Self {
        self.record.earlier.extend(self.record.signing.take());
        self.record.signing = Some(signing);
        (self.record.retry, self.record.unfinished) = (false, !is_final);
        self.record.reason = None;
        // If it fails again, that is news.
        self.record.report = Report::None;
        self.data = Some(data);
        // A second signature has a time of its own.
        if self.state == State::Signed {
            self.state = State::Seen;
        }
        self.into_state(State::Signed)
    }

    /// What it is if it was completed before we signed anything, with the transaction of this hash.
    pub(crate) fn completed_with(mut self, hash: TransactionHash) -> Self {
        self.record.signing.get_or_insert(Signing::unknown(hash));
        self.into_state(State::Completed)
    }

    /// The same, where of all that was signed for it the transaction with this hash is the one that the
    /// network has.
    pub(crate) fn with_hash(mut self, hash: TransactionHash) -> Self {
        let record = &mut self.record;
        if let Some(at) = record.earlier.iter().position(|signing| signing.hash == hash) {
            match &mut record.signing {
                Some(last) => std::mem::swap(&mut record.earlier[at], last),
                None => record.signing = Some(record.earlier.remove(at)),
            }
            // These bytes are of the other one.
            self.data = None;
        }
        if let Some(found) = &mut self.record.signing {
            found.over = None;
        }
        self
    }

    /// The same, where nothing that was signed can be executed any more.
    pub(crate) fn over(mut self, how: Over) -> Self {
        let all = self.record.signing.iter_mut().chain(&mut self.record.earlier);
        all.filter(|signing| signing.is_live()).for_each(|signing| signing.over = Some(how));
        self
    }

    /// Ready to be signed anew: what was signed last is over, and becomes one of the earlier ones.
    pub(crate) fn afresh(mut self) -> Self {
        if self.record.signing.as_ref().is_some_and(|last| !last.is_live()) {
            self.record.earlier.extend(self.record.signing.take());
            (self.data, self.record.retry, self.record.unfinished) = (None, false, false);
        }
        self.into_state(State::Seen)
    }

    /// Everything that was signed for it, the last first.
    pub(crate) fn signings(&self) -> impl Iterator<Item = &Signing> {
        self.record.signing.iter().chain(self.record.earlier.iter().rev())
    }

    /// Whether something was signed for it that can still be executed.
    pub(crate) fn is_live(&self) -> bool {
        self.signings().any(Signing::is_live)
    }

    /// How long ago it was signed, by this machine's clock; nothing if that can't be.
    pub(crate) fn signed_ago(&self) -> Option<Duration> {
        let mut times = self.record.times.iter().rev();
        let (_, at) = times.find(|(state, _)| *state == State::Signed)?;
        u64::try_from(now() - at).ok().map(Duration::from_secs)
    }

    /// The hash of what was signed last.
    pub(crate) fn hash(&self) -> Option<&TransactionHash> {
        self.record.signing.as_ref().map(|signing| &signing.hash)
    }

    /// The place in its account's order.
    pub(crate) fn sequence(&self) -> Option<&Sequence> {
        self.record.signing.as_ref()?.sequence.as_ref()
    }

    /// What is to be sent, if it has not been wiped and lacks nothing.
    pub(crate) fn transaction(&self) -> Option<SignedTransaction> {
        if self.record.unfinished {
            return None;
        }
        Some(SignedTransaction { data: self.data.clone()?, hash: self.hash()?.clone() })
    }
}

/// Seconds since 1970, for whoever reads the journal. That it was long ago can keep something from being done,
/// and lets nothing happen.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
