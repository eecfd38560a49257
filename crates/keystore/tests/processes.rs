//! Several processes, killed processes, full disks: nothing that was acknowledged is lost.
//!
//! Children are this test binary again, run for one of the first two tests below with the folder they
//! work in as working directory. Those two have nothing to do in other processes.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{
    Place, child_command, contents, fixture, id, is_child, nothing, options, password, record,
};
use kms_core::Password;
use kms_keystore::{Format, Keystore, Writer};

fn unicode() -> Password {
    Password::new("пароль-密码-é-🔑".into())
}

fn child(place: &Place, test: &str) -> Command {
    let mut command = child_command(test);
    command.current_dir(place.folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Numbers the child has acknowledged, one a line, before it ended or was killed.
fn acknowledged(child: Child) -> Vec<u32> {
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_prefix("added ")?.parse().ok())
        .collect()
}

#[test]
fn child_adds() {
    if !is_child() {
        return;
    }
    let path = std::env::current_dir().unwrap().join("wallet.dat");
    let (mut writer, _) = Writer::open_or_create(&path, &password(), &options(), &nothing).unwrap();
    for number in 0..20 {
        let number = std::process::id() * 100 % 90_000_000 + number;
        writer.add(&[record(number)]).unwrap();
        println!("\nadded {number}");
    }
}

#[test]
fn child_upgrades() {
    if !is_child() {
        return;
    }
    let path = std::env::current_dir().unwrap().join("wallet.dat");
    Writer::open(&path, &unicode(), &options(), &nothing).unwrap();
}

#[test]
fn processes_at_once_lose_nothing() {
    let place = Place::new();
    let children: Vec<_> = (0..4).map(|_| child(&place, "child_adds").spawn().unwrap()).collect();
    let numbers: Vec<_> = children.into_iter().flat_map(acknowledged).collect();
    assert_eq!(numbers.len(), 80);
    let store = place.open().unwrap();
    assert_eq!(store.verify().unwrap().wallets, 80);
    for number in numbers {
        store.wallet(&id(number).parse().unwrap()).unwrap();
    }
    assert_eq!(place.names(), ["wallet.dat"]);
}

#[test]
fn threads_and_processes_at_once_lose_nothing() {
    let place = Place::store(0..1);
    let mut other = child(&place, "child_adds").spawn().unwrap();
    std::thread::scope(|scope| {
        for thread in 1..4 {
            let place = &place;
            // Each opens the store anew for every wallet: looking at the file must drop nobody's lock.
            scope.spawn(move || {
                for number in 0..10 {
                    place.writer().add(&[record(thread * 100 + number)]).unwrap();
                }
            });
        }
    });
    assert!(other.wait().unwrap().success());
    assert_eq!(place.open().unwrap().verify().unwrap().wallets, 51);
}

#[test]
fn a_killed_writer_loses_nothing_acknowledged() {
    let place = Place::store(0..1);
    let mut all = vec![0];
    for round in 0..12 {
        let mut running = child(&place, "child_adds").spawn().unwrap();
        std::thread::sleep(Duration::from_millis(30 + 17 * round));
        running.kill().unwrap();
        all.extend(acknowledged(running));
        let store = place.open().unwrap();
        let found = store.verify().unwrap().wallets;
        // One more may be written than was said.
        assert!(found >= all.len(), "{found} of {}", all.len());
        for number in &all {
            store.wallet(&id(*number).parse().unwrap()).unwrap();
        }
        all = contents(&store).unwrap().iter().map(|(id, _)| id[..8].parse().unwrap()).collect();
    }
    assert!(all.len() > 1);
}

#[test]
fn a_killed_upgrade_leaves_one_whole_store() {
    let bytes = fixture("twohundred-unicode.wallet.dat");
    let start = std::time::Instant::now();
    assert!(child(&Place::with(&bytes), "child_upgrades").status().unwrap().success());
    let whole = start.elapsed();
    let mut formats = Vec::new();
    let mut whole_upgrades = 0;
    // Later and later, until some have had the time that they need.
    for round in 1_u32.. {
        let place = Place::with(&bytes);
        let mut running = child(&place, "child_upgrades").spawn().unwrap();
        std::thread::sleep(whole * round / 20);
        running.kill().unwrap();
        running.wait().unwrap();
        let store = Keystore::open(&place.path(), &unicode(), &options()).unwrap();
        assert_eq!(contents(&store).unwrap().len(), 200);
        if store.format() == Format::Legacy {
            assert_eq!(fs::read(place.path()).unwrap(), bytes);
        }
        formats.push((store.format(), place.names().len()));
        whole_upgrades += i32::from(store.format() == Format::Current);
        // And the next try succeeds, whatever was left behind.
        drop(Writer::open(&place.path(), &unicode(), &options(), &nothing).unwrap());
        assert!(place.beside(".legacy-sealed").exists());
        let store = Keystore::open(&place.path(), &unicode(), &options()).unwrap();
        assert_eq!(store.verify().unwrap().wallets, 200);
        if round >= 20 && whole_upgrades >= 5 {
            break;
        }
        assert!(round < 200, "{formats:?}");
    }
    println!("{formats:?}");
}

/// The shell limits the size of files as a full disk would, in steps of 512 bytes.
#[test]
fn a_full_disk_changes_nothing() {
    let bytes = fixture("twohundred-unicode.wallet.dat");
    for blocks in [0, 1, 8, 40, 100, 200] {
        let place = Place::with(&bytes);
        let inner = child(&place, "child_upgrades");
        let status = Command::new("sh")
            .envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .arg("-c")
            .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\" >/dev/null 2>&1"))
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(place.folder.path())
            .status()
            .unwrap();
        assert!(!status.success(), "{blocks}");
        assert_eq!(fs::read(place.path()).unwrap(), bytes, "{blocks}");
        assert_eq!(place.names(), ["wallet.dat"], "{blocks}");
    }
}

#[test]
fn an_unwritable_place_changes_nothing() {
    let nowhere = std::path::Path::new("/proc/no/wallet.dat");
    assert!(Writer::open_or_create(nowhere, &password(), &options(), &nothing).is_err());
    let place = Place::with(b"");
    // The directory of the store is a file.
    let path = place.path().join("wallet.dat");
    assert!(Writer::open_or_create(&path, &password(), &options(), &nothing).is_err());
    assert_eq!(place.names(), ["wallet.dat"]);
}

/// A copy of the file and its journal in the middle of a transaction is what a crash leaves.
#[test]
fn an_interrupted_write_is_rolled_back_also_for_a_reader() {
    let place = Place::store(0..3);
    let crashed = Place::new();
    {
        let mut connection = rusqlite::Connection::open(place.path()).unwrap();
        connection.execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1;").unwrap();
        let transaction = connection.transaction().unwrap();
        for number in 0..200 {
            transaction
                .execute(
                    "INSERT INTO wallet VALUES (?1, ?2, 1, 'X', 'mainnet', 'other', zeroblob(3000))",
                    rusqlite::params![100 + number, format!("junk {number}")],
                )
                .unwrap();
        }
        for suffix in ["", "-journal"] {
            fs::copy(place.beside(suffix), crashed.beside(suffix)).unwrap();
        }
        transaction.rollback().unwrap();
    }
    assert!(fs::metadata(crashed.path()).unwrap().len() > 100_000);
    assert_eq!(crashed.open().unwrap().verify().unwrap().wallets, 3);
    assert_eq!(crashed.names(), ["wallet.dat"]);
}
