//! Whoever can write the file can destroy it, but not make it say something else.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::fs;

use common::{CHEAP, Place, chain, contents, id, password, record};
use kms_keystore::{Keystore, KeystoreError, Options};

/// What shows when somebody opens the store, verifies it and opens one wallet.
fn look(place: &Place) -> Result<(), KeystoreError> {
    let store = place.open()?;
    store.verify()?;
    contents(&store).map(drop)
}

/// Runs `statements` on a store of three wallets; gives what is noticed.
fn noticed(statements: &str) -> KeystoreError {
    let place = Place::store(0..3);
    place.sql(statements);
    look(&place).expect_err(statements)
}

#[test]
fn every_field_of_the_header_is_authenticated() {
    for change in [
        "store_id = zeroblob(16)",
        "from_legacy = 1",
        "epoch = epoch + 1",
        "kdf_memory_kib = kdf_memory_kib + 64",
        "kdf_passes = kdf_passes + 1",
        "kdf_lanes = kdf_lanes + 1",
        "kdf_salt = zeroblob(16)",
        "wrapped_key = zeroblob(length(wrapped_key))",
        "wrapped_key = substr(wrapped_key, 2)",
        "wrapped_key = x''",
    ] {
        let error = noticed(&format!("UPDATE header SET {change}"));
        assert!(matches!(error, KeystoreError::WrongPassword { .. }), "{change}: {error:?}");
    }
    for change in ["kdf_salt = x'00'", "store_id = x''", "from_legacy = 2", "kdf_lanes = -1"] {
        let error = noticed(&format!("UPDATE header SET {change}"));
        assert!(matches!(error, KeystoreError::HeaderDamaged { .. }), "{change}: {error:?}");
    }
    let error = noticed("UPDATE header SET format = 2");
    assert!(matches!(error, KeystoreError::UnknownFormat { found: 2, .. }));
    let error = noticed("DELETE FROM header");
    assert!(matches!(error, KeystoreError::HeaderDamaged { .. }));
}

#[test]
fn absurd_derivations_are_refused_before_they_run() {
    let start = std::time::Instant::now();
    for change in [
        "kdf_memory_kib = 4294967295",
        "kdf_passes = 4294967295",
        "kdf_lanes = 16777215",
        "kdf_memory_kib = 8",
        "kdf_passes = 0",
        "kdf_lanes = 0",
    ] {
        let error = noticed(&format!("UPDATE header SET {change}"));
        assert!(matches!(error, KeystoreError::KdfOutOfBounds { .. }), "{change}: {error:?}");
    }
    assert!(start.elapsed().as_secs() < 20);
    let place = Place::store(0..1);
    let error = Keystore::open(&place.path(), &password(), &Options::default()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&CHEAP.to_string()) && text.contains("19456 KiB"), "{text}");
}

#[test]
fn the_state_is_authenticated() {
    for change in [
        "UPDATE state SET sealed = zeroblob(length(sealed))",
        "UPDATE state SET sealed = x''",
        "DELETE FROM state",
    ] {
        let error = noticed(change);
        assert!(matches!(error, KeystoreError::StateDamaged { .. }), "{change}: {error:?}");
    }
}

#[test]
fn every_clear_column_is_authenticated() {
    for change in [
        "id = 'other'",
        "version = version + 1",
        "chain = 'BTC'",
        "network = 'mainnet'",
        "kind = 'secret'",
        "position = 99",
        "network = 'moon'",
        "kind = 'odd'",
        "sealed = zeroblob(length(sealed))",
        "sealed = x''",
    ] {
        let place = Place::store(0..3);
        place.sql(&format!(
            "PRAGMA foreign_keys=OFF;
             UPDATE lookup SET position = 99 WHERE position = 2 AND 'position = 99' = '{}';
             UPDATE wallet SET {change} WHERE position = 2",
            change.replace('\'', "''")
        ));
        assert!(look(&place).is_err(), "{change}");
        let store = place.open().unwrap();
        let shown = if change.starts_with("id") { "other".to_owned() } else { id(1) };
        let error = store.wallet(&shown.parse().unwrap()).unwrap_err();
        assert!(
            matches!(&error, KeystoreError::RowDamaged { id } if *id == shown),
            "{change}: {error:?}"
        );
        // The others are still there.
        store.wallet(&id(0).parse().unwrap()).unwrap();
    }
}

#[test]
fn swapped_contents_do_not_open() {
    let swap = "CREATE TEMP TABLE kept AS SELECT position, sealed FROM wallet;
        UPDATE wallet SET sealed = (SELECT sealed FROM kept WHERE kept.position = 3 - wallet.position)
        WHERE position < 3";
    assert_eq!(doubts(swap), [id(1), id(0), "the wallets in".to_owned()]);
    let error = noticed(swap);
    assert!(matches!(&error, KeystoreError::RowDamaged { id: named } if *named == id(1)));
}

