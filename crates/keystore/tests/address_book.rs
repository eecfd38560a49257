//! Walking through a store, counting, and giving out indexes.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::collections::HashSet;
use std::thread;

use common::{Place, id, record};
use kms_core::Network;
use kms_keystore::{Entry, Keystore, KeystoreError, NewRecord, Stored, Writer};

/// More rows than are read at once.
const MANY: u32 = 1203;

/// Everything that a walk passes.
fn walked(store: &Keystore, wanted: impl Fn(&Entry) -> bool) -> Result<Vec<Stored>, KeystoreError> {
    let mut all = Vec::new();
    store.walk(wanted, |stored| {
        all.push(stored);
        Ok::<_, KeystoreError>(())
    })?;
    Ok(all)
}

fn ids(all: &[Stored]) -> Vec<String> {
    all.iter().map(|stored| stored.entry.id.clone()).collect()
}

fn on_mainnet(number: u32) -> NewRecord {
    NewRecord { network: Network::Mainnet, ..record(number) }
}

#[test]
fn a_walk_passes_every_wallet_once_and_opens_it() {
    let place = Place::store(0..1);
    let records: Vec<_> = (1..MANY).map(record).collect();
    let mut writer = place.writer();
    writer.add(&records).unwrap();
    writer.set_label(&id(7), Some("cold")).unwrap();
    let store = place.open().unwrap();
    let all = walked(&store, |_| true).unwrap();
    assert_eq!(ids(&all), (0..MANY).rev().map(id).collect::<Vec<_>>());
    let seventh = all.iter().find(|stored| stored.entry.id == id(7)).unwrap();
    assert_eq!(seventh.label.as_deref(), Some("cold"));
    let wallet = seventh.wallet.as_ref().unwrap();
    assert_eq!(wallet.mnemonic.as_ref().unwrap().expose_secret(), "zebra zoo 7");
    assert!(wallet.seed.is_some());
    assert_eq!(wallet.address.as_deref(), Some("0x7"));
    assert_eq!(ids(&walked(&store, |entry| entry.id == id(600)).unwrap()), [id(600)]);
    let shown = format!("{seventh:?}");
    assert!(!shown.contains("zebra"), "{shown}");
}

#[test]
fn a_walk_notices_what_is_missing_and_what_is_damaged() {
    let place = Place::store(0..3);
    place.sql("DELETE FROM lookup WHERE position = 2; DELETE FROM wallet WHERE position = 2;");
    let missing = walked(&place.open().unwrap(), |_| false).unwrap_err();
    assert!(matches!(missing, KeystoreError::SetDamaged { .. }), "{missing}");
    let place = Place::store(0..3);
    place.sql("UPDATE wallet SET chain = 'BTC' WHERE position = 2;");
    let damaged = walked(&place.open().unwrap(), |_| true).unwrap_err();
    assert!(matches!(&damaged, KeystoreError::RowDamaged { id: found } if *found == id(1)));
}

#[test]
fn changes_during_a_walk_neither_repeat_nor_disturb() {
    let place = Place::store(0..1);
    place.writer().add(&(1..MANY).map(record).collect::<Vec<_>>()).unwrap();
    let (store, mut writer) = (place.open().unwrap(), place.writer());
    let mut seen = HashSet::new();
    let mut changed = false;
    store
        .walk(
            |_| true,
            |stored| {
                assert!(seen.insert(stored.entry.id));
                if !std::mem::replace(&mut changed, true) {
                    writer.add(&[record(MANY)])?;
                    writer.remove(&id(3))?;
                    writer.set_label(&id(5), Some("moved"))?;
                }
                Ok::<_, KeystoreError>(())
            },
        )
        .unwrap();
    assert!(seen.contains(&id(5)) && !seen.contains(&id(3)) && !seen.contains(&id(MANY)));
    store.verify().unwrap();
}

#[test]
fn wallets_are_counted_by_chain_and_network() {
    let place = Place::store(0..5);
    let mut writer = place.writer();
    writer.add(&[on_mainnet(5), on_mainnet(6)]).unwrap();
    writer.remove(&id(0)).unwrap();
    writer.set_label(&id(1), Some("x")).unwrap();
    let store = place.open().unwrap();
    let counts = |store: &Keystore| {
        [("ETH", Network::Testnet), ("ETH", Network::Mainnet), ("BTC", Network::Mainnet)]
            .map(|(chain, network)| store.count(chain, network).unwrap())
    };
    assert_eq!(counts(&store), [4, 2, 0]);
    assert_eq!(writer.count("ETH", Network::Testnet).unwrap(), 4);
    // A file from before the store kept count; the first change makes up for it.
    let old = Place::with(&common::fixture("current/version-1.dat"));
    assert_eq!(counts(&old.open().unwrap()), [2, 0, 0]);
    old.writer().add(&[record(3), on_mainnet(4)]).unwrap();
    assert_eq!(counts(&old.open().unwrap()), [3, 1, 0]);
    let legacy = Place::with(&common::fixture("broken/ok.dat"));
    assert_eq!(counts(&legacy.open().unwrap()), [0, 1, 0]);
}

