//! Files written by the old program: the good ones read exactly, the broken ones fail as they should.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use common::{Place, chain, contents, fixture, nothing, options, password, wrong};
use kms_core::Password;
use kms_keystore::{Format, Keystore, KeystoreError, Kind, Refresh, StoreId, Warning, Writer};
use serde_json::Value;

/// File and password of the four good stores.
fn good() -> Vec<(String, Password)> {
    let manifest: Value = serde_json::from_slice(&fixture("manifest.json")).unwrap();
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    manifest
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (text(entry, "file"), Password::new(text(entry, "password"))))
        .collect()
}

/// What `export` of the old program prints for these wallets.
fn export(all: &[(String, String)]) -> String {
    let parse = |json: &String| serde_json::from_str(json).unwrap();
    let object: serde_json::Map<String, Value> =
        all.iter().map(|(id, json)| (id.clone(), parse(json))).collect();
    serde_json::to_string_pretty(&object).unwrap()
}

#[test]
fn good_files_export_as_the_old_program_does() {
    for (file, password) in good() {
        let place = Place::with(&fixture(&file));
        let store = Keystore::open(&place.path(), &password, &options()).unwrap();
        assert_eq!(store.format(), Format::Legacy);
        assert_eq!(store.store_id(), StoreId::LEGACY);
        assert!(store.journal_key().is_none());
        let expected = fixture(&file.replace(".wallet.dat", ".export.json"));
        let all = contents(&store).unwrap();
        assert_eq!(export(&all).trim_end(), String::from_utf8(expected).unwrap().trim_end());
        let ids: Vec<_> = store.entries().unwrap().into_iter().map(|entry| entry.id).collect();
        assert_eq!(ids, all.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>());
        for (id, json) in all {
            let wallet = store.wallet(&id.parse().unwrap()).unwrap();
            assert_eq!(wallet.json.expose_secret(), json);
            assert!(wallet.mnemonic.is_some() || wallet.key.is_some());
        }
    }
}

#[test]
fn wrong_passwords_are_refused_and_write_nothing() {
    for (file, _) in good() {
        let before = fixture(&file);
        let place = Place::with(&before);
        for error in [
            Keystore::open(&place.path(), &wrong(), &options()).unwrap_err(),
            Writer::open_or_create(&place.path(), &wrong(), &options(), &nothing).unwrap_err(),
            Writer::open(&place.path(), &wrong(), &options(), &nothing).unwrap_err(),
        ] {
            assert!(matches!(error, KeystoreError::LegacyWrongPassword { .. }), "{error:?}");
        }
        assert_eq!(fs::read(place.path()).unwrap(), before);
        assert_eq!(place.names(), ["wallet.dat"]);
    }
}

enum Expected {
    Wallets(usize),
    Missing,
    NotAWallet,
    Damaged,
    WrongOrDamaged,
}

/// Every broken file, and what it is.
const BROKEN: &[(&str, Expected)] = &[
    ("ok", Expected::Wallets(3)),
    ("trailing-newline", Expected::Wallets(3)),
    ("empty-object", Expected::Wallets(0)),
    ("json-array", Expected::Wallets(0)),
    ("json-null", Expected::Wallets(0)),
    ("empty", Expected::Missing),
    ("newline-only", Expected::NotAWallet),
    ("plain-json", Expected::NotAWallet),
    ("not-a-wallet", Expected::NotAWallet),
    ("flip-magic", Expected::NotAWallet),
    ("bad-base64-char", Expected::Damaged),
    ("trailing-garbage", Expected::Damaged),
    ("truncated-10-chars", Expected::Damaged),
    ("truncated-5-bytes", Expected::Damaged),
    ("truncated-half-odd", Expected::Damaged),
    ("truncated-header-only", Expected::Damaged),
    ("truncated-last-block", Expected::Damaged),
    ("truncated-mid-block-aligned", Expected::Damaged),
    ("flip-last-block", Expected::Damaged),
    ("flip-second-last-block", Expected::Damaged),
    ("flip-middle", Expected::Damaged),
    ("flip-first-block", Expected::WrongOrDamaged),
    ("flip-salt", Expected::WrongOrDamaged),
    ("empty-plaintext", Expected::WrongOrDamaged),
];

#[test]
fn every_broken_file_is_in_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/broken");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = name.strip_suffix(".dat") else { continue };
        assert!(BROKEN.iter().any(|(listed, _)| *listed == name), "{name}");
    }
}

