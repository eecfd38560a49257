//! Making, opening and binding a journal: it belongs to one wallet file, opens with its key, and is the
//! one that was written last.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kms_crypto::seal::{Aad, SealKey, random_bytes};
use kms_keystore::StoreId;
use kms_keystore::sqlite::{SqliteError, create_hardened};
use rusqlite::{Connection, params};

use super::mark::{Mark, Reached};
use super::place::{self, Places};
use super::tables::{self, BUSY, PROFILE, Tables};
use super::turn::Turn;
use super::writer::{File, Writer, counter_fields};
use super::{Entry, Journal, JournalError, journal_path, row};
use crate::status::Status;
use crate::store::Store;

/// The one row that says whose journal it is.
struct Head {
    store: Vec<u8>,
    salt: [u8; 16],
    /// Nothing, sealed: opens with the right key only.
    proof: Vec<u8>,
    id: [u8; 16],
    counter: i64,
    counted: Vec<u8>,
}

/// A key that a journal may have, and the store that it is bound to then.
struct Candidate {
    key: SealKey,
    store: [u8; 16],
    /// Whether these are the present ones.
    current: bool,
}

/// A journal whose key has been found.
struct Bound {
    connection: Connection,
    path: PathBuf,
    tables: Tables,
    by: Candidate,
    id: [u8; 16],
}

/// How often to look again when others give the journal another key at the same moment.
const ATTEMPTS: usize = 5;

impl Journal {
    /// Opens the journal of `store`, or makes it. One that is missing or older than its mark says is
    /// refused, unless the operator wants to `adopt` what is there.
    pub(crate) fn open(
        store: &dyn Store,
        adopt: bool,
        status: Option<Arc<Status>>,
    ) -> Result<Self, JournalError> {
        let path = path_of(store)?;
        for _ in 0..ATTEMPTS {
            let turn = Turn::take(&path)?;
            let bound = if path.try_exists().map_err(JournalError::Path)? {
                Bound::open(store, path.clone())?
            } else {
                Bound::create(store, path.clone(), adopt)?
            };
            if let Some(journal) = bound.settle(store, adopt, turn, status.clone())? {
                return Ok(journal);
            }
        }
        Err(other_key(&path, store))
    }

    /// Opens the journal of `store` if there is one. Its mark must fit: a command must not make an earlier
    /// journal look like the last one.
    pub(super) fn open_existing(store: &dyn Store) -> Result<Option<Self>, JournalError> {
        let path = path_of(store)?;
        for _ in 0..ATTEMPTS {
            if !path.try_exists().map_err(JournalError::Path)? {
                return Ok(None);
            }
            let turn = Turn::take(&path)?;
            let bound = Bound::open(store, path.clone())?;
            if let Some(journal) = bound.settle(store, false, turn, None)? {
                return Ok(Some(journal));
            }
        }
        Err(other_key(&path, store))
    }
}

impl Bound {
    fn create(store: &dyn Store, path: PathBuf, adopt: bool) -> Result<Self, JournalError> {
        let marked = std::fs::metadata(mark_path(&path)).is_ok_and(|file| file.len() > 0);
        if marked && !adopt {
            return Err(JournalError::Missing { path });
        }
        let (mut salt, mut id) = ([0; 16], [0; 16]);
        random_bytes(&mut salt)?;
        random_bytes(&mut id)?;
        let key = match store.journal_key() {
            Some(key) => key,
            None => legacy_key(store, &salt)?.ok_or_else(|| other_key(&path, store))?,
        };
        let (of, proof) = (store.id(), key.seal(&proof_aad(&store.id()), b"")?);
        let counted = counter_key(&key).mac(&counter_fields(&id, 0));
        let created = create_hardened(&path, &PROFILE, BUSY, |connection| {
            let sql = "INSERT INTO journal VALUES (1, ?1, ?2, ?3, ?4, 0, ?5)";
            connection.execute(sql, params![of, salt, proof, id, counted]).map(drop)
        });
        match created {
            Ok(connection) => {
                let by = Candidate { key, store: of, current: true };
                Ok(Self { connection, path, tables: Tables::Present, by, id })
            }
            // Another daemon of the same store was faster.
            Err(_) if path.exists() => Self::open(store, path),
            Err(error) => Err(error.into()),
        }
    }

    fn open(store: &dyn Store, path: PathBuf) -> Result<Self, JournalError> {
        let (connection, tables) = tables::open(&path)?;
        let head = Head::read(&connection, &path)?;
        if head.store != store.id() && head.store != StoreId::LEGACY.as_bytes() {
            return Err(JournalError::OtherStore { path, store: store.path().to_owned() });
        }
        let fits = |by: &Candidate| {
            head.store == by.store && by.key.open(&proof_aad(&by.store), &head.proof).is_ok()
        };
        let of_legacy = head.store == StoreId::LEGACY.as_bytes();
        let by = candidates(store, &head.salt, of_legacy)?.into_iter().find(fits);
        let by = by.ok_or_else(|| other_key(&path, store))?;
        Ok(Self { connection, path, tables, by, id: head.id })
    }

