//! Making, opening and binding a journal: it belongs to one wallet file, and opens with its key.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use kms_crypto::seal::{Aad, SealKey, random_bytes};
use kms_keystore::StoreId;
use kms_keystore::sqlite::{Access, SqliteError, create_hardened, open_hardened};
use rusqlite::{Connection, params};

use super::{Journal, JournalError, PROFILE, journal_path, row};
use crate::store::Store;

/// How long another process that holds the file is waited for.
const BUSY: Duration = Duration::from_secs(10);

/// The one row that says whose journal it is.
struct Head {
    store: Vec<u8>,
    salt: [u8; 16],
    /// Nothing, sealed: opens with the right key only.
    proof: Vec<u8>,
}

impl Journal {
    /// Opens the journal of `store`, or makes it.
    pub(crate) fn open(store: &dyn Store) -> Result<Self, JournalError> {
        let path = std::path::absolute(journal_path(store.path())).map_err(JournalError::Path)?;
        if path.try_exists().map_err(JournalError::Path)? {
            Self::open_existing(store, path)
        } else {
            Self::create(store, path)
        }
    }

    fn create(store: &dyn Store, path: PathBuf) -> Result<Self, JournalError> {
        let mut salt = [0; 16];
        random_bytes(&mut salt)?;
        let key = match store.journal_key() {
            Some(key) => key,
            None => legacy_key(store, &salt)?.ok_or_else(|| other_key(&path, store))?,
        };
        let (id, proof) = (store.id(), key.seal(&proof_aad(&store.id()), b"")?);
        let connection = create_hardened(&path, &PROFILE, BUSY, |connection| {
            let sql = "INSERT INTO journal VALUES (1, ?1, ?2, ?3)";
            connection.execute(sql, params![id, salt, proof]).map(drop)
        })?;
        Ok(Self { connection: Mutex::new(connection), path, key, store: id })
    }

    fn open_existing(store: &dyn Store, path: PathBuf) -> Result<Self, JournalError> {
        let connection = open_hardened(&path, Access::Write, &PROFILE, BUSY)?;
        let head = Head::read(&connection)
            .map_err(|source| SqliteError::Sqlite { path: path.clone(), source })?;
        let legacy = StoreId::LEGACY.as_bytes();
        let bound_to = if head.store == store.id() {
            store.id()
        } else if head.store == legacy {
            *legacy
        } else {
            return Err(JournalError::OtherStore { path, store: store.path().to_owned() });
        };
        let key = match store.journal_key() {
            Some(key) if bound_to == store.id() => Some(key),
            _ => legacy_key(store, &head.salt)?,
        };
        let key = key.ok_or_else(|| other_key(&path, store))?;
        if key.open(&proof_aad(&bound_to), &head.proof).is_err() {
            return Err(other_key(&path, store));
        }
        let journal = Self { connection: Mutex::new(connection), path, key, store: bound_to };
        match store.journal_key() {
            Some(key) if bound_to != store.id() => journal.rebind(store.id(), key),
            _ => Ok(journal),
        }
    }

    /// Seals everything again for the store that a legacy file was upgraded to, in one transaction.
    fn rebind(mut self, store: [u8; 16], key: SealKey) -> Result<Self, JournalError> {
        let sql = format!("SELECT {} FROM item", row::COLUMNS);
        let rows = self
            .sql(|c| c.prepare(&sql)?.query_map([], row::read)?.collect::<Result<Vec<_>, _>>())?;
        let mut sealed = Vec::with_capacity(rows.len());
        for raw in rows {
            let entry = raw.open(&self.key, &self.store)?;
            let (record, bytes) = entry.seal(&key, &store)?;
            sealed.push((entry.id, record, bytes));
        }
        let proof = key.seal(&proof_aad(&store), b"")?;
        self.sql(|connection| {
            let change = connection.unchecked_transaction()?;
            for (id, record, bytes) in &sealed {
                let sql = "UPDATE item SET record = ?1, bytes = ?2 WHERE id = ?3";
                change.execute(sql, params![record, bytes, id.as_str()])?;
            }
            change.execute("UPDATE journal SET store = ?1, proof = ?2", params![store, proof])?;
            change.commit()
        })?;
        tracing::info!("the journal now belongs to the upgraded wallet file");
        (self.key, self.store) = (key, store);
        Ok(self)
    }
}

impl Head {
    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row("SELECT store, salt, proof FROM journal", [], |row| {
            Ok(Self { store: row.get(0)?, salt: row.get(1)?, proof: row.get(2)? })
        })
    }
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
