//! The rows of a store in one SQLite file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::files::{self, FileId};
use crate::rows::{Change, Clear, Head, Header, Row, Rows, Snapshot, Tag};
use crate::sqlite::{self, Access, Journal, Profile};
use crate::tally::Tally;
use crate::{KdfCost, KeystoreError, StoreId};

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
        work(&Moment { rows: self, connection: &transaction })
    }

    fn error(&self, e: rusqlite::Error) -> KeystoreError {
        sqlite::error(&self.path, self.busy_timeout, e).into()
    }
}

impl Rows for SqliteRows {
    fn head(&self) -> Result<Head, KeystoreError> {
        self.read(|moment| moment.head())
    }

    fn list(&self) -> Result<Vec<Clear>, KeystoreError> {
        self.read(|moment| moment.list())
    }

    fn row(&self, id: &str) -> Result<Option<Row>, KeystoreError> {
        self.read(|moment| moment.row(id))
    }

    fn tagged(&self, tag: &Tag) -> Result<Vec<Clear>, KeystoreError> {
        self.read(|moment| moment.tagged(tag))
    }

    fn page(&self, position: i64, limit: u32) -> Result<Vec<Row>, KeystoreError> {
        let sql = format!(
            "SELECT {CLEAR}, sealed FROM wallet WHERE position <= ?1
             ORDER BY position DESC LIMIT ?2"
        );
        self.read(|moment| moment.all(&sql, params![position, limit], whole))
    }

    fn tally(&self) -> Result<Tally, KeystoreError> {
        self.read(|moment| moment.tally())
    }

    fn snapshot(&self) -> Result<Snapshot, KeystoreError> {
        self.read(|moment| {
            Ok(Snapshot { head: moment.head()?, rows: moment.rows()?, tags: moment.tags()? })
        })
    }

    fn check(&self) -> Result<(), KeystoreError> {
        self.read(|moment| {
            let sound: String = moment
                .connection
                .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
                .map_err(|e| self.error(e))?;
            let foreign = moment
                .connection
                .prepare("PRAGMA foreign_key_check")
                .and_then(|mut check| check.exists([]))
                .map_err(|e| self.error(e))?;
            if sound == "ok" && !foreign {
                return Ok(());
            }
            Err(sqlite::SqliteError::Corrupt { path: self.path.clone() }.into())
        })
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
        work(&Moment { rows: self, connection: &transaction })?;
        transaction.commit().map_err(failed)
    }
}

/// The file at one moment, and for the only writer its next moment.
struct Moment<'a> {
    rows: &'a SqliteRows,
    connection: &'a Connection,
}

const CLEAR: &str = "position, id, version, chain, network, kind";

fn clear(row: &rusqlite::Row<'_>) -> rusqlite::Result<Clear> {
    Ok(Clear {
        position: row.get(0)?,
        id: row.get(1)?,
        version: row.get(2)?,
        chain: row.get(3)?,
        network: row.get(4)?,
        kind: row.get(5)?,
    })
}

fn whole(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row { clear: clear(row)?, sealed: row.get(6)? })
}