    /// Checks the mark, gives the journal the present tables and the present key of its store if nobody else has
    /// it open, and starts it. None if somebody else gave it another key meanwhile.
    fn settle(
        self,
        store: &dyn Store,
        adopt: bool,
        turn: Turn,
        status: Option<Arc<Status>>,
    ) -> Result<Option<Journal>, JournalError> {
        self.check_mark(store, adopt)?;
        let bound = match (turn.is_alone(), self.tables) {
            (true, _) => self.bring_up_to_date()?.follow(store)?,
            (false, Tables::Present) => self,
            (false, Tables::Former) => return Err(JournalError::InUse { path: self.path }),
        };
        let turn = turn.share()?;
        let head = Head::read(&bound.connection, &bound.path)?;
        let Candidate { key, store, .. } = &bound.by;
        if head.store != store || key.open(&proof_aad(store), &head.proof).is_err() {
            return Ok(None);
        }
        bound.start(turn, status).map(Some)
    }

    /// Compares the journal with its mark.
    fn check_mark(&self, store: &dyn Store, adopt: bool) -> Result<(), JournalError> {
        let mut mark = self.mark()?;
        // In this order: another daemon may write both meanwhile, and the mark never leads.
        let mut reached = mark.read();
        let mut former = None;
        if matches!(reached, Err(JournalError::Mark { .. })) {
            former = self.mark_of_before(store)?;
            reached = former.map(Some).map_or(reached, Ok);
        }
        let head = Head::read(&self.connection, &self.path)?;
        let fields = counter_fields(&self.id, head.counter);
        if counter_key(&self.by.key).mac(&fields)[..] != head.counted[..] {
            return Err(JournalError::Damaged { id: "(its counter)".to_owned() });
        }
        let counter = u64::try_from(head.counter).unwrap_or_default();
        let problem = match reached {
            Ok(Some(reached)) if reached.id == self.id && reached.counter <= counter => {
                return if former.is_some() { mark.set(&self.id, counter) } else { Ok(()) };
            }
            // Just made, by us or by one who did not come further.
            Ok(None) if counter == 0 => return mark.set(&self.id, 0),
            Ok(Some(_)) => JournalError::Older { path: self.path.clone() },
            Ok(None) => JournalError::Unmarked { path: self.path.clone() },
            Err(error) => error,
        };
        if !adopt {
            return Err(problem);
        }
        tracing::warn!("the journal is adopted as it is: {problem}");
        // What it does not know may have been sent, so everything is looked up once more.
        self.sql(|c| c.execute("DELETE FROM polled", []))?;
        drop(mark);
        std::fs::write(mark_path(&self.path), []).map_err(JournalError::Path)?;
        self.mark()?.set(&self.id, counter)
    }

    /// What the mark says under a key of before: the journal got its new one, then the process ended.
    fn mark_of_before(&self, store: &dyn Store) -> Result<Option<Reached>, JournalError> {
        let head = Head::read(&self.connection, &self.path)?;
        for by in candidates(store, &head.salt, true)? {
            let mark = Mark::open(&mark_path(&self.path), &by.key, by.store)?;
            if let Ok(Some(reached)) = mark.read() {
                return Ok(Some(reached));
            }
        }
        Ok(None)
    }

    /// Gives the journal the present key of its store: after an upgrade from the legacy format, and after a
    /// change of the data key.
    fn follow(self, store: &dyn Store) -> Result<Self, JournalError> {
        match store.journal_key() {
            Some(key) if !self.by.current => self.rebind(store.id(), key),
            _ => Ok(self),
        }
    }

    /// Gives the journal the tables of this version.
    fn bring_up_to_date(self) -> Result<Self, JournalError> {
        if self.tables == Tables::Present {
            return Ok(self);
        }
        let (entries, names) = (self.entries()?, Places::new(&self.by.key));
        let place = |entry: &Entry| Some((names.of(entry)?, entry.id.to_string()));
        let places: Vec<_> = entries.iter().filter_map(place).collect();
        self.sql(|connection| tables::bring_up_to_date(connection, &places))?;
        tracing::info!("the journal of an earlier version now has the tables of this one");
        Ok(Self { tables: Tables::Present, ..self })
    }

    fn entries(&self) -> Result<Vec<Entry>, JournalError> {
        let sql = format!("SELECT {} FROM item", row::COLUMNS);
        let rows = self
            .sql(|c| c.prepare(&sql)?.query_map([], row::read)?.collect::<Result<Vec<_>, _>>())?;
        rows.into_iter().map(|raw| raw.open(&self.by.key, &self.by.store)).collect()
    }

