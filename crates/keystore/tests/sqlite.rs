//! The hardened opening on its own, as the journal uses it.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use common::Place;
use kms_keystore::sqlite::{Access, Journal, Profile, SqliteError, create_hardened, open_hardened};

const PROFILE: Profile = Profile {
    application_id: 0x544b_4d4a,
    user_version: 3,
    schema: "CREATE TABLE item (id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;",
    journal: Journal::Wal,
};
const WAIT: Duration = Duration::from_millis(100);

fn one_item(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    connection.execute("INSERT INTO item VALUES ('a', x'00')", []).map(drop)
}

fn setting(connection: &rusqlite::Connection, name: &str) -> String {
    connection
        .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0))
        .map(|value| format!("{value:?}"))
        .unwrap()
}

#[test]
fn a_log_is_made_whole_and_opened_again() {
    let place = Place::new();
    let path = fs::canonicalize(place.folder.path()).unwrap().join("journal");
    let made = create_hardened(&path, &PROFILE, WAIT, one_item).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for (name, value) in [
        ("journal_mode", "Text(\"wal\")"),
        ("synchronous", "Integer(2)"),
        ("trusted_schema", "Integer(0)"),
        ("secure_delete", "Integer(1)"),
        ("temp_store", "Integer(2)"),
        ("cell_size_check", "Integer(1)"),
        ("foreign_keys", "Integer(1)"),
    ] {
        assert_eq!(setting(&made, name), value, "{name}");
    }
    drop(made);
    assert!(create_hardened(&path, &PROFILE, WAIT, one_item).is_err());
    let opened = open_hardened(&path, Access::Write, &PROFILE, WAIT).unwrap();
    let items: i64 = opened.query_row("SELECT count(*) FROM item", [], |row| row.get(0)).unwrap();
    assert_eq!(items, 1);
    drop(opened);
    let reader = open_hardened(&path, Access::Read, &PROFILE, WAIT).unwrap();
    assert!(one_item(&reader).is_err());
}

#[test]
fn a_file_that_could_not_be_completed_does_not_appear() {
    let place = Place::new();
    let path = fs::canonicalize(place.folder.path()).unwrap().join("journal");
    let twice = |connection: &rusqlite::Connection| {
        one_item(connection)?;
        one_item(connection)
    };
    assert!(create_hardened(&path, &PROFILE, WAIT, twice).is_err());
    assert!(place.names().is_empty());
}

#[test]
fn other_paths_and_files_are_refused() {
    let place = Place::new();
    let folder = fs::canonicalize(place.folder.path()).unwrap();
    let path = folder.join("journal");
    let open = |path: &Path| open_hardened(path, Access::Read, &PROFILE, WAIT).unwrap_err();
    assert!(matches!(open(Path::new("journal")), SqliteError::Relative { .. }));
    assert!(matches!(open(&path), SqliteError::Io { .. }));
    drop(create_hardened(&path, &PROFILE, WAIT, one_item).unwrap());
    let link = folder.join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(open(&link), SqliteError::Io { .. }));
    let other = Profile { application_id: 1, ..PROFILE };
    let error = open_hardened(&path, Access::Read, &other, WAIT).unwrap_err();
    assert!(matches!(error, SqliteError::Foreign { .. }));
    let other = Profile { schema: "CREATE TABLE item (id TEXT);", ..PROFILE };
    let error = open_hardened(&path, Access::Read, &other, WAIT).unwrap_err();
    assert!(matches!(error, SqliteError::Schema { .. }));
}