/// What [`Keystore::examine`] names: the wallet, else how the sentence begins.
fn doubts(statements: &str) -> Vec<String> {
    let place = Place::store(0..3);
    place.sql(statements);
    named(&place)
}

fn named(place: &Place) -> Vec<String> {
    let mut named = Vec::new();
    let mut doubt = |error: KeystoreError| {
        named.push(match error {
            KeystoreError::RowDamaged { id } | KeystoreError::LookupDamaged { id } => id,
            other => other.to_string().split(" `").next().unwrap().to_owned(),
        });
    };
    place.open().unwrap().examine(&mut doubt, &mut || {}).unwrap();
    named
}

#[test]
fn everything_doubtful_is_named_at_once() {
    let set = || "the wallets in".to_owned();
    assert_eq!(doubts(""), [""; 0]);
    let spoil = |position| {
        format!("UPDATE wallet SET sealed = zeroblob(length(sealed)) WHERE position = {position};")
    };
    assert_eq!(doubts(&(spoil(1) + &spoil(3))), [id(2), id(0), set()]);
    assert_eq!(doubts("DELETE FROM lookup WHERE position <> 2"), [id(2), id(0)]);
    assert_eq!(doubts("UPDATE wallet SET chain = 'BTC' WHERE position = 1"), [id(0)]);
    assert_eq!(
        doubts("DELETE FROM lookup WHERE position = 1; DELETE FROM wallet WHERE position = 1"),
        [set()]
    );
}

#[test]
fn a_row_of_another_store_is_named() {
    let other = Place::store(0..3);
    // The same ids, positions and versions; another store id and another key.
    let place = Place::store(0..3);
    place.sql(&format!(
        "ATTACH '{}' AS other;
         UPDATE wallet SET sealed = (SELECT sealed FROM other.wallet AS o WHERE o.position = 2)
         WHERE position = 2",
        other.path().display()
    ));
    assert_eq!(named(&place), [id(1), "the wallets in".to_owned()]);
    // A row of a copy of the same store from before its keys were rotated.
    let copy = Place::with(&fs::read(other.path()).unwrap());
    other.writer().rekey(&password(), &common::options(), &mut || {}).unwrap();
    other.sql(&format!(
        "ATTACH '{}' AS copy;
         UPDATE wallet SET sealed = (SELECT sealed FROM copy.wallet AS o WHERE o.position = 2)
         WHERE position = 2",
        copy.path().display()
    ));
    assert_eq!(named(&other), [id(1), "the wallets in".to_owned()]);
}

#[test]
fn a_header_of_another_store_or_of_before_does_not_open() {
    let (place, other) = (Place::store(0..3), Place::store(0..3));
    for table in ["header", "state"] {
        let mixed = Place::with(&fs::read(place.path()).unwrap());
        mixed.sql(&format!(
            "ATTACH '{}' AS other; DELETE FROM {table}; INSERT INTO {table} SELECT * FROM other.{table}",
            other.path().display()
        ));
        let error = mixed.open().unwrap_err();
        assert!(matches!(error, KeystoreError::StateDamaged { .. }), "{table}: {error:?}");
    }
    // The header of before a change of password: it opens with the old one, but the state is a later one's.
    let before = Place::with(&fs::read(place.path()).unwrap());
    let new = kms_core::Password::new("new horse".into());
    place.writer().change_password(&new, CHEAP).unwrap();
    place.sql(&format!(
        "ATTACH '{}' AS old; DELETE FROM header; INSERT INTO header SELECT * FROM old.header",
        before.path().display()
    ));
    assert!(matches!(place.open().unwrap_err(), KeystoreError::StateDamaged { .. }));
}

#[test]
fn removed_added_and_replayed_rows_show() {
    let error =
        noticed("DELETE FROM lookup WHERE position = 2; DELETE FROM wallet WHERE position = 2");
    let text = error.to_string();
    assert!(text.contains("2 are there, 3 were written"), "{text}");

    // A row of before its change, put back.
    let place = Place::store(0..3);
    let mut writer = place.writer();
    place.sql("CREATE TABLE kept AS SELECT * FROM wallet WHERE position = 2");
    let kept =
        "UPDATE wallet SET version = (SELECT version FROM kept), sealed = (SELECT sealed FROM kept)
                WHERE position = 2; DROP TABLE kept;";
    assert!(matches!(place.open().unwrap_err(), KeystoreError::Sqlite(_)));
    writer.set_label(&id(1), Some("new")).unwrap();
    place.sql(kept);
    let error = look(&place).unwrap_err();
    assert!(matches!(error, KeystoreError::SetDamaged { .. }), "{error:?}");

    // A row that was removed, put back.
    let place = Place::store(0..3);
    let mut writer = place.writer();
    let before = Place::with(&fs::read(place.path()).unwrap());
    writer.remove(&id(1)).unwrap();
    place.sql(&format!(
        "ATTACH '{}' AS before; INSERT INTO wallet SELECT * FROM before.wallet WHERE position = 2;
         INSERT INTO lookup SELECT * FROM before.lookup WHERE position = 2",
        before.path().display()
    ));
    let error = look(&place).unwrap_err();
    assert!(error.to_string().contains("3 are there, 2 were written"), "{error}");
}

