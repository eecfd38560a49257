//! Who else may read a store, or exchange it.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::Path;

use common::{Place, nothing, options, password, record};
use kms_keystore::{Keystore, KeystoreError, Options, Warning, Writer};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn allowed() -> Options {
    Options { allow_loose_permissions: true, ..options() }
}

#[test]
fn a_directory_in_which_others_may_write_is_refused() {
    let place = Place::store(0..1);
    let directory = fs::canonicalize(place.folder.path()).unwrap();
    for mode in [0o770, 0o702, 0o777] {
        set_mode(&directory, mode);
        for error in [place.open().unwrap_err(), place.try_writer().unwrap_err()] {
            let text = error.to_string();
            let remedy = format!(
                "(mode {mode:03o}), and so exchange the wallet file; run `chmod go-w {}`",
                directory.display()
            );
            assert!(text.contains(&remedy), "{text}");
        }
        let store = Keystore::open(&place.path(), &password(), &allowed()).unwrap();
        assert!(matches!(store.warnings(), [Warning::LooseDirectory { .. }]));
    }
    set_mode(&directory, 0o1777);
    assert!(place.open().unwrap_err().to_string().contains("a directory of its own"));
    // That others may list it is no harm.
    set_mode(&directory, 0o755);
    assert!(place.open().unwrap().warnings().is_empty());
}

#[test]
fn no_store_is_made_where_others_may_write() {
    let place = Place::new();
    set_mode(place.folder.path(), 0o777);
    let create =
        |options: &Options| Writer::open_or_create(&place.path(), &password(), options, &nothing);
    assert!(matches!(create(&options()).unwrap_err(), KeystoreError::LooseDirectory { .. }));
    assert!(place.names().is_empty());
    let (writer, _) = create(&allowed()).unwrap();
    assert!(matches!(writer.warnings(), [Warning::LooseDirectory { mode: 0o777, .. }]));
}

#[test]
fn a_legacy_file_is_read_there_with_a_warning_and_not_upgraded() {
    let bytes = common::fixture("broken/ok.dat");
    let place = Place::with(&bytes);
    set_mode(place.folder.path(), 0o777);
    let store = place.open().unwrap();
    let loose = |warning: &Warning| matches!(warning, Warning::LooseDirectory { .. });
    assert!(store.warnings().iter().any(loose));
    assert!(matches!(place.try_writer().unwrap_err(), KeystoreError::LooseDirectory { .. }));
    assert_eq!(fs::read(place.path()).unwrap(), bytes);
    set_mode(place.folder.path(), 0o755);
    place.writer();
    set_mode(place.folder.path(), 0o700);
    for entry in fs::read_dir(place.folder.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
    }
}

#[test]
fn a_link_that_others_may_exchange_is_not_followed() {
    let place = Place::store(0..1);
    let others = tempfile::tempdir().unwrap();
    let link = others.path().join("link.dat");
    symlink(place.path(), &link).unwrap();
    Keystore::open(&link, &password(), &options()).unwrap();
    set_mode(others.path(), 0o777);
    let refused = Keystore::open(&link, &password(), &options()).unwrap_err();
    assert!(matches!(refused, KeystoreError::LooseDirectory { .. }), "{refused}");
    set_mode(others.path(), 0o755);
    // Only root can give a link away.
    if lchown(&link, Some(12345), None).is_ok() {
        for error in [
            Keystore::open(&link, &password(), &options()).unwrap_err(),
            Writer::open(&link, &password(), &options(), &nothing).unwrap_err(),
            Writer::open_or_create(&link, &password(), &options(), &nothing).unwrap_err(),
        ] {
            let text = error.to_string();
            assert!(text.contains("symbolic link of another user (12345)"), "{text}");
        }
        let (mut writer, _) = Writer::open(&link, &password(), &allowed(), &nothing).unwrap();
        assert!(matches!(writer.warnings(), [Warning::ForeignLink { owner: 12345, .. }]));
        writer.add(&[record(1)]).unwrap();
    }
}
