//! SQLite as hostile input: how the wallet file and the daemon's journal are opened.
//!
//! Before SQLite sees a file, its first 100 bytes must say that it is ours (application id, schema
//! version, journal mode). Then it is opened without following links, in defensive mode, with nothing
//! trusted in its schema, and the schema must be exactly ours. What the rows say is still anybody's;
//! that is the business of sealing.
//!
//! A process should have one connection to a file in WAL mode: looking at the first bytes of a file
//! drops the locks that the same process holds on it.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use crate::{Holder, files};

/// Bytes of the header of a SQLite file.
pub(crate) const HEADER_LEN: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Why a SQLite file was not opened, or failed.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// Some other file.
    #[error("`{path}` is not a file of this program: {what}; check the path")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What shows it.
        what: String,
    },
    /// Tables, triggers or views that we did not make, or ours changed.
    #[error(
        "`{path}` has a changed schema ({what}), so nothing in it is read; restore it from a backup"
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// The first difference.
        what: String,
    },
    /// Pages that are not what SQLite writes.
    #[error("`{path}` is damaged: its pages make no sense; restore it from a backup")]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// Somebody holds it.
    #[error(
        "`{path}` is locked by {holder}, and was for the {seconds} s that were waited; try again when that is done"
    )]
    Busy {
        /// The file.
        path: PathBuf,
        /// Who has it locked.
        holder: Holder,
        /// How long was waited.
        seconds: u64,
    },
    /// Locks do not hold there.
    #[error(
        "`{path}` is on a network file system ({kind}), where locks can not be trusted; move it to a local disk"
    )]
    NetworkFileSystem {
        /// The file.
        path: PathBuf,
        /// Which one.
        kind: &'static str,
    },
    /// A write was cut short, and only a process that may write can put it right.
    #[error(
        "the last write to `{path}` was interrupted and the file is read-only here; open it once where it may be written"
    )]
    Unfinished {
        /// The file.
        path: PathBuf,
    },
    /// Relative paths change their meaning with the working directory.
    #[error("`{path}` is not an absolute path; give one")]
    Relative {
        /// The path.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("could not {action} `{path}`")]
    Io {
        /// A verb.
        action: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Anything else SQLite says: a full disk, a directory without permission.
    #[error(
        "`{path}` could not be read or written; see that its disk has room and that this user may write there"
    )]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says; holds no content.
        source: rusqlite::Error,
    },
}

/// How changes are made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journal {
    /// Rollback journal, `synchronous=EXTRA`: one file at rest, every commit durable.
    Delete,
    /// Write-ahead log, `synchronous=FULL`: every commit durable, readers and the writer at once.
    Wal,
}

/// What makes a file ours.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// `application_id` in the header.
    pub application_id: i32,
    /// `user_version` in the header: the version of the schema.
    pub user_version: i32,
    /// The statements that made the schema. A file with any other schema is refused.
    pub schema: &'static str,
    /// How it is written.
    pub journal: Journal,
}

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read. Works on a read-only file.
    Read,
    /// Read and write.
    Write,
}

/// Opens an existing file of this profile.
///
/// A write that a crash cut short is rolled back, which is the one thing `Access::Read` may write.
///
/// # Errors
/// Every [`SqliteError`]; the file is not changed by any of them.
pub fn open_hardened(
    path: &Path,
    access: Access,
    profile: &Profile,
    busy_timeout: Duration,
) -> Result<Connection, SqliteError> {
    check_place(path)?;
    check_first_bytes(path, profile)?;
    match connect(path, access, profile, busy_timeout) {
        Err(unfinished @ SqliteError::Unfinished { .. }) => {
            drop(connect(path, Access::Write, profile, busy_timeout).map_err(|_| unfinished)?);
            connect(path, access, profile, busy_timeout)
        }
        other => other,
    }
}

/// Makes a new file of this profile, which `fill` completes, and opens it. Either the whole file appears or nothing.
///
/// # Errors
/// [`SqliteError::Io`] if something is there already, and those of `fill` and of [`open_hardened`].
pub fn create_hardened(
    path: &Path,
    profile: &Profile,
    busy_timeout: Duration,
    fill: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<Connection, SqliteError> {
    let io = |source| SqliteError::Io { action: "make", path: path.to_owned(), source };
    let plain = |e: crate::KeystoreError| io(io::Error::other(e));
    check_place(path)?;
    let temporary = files::Temporary::beside(path).map_err(plain)?;
    let built = build(temporary.path(), profile, busy_timeout)?;
    fill(&built).map_err(|e| error(temporary.path(), busy_timeout, e))?;
    drop(built);
    if !temporary.place(path).map_err(plain)? {
        return Err(io(io::ErrorKind::AlreadyExists.into()));
    }
    files::sync_directory(path).map_err(plain)?;
    open_hardened(path, Access::Write, profile, busy_timeout)
}

/// Makes a private file under a name that was free, with our schema. For names nobody else looks at.
pub(crate) fn build(
    path: &Path,
    profile: &Profile,
    busy_timeout: Duration,
) -> Result<Connection, SqliteError> {
    let sql = |e| error(path, busy_timeout, e);
    let connection = make(path)?;
    harden(&connection, Access::Write, Journal::Delete, busy_timeout).map_err(sql)?;
    connection
        .execute_batch(&format!(
            "BEGIN; PRAGMA application_id={}; PRAGMA user_version={}; {} COMMIT;",
            profile.application_id, profile.user_version, profile.schema
        ))
        .map_err(sql)?;
    Ok(connection)
}

/// Makes a private file under a name that was free, and opens it, still empty.
pub(crate) fn make(path: &Path) -> Result<Connection, SqliteError> {
    let io = |source| SqliteError::Io { action: "make", path: path.to_owned(), source };
    drop(files::create_private(path).map_err(io)?);
    Connection::open_with_flags(path, flags(Access::Write))
        .map_err(|e| error(path, Duration::ZERO, e))
}

/// Turns what SQLite says into our words.
pub(crate) fn error(path: &Path, busy_timeout: Duration, source: rusqlite::Error) -> SqliteError {
    use rusqlite::Error as E;
    let path = path.to_owned();
    let code = source.sqlite_error().map(|e| e.extended_code);
    if let Some(ffi::SQLITE_READONLY_ROLLBACK | ffi::SQLITE_READONLY_RECOVERY) = code {
        return SqliteError::Unfinished { path };
    }
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            SqliteError::Busy { holder: Holder::of(&path), path, seconds: busy_timeout.as_secs() }
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => SqliteError::Corrupt { path },
        // The tables are STRICT, so values of another type were not put there by SQLite.
        None if matches!(
            source,
            E::InvalidColumnType(..) | E::FromSqlConversionFailure(..) | E::Utf8Error(..)
        ) =>
        {
            SqliteError::Corrupt { path }
        }
        _ => SqliteError::Sqlite { path, source },
    }
}

