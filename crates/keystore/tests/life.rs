//! The life of a store: new keys, backups, exports, the way back. Nothing lost, nothing left behind.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::{CHEAP, Place, contents, fixture, id, json, nothing, options, password, record};
use kms_core::{Network, Password, WalletJson};
use kms_keystore::{
    Format, Keystore, KeystoreError, Options, Refresh, Standing, Writer, kept_copies, restore,
};

fn new_password() -> Password {
    Password::new("new horse".into())
}

fn open(path: &Path, password: &Password) -> Result<Keystore, KeystoreError> {
    Keystore::open(path, password, &options())
}

fn quiet() -> impl FnMut() {
    || {}
}

/// What is in every file of the folder.
fn all_bytes(place: &Place) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let bytes = fs::read(place.folder.path().join(&name)).unwrap();
        (name, bytes)
    };
    place.names().into_iter().map(read).collect()
}

/// That no eight bytes in a row of `gone` are in any file of the folder.
fn assert_gone(place: &Place, gone: &[u8]) {
    let windows: HashSet<&[u8]> = gone.windows(8).filter(|window| *window != [0; 8]).collect();
    assert!(windows.len() + 7 >= gone.len().min(16));
    for (name, bytes) in all_bytes(place) {
        let found = bytes.windows(8).position(|window| windows.contains(window));
        assert_eq!(found, None, "{name}");
    }
}

/// A blob column of the store, one after the other.
fn blobs(place: &Place, sql: &str) -> Vec<Vec<u8>> {
    let connection = rusqlite::Connection::open(place.path()).unwrap();
    let mut query = connection.prepare(sql).unwrap();
    query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_new_data_key_seals_everything_anew_and_leaves_nothing_of_the_old() {
    let place = Place::store(0..40);
    place.writer().set_label(&id(3), Some("cold")).unwrap();
    place.writer().take_indexes(&id(4), 7, 0).unwrap();
    let before = contents(&place.open().unwrap()).unwrap();
    let (mode, store_id) = (0o600, place.open().unwrap().store_id());
    let gone = [
        "SELECT wrapped_key FROM header",
        "SELECT kdf_salt FROM header",
        "SELECT sealed FROM state",
        "SELECT sealed FROM wallet",
        "SELECT tag FROM lookup",
    ]
    .map(|sql| blobs(&place, sql).concat());
    // What a crash left of another try is sealed under the old password.
    fs::copy(place.path(), place.folder.path().join(".wallet.dat.new-0123456789abcdef")).unwrap();

    let mut looked = 0;
    let mut writer = place.writer();
    writer.rekey(&new_password(), &options(), &mut || looked += 1).unwrap();
    assert_eq!(looked, 80);
    assert_eq!(place.names(), ["wallet.dat"]);
    assert_eq!(fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, mode);
    for bytes in gone {
        assert_gone(&place, &bytes);
    }
    assert!(matches!(place.open().unwrap_err(), KeystoreError::WrongPassword { .. }));
    // The writer goes on with the new keys.
    writer.add(&[record(77)]).unwrap();
    let store = open(&place.path(), &new_password()).unwrap();
    assert_eq!(store.store_id(), store_id);
    assert_eq!(contents(&store).unwrap()[1..], before);
    assert_eq!(store.label(&id(3)).unwrap().as_deref(), Some("cold"));
    assert_eq!(store.find_address("ETH", Network::Testnet, "0x5").unwrap()[0].id, id(5));
    assert_eq!(store.verify().unwrap().wallets, 41);
    assert_eq!(store.count("ETH", Network::Testnet).unwrap(), 41);
    assert_eq!(writer.take_indexes(&id(4), 1, 0).unwrap(), 7..8);
}

#[test]
fn a_store_that_kept_no_count_keeps_one_under_its_new_key() {
    let place = Place::with(&fixture("current/version-1.dat"));
    let former = *place.open().unwrap().journal_key().unwrap().expose_secret();
    place.writer().rekey(&password(), &options(), &mut quiet()).unwrap();
    let store = place.open().unwrap();
    assert_eq!(store.count("ETH", Network::Testnet).unwrap(), 2);
    assert_eq!(store.former_journal_keys().unwrap()[0].expose_secret(), &former);
}

#[test]
fn the_quick_form_leaves_nothing_of_the_old_wrap_either() {
    let place = Place::store(0..40);
    let gone = blobs(&place, "SELECT CAST(wrapped_key || kdf_salt AS BLOB) FROM header").concat();
    fs::copy(place.path(), place.folder.path().join(".wallet.dat.new-0123456789abcdef")).unwrap();
    place.writer().change_password(&new_password(), CHEAP).unwrap();
    assert_gone(&place, &gone);
    assert_eq!(place.names(), ["wallet.dat"]);
    assert_eq!(open(&place.path(), &new_password()).unwrap().verify().unwrap().wallets, 40);
}

#[test]
fn a_removed_wallet_is_gone_from_the_file() {
    let place = Place::store(0..60);
    // Long enough for pages of its own.
    let mut long = record(70);
    let padding = "long ".repeat(4000);
    long.json = WalletJson::new(format!(
        r#"{{"mnemonic":"m","chain":"ETH","testnet":true,"note":"{padding}"}}"#
    ));
    let mut writer = place.writer();
    writer.add(&[long]).unwrap();
    let sealed = |number| {
        blobs(&place, &format!("SELECT sealed FROM wallet WHERE id = '{}'", id(number))).concat()
    };
    // In an order in which pages are emptied and joined.
    let mut gone: Vec<Vec<u8>> = Vec::new();
    for number in [70].into_iter().chain((0..60).map(|number| number * 37 % 60)) {
        gone.push(sealed(number));
        writer.remove(&id(number)).unwrap();
        assert_gone(&place, &gone[gone.len() - 1]);
        if number % 7 == 0 {
            writer.add(&[record(100 + number)]).unwrap();
        }
    }
    assert_gone(&place, &gone.concat());
    assert_eq!(place.open().unwrap().verify().unwrap().wallets, 10);
}

#[test]
fn journal_keys_of_before_are_kept_for_the_journal() {
    let place = Place::store(0..2);
    let mut keys = Vec::new();
    for round in 0..3 {
        let store = place.open().unwrap();
        let former = store.former_journal_keys().unwrap();
        let former: Vec<_> = former.iter().map(|key| *key.expose_secret()).collect();
        assert_eq!(former, keys, "{round}");
        keys.insert(0, *store.journal_key().unwrap().expose_secret());
        // Rotated: the same password. Changes that are made in between carry the keys on.
        let mut writer = place.writer();
        writer.rekey(&password(), &options(), &mut quiet()).unwrap();
        writer.add(&[record(10 + round)]).unwrap();
        writer.change_password(&password(), CHEAP).unwrap();
    }
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 3);
}