impl Moment<'_> {
    fn all<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, KeystoreError> {
        self.connection
            .prepare(sql)
            .and_then(|mut query| query.query_map(values, read)?.collect())
            .map_err(|e| self.rows.error(e))
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), KeystoreError> {
        self.connection.execute(sql, values).map(drop).map_err(|e| self.rows.error(e))
    }

    fn list(&self) -> Result<Vec<Clear>, KeystoreError> {
        self.all(&format!("SELECT {CLEAR} FROM wallet ORDER BY position DESC"), [], clear)
    }

    fn rows(&self) -> Result<Vec<Row>, KeystoreError> {
        self.all(&format!("SELECT {CLEAR}, sealed FROM wallet ORDER BY position DESC"), [], whole)
    }

    fn tagged(&self, tag: &Tag) -> Result<Vec<Clear>, KeystoreError> {
        let sql = format!(
            "SELECT {CLEAR} FROM wallet WHERE position IN
             (SELECT position FROM lookup WHERE tag = ?1) ORDER BY position DESC"
        );
        self.all(&sql, [&tag[..]], clear)
    }

    fn tags(&self) -> Result<Vec<(Tag, i64)>, KeystoreError> {
        self.all("SELECT tag, position FROM lookup", [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn header(&self) -> Result<Header, KeystoreError> {
        let damaged = |what| KeystoreError::HeaderDamaged { path: self.rows.path.clone(), what };
        let sql = "SELECT format, store_id, from_legacy, epoch, kdf_memory_kib, kdf_passes,
                   kdf_lanes, kdf_salt, wrapped_key FROM header";
        let mut found = self.all(sql, [], |row| {
            let figure = |at| row.get::<_, i64>(at);
            let bytes = |at| row.get::<_, Vec<u8>>(at);
            Ok((
                [figure(0)?, figure(2)?, figure(3)?, figure(4)?, figure(5)?, figure(6)?],
                [bytes(1)?, bytes(7)?, bytes(8)?],
            ))
        })?;
        let ([format, from_legacy, epoch, memory, passes, lanes], [store_id, salt, wrapped_key]) =
            found.pop().ok_or_else(|| damaged("it is missing"))?;
        let cost = |figure: i64| {
            u32::try_from(figure).map_err(|_| damaged("the cost of the key derivation"))
        };
        Ok(Header {
            format,
            store_id: StoreId::from_bytes(
                store_id.try_into().map_err(|_| damaged("the store id"))?,
            ),
            from_legacy: match from_legacy {
                0 => false,
                1 => true,
                _ => return Err(damaged("the origin")),
            },
            epoch,
            cost: KdfCost { memory_kib: cost(memory)?, passes: cost(passes)?, lanes: cost(lanes)? },
            salt: salt.try_into().map_err(|_| damaged("the salt"))?,
            wrapped_key,
        })
    }
}

impl Change for Moment<'_> {
    fn head(&self) -> Result<Head, KeystoreError> {
        let header = self.header()?;
        let state = self.all("SELECT sealed FROM state", [], |row| row.get(0))?.pop();
        let path = || self.rows.path.clone();
        Ok(Head {
            header,
            state: state.ok_or_else(|| KeystoreError::StateDamaged { path: path() })?,
        })
    }

    fn row(&self, id: &str) -> Result<Option<Row>, KeystoreError> {
        self.connection
            .query_row(&format!("SELECT {CLEAR}, sealed FROM wallet WHERE id = ?1"), [id], whole)
            .optional()
            .map_err(|e| self.rows.error(e))
    }

    fn tally(&self) -> Result<Tally, KeystoreError> {
        let sql = "SELECT chain, network, count(*) FROM wallet GROUP BY chain, network";
        let counted = self.all(sql, [], |row| {
            Ok(((row.get(0)?, row.get(1)?), row.get::<_, i64>(2)?.unsigned_abs()))
        })?;
        Ok(counted.into_iter().collect())
    }

    fn top(&self) -> Result<i64, KeystoreError> {
        self.connection
            .query_row("SELECT coalesce(max(position), 0) FROM wallet", [], |row| row.get(0))
            .map_err(|e| self.rows.error(e))
    }

    fn insert(&self, row: &Row, tags: &[Tag]) -> Result<(), KeystoreError> {
        let Row { clear, sealed } = row;
        self.run(
            "INSERT INTO wallet (position, id, version, chain, network, kind, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                clear.position,
                clear.id,
                clear.version,
                clear.chain,
                clear.network,
                clear.kind,
                sealed
            ],
        )?;
        for tag in tags {
            self.run(
                "INSERT INTO lookup (tag, position) VALUES (?1, ?2)",
                params![&tag[..], clear.position],
            )?;
        }
        Ok(())
    }

    fn delete(&self, position: i64) -> Result<(), KeystoreError> {
        self.run("DELETE FROM lookup WHERE position = ?1", [position])?;
        self.run("DELETE FROM wallet WHERE position = ?1", [position])
    }

    fn put_head(&self, head: &Head) -> Result<(), KeystoreError> {
        let Head { header, state } = head;
        self.run(
            "INSERT OR REPLACE INTO header (one, format, store_id, from_legacy, epoch,
             kdf_memory_kib, kdf_passes, kdf_lanes, kdf_salt, wrapped_key)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                header.format,
                &header.store_id.as_bytes()[..],
                header.from_legacy,
                header.epoch,
                header.cost.memory_kib,
                header.cost.passes,
                header.cost.lanes,
                &header.salt[..],
                header.wrapped_key,
            ],
        )?;
        self.run("INSERT OR REPLACE INTO state (one, sealed) VALUES (1, ?1)", [state])
    }
}