#[test]
fn broken_files_fail_by_what_is_wrong_and_say_nothing_secret() {
    let plain = String::from_utf8(fixture("broken/ok.plaintext.json")).unwrap();
    for (name, expected) in BROKEN {
        let before = fixture(&format!("broken/{name}.dat"));
        let place = Place::with(&before);
        let opened = place.open();
        match (expected, &opened) {
            (Expected::Wallets(n), Ok(store)) => assert_eq!(contents(store).unwrap().len(), *n),
            (Expected::Missing, Err(KeystoreError::Missing { .. }))
            | (Expected::NotAWallet, Err(KeystoreError::NotAWalletFile { .. }))
            | (Expected::Damaged, Err(KeystoreError::LegacyDamaged { .. }))
            | (Expected::WrongOrDamaged, Err(KeystoreError::LegacyWrongPassword { .. })) => {}
            _ => panic!("{name}: {opened:?}"),
        }
        let Err(error) = opened else { continue };
        for shown in [chain(&error), format!("{error:?}")] {
            assert_no_secret(&shown, &plain, name);
        }
        if !matches!(expected, Expected::Missing) {
            let error = place.try_writer().unwrap_err();
            assert_no_secret(&chain(&error), &plain, name);
            assert_eq!(fs::read(place.path()).unwrap(), before, "{name}");
            assert_eq!(place.names(), ["wallet.dat"], "{name}");
        }
    }
}

/// No eight characters in a row of the decrypted text.
fn assert_no_secret(shown: &str, plain: &str, name: &str) {
    let plain: Vec<char> = plain.chars().collect();
    for window in plain.windows(8) {
        let window: String = window.iter().collect();
        assert!(!shown.contains(&window), "{name}: {window}");
    }
}

#[test]
fn loose_permissions_of_a_legacy_file_are_a_warning() {
    let place = Place::with(&fixture("broken/ok.dat"));
    assert_eq!(place.open().unwrap().warnings(), [Warning::LegacyFormat]);
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o644)).unwrap();
    let store = place.open().unwrap();
    assert!(matches!(store.warnings()[1], Warning::LoosePermissions { mode: 0o644, .. }));
    assert!(store.warnings()[1].to_string().contains("chmod 600 "));
}

#[test]
fn odd_records_are_listed_and_give_no_secret() {
    let place = Place::with(&fixture("three-special-long.wallet.dat"));
    let (_, password) = good().pop().unwrap();
    let store = Keystore::open(&place.path(), &password, &options()).unwrap();
    assert_eq!(store.verify().unwrap().wallets, 4);
    assert_eq!(store.verify().unwrap().unusable, 0);
    assert!(store.entries().unwrap().iter().all(|entry| entry.kind != Kind::Other));
}

#[test]
fn a_daemon_on_a_legacy_file_follows_its_upgrade() {
    let place = Place::with(&fixture("broken/ok.dat"));
    let mut store = place.open().unwrap();
    assert_eq!(store.refresh().unwrap(), Refresh::Unchanged);
    let before = contents(&store).unwrap();
    drop(place.writer());
    assert_eq!(store.refresh().unwrap(), Refresh::Reopened);
    assert_eq!(store.format(), Format::Current);
    assert!(store.is_from_legacy());
    assert_eq!(contents(&store).unwrap(), before);
    assert_eq!(store.refresh().unwrap(), Refresh::Unchanged);
}

#[test]
fn a_daemon_on_a_legacy_file_reads_on_when_it_breaks() {
    let place = Place::with(&fixture("broken/ok.dat"));
    let mut store = place.open().unwrap();
    fs::write(place.path(), fixture("broken/truncated-5-bytes.dat")).unwrap();
    assert!(matches!(store.refresh(), Err(KeystoreError::LegacyDamaged { .. })));
    assert_eq!(contents(&store).unwrap().len(), 3);
    fs::remove_file(place.path()).unwrap();
    assert!(matches!(store.refresh(), Err(KeystoreError::Gone { .. })));
    fs::write(place.path(), fixture("broken/trailing-newline.dat")).unwrap();
    assert_eq!(store.refresh().unwrap(), Refresh::Reopened);
}

#[test]
fn the_journal_key_of_a_legacy_store_depends_on_password_and_salt() {
    let key = |password: &Password, salt| {
        *kms_keystore::journal_key_for_legacy(password, &salt, common::CHEAP)
            .unwrap()
            .expose_secret()
    };
    assert_eq!(key(&password(), [1; 16]), key(&password(), [1; 16]));
    assert_ne!(key(&password(), [1; 16]), key(&password(), [2; 16]));
    assert_ne!(key(&password(), [1; 16]), key(&wrong(), [1; 16]));
}
