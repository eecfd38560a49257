//! The tables of the journal, and how those of an earlier version become those of now.

use std::path::Path;
use std::time::Duration;

use kms_keystore::sqlite::{self, Access, Profile, SqliteError, open_hardened};
use rusqlite::Connection;

use super::place;

/// How long another process that holds the file is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(10);

macro_rules! former_tables {
    () => {
        "
        CREATE TABLE journal (
            one INTEGER PRIMARY KEY CHECK (one = 1), store BLOB NOT NULL, salt BLOB NOT NULL, proof BLOB NOT NULL,
            id BLOB NOT NULL, counter INTEGER NOT NULL, counted BLOB NOT NULL
        ) STRICT;
        CREATE TABLE item (
            id TEXT PRIMARY KEY, chain TEXT NOT NULL, network TEXT NOT NULL, content BLOB NOT NULL, state TEXT NOT NULL,
            version INTEGER NOT NULL, made INTEGER NOT NULL, changed INTEGER NOT NULL, due INTEGER NOT NULL,
            record BLOB NOT NULL, bytes BLOB
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX item_open ON item (state) WHERE state <> 'completed';
        CREATE INDEX item_due ON item (due) WHERE due = 1;
        CREATE TABLE polled (
            chain TEXT NOT NULL, network TEXT NOT NULL, PRIMARY KEY (chain, network)
        ) STRICT, WITHOUT ROWID;"
    };
}

macro_rules! place_table {
    () => {
        "
        CREATE TABLE place (
            place BLOB NOT NULL, id TEXT NOT NULL, PRIMARY KEY (place, id)
        ) STRICT, WITHOUT ROWID;"
    };
}

/// The journal's file.
pub(super) const PROFILE: Profile = Profile {
    // "TKMJ"
    application_id: 0x544B_4D4A,
    user_version: 3,
    schema: concat!(former_tables!(), place_table!()),
    journal: sqlite::Journal::Wal,
};

/// The same before it knew places.
const FORMER: Profile = Profile { user_version: 2, schema: former_tables!(), ..PROFILE };

/// Which tables a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tables {
    /// Those of [`PROFILE`].
    Present,
    /// Those before it knew places.
    Former,
}

/// Opens the journal's file, with the tables that it has.
pub(super) fn open(path: &Path) -> Result<(Connection, Tables), SqliteError> {
    let present = || Ok((open_hardened(path, Access::Write, &PROFILE, BUSY)?, Tables::Present));
    match present() {
        Err(SqliteError::Foreign { .. } | SqliteError::Schema { .. }) => {}
        other => return other,
    }
    match open_hardened(path, Access::Write, &FORMER, BUSY) {
        Ok(connection) => Ok((connection, Tables::Former)),
        // Where the process ended between the commit and its way into the file, the file's first bytes tell of
        // the former tables until SQLite has been there, which it has now.
        Err(_) => present(),
    }
}

/// Makes the present tables out of the former, with these places and whose they are. Nobody else has the file open.
pub(super) fn bring_up_to_date(
    connection: &Connection,
    places: &[(place::Name, String)],
) -> rusqlite::Result<()> {
    let change = connection.unchecked_transaction()?;
    change.execute_batch(place_table!())?;
    for (place, id) in places {
        place::keep(&change, place, id)?;
    }
    change.pragma_update(None, "user_version", PROFILE.user_version)?;
    change.commit()?;
    // The version is read from the file's first bytes, before SQLite sees the log.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use kms_keystore::sqlite::create_hardened;

    use super::*;

    fn former(directory: &Path) -> PathBuf {
        let path = directory.join("journal");
        create_hardened(&path, &FORMER, BUSY, |_| Ok(())).unwrap();
        path
    }

    #[test]
    fn former_tables_become_the_present_ones() {
        let directory = tempfile::tempdir().unwrap();
        let path = former(directory.path());
        let (connection, tables) = open(&path).unwrap();
        assert_eq!(tables, Tables::Former);
        bring_up_to_date(&connection, &[([7; 32], "a".to_owned())]).unwrap();
        drop(connection);
        let (connection, tables) = open(&path).unwrap();
        assert_eq!(tables, Tables::Present);
        let id: String =
            connection.query_row("SELECT id FROM place", [], |row| row.get(0)).unwrap();
        assert_eq!(id, "a");
    }

    #[test]
    fn a_process_that_ends_on_the_way_leaves_one_or_the_other() {
        let directory = tempfile::tempdir().unwrap();
        let path = former(directory.path());
        let (connection, _) = open(&path).unwrap();
        connection.execute_batch("PRAGMA wal_autocheckpoint=0").unwrap();
        connection
            .execute_batch(concat!("BEGIN;", place_table!(), "PRAGMA user_version=3; COMMIT"))
            .unwrap();
        // As a crash leaves them: the change is in the log alone.
        let crashed = directory.path().join("crashed");
        for suffix in ["", "-wal"] {
            let beside = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
            std::fs::copy(beside(&path), beside(&crashed)).unwrap();
        }
        assert_eq!(open(&crashed).unwrap().1, Tables::Present);
        assert_eq!(open(&crashed).unwrap().1, Tables::Present);
    }

    #[test]
    fn any_other_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let other = Profile { user_version: 1, ..FORMER };
        create_hardened(&path, &other, BUSY, |_| Ok(())).unwrap();
        let error = open(&path).unwrap_err().to_string();
        assert!(error.contains("schema version is not 3"), "{error}");
    }
}
