//! A process that changes a store is killed (SIGKILL) at random instants, more than five hundred times.
//! After each the store opens and holds what was acknowledged, and nothing else but what was under way.
//!
//! Children are this test binary again, run for one of the tests whose names begin with `child_`, with
//! the folder that they work in as working directory. They print `begin X` before and `done X` after each
//! thing they do, and go on until they are killed. What a kill can't show is a loss of power: for that,
//! every acknowledged change has been synced to the disk.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;
mod victim;

use std::collections::BTreeSet;
use std::fs;

use common::{Place, contents, fixture, id, is_child, nothing, options, password, record};
use kms_core::Password;
use kms_keystore::{Format, Keystore, Writer, restore};
use victim::{Killed, LONGEST, begin, done, kill_often, kill_within};

/// Wallets that are there from the start.
const FIRST: std::ops::Range<u32> = 0..40;

fn here() -> std::path::PathBuf {
    std::env::current_dir().unwrap().join("wallet.dat")
}

fn numbered(number: u32) -> Password {
    Password::new(format!("horse {number}"))
}

fn writer(password: &Password) -> Writer {
    Writer::open(&here(), password, &options(), &nothing).unwrap().0
}

/// The number behind the highest.
fn next(writer: &Writer) -> u32 {
    let entries = writer.entries().unwrap();
    entries.iter().map(|entry| entry.id[..8].parse::<u32>().unwrap() + 1).max().unwrap()
}

/// The numbers of the wallets, after a check of everything.
fn numbers(store: &Keystore) -> BTreeSet<u32> {
    let wallets = store.verify().unwrap().wallets;
    let all = contents(store).unwrap();
    assert_eq!(all.len(), wallets);
    all.iter().map(|(id, _)| id[..8].parse().unwrap()).collect()
}

#[test]
fn child_adds() {
    if is_child() {
        let mut writer = writer(&password());
        for number in next(&writer).. {
            begin(number);
            writer.add(&[record(number)]).unwrap();
            done(number);
        }
    }
}

#[test]
fn child_adds_batches() {
    if is_child() {
        let mut writer = writer(&password());
        for number in (next(&writer)..).step_by(100) {
            begin(number);
            writer.add(&(number..number + 100).map(record).collect::<Vec<_>>()).unwrap();
            done(number);
        }
    }
}

#[test]
fn child_removes() {
    if is_child() {
        let mut writer = writer(&password());
        let store = Keystore::open(&here(), &password(), &options()).unwrap();
        for number in numbers(&store) {
            begin(number);
            writer.remove(&id(number)).unwrap();
            done(number);
        }
        std::thread::park();
    }
}

#[test]
fn child_changes_password() {
    if is_child() {
        let first = fs::read_to_string("password").unwrap().parse().unwrap();
        let mut writer = writer(&numbered(first));
        for number in first + 1.. {
            begin(number);
            writer.rekey(&numbered(number), &options(), &mut || {}).unwrap();
            done(number);
        }
    }
}

#[test]
fn child_rewraps() {
    if is_child() {
        let first = fs::read_to_string("password").unwrap().parse().unwrap();
        let mut writer = writer(&numbered(first));
        for number in first + 1.. {
            begin(number);
            writer.change_password(&numbered(number), common::CHEAP).unwrap();
            done(number);
        }
    }
}

#[test]
fn child_rotates() {
    if is_child() {
        let mut writer = writer(&password());
        for number in 0.. {
            begin(number);
            writer.rekey(&password(), &options(), &mut || {}).unwrap();
            done(number);
        }
    }
}

#[test]
fn child_upgrades() {
    if is_child() {
        begin(0);
        drop(writer(&unicode()));
        done(0);
        std::thread::park();
    }
}

#[test]
fn child_backs_up() {
    if is_child() {
        let store = Keystore::open(&here(), &password(), &options()).unwrap();
        for number in 0.. {
            begin(number);
            store.backup(&here().with_file_name(format!("backup-{number}")), &password()).unwrap();
            done(number);
        }
    }
}

#[test]
fn child_restores() {
    if is_child() {
        let backup = here().with_file_name("backup");
        for number in 0.. {
            begin(number);
            restore(&backup, &here(), &password(), &options(), true).unwrap();
            done(number);
        }
    }
}

fn unicode() -> Password {
    Password::new("пароль-密码-é-🔑".into())
}

/// That what is there is what was acknowledged, with or without what was under way.
fn check(
    found: &BTreeSet<u32>,
    known: &BTreeSet<u32>,
    under_way: Option<u32>,
    of: impl Fn(u32) -> std::ops::Range<u32>,
) {
    if found == known {
        return;
    }
    let other: BTreeSet<u32> = of(under_way.expect("nothing was under way")).collect();
    assert!(found.symmetric_difference(known).copied().eq(other), "{under_way:?}");
}

#[test]
fn adding() {
    for (child, size, times) in [("child_adds", 1, 100), ("child_adds_batches", 100, 60)] {
        let place = Place::filled(FIRST);
        let mut known: BTreeSet<u32> = FIRST.collect();
        kill_often(&place, child, times, |killed: &Killed| {
            known.extend(killed.done.iter().flat_map(|number| *number..number + size));
            let found = numbers(&place.open().unwrap());
            check(&found, &known, killed.under_way, |number| number..number + size);
            known = found;
        });
        assert!(known.len() > FIRST.len(), "{child}");
    }
}