#[test]
fn a_daemon_notices_new_keys_and_reads_on_meanwhile() {
    let place = Place::store(0..2);
    let mut daemon = place.open().unwrap();
    place.writer().rekey(&password(), &options(), &mut quiet()).unwrap();
    assert_eq!(contents(&daemon).unwrap().len(), 2);
    assert!(matches!(daemon.refresh(), Err(KeystoreError::Rekeyed { .. })));
    assert_eq!(daemon.wallet(&id(1).parse().unwrap()).unwrap().json.expose_secret(), json(1));
}

#[test]
fn who_waits_for_a_rekeyed_store_writes_nothing_to_the_old_file() {
    let place = Place::store(0..2);
    let mut other = place.writer();
    place.writer().rekey(&password(), &options(), &mut quiet()).unwrap();
    assert!(matches!(other.add(&[record(5)]), Err(KeystoreError::Replaced { .. })));
    let mut other = place.writer();
    place.writer().change_password(&new_password(), CHEAP).unwrap();
    // The data key is the same, so the wallet is safe under the new password.
    other.add(&[record(6)]).unwrap();
    let store = open(&place.path(), &new_password()).unwrap();
    assert_eq!(store.verify().unwrap().wallets, 3);
    assert!(matches!(
        other.rekey(&password(), &options(), &mut quiet()),
        Err(KeystoreError::Rekeyed { .. })
    ));
}

#[test]
fn a_damaged_store_is_not_sealed_anew() {
    for damage in [
        "UPDATE wallet SET sealed = zeroblob(length(sealed)) WHERE position = 2",
        "DELETE FROM lookup WHERE position = 2",
        "DELETE FROM lookup WHERE position = 2; DELETE FROM wallet WHERE position = 2",
    ] {
        let place = Place::store(0..3);
        let mut writer = place.writer();
        place.sql(damage);
        let before = fs::read(place.path()).unwrap();
        writer.rekey(&new_password(), &options(), &mut quiet()).unwrap_err();
        assert_eq!(fs::read(place.path()).unwrap(), before);
        assert_eq!(place.names(), ["wallet.dat"]);
    }
}

