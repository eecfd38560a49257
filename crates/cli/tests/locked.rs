//! A wallet file that somebody else has locked: commands that write wait, and then say who it is.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use rusqlite::{Connection, TransactionBehavior};
use rustix::fs::{FlockOperation, flock};
use support::{Outcome, UNKNOWN, User, legacy, run};

/// Commands that write, but for those that ask or make another file.
const WRITING: &[&str] = &[
    "generatemanagedwallet ETH --testnet",
    "generatemanagedprivatekeybatch ETH 2 --testnet",
    "rotatekey",
    "changepassword --rewrapOnly",
];

fn command(user: &User, line: &str, store: &Path) -> Command {
    let mut command = user.command(line.split_whitespace());
    command.arg("--path").arg(store).env("TATUM_KMS_NEW_PASSWORD", "new horse");
    command
}

/// Runs the lines at the same time, since each waits.
fn all_at_once(user: &User, lines: &[&str], store: &Path) -> Vec<Outcome> {
    thread::scope(|scope| {
        let start = |line| scope.spawn(move || run(command(user, line, store)));
        let running: Vec<_> = lines.iter().copied().map(start).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// Whether `/proc/locks` lists what this process has locked: not in every container, nor on every file system.
fn is_listed() -> bool {
    let own = std::process::id().to_string();
    let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
    locks.lines().any(|line| line.split_whitespace().any(|word| word == own))
}

fn names_file_holder_wait_and_remedy(outcome: Outcome, what: &str, store: &Path) {
    let outcome = outcome.failed(&format!("`{}` {what} ", store.display()));
    let told = &outcome.stderr;
    assert!(told.contains(", and was for the 10 s that were waited; try again when"), "{told}");
    let own = format!("{what} process {} (", std::process::id());
    assert!(told.contains(&own) || (!is_listed() && told.contains("another command")), "{told}");
}

/// Where the tests run, and in memory where there is such a place.
fn folders(user: &User) -> Vec<(PathBuf, Option<tempfile::TempDir>)> {
    let memory = tempfile::tempdir_in("/dev/shm").ok();
    let beside = user.home.path().join("store");
    let in_memory = memory.map(|folder| (folder.path().join("store"), Some(folder)));
    std::iter::once((beside, None)).chain(in_memory).collect()
}

#[test]
fn who_waits_for_a_locked_store_in_vain_is_told_by_whom_and_readers_do_not_wait() {
    let user = User::new();
    for (folder, _memory) in folders(&user) {
        let store = folder.join("wallet.dat");
        run(command(&user, WRITING[0], &store)).ok();
        let before = std::fs::read(&store).unwrap();
        let mut holder = Connection::open(&store).unwrap();
        let held = holder.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let refused = all_at_once(&user, WRITING, &store);
        for outcome in refused {
            names_file_holder_wait_and_remedy(outcome, "is locked by", &store);
        }
        assert_eq!(run(command(&user, "list", &store)).ok().json().as_array().unwrap().len(), 1);
        run(command(&user, &format!("getmanagedwallet {UNKNOWN}"), &store)).failed("no wallet");
        assert_eq!(std::fs::read(&store).unwrap(), before);
        held.rollback().unwrap();
        run(command(&user, WRITING[0], &store)).ok();
    }
}

#[test]
fn who_waits_for_the_upgrade_of_an_old_file_is_told_by_whom() {
    let user = User::with_legacy("broken/ok.dat");
    let old = std::fs::File::open(user.store()).unwrap();
    flock(&old, FlockOperation::LockExclusive).unwrap();
    let outcome = run(user.command(WRITING[0].split_whitespace()));
    names_file_holder_wait_and_remedy(outcome, "is being upgraded by", &user.store());
    assert_eq!(
        std::fs::read(user.store()).unwrap(),
        std::fs::read(legacy("broken/ok.dat")).unwrap()
    );
    drop(old);
    user.run(WRITING[0]).ok();
}