#[test]
fn removing() {
    let mut place = Place::filled(FIRST);
    let mut known: BTreeSet<u32> = FIRST.collect();
    for _ in 0..80 {
        let killed = kill_within(&place, "child_removes", LONGEST);
        known.retain(|number| !killed.done.contains(number));
        let found = numbers(&place.open().unwrap());
        check(&found, &known, killed.under_way, |number| number..number + 1);
        known = found;
        if known.len() < 30 {
            place = Place::filled(FIRST);
            known = FIRST.collect();
        }
    }
}

#[test]
fn changing_the_password() {
    for (child, times) in [("child_changes_password", 80), ("child_rewraps", 60)] {
        let place = Place::new();
        let path = place.path();
        let (mut made, _) =
            Writer::open_or_create(&path, &numbered(0), &options(), &nothing).unwrap();
        made.add(&FIRST.map(record).collect::<Vec<_>>()).unwrap();
        drop(made);
        fs::write(place.folder.path().join("password"), "0").unwrap();
        let mut last = 0;
        kill_often(&place, child, times, |killed| {
            last = killed.done.last().copied().unwrap_or(last);
            // Exactly one of the two opens it.
            let open = |number| Keystore::open(&path, &numbered(number), &options());
            let store = match (open(last), killed.under_way.map(|next| (next, open(next)))) {
                (Ok(store), None | Some((_, Err(_)))) => store,
                (Err(_), Some((next, Ok(store)))) => {
                    last = next;
                    store
                }
                _ => panic!("{last} {killed:?}"),
            };
            assert!(numbers(&store).into_iter().eq(FIRST));
            fs::write(place.folder.path().join("password"), last.to_string()).unwrap();
        });
        assert!(last > 0, "{child}");
    }
}

#[test]
fn rotating_the_key() {
    let place = Place::filled(FIRST);
    let mut left = 0;
    kill_often(&place, "child_rotates", 80, |_| {
        let names = place.names();
        left += usize::from(names.iter().any(|name| name.starts_with(".wallet.dat.new-")));
        assert!(numbers(&place.open().unwrap()).into_iter().eq(FIRST));
        // What a crash leaves does not gather: the next one clears it.
        assert!(names.len() <= 3, "{names:?}");
    });
    assert!(left > 0, "no kill came while a store was being built");
    place.writer().rekey(&password(), &options(), &mut || {}).unwrap();
    assert_eq!(place.names(), ["wallet.dat"]);
}

#[test]
fn upgrading() {
    let bytes = fixture("twohundred-unicode.wallet.dat");
    let (mut old, mut new) = (0, 0);
    for round in 0..60 {
        let place = Place::with(&bytes);
        // It takes longer than the others, on one machine more than on another.
        let killed = kill_within(&place, "child_upgrades", LONGEST * (1 << (round % 6)));
        let store = Keystore::open(&place.path(), &unicode(), &options()).unwrap();
        assert_eq!(store.verify().unwrap().wallets, 200);
        if store.format() == Format::Legacy {
            assert_eq!(fs::read(place.path()).unwrap(), bytes);
            assert!(killed.done.is_empty());
            old += 1;
            continue;
        }
        // The sealed copy has its name, or the name it has until the next command.
        let copy = [".legacy-sealed", ".legacy-sealed.pending"]
            .map(|suffix| place.beside(suffix))
            .into_iter()
            .find(|copy| copy.exists());
        let copy = kms_keystore::open_legacy_copy(&copy.unwrap(), &unicode(), &options());
        assert_eq!(copy.unwrap(), bytes);
        new += 1;
    }
    assert!(old > 0 && new > 0, "{old} {new}");
}

#[test]
fn backing_up() {
    let place = Place::filled(FIRST);
    let mut kept = BTreeSet::new();
    kill_often(&place, "child_backs_up", 60, |killed| {
        kept.extend(killed.done.iter().copied());
        assert!(numbers(&place.open().unwrap()).into_iter().eq(FIRST));
        // Whatever has the name of a backup is whole.
        for number in killed.done.iter().copied().chain(killed.under_way) {
            let path = place.folder.path().join(format!("backup-{number}"));
            if path.exists() {
                let backup = Keystore::open(&path, &password(), &options()).unwrap();
                assert!(numbers(&backup).into_iter().eq(FIRST));
                fs::remove_file(path).unwrap();
            } else {
                assert_eq!(killed.under_way, Some(number));
            }
        }
    });
    assert!(!kept.is_empty());
}

#[test]
fn restoring() {
    let backup = Place::filled(5..25);
    let (mut before, mut after) = (0, 0);
    for round in 0..60 {
        let place = Place::filled(FIRST);
        fs::copy(backup.path(), place.folder.path().join("backup")).unwrap();
        let killed = kill_within(&place, "child_restores", LONGEST * (1 << (round % 4)));
        let present = numbers(&place.open().unwrap());
        let is_first = |found: &BTreeSet<u32>| found.iter().copied().eq(FIRST);
        if is_first(&present) {
            assert!(killed.done.is_empty());
            before += 1;
            continue;
        }
        assert!(present.into_iter().eq(5..25));
        // The store that was replaced is there under another name, and whole.
        let kept = kms_keystore::kept_copies(&place.path()).unwrap();
        let kept = kept.iter().map(|copy| Keystore::open(copy, &password(), &options()));
        assert!(kept.map(|copy| numbers(&copy.unwrap())).any(|found| is_first(&found)));
        after += 1;
    }
    assert!(before > 0 && after > 0, "{before} {after}");
}
