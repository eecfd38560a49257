//! Stores of our format: what is written comes back, from whatever side one looks.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use common::{CHEAP, Place, contents, id, json, nothing, options, password, record, wrong};
use kms_core::{Network, WalletJson};
use kms_keystore::{
    Format, KdfCost, Keystore, KeystoreError, Kind, Opened, Options, Refresh, Warning, Writer,
};

fn set_mode(place: &Place, mode: u32) {
    fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_new_store_is_private_and_so_is_its_directory() {
    let place = Place::new();
    let path = place.folder.path().join("a/b/wallet.dat");
    let opened = Writer::open_or_create(&path, &password(), &options(), &nothing).unwrap().1;
    assert_eq!(opened, Opened::Created);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(Keystore::detect(&path).unwrap(), Some(Format::Current));
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn wallets_come_back_newest_first() {
    let place = Place::store(0..3);
    let mut writer = place.writer();
    writer.add(&[record(3), record(4)]).unwrap();
    let store = place.open().unwrap();
    let all = contents(&store).unwrap();
    assert_eq!(all, (0..5).rev().map(|n| (id(n), json(n))).collect::<Vec<_>>());
    let entries = store.entries().unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>(),
        [4, 3, 2, 1, 0].map(id)
    );
    assert!(entries.iter().all(|entry| entry.kind == Kind::Mnemonic && entry.ticker == "ETH"));
    let wallet = store.wallet(&id(3).parse().unwrap()).unwrap();
    assert_eq!(wallet.mnemonic.unwrap().expose_secret(), "zebra zoo 3");
    assert_eq!(wallet.seed.unwrap().expose_secret(), &[7; 64]);
    assert_eq!(wallet.address.as_deref(), Some("0x3"));
    assert_eq!(wallet.xpub.as_deref(), Some("xpub3"));
    assert_eq!(wallet.json.expose_secret(), json(3));
}

#[test]
fn nothing_secret_is_readable_in_the_file() {
    let place = Place::store(0..2);
    place.writer().remove(&id(0)).unwrap();
    let bytes = fs::read(place.path()).unwrap();
    for text in ["zebra", "mnemonic\":", "xpub", "0x1", "identity"] {
        assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
}

#[test]
fn adding_is_all_or_nothing() {
    let place = Place::store(0..1);
    let before = fs::read(place.path()).unwrap();
    let mut writer = place.writer();
    let error = writer.add(&[record(1), record(0)]).unwrap_err();
    assert!(matches!(&error, KeystoreError::Duplicate { id: found } if *found == id(0)));
    assert!(matches!(
        writer.add(&[record(5), record(5)]).unwrap_err(),
        KeystoreError::Duplicate { .. }
    ));
    let mut useless = record(2);
    useless.json = WalletJson::new(r#"{"mnemonic":"m","chain":"ETH"}"#.into());
    assert!(matches!(writer.add(&[useless]).unwrap_err(), KeystoreError::Unusable { .. }));
    assert_eq!(fs::read(place.path()).unwrap(), before);
}

#[test]
fn removing_takes_one_and_names_what_is_unknown() {
    let place = Place::store(0..3);
    let mut writer = place.writer();
    writer.remove(&id(1)).unwrap();
    let store = place.open().unwrap();
    assert_eq!(contents(&store).unwrap().len(), 2);
    store.verify().unwrap();
    let missing = writer.remove(&id(1)).unwrap_err();
    assert!(matches!(missing, KeystoreError::NotFound { .. }));
    let missing = store.wallet(&id(1).parse().unwrap()).unwrap_err();
    assert!(matches!(missing, KeystoreError::NotFound { .. }));
    writer.add(&[record(1)]).unwrap();
    assert_eq!(contents(&store).unwrap()[0].0, id(1));
    store.verify().unwrap();
}

#[test]
fn keys_are_found_across_networks_and_addresses_within_one() {
    let place = Place::store(0..2);
    let mut writer = place.writer();
    let mut twin = record(9);
    twin.network = Network::Mainnet;
    twin.extras.identity = Some(b"identity 1".to_vec());
    writer.add(&[twin]).unwrap();
    let ids = |found: Vec<kms_keystore::Entry>| {
        found.into_iter().map(|entry| entry.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(writer.find_identity(b"identity 1").unwrap()), [id(9), id(1)]);
    assert!(writer.find_identity(b"identity 7").unwrap().is_empty());
    let store = place.open().unwrap();
    assert_eq!(ids(store.find_address("ETH", Network::Testnet, "0x1").unwrap()), [id(1)]);
    assert!(store.find_address("ETH", Network::Mainnet, "0x1").unwrap().is_empty());
    assert!(store.find_address("BSC", Network::Testnet, "0x1").unwrap().is_empty());
}

#[test]
fn labels_are_kept_with_the_wallet() {
    let place = Place::store(0..2);
    let mut writer = place.writer();
    writer.set_label(&id(0), Some("cold")).unwrap();
    let store = place.open().unwrap();
    assert_eq!(store.label(&id(0)).unwrap().as_deref(), Some("cold"));
    assert_eq!(store.label(&id(1)).unwrap(), None);
    assert_eq!(contents(&store).unwrap()[1], (id(0), json(0)));
    writer.set_label(&id(0), None).unwrap();
    assert_eq!(store.label(&id(0)).unwrap(), None);
    store.verify().unwrap();
}

#[test]
fn a_wrong_password_never_writes() {
    let place = Place::store(0..2);
    let before = fs::read(place.path()).unwrap();
    for error in [
        Keystore::open(&place.path(), &wrong(), &options()).unwrap_err(),
        Writer::open(&place.path(), &wrong(), &options(), &nothing).unwrap_err(),
        Writer::open_or_create(&place.path(), &wrong(), &options(), &nothing).unwrap_err(),
    ] {
        assert!(matches!(error, KeystoreError::WrongPassword { .. }));
    }
    assert_eq!(fs::read(place.path()).unwrap(), before);
    assert_eq!(place.names(), ["wallet.dat"]);
}

#[test]
fn a_changed_password_is_the_only_one_and_never_weaker() {
    let place = Place::store(0..2);
    let mut daemon = place.open().unwrap();
    let journal = *daemon.journal_key().unwrap().expose_secret();
    let new = kms_core::Password::new("new horse".into());
    let weaker = KdfCost { memory_kib: 32, passes: 2, lanes: 1 };
    place.writer().change_password(&new, weaker).unwrap();
    assert!(matches!(place.open().unwrap_err(), KeystoreError::WrongPassword { .. }));
    let strict = Options { kdf_floor: KdfCost { passes: 2, ..CHEAP }, ..options() };
    let store = Keystore::open(&place.path(), &new, &strict).unwrap();
    assert_eq!(contents(&store).unwrap().len(), 2);
    // A daemon that is running has the data key, which did not change.
    assert_eq!(daemon.refresh().unwrap(), Refresh::Reopened);
    assert_eq!(daemon.refresh().unwrap(), Refresh::Unchanged);
    assert_eq!(*daemon.journal_key().unwrap().expose_secret(), journal);
    assert_eq!(contents(&daemon).unwrap().len(), 2);
}

#[test]
fn a_daemon_follows_its_own_store_and_no_other() {
    let place = Place::store(0..2);
    let mut daemon = place.open().unwrap();
    assert_eq!(daemon.refresh().unwrap(), Refresh::Unchanged);
    fs::copy(place.path(), place.beside(".copy")).unwrap();
    fs::rename(place.beside(".copy"), place.path()).unwrap();
    assert_eq!(daemon.refresh().unwrap(), Refresh::Reopened);
    place.writer().add(&[record(7)]).unwrap();
    assert_eq!(daemon.entries().unwrap().len(), 3);
    let other = Place::store(0..1);
    fs::rename(other.path(), place.path()).unwrap();
    assert!(matches!(daemon.refresh(), Err(KeystoreError::Rekeyed { .. })));
    assert_eq!(contents(&daemon).unwrap().len(), 3);
    fs::remove_file(place.path()).unwrap();
    assert!(matches!(daemon.refresh(), Err(KeystoreError::Gone { .. })));
    fs::write(place.path(), common::fixture("broken/ok.dat")).unwrap();
    assert!(matches!(daemon.refresh(), Err(KeystoreError::Rekeyed { .. })));
}

#[test]
fn a_writer_notices_that_its_file_was_replaced() {
    let place = Place::store(0..2);
    let mut writer = place.writer();
    fs::copy(place.path(), place.beside(".copy")).unwrap();
    fs::rename(place.beside(".copy"), place.path()).unwrap();
    assert!(matches!(writer.add(&[record(5)]), Err(KeystoreError::Replaced { .. })));
    assert_eq!(place.open().unwrap().entries().unwrap().len(), 2);
}

#[test]
fn the_generation_tells_an_earlier_file() {
    let place = Place::store(0..2);
    let store = place.open().unwrap();
    let before = store.generation().unwrap();
    place.writer().add(&[record(5)]).unwrap();
    assert_eq!(store.generation().unwrap(), before + 1);
}

#[test]
fn a_read_only_file_opens() {
    let place = Place::store(0..2);
    set_mode(&place, 0o400);
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o500)).unwrap();
    assert_eq!(contents(&place.open().unwrap()).unwrap().len(), 2);
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn loose_permissions_are_an_error_that_names_the_remedy() {
    let place = Place::store(0..1);
    set_mode(&place, 0o640);
    for error in [place.open().unwrap_err(), place.try_writer().unwrap_err()] {
        let text = error.to_string();
        assert!(text.contains("mode 640") && text.contains("run `chmod 600 "), "{text}");
    }
    let allowed = Options { allow_loose_permissions: true, ..options() };
    let store = Keystore::open(&place.path(), &password(), &allowed).unwrap();
    assert!(matches!(store.warnings(), [Warning::LoosePermissions { mode: 0o640, .. }]));
}

#[test]
fn symbolic_links_are_followed_once_and_the_real_file_is_used() {
    let place = Place::store(0..1);
    let link = place.folder.path().join("link");
    std::os::unix::fs::symlink(place.path(), &link).unwrap();
    let (mut writer, _) = Writer::open(&link, &password(), &options(), &nothing).unwrap();
    writer.add(&[record(1)]).unwrap();
    assert_eq!(writer.path(), fs::canonicalize(place.path()).unwrap());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(place.open().unwrap().entries().unwrap().len(), 2);
}

#[test]
fn what_is_no_file_is_refused() {
    let place = Place::new();
    for path in [place.folder.path(), std::path::Path::new("/dev/null")] {
        assert!(Keystore::open(path, &password(), &options()).is_err());
        assert!(Writer::open_or_create(path, &password(), &options(), &nothing).is_err());
    }
    let missing = Keystore::open(&place.path(), &password(), &options()).unwrap_err();
    assert!(matches!(missing, KeystoreError::Missing { .. }));
    let missing = Writer::open(&place.path(), &password(), &options(), &nothing).unwrap_err();
    assert!(matches!(missing, KeystoreError::Missing { .. }));
    let deep = place.folder.path().join("no/such/wallet.dat");
    let missing = Writer::open(&deep, &password(), &options(), &nothing).unwrap_err();
    assert!(matches!(missing, KeystoreError::Missing { .. }));
    assert!(place.names().is_empty());
}

#[test]
fn a_busy_store_is_an_error_after_a_while_and_readers_read_on() {
    let place = Place::store(0..1);
    let impatient = Options { busy_timeout: Duration::from_millis(50), ..options() };
    let (mut writer, _) = Writer::open(&place.path(), &password(), &impatient, &nothing).unwrap();
    let mut holder = rusqlite::Connection::open(place.path()).unwrap();
    let held = holder.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let error = writer.add(&[record(1)]).unwrap_err();
    let told =
        format!("`{}` is locked by another command, and was for the 0 s", place.path().display());
    // The lock is this process's own.
    assert!(error.to_string().starts_with(&told), "{error}");
    assert_eq!(contents(&place.open().unwrap()).unwrap().len(), 1);
    drop(held);
    writer.add(&[record(1)]).unwrap();
}

#[test]
fn debug_output_shows_no_secret() {
    let place = Place::store(0..1);
    let store = place.open().unwrap();
    let writer = place.writer();
    let entry = &store.entries().unwrap()[0];
    let shown = format!(
        "{store:?} {writer:?} {:?} {entry:?} {:?} {:?} {:?} {:?}",
        record(0),
        options(),
        store.store_id(),
        store.journal_key(),
        store.wallet(&id(0).parse().unwrap()).unwrap(),
    );
    for secret in ["zebra", "correct", "horse", "7, 7"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn a_default_store_costs_what_rfc_9106_recommends() {
    let place = Place::new();
    let strong = Options::default();
    Writer::open_or_create(&place.path(), &password(), &strong, &nothing).unwrap();
    Keystore::open(&place.path(), &password(), &strong).unwrap();
    let too_little = Options { kdf: CHEAP, ..Options::default() };
    let other = Place::new();
    let error =
        Writer::open_or_create(&other.path(), &password(), &too_little, &nothing).unwrap_err();
    assert!(matches!(error, KeystoreError::KdfOutOfBounds { .. }));
    assert!(other.names().is_empty());
}

/// A file that version 1 wrote, kept so that it opens for ever: wallets 0 to 2, of which 1 was removed and 0
/// is labelled.
#[test]
fn a_store_of_version_1_opens() {
    let place = Place::with(&common::fixture("current/version-1.dat"));
    let store = place.open().unwrap();
    assert_eq!(store.verify().unwrap().wallets, 2);
    assert_eq!(contents(&store).unwrap(), [(id(2), json(2)), (id(0), json(0))]);
    assert_eq!(store.label(&id(0)).unwrap().as_deref(), Some("first"));
    assert_eq!(store.find_identity(b"identity 2").unwrap()[0].id, id(2));
    assert_eq!(store.find_address("ETH", Network::Testnet, "0x0").unwrap()[0].id, id(0));
    place.writer().add(&[record(3)]).unwrap();
    assert_eq!(store.verify().unwrap().wallets, 3);
}
