//! The journal: what was signed for which pending id, on disk before it is sent anywhere.
//!
//! A SQLite file beside the wallet file, written so that every commit is durable. One row per pending
//! id, for ever; the signed bytes only until the transaction is complete. What a row says is sealed
//! under a key that belongs to the wallet file, together with the id, the content's digest and the
//! state, so that a row that was edited or moved does not open. That a row was deleted, or the whole
//! file was put back, can't be seen here.

mod admin;
mod error;
mod open;
mod row;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use kms_core::{
    Network, PendingId, PendingTransaction, Sequence, SignedTransaction, Ticker, TransactionHash,
};
use kms_crypto::seal::SealKey;
use kms_keystore::sqlite::{self, Profile, SqliteError};
use rusqlite::{Connection, OptionalExtension, params};

use crate::content::Content;

pub use admin::{JournalAdmin, JournalItem};
pub use error::JournalError;
pub use row::State;
pub(crate) use row::{Entry, Record};

const PROFILE: Profile = Profile {
    // "TKMJ"
    application_id: 0x544B_4D4A,
    user_version: 1,
    schema: "
        CREATE TABLE journal (
            one INTEGER PRIMARY KEY CHECK (one = 1), store BLOB NOT NULL, salt BLOB NOT NULL, proof BLOB NOT NULL
        ) STRICT;
        CREATE TABLE item (
            id TEXT PRIMARY KEY, chain TEXT NOT NULL, network TEXT NOT NULL, content BLOB NOT NULL, state TEXT NOT NULL,
            made INTEGER NOT NULL, changed INTEGER NOT NULL, record BLOB NOT NULL, bytes BLOB
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE polled (
            chain TEXT NOT NULL, network TEXT NOT NULL, PRIMARY KEY (chain, network)
        ) STRICT, WITHOUT ROWID;",
    journal: sqlite::Journal::Wal,
};

/// The journal of one wallet file.
pub(crate) struct Journal {
    connection: Mutex<Connection>,
    path: PathBuf,
    key: SealKey,
    store: [u8; 16],
}

/// The journal that belongs to the wallet file `store`.
pub fn journal_path(store: &Path) -> PathBuf {
    let mut path = OsString::from(store);
    path.push(".journal");
    path.into()
}

impl Journal {
    /// What is known of a pending id.
    pub(crate) fn find(&self, id: &PendingId) -> Result<Option<Entry>, JournalError> {
        let sql = format!("SELECT {} FROM item WHERE id = ?1", row::COLUMNS);
        let raw = self.sql(|c| c.query_row(&sql, [id.as_str()], row::read).optional())?;
        raw.map(|raw| raw.open(&self.key, &self.store)).transpose()
    }

    /// Everything that was signed and is not known to be complete or refused.
    pub(crate) fn unfinished(&self) -> Result<Vec<Entry>, JournalError> {
        let sql = format!(
            "SELECT {} FROM item WHERE state NOT IN ('completed', 'refused') ORDER BY made",
            row::COLUMNS
        );
        let rows = self
            .sql(|c| c.prepare(&sql)?.query_map([], row::read)?.collect::<Result<Vec<_>, _>>())?;
        rows.into_iter().map(|raw| raw.open(&self.key, &self.store)).collect()
    }

    /// Keeps what was signed for `tx`. When this returns, it is on disk.
    pub(crate) fn signed(
        &self,
        tx: &PendingTransaction,
        network: Network,
        content: Content,
        transaction: &SignedTransaction,
        sequence: Option<Sequence>,
    ) -> Result<Entry, JournalError> {
        let record = Record { hash: transaction.hash.clone(), sequence };
        let data = Some(transaction.data.clone());
        self.insert(Entry::new(tx, network, content, State::Signed, record, data))
    }

    /// Keeps that `tx` had been completed before this journal knew of it.
    pub(crate) fn completed_before(
        &self,
        tx: &PendingTransaction,
        network: Network,
        content: Content,
        hash: String,
    ) -> Result<(), JournalError> {
        let record = Record { hash: TransactionHash(hash), sequence: None };
        self.insert(Entry::new(tx, network, content, State::Completed, record, None)).map(drop)
    }

    /// Keeps the transaction as it was finished, in place of what we signed.
    pub(crate) fn finished(
        &self,
        entry: Entry,
        whole: SignedTransaction,
    ) -> Result<Entry, JournalError> {
        if entry.data.as_ref() == Some(&whole.data) && entry.record.hash == whole.hash {
            return Ok(entry);
        }
        let record = Record { hash: whole.hash, sequence: entry.record.sequence.clone() };
        let changed = Entry { record, data: Some(whole.data), ..entry };
        self.update(changed.state, changed)
    }

    /// Keeps a new state. The bytes are wiped once the transaction is complete.
    pub(crate) fn mark(&self, entry: Entry, state: State) -> Result<Entry, JournalError> {
        let data = if state == State::Completed { None } else { entry.data.clone() };
        let before = entry.state;
        self.update(before, Entry { state, data, ..entry })
    }

    /// Whether all pending transactions of `chain` have been seen once with this journal.
    pub(crate) fn has_polled(&self, chain: Ticker, network: Network) -> Result<bool, JournalError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM polled WHERE chain = ?1 AND network = ?2)";
        self.sql(|c| c.query_row(sql, [chain.0, row::name(network)], |row| row.get(0)))
    }

    /// Keeps that they have been.
    pub(crate) fn set_polled(&self, chain: Ticker, network: Network) -> Result<(), JournalError> {
        let sql = "INSERT OR IGNORE INTO polled VALUES (?1, ?2)";
        self.sql(|c| c.execute(sql, [chain.0, row::name(network)])).map(drop)
    }

    fn insert(&self, entry: Entry) -> Result<Entry, JournalError> {
        let (record, bytes) = entry.seal(&self.key, &self.store)?;
        let sql = "INSERT INTO item VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8)";
        let Entry { id, chain, network, content, state, .. } = &entry;
        let (id, network, state) = (id.as_str(), row::name(*network), state.as_str());
        self.sql(|c| {
            c.execute(sql, params![id, chain, network, content.0, state, now(), record, bytes])
        })?;
        Ok(entry)
    }

    fn update(&self, before: State, entry: Entry) -> Result<Entry, JournalError> {
        let (record, bytes) = entry.seal(&self.key, &self.store)?;
        let sql = "UPDATE item SET state = ?1, changed = ?2, record = ?3, bytes = ?4 WHERE id = ?5 AND state = ?6";
        let (id, state) = (entry.id.as_str(), entry.state.as_str());
        let changed = self
            .sql(|c| c.execute(sql, params![state, now(), record, bytes, id, before.as_str()]))?;
        // Somebody else changed the row meanwhile, which the daemon's lock should make impossible.
        if changed == 1 { Ok(entry) } else { Err(JournalError::Changed { id: entry.id }) }
    }

    fn sql<T>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        run(&self.lock()).map_err(|source| {
            JournalError::File(SqliteError::Sqlite { path: self.path.clone(), source })
        })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970, for whoever reads the journal; nothing is decided by it.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
