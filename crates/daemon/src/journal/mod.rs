//! The journal: what is known of each pending id, and what was signed for it, on disk before it is sent
//! anywhere.
//!
//! A SQLite file beside the wallet file, written so that every commit is durable. One row per pending
//! id, for ever; the signed bytes only until the transaction is complete. What a row says is sealed
//! under a key that belongs to the wallet file, together with the id, the content's digest and the
//! state, so that a row that was edited or moved does not open. That single rows were deleted can't be
//! seen here; that the file is missing, or an earlier one was put back, can (`mark.rs`).

mod admin;
mod entry;
mod error;
mod mark;
mod open;
mod place;
mod row;
mod signing;
mod tables;
mod turn;
mod writer;

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kms_core::{Network, PendingId, Ticker};
use kms_crypto::seal::SealKey;
use rusqlite::{OptionalExtension, params};

use self::place::Places;
use self::row::{RawRow, Sealed};
use self::turn::Turn;
use self::writer::{Answer, Writer};

pub use admin::{JournalAdmin, JournalItem};
#[cfg(fuzzing)]
pub(crate) use entry::Record;
pub use entry::State;
pub(crate) use entry::{Entry, Report};
pub use error::JournalError;
pub(crate) use signing::{Over, Signing};

/// The journal of one wallet file.
pub(crate) struct Journal {
    writer: Writer,
    key: SealKey,
    store: [u8; 16],
    places: Places,
    /// What the table of the same name is known to hold.
    polled: Mutex<HashSet<(&'static str, Network)>>,
    /// Whether it has the present key of its store, not one of before.
    current: bool,
    _turn: Turn,
}

/// The journal that belongs to the wallet file `store`.
pub fn journal_path(store: &Path) -> PathBuf {
    let mut path = OsString::from(store);
    path.push(".journal");
    path.into()
}

impl Journal {
    /// What is known of a pending id.
    pub(crate) async fn find(&self, id: &PendingId) -> Result<Option<Entry>, JournalError> {
        self.raw(id).get().await?.map(|raw| raw.open(&self.key, &self.store)).transpose()
    }

    fn raw(&self, id: &PendingId) -> Answer<Option<RawRow>> {
        let id = id.as_str().to_owned();
        self.writer.read(move |c| {
            let sql = format!("SELECT {} FROM item WHERE id = ?1", row::COLUMNS);
            c.prepare_cached(&sql)?.query_row([id], row::read).optional()
        })
    }

    /// What was signed, and is neither complete nor known to be refused.
    pub(crate) async fn in_flight(&self) -> Result<Vec<Entry>, JournalError> {
        self.select(&format!("state <> 'completed' AND {}", place::HOLDS)).get().await?.open(self)
    }

    /// What the API has to be told of.
    pub(crate) async fn due(&self) -> Result<Vec<Entry>, JournalError> {
        self.select("due = 1").get().await?.open(self)
    }

    fn select(&self, condition: &str) -> Answer<Rows> {
        let sql = format!("SELECT {} FROM item WHERE {condition} ORDER BY made", row::COLUMNS);
        self.writer.read(move |c| {
            c.prepare(&sql)?.query_map([], row::read)?.collect::<Result<_, _>>().map(Rows)
        })
    }

