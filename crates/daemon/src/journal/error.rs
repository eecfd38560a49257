//! Why the journal could not be read or written. Nothing is signed then.

use std::io;
use std::path::PathBuf;

use kms_core::PendingId;
use kms_crypto::seal::SealError;
use kms_keystore::KeystoreError;
use kms_keystore::sqlite::SqliteError;

use super::State;

/// The journal failed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It belongs to another wallet file.
    #[error(
        "the journal `{path}` belongs to another wallet file than `{store}`; put the right one beside it"
    )]
    OtherStore {
        /// The journal.
        path: PathBuf,
        /// The wallet file.
        store: PathBuf,
    },
    /// It was sealed under another key.
    #[error(
        "the journal `{path}` does not open with the key of `{store}`: it belongs to another wallet file, or to this one under a later key or another password; put the right one beside it, or move it and its mark away and start with --adoptJournal, and every pending transaction is looked up before it is signed"
    )]
    OtherKey {
        /// The journal.
        path: PathBuf,
        /// The wallet file.
        store: PathBuf,
    },
    /// A row does not open or makes no sense.
    #[error(
        "the journal's row of transaction {id} is damaged; restore the journal, nothing is signed without it"
    )]
    Damaged {
        /// The pending id, as the row says, escaped.
        id: String,
    },
    /// The row is not as it was read.
    #[error(
        "the journal's row of transaction {id} was changed by a command meanwhile; it is looked at again at the next poll"
    )]
    Changed {
        /// The pending id.
        id: PendingId,
    },
    /// It is not in the journal.
    #[error("the journal knows no transaction {id}; `pending list --all` shows those it knows")]
    NotFound {
        /// The pending id.
        id: PendingId,
    },
    /// It is in a state in which this can't be done.
    #[error("transaction {id} is {state}: {why}")]
    NotNow {
        /// The pending id.
        id: PendingId,
        /// How far it has come.
        state: State,
        /// Why it can't be done, and what can.
        why: &'static str,
    },
    /// It is gone, but its mark is there.
    #[error(
        "the journal `{path}` is missing, though there was one; put it back, or start with --adoptJournal if it is lost, and every pending transaction is looked up before it is signed"
    )]
    Missing {
        /// The journal.
        path: PathBuf,
    },
    /// It is not the one that was written last.
    #[error(
        "the journal `{path}` is older than the one that was used last; put the last one back, or start with --adoptJournal if it is lost, and every pending transaction is looked up before it is signed"
    )]
    Older {
        /// The journal.
        path: PathBuf,
    },
    /// Its mark is gone.
    #[error(
        "the mark beside the journal `{path}` is missing, so nobody can tell whether it is the last one; put the mark back, or start with --adoptJournal"
    )]
    Unmarked {
        /// The journal.
        path: PathBuf,
    },
    /// Its mark does not open.
    #[error(
        "the journal's mark `{path}` is damaged or belongs to another journal; put the right one back, or start with --adoptJournal"
    )]
    Mark {
        /// The mark.
        path: PathBuf,
    },
    /// Its mark can't be read or written.
    #[error(
        "the journal's mark `{path}` could not be read or written; see that its disk has room and that this user may write there"
    )]
    MarkFile {
        /// The mark.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is of an earlier version of this program, which has it open.
    #[error(
        "the journal `{path}` was made by an earlier version of this program, and is in use, so it can't be brought up to date; stop the daemon that has it open"
    )]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// A commit failed, and with it everything that was in it.
    #[error(
        "the journal `{path}` could not be written: {reason}; see that its disk has room and that its directory may be written, nothing is signed until then"
    )]
    Commit {
        /// The journal.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// The thread that writes it has ended.
    #[error("the journal `{path}` is closed")]
    Ended {
        /// The journal.
        path: PathBuf,
    },
    /// The lock of those who have it open can't be taken.
    #[error(
        "the journal's lock `{path}` could not be taken; check that the directory can be written"
    )]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Its place makes no sense.
    #[error("the place of the journal could not be looked at")]
    Path(#[source] io::Error),
    /// Its key could not be made.
    #[error("the journal's key could not be made")]
    Key(#[source] KeystoreError),
    /// Sealing failed.
    #[error("the journal could not be written")]
    Seal(#[from] SealError),
    /// Reading or writing failed.
    #[error(transparent)]
    File(#[from] SqliteError),
}