    /// Seals everything again, in one transaction.
    fn rebind(mut self, store: [u8; 16], key: SealKey) -> Result<Self, JournalError> {
        let (entries, places) = (self.entries()?, Places::new(&key));
        let mut sealed = Vec::with_capacity(entries.len());
        for entry in entries {
            sealed.push((entry.seal(&key, &store)?, places.of(&entry), entry.id));
        }
        let proof = key.seal(&proof_aad(&store), b"")?;
        let counter: i64 =
            self.sql(|c| c.query_row("SELECT counter FROM journal", [], |row| row.get(0)))?;
        let counted = counter_key(&key).mac(&counter_fields(&self.id, counter));
        self.sql(|connection| {
            let change = connection.unchecked_transaction()?;
            change.execute("DELETE FROM place", [])?;
            for (columns, place, id) in &sealed {
                let sql = "UPDATE item SET record = ?1, bytes = ?2 WHERE id = ?3";
                change.execute(sql, params![columns.record, columns.bytes, id.as_str()])?;
                if let Some(place) = place {
                    place::keep(&change, place, id.as_str())?;
                }
            }
            let sql = "UPDATE journal SET store = ?1, proof = ?2, counted = ?3";
            change.execute(sql, params![store, proof, counted])?;
            change.commit()
        })?;
        tracing::info!("the journal now has the present key of the wallet file");
        self.by = Candidate { key, store, current: true };
        let counter = u64::try_from(counter).unwrap_or_default();
        self.mark()?.set(&self.id, counter)?;
        Ok(self)
    }

    fn start(self, turn: Turn, status: Option<Arc<Status>>) -> Result<Journal, JournalError> {
        let mark = self.mark()?;
        let Self { connection, path, by: Candidate { key, store, current }, id, .. } = self;
        let file = File { connection, path: path.clone(), mark, key: counter_key(&key), id };
        let writer = Writer::start(file, status)?;
        let places = Places::new(&key);
        Ok(Journal { writer, key, store, places, polled: Default::default(), current, _turn: turn })
    }

    fn mark(&self) -> Result<Mark, JournalError> {
        Mark::open(&mark_path(&self.path), &self.by.key, self.by.store)
    }

    fn sql<T>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        run(&self.connection).map_err(|source| JournalError::sqlite(&self.path, source))
    }
}

impl Head {
    fn read(connection: &Connection, path: &Path) -> Result<Self, JournalError> {
        let sql = "SELECT store, salt, proof, id, counter, counted FROM journal";
        let head = connection.query_row(sql, [], |row| {
            Ok(Self {
                store: row.get(0)?,
                salt: row.get(1)?,
                proof: row.get(2)?,
                id: row.get(3)?,
                counter: row.get(4)?,
                counted: row.get(5)?,
            })
        });
        let path = path.to_owned();
        head.map_err(|source| SqliteError::Sqlite { path, source }.into())
    }
}

fn path_of(store: &dyn Store) -> Result<PathBuf, JournalError> {
    std::path::absolute(journal_path(store.path())).map_err(JournalError::Path)
}

fn mark_path(journal: &Path) -> PathBuf {
    let mut path = OsString::from(journal);
    path.push(".mark");
    path.into()
}

fn counter_key(key: &SealKey) -> SealKey {
    key.derive("tatum-kms journal counter")
}

/// The keys that a journal of `store` may have, the present one first; that of a legacy file, which costs
/// a key derivation, on request.
fn candidates(
    store: &dyn Store,
    salt: &[u8; 16],
    with_legacy: bool,
) -> Result<Vec<Candidate>, JournalError> {
    let (id, legacy) = (store.id(), *StoreId::LEGACY.as_bytes());
    let mut all = Vec::new();
    all.extend(store.journal_key().map(|key| Candidate { key, store: id, current: true }));
    let former = store.former_journal_keys().map_err(JournalError::Key)?;
    all.extend(former.into_iter().map(|key| Candidate { key, store: id, current: false }));
    let of_legacy = if with_legacy { legacy_key(store, salt)? } else { None };
    all.extend(of_legacy.map(|key| Candidate { key, store: legacy, current: id == legacy }));
    Ok(all)
}

fn legacy_key(store: &dyn Store, salt: &[u8; 16]) -> Result<Option<SealKey>, JournalError> {
    store.legacy_journal_key(salt).map_err(JournalError::Key)
}

fn other_key(path: &Path, store: &dyn Store) -> JournalError {
    JournalError::OtherKey { path: path.to_owned(), store: store.path().to_owned() }
}

fn proof_aad(store: &[u8; 16]) -> Aad {
    Aad::new("tatum-kms journal").field(store)
}
