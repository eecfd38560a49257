//! The rows of a store in one SQLite file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, TransactionBehavior};

use crate::files::{self, FileId};
use crate::rows::{Change, Clear, Each, Head, Row, Rows, Snapshot, Tag};
use crate::sqlite::{self, Access, Journal, Profile};
use crate::sqlite_moment::Moment;
use crate::tally::Tally;
use crate::{Holder, KeystoreError, scrub, sqlite::SqliteError};

/// What makes a file a wallet file of this program.
pub(crate) const PROFILE: Profile = Profile {
    // "TKMS" in ASCII.
    application_id: 0x544b_4d53,
    user_version: 1,
    schema: "
CREATE TABLE header (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  format INTEGER NOT NULL,
  store_id BLOB NOT NULL,
  from_legacy INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  kdf_memory_kib INTEGER NOT NULL,
  kdf_passes INTEGER NOT NULL,
  kdf_lanes INTEGER NOT NULL,
  kdf_salt BLOB NOT NULL,
  wrapped_key BLOB NOT NULL
) STRICT;
CREATE TABLE state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  sealed BLOB NOT NULL
) STRICT;
CREATE TABLE wallet (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  chain TEXT NOT NULL,
  network TEXT NOT NULL,
  kind TEXT NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE TABLE lookup (
  tag BLOB NOT NULL,
  position INTEGER NOT NULL REFERENCES wallet (position),
  PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX lookup_position ON lookup (position);
",
    journal: Journal::Delete,
};

/// One connection to one file.
pub(crate) struct SqliteRows {
    path: PathBuf,
    file: FileId,
    busy_timeout: Duration,
    connection: Connection,
}

impl SqliteRows {
    /// Opens the file at `path`, which must be resolved.
    pub(crate) fn open(
        path: &Path,
        access: Access,
        busy_timeout: Duration,
    ) -> Result<Self, KeystoreError> {
        let before = Self::file_at(path)?;
        let connection = sqlite::open_hardened(path, access, &PROFILE, busy_timeout)?;
        // The same before and after: then it is also the file that was opened in between.
        if Self::file_at(path)? != before {
            return Err(KeystoreError::Replaced { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned(), file: before, busy_timeout, connection })
    }

    /// Makes a file at `path`, a name that nobody else looks at, with this head and no rows.
    pub(crate) fn build(
        path: &Path,
        head: &Head,
        busy_timeout: Duration,
    ) -> Result<Self, KeystoreError> {
        let connection = sqlite::build(path, &PROFILE, busy_timeout)?;
        let mut rows =
            Self { path: path.to_owned(), file: Self::file_at(path)?, busy_timeout, connection };
        rows.change(&mut |change| change.put_head(head))?;
        Ok(rows)
    }

    pub(crate) fn file(&self) -> FileId {
        self.file
    }

    fn file_at(path: &Path) -> Result<FileId, KeystoreError> {
        let stamp = files::stamp(path)?;
        Ok(stamp.ok_or_else(|| KeystoreError::Gone { path: path.to_owned() })?.file)
    }

    /// Runs `work` on a view of the file at one moment.
    fn read<T>(
        &self,
        work: impl FnOnce(&Moment<'_>) -> Result<T, KeystoreError>,
    ) -> Result<T, KeystoreError> {
        let _gate = files::using_sqlite();
        let transaction = self.connection.unchecked_transaction().map_err(|e| self.error(e))?;
        work(&self.moment(&transaction))
    }

    fn moment<'a>(&'a self, connection: &'a Connection) -> Moment<'a> {
        Moment { path: &self.path, busy_timeout: self.busy_timeout, connection }
    }

    fn error(&self, e: rusqlite::Error) -> KeystoreError {
        sqlite::error(&self.path, self.busy_timeout, e).into()
    }
}

impl Rows for SqliteRows {
    fn head(&self) -> Result<Head, KeystoreError> {
        self.read(|moment| moment.head())
    }

    fn list(&self, position: i64, limit: u32) -> Result<Vec<Clear>, KeystoreError> {
        self.read(|moment| moment.list(position, limit))
    }

    fn row(&self, id: &str) -> Result<Option<Row>, KeystoreError> {
        self.read(|moment| moment.row(id))
    }

    fn tagged(&self, tag: &Tag) -> Result<Vec<Clear>, KeystoreError> {
        self.read(|moment| moment.tagged(tag))
    }

    fn page(&self, position: i64, limit: u32) -> Result<Vec<Row>, KeystoreError> {
        self.read(|moment| moment.page(position, limit))
    }

    fn tally(&self) -> Result<Tally, KeystoreError> {
        self.read(|moment| moment.tally())
    }

    fn snapshot(&self) -> Result<Snapshot, KeystoreError> {
        self.read(|moment| Ok(Snapshot { head: moment.head()?, rows: moment.rows()? }))
    }

    fn scan(&self, each: &mut Each<'_>) -> Result<Head, KeystoreError> {
        self.read(|moment| moment.scan(each))
    }

    fn check(&self) -> Result<(), KeystoreError> {
        self.read(|moment| moment.check())
    }

    fn copy_to(&self, path: &Path) -> Result<(), KeystoreError> {
        let _gate = files::using_sqlite();
        let failed = |e| KeystoreError::from(sqlite::error(path, self.busy_timeout, e));
        let mut copy = sqlite::make(path)?;
        let backup = Backup::new(&self.connection, &mut copy).map_err(failed)?;
        // All pages in one step, during which nobody can change them.
        match backup.step(-1).map_err(|e| self.error(e))? {
            StepResult::Done => Ok(()),
            _ => Err(SqliteError::Busy {
                path: self.path.clone(),
                holder: Holder::of(&self.path),
                seconds: self.busy_timeout.as_secs(),
            }
            .into()),
        }
    }

    fn has_trace(&self, gone: &[u8]) -> Result<bool, KeystoreError> {
        let _gate = files::probing();
        let missing = || KeystoreError::Gone { path: self.path.clone() };
        let file = files::open_existing(&self.path)?.ok_or_else(missing)?;
        scrub::has_trace(file, gone).map_err(KeystoreError::io("read", &self.path))
    }

    fn compact(&self) -> Result<(), KeystoreError> {
        let _gate = files::using_sqlite();
        self.connection.execute_batch("VACUUM").map_err(|e| self.error(e))
    }

    fn change(
        &mut self,
        work: &mut dyn FnMut(&dyn Change) -> Result<(), KeystoreError>,
    ) -> Result<(), KeystoreError> {
        let _gate = files::using_sqlite();
        let failed = |e| KeystoreError::from(sqlite::error(&self.path, self.busy_timeout, e));
        // Not the method on the connection: that would borrow all of `self` for writing.
        let transaction =
            rusqlite::Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
                .map_err(failed)?;
        // The lock is on the file that was opened; it says nothing if another one took its place.
        if Self::file_at(&self.path)? != self.file {
            return Err(KeystoreError::Replaced { path: self.path.clone() });
        }
        work(&self.moment(&transaction))?;
        transaction.commit().map_err(failed)
    }
}

/// A store that is held against every other writer, while readers read on. Let go of when dropped.
///
/// Its methods don't wait at the gate, so that other files can be opened meanwhile; nobody else in this
/// process may look at the store for as long.
pub(crate) struct Held(SqliteRows);

impl Held {
    /// Waits for other writers, as long as they may take.
    pub(crate) fn take(path: &Path, busy_timeout: Duration) -> Result<Self, KeystoreError> {
        let rows = SqliteRows::open(path, Access::Write, busy_timeout)?;
        rows.connection.execute_batch("BEGIN IMMEDIATE").map_err(|e| rows.error(e))?;
        let held = Self(rows);
        held.check_place()?;
        Ok(held)
    }

    /// The store. Not to be changed through this.
    pub(crate) fn moment(&self) -> Moment<'_> {
        self.0.moment(&self.0.connection)
    }

    /// That the file that is held is still the one at the path.
    pub(crate) fn check_place(&self) -> Result<(), KeystoreError> {
        if SqliteRows::file_at(&self.0.path)? != self.0.file {
            return Err(KeystoreError::Replaced { path: self.0.path.clone() });
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Nothing was changed, and closing the connection would do the same.
        let _ = self.0.connection.execute_batch("ROLLBACK");
    }
}