#[test]
fn legacy_files_are_walked_too() {
    let place = Place::with(&common::fixture("broken/ok.dat"));
    let store = place.open().unwrap();
    let all = walked(&store, |entry| entry.ticker == "ETH").unwrap();
    assert_eq!(all.len(), 1);
    assert!(all[0].wallet.as_ref().unwrap().mnemonic.is_some());
    assert_eq!(walked(&store, |_| true).unwrap().len(), store.entries().unwrap().len());
}

#[test]
fn no_index_is_given_out_twice() {
    let place = Place::store(0..2);
    let take = |writer: &mut Writer| writer.take_indexes(&id(0), 3, 0).unwrap();
    let taken: Vec<u32> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut writer = place.writer();
                    (0..5).flat_map(|_| take(&mut writer)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut sorted = taken;
    sorted.sort_unstable();
    assert_eq!(sorted, (0..60).collect::<Vec<_>>());
    let mut writer = place.writer();
    assert_eq!(writer.take_indexes(&id(0), 1, 10).unwrap(), 60..61);
    assert_eq!(writer.take_indexes(&id(0), 2, 100).unwrap(), 100..102);
    writer.set_label(&id(0), Some("kept")).unwrap();
    let all = walked(&place.open().unwrap(), |_| true).unwrap();
    assert_eq!((all[1].next_index, all[1].label.as_deref()), (102, Some("kept")));
    assert_eq!(all[0].next_index, 0);
    place.open().unwrap().verify().unwrap();
}

#[test]
fn indexes_end_where_hardened_keys_begin() {
    let place = Place::store(0..1);
    let mut writer = place.writer();
    let last = (1 << 31) - 1;
    assert_eq!(writer.take_indexes(&id(0), 1, last).unwrap(), last..last + 1);
    for count in [1, u32::MAX] {
        let error = writer.take_indexes(&id(0), count, 0).unwrap_err();
        assert!(matches!(error, KeystoreError::IndexesUsedUp { .. }), "{error}");
    }
    let missing = writer.take_indexes(&id(9), 1, 0).unwrap_err();
    assert!(matches!(missing, KeystoreError::NotFound { .. }));
}

#[test]
fn the_list_is_passed_in_pages_and_an_edition_tells_whether_it_has_changed() {
    // More than a page.
    let place = Place::filled(0..5_003);
    let store = place.open().unwrap();
    let listed = || {
        let mut all = Vec::new();
        store.for_each_entry(|entry| all.push(entry)).unwrap();
        all
    };
    assert_eq!(listed(), store.entries().unwrap());
    let edition = || store.edition().unwrap();
    let before = edition();
    assert_eq!(edition(), before);
    let mut writer = place.writer();
    let mut seen = vec![before];
    writer.add(&[record(6_000)]).unwrap();
    seen.push(edition());
    writer.set_label(&id(6_000), Some("label")).unwrap();
    seen.push(edition());
    writer.remove(&id(6_000)).unwrap();
    seen.push(edition());
    writer.add(&[record(6_000)]).unwrap();
    seen.push(edition());
    for (place, one) in seen.iter().enumerate() {
        assert!(!seen[..place].contains(one), "{place}");
    }
    assert_eq!(listed().len(), 5_004);
    assert_eq!(listed()[0].id, id(6_000));
}

#[test]
fn a_legacy_file_has_an_edition_too() {
    let place = Place::with(&common::fixture("broken/ok.dat"));
    let mut store = place.open().unwrap();
    let mut listed = Vec::new();
    store.for_each_entry(|entry| listed.push(entry)).unwrap();
    assert_eq!(listed, store.entries().unwrap());
    let before = store.edition().unwrap();
    store.refresh().unwrap();
    assert_eq!(store.edition().unwrap(), before);
    std::fs::write(place.path(), common::fixture("broken/trailing-newline.dat")).unwrap();
    store.refresh().unwrap();
    assert_ne!(store.edition().unwrap(), before);
}