#[test]
fn a_backup_is_whole_private_and_never_overwrites() {
    let place = Place::store(0..30);
    let store = place.open().unwrap();
    let backup = place.folder.path().join("backup.dat");
    let mut writer = place.writer();
    assert_eq!(store.backup(&backup, &password()).unwrap().wallets, 30);
    writer.add(&[record(50)]).unwrap();
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    let copy = open(&backup, &password()).unwrap();
    assert_eq!(copy.store_id(), store.store_id());
    assert_eq!(contents(&copy).unwrap()[..], contents(&store).unwrap()[1..]);
    let bytes = fs::read(&backup).unwrap();
    let taken = store.backup(&backup, &password()).unwrap_err();
    assert!(matches!(taken, KeystoreError::Taken { .. }));
    assert!(matches!(store.backup(&place.path(), &password()), Err(KeystoreError::Taken { .. })));
    assert_eq!(fs::read(&backup).unwrap(), bytes);
    // A password that does not open the copy makes no backup.
    let other = place.folder.path().join("other.dat");
    store.backup(&other, &new_password()).unwrap_err();
    store.backup(Path::new("/nowhere/at/all"), &password()).unwrap_err();
    assert_eq!(place.names(), ["backup.dat", "wallet.dat"]);
}

#[test]
fn a_legacy_file_is_backed_up_as_it_is() {
    let place = Place::with(&fixture("broken/ok.dat"));
    let backup = place.folder.path().join("backup.dat");
    assert_eq!(place.open().unwrap().backup(&backup, &password()).unwrap().wallets, 3);
    assert_eq!(fs::read(&backup).unwrap(), fixture("broken/ok.dat"));
    let to = place.folder.path().join("new/wallet.dat");
    let restored = restore(&backup, &to, &password(), &options(), false).unwrap();
    assert_eq!((restored.report.wallets, restored.kept), (3, None));
    assert_eq!(fs::read(&to).unwrap(), fixture("broken/ok.dat"));
}

#[test]
fn a_store_is_replaced_by_a_backup_only_on_request_and_kept() {
    let place = Place::store(0..3);
    let backup = place.folder.path().join("backup.dat");
    let mut daemon = place.open().unwrap();
    daemon.backup(&backup, &password()).unwrap();
    place.writer().add(&[record(9)]).unwrap();
    let run = |replace| restore(&backup, &place.path(), &password(), &options(), replace);
    assert!(matches!(run(false), Err(KeystoreError::InTheWay { .. })));
    assert_eq!(place.open().unwrap().entries().unwrap().len(), 4);

    let restored = run(true).unwrap();
    let kept = restored.kept.unwrap();
    assert_eq!(kept.file_name().unwrap(), "wallet.dat.replaced");
    assert_eq!(open(&kept, &password()).unwrap().verify().unwrap().wallets, 4);
    assert_eq!(place.open().unwrap().verify().unwrap().wallets, 3);
    // The same store with the same key: a daemon follows.
    assert_eq!(daemon.refresh().unwrap(), Refresh::Reopened);
    assert_eq!(daemon.entries().unwrap().len(), 3);

    assert_eq!(run(true).unwrap().kept.unwrap().file_name().unwrap(), "wallet.dat.replaced-2");
    let mut copies = kept_copies(&place.path()).unwrap();
    assert_eq!(copies.len(), 2);
    assert_eq!(copies.remove(0).file_name().unwrap(), "wallet.dat.replaced");
    let itself = restore(&place.path(), &place.path(), &password(), &options(), true);
    assert!(matches!(itself, Err(KeystoreError::Taken { .. })));
}