    /// How many transactions are not finished.
    pub(crate) async fn depth(&self) -> Result<u64, JournalError> {
        let count: i64 = self
            .writer
            .read(|c| {
                let sql =
                    "SELECT count(*) FROM item WHERE state <> 'completed' AND state <> 'discarded'";
                c.prepare_cached(sql)?.query_row([], |row| row.get(0))
            })
            .get()
            .await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Sees to it that nobody else has changed a transaction since `entry` was read: the operator, by a command.
    pub(crate) async fn check_current(&self, entry: &Entry) -> Result<(), JournalError> {
        match self.find(&entry.id).await? {
            Some(now) if now.version == entry.version => Ok(()),
            _ => Err(JournalError::Changed { id: entry.id.clone() }),
        }
    }

    /// Keeps a transaction that was not known, without waiting: what is kept next of it comes after it.
    pub(crate) fn insert_soon(&self, entry: &Entry) -> Result<(), JournalError> {
        self.insertion(entry).map(drop)
    }

    /// Keeps what has become of a transaction. When this returns, it is on disk.
    pub(crate) async fn keep(&self, entry: Entry) -> Result<Entry, JournalError> {
        let (entry, answer) = self.update(entry)?;
        checked(entry, answer.get().await?)
    }

    /// The same without waiting. If it is not written, what is kept next is an error.
    pub(crate) fn keep_soon(&self, entry: Entry) -> Result<Entry, JournalError> {
        self.update(entry).map(|(entry, _)| entry)
    }

    fn keep_blocking(&self, entry: Entry) -> Result<Entry, JournalError> {
        let (entry, answer) = self.update(entry)?;
        checked(entry, answer.get_blocking()?)
    }

    /// Whether all pending transactions of `chain` have been seen once with this journal.
    pub(crate) async fn has_polled(
        &self,
        chain: Ticker,
        network: Network,
    ) -> Result<bool, JournalError> {
        if self.polled.lock().unwrap_or_else(PoisonError::into_inner).contains(&(chain.0, network))
        {
            return Ok(true);
        }
        let answer = self.writer.read(move |c| {
            let sql = "SELECT EXISTS (SELECT 1 FROM polled WHERE chain = ?1 AND network = ?2)";
            c.prepare_cached(sql)?.query_row([chain.0, row::name(network)], |row| row.get(0))
        });
        let polled = answer.get().await?;
        if polled {
            self.remember_polled(chain, network);
        }
        Ok(polled)
    }

    /// Keeps that they have been.
    pub(crate) async fn set_polled(
        &self,
        chain: Ticker,
        network: Network,
    ) -> Result<(), JournalError> {
        if self.has_polled(chain, network).await? {
            return Ok(());
        }
        let answer = self.writer.write(move |c| {
            let sql = "INSERT OR IGNORE INTO polled VALUES (?1, ?2)";
            c.execute(sql, [chain.0, row::name(network)])
        });
        answer.get().await?;
        self.remember_polled(chain, network);
        Ok(())
    }

    fn remember_polled(&self, chain: Ticker, network: Network) {
        let mut polled = self.polled.lock().unwrap_or_else(PoisonError::into_inner);
        polled.insert((chain.0, network));
    }

    fn insertion(&self, entry: &Entry) -> Result<Answer<usize>, JournalError> {
        let Sealed { record, bytes, due } = entry.seal(&self.key, &self.store)?;
        let Entry { id, chain, network, content, state, version, .. } = entry.clone();
        Ok(self.writer.write(move |c| {
            let sql = "INSERT INTO item VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10)";
            let (id, network, state) = (id.as_str(), row::name(network), state.as_str());
            c.prepare_cached(sql)?.execute(params![
                id,
                chain,
                network,
                content.0,
                state,
                version,
                entry::now(),
                due,
                record,
                bytes
            ])
        }))
    }

    fn update(&self, entry: Entry) -> Result<(Entry, Answer<usize>), JournalError> {
        let Sealed { record, bytes, due } = entry.seal(&self.key, &self.store)?;
        let (id, state, version) = (entry.id.clone(), entry.state, entry.version);
        let place = self.places.of(&entry).filter(|_| state == State::Signed);
        let answer = self.writer.write(move |c| {
            let sql = "UPDATE item SET state = ?1, version = ?2 + 1, changed = ?3, due = ?4, record = ?5, bytes = ?6
                WHERE id = ?7 AND version = ?2";
            let (id, state) = (id.as_str(), state.as_str());
            let rows = c.prepare_cached(sql)?.execute(params![
                state,
                version,
                entry::now(),
                due,
                record,
                bytes,
                id
            ])?;
            if let Some(place) = place.filter(|_| rows == 1) {
                place::keep(c, &place, id)?;
            }
            Ok(rows)
        });
        Ok((Entry { version: version + 1, ..entry }, answer))
    }
}

/// Rows that are still sealed: the thread that reads them has no key.
struct Rows(Vec<RawRow>);

impl Rows {
    fn open(self, journal: &Journal) -> Result<Vec<Entry>, JournalError> {
        self.0.into_iter().map(|raw| raw.open(&journal.key, &journal.store)).collect()
    }
}

/// Nothing was written if somebody else changed the row meanwhile: the operator, by a command.
fn checked(entry: Entry, rows: usize) -> Result<Entry, JournalError> {
    if rows == 1 { Ok(entry) } else { Err(JournalError::Changed { id: entry.id }) }
}