/// Whether these first bytes are those of a SQLite file with this application id.
pub(crate) fn is_ours(first: &[u8], application_id: i32) -> bool {
    first.starts_with(MAGIC) && number_at(first, 68) == Some(application_id)
}

fn number_at(first: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_be_bytes(first.get(at..at + 4)?.try_into().ok()?))
}

fn check_place(path: &Path) -> Result<(), SqliteError> {
    if !path.is_absolute() {
        return Err(SqliteError::Relative { path: path.to_owned() });
    }
    let directory = files::directory(path);
    let found = files::network_file_system(directory).map_err(|source| SqliteError::Io {
        action: "look at the file system of",
        path: path.to_owned(),
        source,
    })?;
    match found {
        Some(kind) => Err(SqliteError::NetworkFileSystem { path: path.to_owned(), kind }),
        None => Ok(()),
    }
}

/// Looks at the header before SQLite does: a file that asks for a write-ahead log would get one by being opened.
fn check_first_bytes(path: &Path, profile: &Profile) -> Result<(), SqliteError> {
    let io = |source| SqliteError::Io { action: "read", path: path.to_owned(), source };
    let _gate = files::probing();
    let file = files::open_existing(path)
        .map_err(|e| io(io::Error::other(e)))?
        .ok_or_else(|| io(io::ErrorKind::NotFound.into()))?;
    let mut first = Vec::with_capacity(HEADER_LEN);
    file.take(HEADER_LEN as u64).read_to_end(&mut first).map_err(io)?;
    let foreign = |what: String| SqliteError::Foreign { path: path.to_owned(), what };
    if first.len() < HEADER_LEN || !is_ours(&first, profile.application_id) {
        return Err(foreign("another program's application id".into()));
    }
    if number_at(&first, 60) != Some(profile.user_version) {
        return Err(foreign(format!("schema version is not {}", profile.user_version)));
    }
    // 1 is the rollback journal, 2 the write-ahead log; for reading and for writing.
    let modes: &[u8] = if profile.journal == Journal::Wal { &[1, 2] } else { &[1] };
    if !first[18..20].iter().all(|mode| modes.contains(mode)) {
        return Err(foreign("unexpected journal mode".into()));
    }
    Ok(())
}

fn connect(
    path: &Path,
    access: Access,
    profile: &Profile,
    busy_timeout: Duration,
) -> Result<Connection, SqliteError> {
    let _gate = files::using_sqlite();
    let sql = |e| error(path, busy_timeout, e);
    let connection = Connection::open_with_flags(path, flags(access)).map_err(sql)?;
    harden(&connection, access, profile.journal, busy_timeout).map_err(sql)?;
    let expected = expected_schema(profile).map_err(sql)?;
    let found = schema(&connection).map_err(sql)?;
    match difference(&expected, &found) {
        None => Ok(connection),
        Some(what) => Err(SqliteError::Schema { path: path.to_owned(), what }),
    }
}

fn flags(access: Access) -> OpenFlags {
    let mode = match access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    mode | OpenFlags::SQLITE_OPEN_NOFOLLOW | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn harden(
    connection: &Connection,
    access: Access,
    journal: Journal,
    busy_timeout: Duration,
) -> rusqlite::Result<()> {
    connection.busy_timeout(busy_timeout)?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
    ] {
        connection.set_db_config(setting, on)?;
    }
    connection.execute_batch(
        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;
         PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;",
    )?;
    match access {
        Access::Read => connection.execute_batch("PRAGMA query_only=ON;"),
        Access::Write if journal == Journal::Wal => {
            connection.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        }
        Access::Write => {
            connection.execute_batch("PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;")
        }
    }
}

/// Kind, name, table and text of everything in a schema.
type Schema = Vec<(String, String, String, Option<String>)>;

fn schema(connection: &Connection) -> rusqlite::Result<Schema> {
    connection
        .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect()
}

/// What SQLite itself makes of our statements, so that there is no second list to keep.
fn expected_schema(profile: &Profile) -> rusqlite::Result<Schema> {
    let memory = Connection::open_in_memory()?;
    memory.execute_batch(profile.schema)?;
    schema(&memory)
}

fn difference(expected: &Schema, found: &Schema) -> Option<String> {
    if let Some((kind, name, ..)) = found.iter().find(|item| !expected.contains(item)) {
        return Some(format!("unexpected {} {:?}", kind.escape_debug(), name));
    }
    let (kind, name, ..) = expected.iter().find(|item| !found.contains(item))?;
    Some(format!("missing {kind} {name:?}"))
}