#[test]
fn nothing_is_restored_to_where_others_may_exchange_it() {
    let place = Place::store(0..3);
    let open_to_all = Place::new();
    fs::set_permissions(open_to_all.folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let to = open_to_all.path();
    let refused = restore(&place.path(), &to, &password(), &options(), false);
    assert!(matches!(refused, Err(KeystoreError::LooseDirectory { .. })));
    let refused = place.open().unwrap().backup(&to, &password());
    assert!(matches!(refused, Err(KeystoreError::LooseDirectory { .. })));
    assert!(open_to_all.names().is_empty());
    let allowed = Options { allow_loose_permissions: true, ..options() };
    restore(&place.path(), &to, &password(), &allowed, false).unwrap();
}

#[test]
fn a_damaged_or_foreign_backup_replaces_nothing() {
    let place = Place::store(0..3);
    let backup = place.folder.path().join("backup.dat");
    place.open().unwrap().backup(&backup, &password()).unwrap();
    rusqlite::Connection::open(&backup)
        .unwrap()
        .execute_batch("DELETE FROM lookup; DELETE FROM wallet WHERE position = 1")
        .unwrap();
    let before = all_bytes(&place);
    for (from, password) in [(&backup, password()), (&place.path(), new_password())] {
        restore(from, &place.path(), &password, &options(), true).unwrap_err();
        restore(from, &place.beside("2"), &password, &options(), false).unwrap_err();
    }
    assert_eq!(all_bytes(&place), before);
}

#[test]
fn a_backup_takes_the_place_of_what_is_broken_with_what_belongs_to_it() {
    let good = Place::store(0..3);
    for (broken, journal) in [
        (&b"rubbish"[..], true),
        (&b""[..], false),
        (&fs::read(good.path()).unwrap()[..5000], false),
    ] {
        let place = Place::with(broken);
        if journal {
            fs::write(place.beside("-journal"), b"half a write").unwrap();
        }
        let restored = restore(&good.path(), &place.path(), &password(), &options(), true).unwrap();
        assert_eq!(place.open().unwrap().verify().unwrap().wallets, 3);
        assert!(!place.beside("-journal").exists());
        assert_eq!(restored.kept.is_some(), !broken.is_empty());
        if let Some(kept) = restored.kept {
            assert_eq!(fs::read(kept).unwrap(), broken);
            assert_eq!(place.beside(".replaced-journal").exists(), journal);
        }
    }
    let place = Place::new();
    fs::create_dir(place.path()).unwrap();
    let refused = restore(&good.path(), &place.path(), &password(), &options(), true);
    assert!(matches!(refused, Err(KeystoreError::NotAWalletFile { .. })));
    // A journal without its store is nobody's to remove.
    let place = Place::new();
    fs::write(place.beside("-journal"), b"half a write").unwrap();
    let refused = restore(&good.path(), &place.path(), &password(), &options(), true);
    assert!(matches!(refused, Err(KeystoreError::LeftoverJournal { .. })));
}

#[test]
fn an_export_has_a_key_and_a_password_of_its_own() {
    let place = Place::store(0..5);
    place.writer().set_label(&id(2), Some("cold")).unwrap();
    place.writer().take_indexes(&id(2), 5, 0).unwrap();
    let store = place.open().unwrap();
    let export = place.folder.path().join("export.dat");
    let run = |to: &Path| store.export(to, &new_password(), &options(), &nothing, &mut quiet());
    assert_eq!(run(&export).unwrap().wallets, 5);
    assert!(matches!(run(&export), Err(KeystoreError::Taken { .. })));
    let exported = open(&export, &new_password()).unwrap();
    assert_ne!(exported.store_id(), store.store_id());
    let key = |store: &Keystore| *store.journal_key().unwrap().expose_secret();
    assert_ne!(key(&exported), key(&store));
    assert_eq!(contents(&exported).unwrap(), contents(&store).unwrap());
    assert_eq!(exported.label(&id(2)).unwrap().as_deref(), Some("cold"));
    assert_eq!(exported.count("ETH", Network::Testnet).unwrap(), 5);
    let mut writer = Writer::open(&export, &new_password(), &options(), &nothing).unwrap().0;
    assert_eq!(writer.take_indexes(&id(2), 1, 0).unwrap(), 5..6);
    assert!(matches!(open(&export, &password()), Err(KeystoreError::WrongPassword { .. })));
    assert_eq!(fs::metadata(&export).unwrap().permissions().mode() & 0o777, 0o600);

    let legacy = Place::with(&fixture("broken/ok.dat"));
    let store = legacy.open().unwrap();
    let to = legacy.folder.path().join("export.dat");
    store.export(&to, &new_password(), &options(), &nothing, &mut quiet()).unwrap();
    let exported = open(&to, &new_password()).unwrap();
    assert_eq!(contents(&exported).unwrap(), contents(&store).unwrap());
    assert_eq!(store.format(), Format::Legacy);
}

/// Adds what is new.
fn merge(writer: &mut Writer, source: &Keystore) -> Vec<Standing> {
    let standings = writer.compare(source).unwrap();
    let new = standings.iter().filter(|(_, standing)| *standing == Standing::New);
    let ids: Vec<String> = new.map(|(entry, _)| entry.id.clone()).collect();
    writer.add_from(source, &ids, &mut quiet()).unwrap();
    standings.into_iter().map(|(_, standing)| standing).collect()
}

#[test]
fn merging_an_export_adds_what_is_new_once() {
    let source = Place::store(0..5);
    source.writer().set_label(&id(4), Some("four")).unwrap();
    source.writer().take_indexes(&id(4), 9, 0).unwrap();
    let source = source.open().unwrap();
    let place = Place::store(2..3);
    let mut writer = place.writer();
    let new = || Standing::New;
    assert_eq!(merge(&mut writer, &source), [new(), new(), Standing::Present, new(), new()]);
    let store = place.open().unwrap();
    assert_eq!(contents(&store).unwrap().len(), 5);
    assert_eq!(contents(&store).unwrap()[0], (id(4), json(4)));
    assert_eq!(store.label(&id(4)).unwrap().as_deref(), Some("four"));
    assert_eq!(store.find_identity(b"identity 3").unwrap()[0].id, id(3));
    let bytes = fs::read(place.path()).unwrap();
    assert!(merge(&mut writer, &source).iter().all(|standing| *standing == Standing::Present));
    assert_eq!(fs::read(place.path()).unwrap(), bytes);
    store.verify().unwrap();
    assert_eq!(store.count("ETH", Network::Testnet).unwrap(), 5);
    assert_eq!(writer.take_indexes(&id(4), 1, 0).unwrap(), 9..10);
}

#[test]
fn a_key_that_is_there_already_is_told_by_its_id() {
    let place = Place::store(0..3);
    let source = Place::new();
    let mut twins = source.writer();
    let twin = |number, of: u32, network| {
        let mut record = record(number);
        record.extras.identity = Some(format!("identity {of}").into_bytes());
        record.network = network;
        record
    };
    let mut other_content = record(2);
    other_content.json = WalletJson::new(json(99));
    twins
        .add(&[twin(10, 0, Network::Testnet), twin(11, 1, Network::Mainnet), other_content])
        .unwrap();
    // Two of one key that were together in the other store.
    twins.add(&[twin(12, 5, Network::Testnet), twin(13, 5, Network::Mainnet)]).unwrap();
    let standings = place.writer().compare(&source.open().unwrap()).unwrap();
    let standings: Vec<Standing> = standings.into_iter().map(|(_, standing)| standing).collect();
    assert_eq!(standings[0], Standing::SameKey(id(0)));
    assert!(matches!(&standings[1], Standing::OtherNetwork(entry) if entry.id == id(1)));
    assert_eq!(standings[2..], [Standing::Conflict, Standing::New, Standing::New]);
    let legacy = Place::with(&fixture("broken/ok.dat"));
    assert!(place.writer().compare(&legacy.open().unwrap()).is_err());
}

#[test]
fn the_way_back_to_the_old_format_keeps_every_record_verbatim() {
    for (file, secret) in
        [("broken/ok.dat", password()), ("twohundred-unicode.wallet.dat", common_unicode())]
    {
        let place = Place::with(&fixture(file));
        let before = contents(&open(&place.path(), &secret).unwrap()).unwrap();
        let (mut writer, _) = Writer::open(&place.path(), &secret, &options(), &nothing).unwrap();
        writer.set_label(&before[0].0, Some("first")).unwrap();
        writer.take_indexes(&before[1].0, 1, 0).unwrap();
        let downgraded = writer.downgrade(&secret, &options()).unwrap();
        assert_eq!((downgraded.wallets, downgraded.labels), (before.len(), 1));
        assert_eq!(downgraded.counters, 1);
        assert_eq!(Keystore::detect(&place.path()).unwrap(), Some(Format::Legacy));
        // What was upgraded once is not quietly old again.
        let refused = open(&place.path(), &secret).unwrap_err();
        assert!(matches!(refused, KeystoreError::LegacyAgain { .. }));
        let allowed = Options { allow_legacy_again: true, ..options() };
        let legacy = Keystore::open(&place.path(), &secret, &allowed).unwrap();
        assert_eq!(contents(&legacy).unwrap(), before);
        let kept = open(&downgraded.kept, &secret).unwrap();
        assert_eq!(contents(&kept).unwrap(), before);
        drop(Writer::open(&place.path(), &secret, &allowed, &nothing).unwrap());
        assert_eq!(contents(&open(&place.path(), &secret).unwrap()).unwrap(), before);
    }
}

fn common_unicode() -> Password {
    Password::new("пароль-密码-é-🔑".into())
}