#[test]
fn changed_lookup_tags_show() {
    for change in [
        "DELETE FROM lookup WHERE position = 2",
        "UPDATE OR IGNORE lookup SET tag = zeroblob(32) WHERE position = 2",
        "INSERT INTO lookup VALUES (zeroblob(32), 2)",
    ] {
        let place = Place::store(0..3);
        place.sql(change);
        let error = place.open().unwrap().verify().unwrap_err();
        assert!(
            matches!(&error, KeystoreError::LookupDamaged { id: found } if *found == id(1)),
            "{change}: {error:?}"
        );
    }
}

#[test]
fn a_foreign_schema_is_refused_before_anything_is_read() {
    for change in [
        "CREATE TABLE extra (a)",
        "CREATE INDEX extra ON wallet (chain)",
        "CREATE VIEW extra AS SELECT 1",
        "CREATE TRIGGER extra AFTER INSERT ON wallet BEGIN DELETE FROM lookup; END",
        "DROP INDEX lookup_position",
        "ALTER TABLE wallet ADD COLUMN extra INTEGER",
        "DROP TABLE lookup; CREATE VIEW lookup AS SELECT 1 AS tag, 1 AS position",
    ] {
        let place = Place::store(0..1);
        place.sql(change);
        let before = fs::read(place.path()).unwrap();
        for error in [place.open().unwrap_err(), place.try_writer().unwrap_err()] {
            assert!(error.to_string().contains("changed schema"), "{change}: {error:?}");
        }
        assert_eq!(fs::read(place.path()).unwrap(), before);
    }
}

#[test]
fn other_sqlite_files_are_not_wallet_files() {
    let place = Place::store(0..1);
    place.sql("PRAGMA application_id = 7");
    assert!(matches!(place.open().unwrap_err(), KeystoreError::NotAWalletFile { .. }));
    let place = Place::store(0..1);
    place.sql("PRAGMA user_version = 7");
    assert!(place.open().unwrap_err().to_string().contains("schema version is not 1"));
    let place = Place::store(0..1);
    place.sql("PRAGMA journal_mode = WAL");
    assert!(place.open().unwrap_err().to_string().contains("unexpected journal mode"));
    assert_eq!(place.names(), ["wallet.dat"]);
}

#[test]
fn a_damaged_store_is_not_written_to() {
    let place = Place::store(0..3);
    let mut writer = place.writer();
    place.sql("UPDATE wallet SET sealed = zeroblob(length(sealed)) WHERE position = 2");
    let before = fs::read(place.path()).unwrap();
    assert!(matches!(writer.remove(&id(1)), Err(KeystoreError::RowDamaged { .. })));
    place.sql("UPDATE state SET sealed = zeroblob(length(sealed))");
    assert_ne!(fs::read(place.path()).unwrap(), before);
    let before = fs::read(place.path()).unwrap();
    assert!(matches!(writer.add(&[record(9)]), Err(KeystoreError::StateDamaged { .. })));
    assert_eq!(fs::read(place.path()).unwrap(), before);
}

#[test]
fn a_position_without_successor_is_an_error() {
    let place = Place::store(0..1);
    place.sql("PRAGMA foreign_keys=OFF; UPDATE wallet SET position = 9223372036854775807");
    assert!(matches!(place.writer().add(&[record(9)]), Err(KeystoreError::SetDamaged { .. })));
}

/// Flips one bit in bytes all over the file. Every flip in something used is an error; the rest is
/// what SQLite does not look at (unused space, counters), and then the contents are the right ones.
#[test]
fn flipped_bits_are_noticed_or_without_effect() {
    let place = Place::store(0..3);
    let good = contents(&place.open().unwrap()).unwrap();
    let bytes = fs::read(place.path()).unwrap();
    let (mut errors, mut silent) = (0, 0);
    for at in (0..bytes.len()).step_by(13) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        if changed == bytes || bytes[at.saturating_sub(8)..(at + 8).min(bytes.len())] == [0; 16] {
            continue;
        }
        let other = Place::with(&changed);
        let opened = other.open().and_then(|store| {
            store.verify()?;
            contents(&store)
        });
        match opened {
            Ok(found) => {
                assert_eq!(found, good, "byte {at}");
                silent += 1;
            }
            Err(error) => {
                assert!(!chain(&error).contains("zebra"), "byte {at}");
                errors += 1;
            }
        }
    }
    assert!(errors > 100, "{errors} noticed, {silent} without effect");
}

#[test]
fn a_cut_off_file_is_noticed() {
    let place = Place::store(0..3);
    let bytes = fs::read(place.path()).unwrap();
    for len in [1, 50, 100, 4096, bytes.len() - 4096, bytes.len() - 1] {
        let other = Place::with(&bytes[..len]);
        assert!(look(&other).is_err(), "{len}");
    }
}
