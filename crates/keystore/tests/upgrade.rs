//! From a legacy file to ours: nothing lost, nothing half done.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::{Place, contents, fixture, nothing, options, password, record, wrong};
use kms_core::{Seed, Wallet};
use kms_keystore::{
    Extras, Format, Keystore, KeystoreError, Opened, Options, Upgraded, Writer, open_legacy_copy,
};

fn upgrade(place: &Place, options: &Options) -> Upgraded {
    let opened = Writer::open(&place.path(), &password(), options, &nothing).unwrap().1;
    match opened {
        Opened::Upgraded(upgraded) => upgraded,
        other => panic!("{other:?}"),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn records_keep_order_and_text() {
    let bytes = fixture("twohundred-unicode.wallet.dat");
    let password = kms_core::Password::new("пароль-密码-é-🔑".into());
    let place = Place::with(&bytes);
    let before = contents(&Keystore::open(&place.path(), &password, &options()).unwrap()).unwrap();
    let (mut writer, opened) =
        Writer::open(&place.path(), &password, &options(), &nothing).unwrap();
    assert_eq!(
        opened,
        Opened::Upgraded(Upgraded {
            wallets: 200,
            copy: fs::canonicalize(place.beside(".legacy-sealed")).unwrap(),
            sealed: true,
        })
    );
    let store = Keystore::open(&place.path(), &password, &options()).unwrap();
    assert_eq!(store.format(), Format::Current);
    assert!(store.is_from_legacy());
    assert_eq!(contents(&store).unwrap(), before);
    assert_eq!(store.verify().unwrap().wallets, 200);
    writer.add(&[record(1)]).unwrap();
    let after = contents(&store).unwrap();
    assert_eq!(after[0].0, common::id(1));
    assert_eq!(after[1..], before);
    assert_eq!(mode(&place.path()), 0o600);
    assert_eq!(place.names(), ["wallet.dat", "wallet.dat.legacy-sealed"]);
}

#[test]
fn the_sealed_copy_opens_to_the_old_bytes() {
    let bytes = fixture("broken/trailing-newline.dat");
    let place = Place::with(&bytes);
    let copy = upgrade(&place, &options()).copy;
    assert_eq!(mode(&copy), 0o600);
    assert_eq!(open_legacy_copy(&copy, &password(), &options()).unwrap(), bytes);
    assert!(matches!(
        open_legacy_copy(&copy, &wrong(), &options()),
        Err(KeystoreError::LegacyCopy { .. })
    ));
    assert!(matches!(
        open_legacy_copy(&copy, &password(), &Options::default()),
        Err(KeystoreError::KdfOutOfBounds { .. })
    ));
    let sealed = fs::read(&copy).unwrap();
    assert!(sealed.starts_with(b"tatum-kms sealed copy of a legacy wallet file, format 1\n"));
    for at in (0..sealed.len()).step_by(7) {
        let mut changed = sealed.clone();
        changed[at] ^= 4;
        fs::write(&copy, changed).unwrap();
        assert!(open_legacy_copy(&copy, &password(), &options()).is_err(), "byte {at}");
    }
}

#[test]
fn keep_legacy_leaves_a_plain_copy() {
    let bytes = fixture("broken/ok.dat");
    let place = Place::with(&bytes);
    let upgraded = upgrade(&place, &Options { keep_legacy: true, ..options() });
    assert!(!upgraded.sealed);
    assert_eq!(fs::read(&upgraded.copy).unwrap(), bytes);
    assert_eq!(mode(&upgraded.copy), 0o600);
    assert_eq!(place.names(), ["wallet.dat", "wallet.dat.legacy"]);
}

#[test]
fn a_legacy_file_put_back_is_refused() {
    for keep_legacy in [false, true] {
        let bytes = fixture("broken/ok.dat");
        let place = Place::with(&bytes);
        let first = upgrade(&place, &Options { keep_legacy, ..options() }).copy;
        fs::write(place.path(), &bytes).unwrap();
        for error in [place.open().unwrap_err(), place.try_writer().unwrap_err()] {
            assert!(matches!(error, KeystoreError::LegacyAgain { .. }), "{error:?}");
        }
        assert_eq!(fs::read(place.path()).unwrap(), bytes);
        let allowed = Options { allow_legacy_again: true, keep_legacy, ..options() };
        Keystore::open(&place.path(), &password(), &allowed).unwrap();
        let kept = fs::read(&first).unwrap();
        let second = upgrade(&place, &allowed).copy;
        assert_ne!(first, second);
        assert_eq!(fs::read(&first).unwrap(), kept);
    }
}

#[test]
fn wallets_are_enriched() {
    let place = Place::with(&fixture("broken/ok.dat"));
    let enrich = |wallet: &Wallet| Extras {
        seed: wallet.mnemonic.as_ref().map(|_| Seed::init_with_mut(|seed| seed.fill(3))),
        address: Some("0xabc".into()),
        identity: Some(wallet.id.as_str().as_bytes().to_vec()),
    };
    let (writer, _) = Writer::open(&place.path(), &password(), &options(), &enrich).unwrap();
    let store = place.open().unwrap();
    for entry in store.entries().unwrap() {
        let wallet = store.wallet(&entry.id.parse().unwrap()).unwrap();
        assert_eq!(wallet.seed.is_some(), wallet.mnemonic.is_some());
        assert_eq!(writer.find_identity(entry.id.as_bytes()).unwrap(), [entry]);
    }
    store.verify().unwrap();
}

#[test]
fn empty_stores_upgrade_to_empty_stores() {
    for name in ["json-null", "json-array", "empty-object"] {
        let place = Place::with(&fixture(&format!("broken/{name}.dat")));
        assert_eq!(upgrade(&place, &options()).wallets, 0);
        assert!(place.open().unwrap().entries().unwrap().is_empty());
    }
}

#[test]
fn an_empty_file_is_replaced_by_a_new_store() {
    let place = Place::with(b"");
    assert!(!Keystore::exists(&place.path()));
    assert_eq!(Keystore::detect(&place.path()).unwrap(), None);
    let (mut writer, opened) =
        Writer::open_or_create(&place.path(), &password(), &options(), &nothing).unwrap();
    assert_eq!(opened, Opened::Created);
    writer.add(&[record(1)]).unwrap();
    assert_eq!(place.names(), ["wallet.dat"]);
    assert_eq!(place.open().unwrap().entries().unwrap().len(), 1);
}

#[test]
fn what_a_crash_leaves_is_harmless() {
    let bytes = fixture("broken/ok.dat");
    let place = Place::with(&bytes);
    // Before the swap: a half-built store, and a pending copy that does not open.
    fs::write(place.folder.path().join(".wallet.dat.new-0123456789abcdef"), b"half").unwrap();
    fs::write(place.beside(".legacy-sealed.pending"), b"half a copy").unwrap();
    assert_eq!(place.open().unwrap().format(), Format::Legacy);
    let copy = upgrade(&place, &options()).copy;
    assert_eq!(open_legacy_copy(&copy, &password(), &options()).unwrap(), bytes);
    // What did not open is kept, under a name that marks nothing.
    assert_eq!(fs::read(place.beside(".legacy-sealed-2")).unwrap(), b"half a copy");
}

#[test]
fn a_pending_copy_of_the_same_bytes_is_not_kept_twice() {
    let bytes = fixture("broken/ok.dat");
    let place = Place::with(&bytes);
    fs::write(place.beside(".legacy.pending"), &bytes).unwrap();
    upgrade(&place, &options());
    assert_eq!(place.names(), ["wallet.dat", "wallet.dat.legacy-sealed"]);
}

#[test]
fn a_crash_right_after_the_swap_is_made_up_for() {
    let bytes = fixture("broken/ok.dat");
    let place = Place::with(&bytes);
    upgrade(&place, &options());
    fs::rename(place.beside(".legacy-sealed"), place.beside(".legacy-sealed.pending")).unwrap();
    assert_eq!(place.open().unwrap().format(), Format::Current);
    drop(place.writer());
    assert_eq!(place.names(), ["wallet.dat", "wallet.dat.legacy-sealed"]);
}

#[test]
fn a_stray_journal_stops_the_upgrade() {
    let bytes = fixture("broken/ok.dat");
    for suffix in ["-journal", "-wal", "-shm"] {
        let place = Place::with(&bytes);
        fs::write(place.beside(suffix), b"from another store").unwrap();
        let error = place.try_writer().unwrap_err();
        assert!(matches!(error, KeystoreError::LeftoverJournal { .. }), "{error:?}");
        assert_eq!(fs::read(place.path()).unwrap(), bytes);
        fs::remove_file(place.path()).unwrap();
        assert!(place.try_writer().is_err());
        assert!(!place.path().exists());
    }
}

#[test]
fn many_threads_upgrade_once() {
    let place = Place::with(&fixture("broken/ok.dat"));
    let upgrades: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|number| {
                let path = place.path();
                scope.spawn(move || {
                    let (mut writer, opened) =
                        Writer::open_or_create(&path, &password(), &options(), &nothing).unwrap();
                    writer.add(&[record(number)]).unwrap();
                    usize::from(matches!(opened, Opened::Upgraded(_)))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(upgrades, 1);
    assert_eq!(place.open().unwrap().verify().unwrap().wallets, 9);
    assert_eq!(place.names(), ["wallet.dat", "wallet.dat.legacy-sealed"]);
}
