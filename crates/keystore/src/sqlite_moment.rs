//! A wallet file as SQLite shows it inside of one transaction.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use crate::rows::{Change, Clear, Each, Head, Header, Row, Tag};
use crate::tally::Tally;
use crate::{KdfCost, KeystoreError, StoreId, sqlite};

/// The file at one moment, and for the only writer its next moment.
pub(crate) struct Moment<'a> {
    pub(crate) path: &'a Path,
    pub(crate) busy_timeout: Duration,
    pub(crate) connection: &'a Connection,
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
    fn error(&self, e: rusqlite::Error) -> KeystoreError {
        sqlite::error(self.path, self.busy_timeout, e).into()
    }

    fn all<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, KeystoreError> {
        self.connection
            .prepare(sql)
            .and_then(|mut query| query.query_map(values, read)?.collect())
            .map_err(|e| self.error(e))
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), KeystoreError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map(drop)
            .map_err(|e| self.error(e))
    }

    /// The clear columns of at most `limit` rows from `position` downwards, newest first.
    pub(crate) fn list(&self, position: i64, limit: u32) -> Result<Vec<Clear>, KeystoreError> {
        let sql = format!(
            "SELECT {CLEAR} FROM wallet WHERE position <= ?1 ORDER BY position DESC LIMIT ?2"
        );
        self.all(&sql, params![position, limit], clear)
    }

    pub(crate) fn rows(&self) -> Result<Vec<Row>, KeystoreError> {
        self.all(&format!("SELECT {CLEAR}, sealed FROM wallet ORDER BY position DESC"), [], whole)
    }

    /// At most `limit` rows from `position` downwards, newest first.
    pub(crate) fn page(&self, position: i64, limit: u32) -> Result<Vec<Row>, KeystoreError> {
        let sql = format!(
            "SELECT {CLEAR}, sealed FROM wallet WHERE position <= ?1
             ORDER BY position DESC LIMIT ?2"
        );
        self.all(&sql, params![position, limit], whole)
    }

    pub(crate) fn tagged(&self, tag: &Tag) -> Result<Vec<Clear>, KeystoreError> {
        let sql = format!(
            "SELECT {CLEAR} FROM wallet WHERE position IN
             (SELECT position FROM lookup WHERE tag = ?1) ORDER BY position DESC"
        );
        self.all(&sql, [&tag[..]], clear)
    }

    /// Every row with its tags, newest first, and the head.
    pub(crate) fn scan(&self, each: &mut Each<'_>) -> Result<Head, KeystoreError> {
        let failed = |e| self.error(e);
        let head = self.head()?;
        let sql = format!("SELECT {CLEAR}, sealed FROM wallet ORDER BY position DESC");
        let mut rows = self.connection.prepare(&sql).map_err(failed)?;
        let sql = "SELECT tag FROM lookup WHERE position = ?1";
        let mut tags = self.connection.prepare(sql).map_err(failed)?;
        let mut found = rows.query([]).map_err(failed)?;
        while let Some(row) = found.next().map_err(failed)? {
            let row = whole(row).map_err(failed)?;
            let tags: Vec<Tag> = tags
                .query_map([row.clear.position], |tag| tag.get(0))
                .and_then(Iterator::collect)
                .map_err(failed)?;
            each(row, &tags)?;
        }
        Ok(head)
    }

    /// Whether the file is sound in itself, seals aside.
    pub(crate) fn check(&self) -> Result<(), KeystoreError> {
        let sound: String = self
            .connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(|e| self.error(e))?;
        let foreign = self
            .connection
            .prepare("PRAGMA foreign_key_check")
            .and_then(|mut check| check.exists([]))
            .map_err(|e| self.error(e))?;
        if sound == "ok" && !foreign {
            return Ok(());
        }
        Err(sqlite::SqliteError::Corrupt { path: self.path.to_owned() }.into())
    }

    fn header(&self) -> Result<Header, KeystoreError> {
        let damaged = |what| KeystoreError::HeaderDamaged { path: self.path.to_owned(), what };
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
        let path = || self.path.to_owned();
        Ok(Head {
            header,
            state: state.ok_or_else(|| KeystoreError::StateDamaged { path: path() })?,
        })
    }

    fn row(&self, id: &str) -> Result<Option<Row>, KeystoreError> {
        self.connection
            .query_row(&format!("SELECT {CLEAR}, sealed FROM wallet WHERE id = ?1"), [id], whole)
            .optional()
            .map_err(|e| self.error(e))
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
            .map_err(|e| self.error(e))
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
