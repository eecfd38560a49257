//! What commands do to the wallet file while a daemon runs on it.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use support::api::{Api, daemon, user_with_key};
use support::running::{Running, ask, until};
use support::{Outcome, User};

const NEW: &str = "new horse";
const FAST: &str = "--period 0.2 --idlePeriod 0.2 --chain ETH";

/// An API with nothing to sign.
fn idle() -> Api {
    Api::start(|seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", path) if path.starts_with("/v3/kms/pending/") => (200, "[]".to_owned()),
        _ => (200, String::new()),
    })
}

/// Whether a poll asked for this wallet.
fn is_polled(api: &Api, id: &str) -> bool {
    api.to("POST", "/v3/kms/pending/").iter().any(|poll| poll.body.contains(id))
}

/// Waits until two more polls have been made.
fn two_more_polls(api: &Api) {
    let polls = || api.to("POST", "/v3/kms/pending/").len();
    let before = polls();
    until("polls", || polls() >= before + 2);
}

fn with(user: &User, line: &str, variables: &[(&str, &str)]) -> Outcome {
    let mut command = user.command(line.split_whitespace());
    command.envs(variables.iter().copied());
    support::run(command)
}

#[test]
fn a_wallet_that_is_added_is_polled_and_one_that_is_removed_is_not() {
    let (user, first) = user_with_key();
    let api = idle();
    let mut running = Running::start(daemon(&user, &api.url, FAST));
    until("poll", || is_polled(&api, &first));
    let second = user.run("generatemanagedwallet ETH --testnet").ok().id();
    until("poll of the new wallet", || is_polled(&api, &second));
    user.run(&format!("removewallet {first}")).ok();
    until("poll without the old one", || {
        let polls = api.to("POST", "/v3/kms/pending/");
        polls.last().is_some_and(|poll| !poll.body.contains(&first))
    });
    assert_eq!(running.end(Signal::TERM), Some(0));
}

#[test]
fn many_commands_beside_a_daemon_lose_nothing() {
    let (user, _) = user_with_key();
    let api = idle();
    let mut running = Running::start(daemon(&user, &api.url, FAST));
    let ids: Vec<String> = thread::scope(|scope| {
        let add = || user.run("generatemanagedwallet ETH --testnet").ok().id();
        let adding: Vec<_> = (0..5).map(|_| scope.spawn(add)).collect();
        let backups: Vec<_> = (0..3)
            .map(|n| (n, &user))
            .map(|(n, user)| scope.spawn(move || user.run(&format!("backup {n}.dat")).ok()))
            .collect();
        backups.into_iter().for_each(|backup| drop(backup.join().unwrap()));
        adding.into_iter().map(|added| added.join().unwrap()).collect()
    });
    assert_eq!(user.run("verify").ok().json()["wallets"], 6);
    until("polls of all", || ids.iter().all(|id| is_polled(&api, id)));
    for n in 0..3 {
        user.run(&format!("verify --path {n}.dat")).ok();
    }
    assert_eq!(running.end(Signal::TERM), Some(0));
}

#[test]
fn a_rewrapped_restored_or_upgraded_store_is_followed() {
    let (user, id) = user_with_key();
    let api = idle();
    let mut running = Running::start(daemon(&user, &api.url, FAST));
    until("poll", || is_polled(&api, &id));
    with(&user, "changepassword --rewrapOnly", &[("TATUM_KMS_NEW_PASSWORD", NEW)]).ok();
    two_more_polls(&api);
    with(&user, "backup safe.dat", &[("TATUM_KMS_PASSWORD", NEW)]).ok();
    with(&user, "restore safe.dat --replace", &[("TATUM_KMS_PASSWORD", NEW)]).ok();
    two_more_polls(&api);
    let line = "generatemanagedwallet ETH --testnet";
    let added = with(&user, line, &[("TATUM_KMS_PASSWORD", NEW)]).ok().id();
    until("poll of the new wallet", || is_polled(&api, &added));
    assert_eq!(running.end(Signal::TERM), Some(0));

    let user = User::with_legacy("broken/ok.dat");
    let mut running = Running::start(daemon(&user, &api.url, FAST));
    // Its wallets are of another chain and network.
    running.logged("not polled").unwrap();
    let added = user.run(line).ok().id();
    until("poll after the upgrade", || is_polled(&api, &added));
    // A command that opens the journal beside the daemon leaves it its key.
    user.run("pending list").ok();
    let more = user.run(line).ok().id();
    until("poll after that", || is_polled(&api, &more));
    assert_eq!(running.end(Signal::TERM), Some(0));
    let once = support::run(daemon(&user, &api.url, "--runOnce")).ok();
    assert!(once.stderr.contains("present key"), "{}", once.stderr);
}

#[test]
fn new_keys_end_the_daemon_with_its_own_code_and_the_next_one_goes_on() {
    let (user, id) = user_with_key();
    // The broadcast is not answered well until the last daemon.
    let answered = Arc::new(AtomicBool::new(false));
    let flag = answered.clone();
    let api = Api::with_transfer(&id, move || match flag.load(Ordering::SeqCst) {
        true => (200, "{\"txId\":\"0x00\"}".to_owned()),
        false => (500, "{}".to_owned()),
    });
    let mut password = support::PASSWORD;
    for line in ["rotatekey", "changepassword"] {
        let mut command = daemon(&user, &api.url, FAST);
        command.env("TATUM_KMS_PASSWORD", password);
        let mut running = Running::start(command);
        let sent = || api.to("POST", "/v3/ethereum/broadcast").len();
        let before = sent();
        until("broadcast", || sent() > before);
        let variables = [("TATUM_KMS_PASSWORD", password), ("TATUM_KMS_NEW_PASSWORD", NEW)];
        with(&user, line, &variables).ok();
        assert_eq!(running.wait(), Some(3), "{line}");
        if line == "changepassword" {
            password = NEW;
        }
        let list = with(&user, "pending list", &[("TATUM_KMS_PASSWORD", password)]).ok();
        assert_eq!(list.json()[0]["id"], support::api::ID);
    }
    assert!(api.to("POST", "/v3/tatum/kms/batch").is_empty(), "nothing was reported as failed");
    answered.store(true, Ordering::SeqCst);
    let mut command = daemon(&user, &api.url, "--runOnce");
    command.env("TATUM_KMS_PASSWORD", NEW);
    support::run(command).ok();
    let sent = api.to("POST", "/v3/ethereum/broadcast");
    assert!(sent.len() > 2 && sent.iter().all(|one| one.body == sent[0].body));
}

#[test]
fn the_password_waits_while_a_daemon_has_the_journal_of_an_old_file() {
    let user = User::with_legacy("broken/ok.dat");
    let api = idle();
    let mut running = Running::start(daemon(&user, &api.url, FAST));
    running.logged("not polled").unwrap();
    let variables = [("TATUM_KMS_NEW_PASSWORD", NEW)];
    let refused = with(&user, "changepassword", &variables);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("stop the daemon"), "{}", refused.stderr);
    assert_eq!(running.end(Signal::TERM), Some(0));
    with(&user, "changepassword", &variables).ok();
    let mut command = daemon(&user, &api.url, "--runOnce --chain ETH");
    command.env("TATUM_KMS_PASSWORD", NEW);
    support::run(command).ok();
}

#[test]
fn another_store_or_the_old_format_in_its_place_ends_the_daemon() {
    for line in ["restore other.dat --replace", "migrate --to legacy --yes"] {
        let (user, id) = user_with_key();
        user.run("generatemanagedwallet ETH --testnet --path other.dat").ok();
        let api = idle();
        let mut running = Running::start(daemon(&user, &api.url, FAST));
        until("poll", || is_polled(&api, &id));
        user.run(line).ok();
        assert_eq!(running.wait(), Some(3), "{line}");
        assert!(api.to("POST", "/v3/tatum/kms/batch").is_empty());
    }
}

#[test]
fn a_daemon_that_lost_its_store_is_not_ready_while_it_finishes_what_is_in_flight() {
    for line in ["rotatekey", "restore other.dat --replace"] {
        let (user, id) = user_with_key();
        user.run("generatemanagedwallet ETH --testnet --path other.dat").ok();
        // With a journal that is new, the first poll waits for everything before there is another.
        support::run(daemon(&user, &idle().url, "--runOnce --chain ETH")).ok();
        let may_answer = Arc::new(AtomicBool::new(false));
        let flag = may_answer.clone();
        let api = Api::with_transfer(&id, move || {
            until("leave to answer", || flag.load(Ordering::SeqCst));
            (200, "{\"txId\":\"0x00\"}".to_owned())
        });
        let mut running =
            Running::start(daemon(&user, &api.url, &format!("{FAST} --listen 127.0.0.1:0")));
        let address = running.logged("address=").unwrap();
        let page = || ask(&address, "GET", "/readyz", &address);
        until("broadcast", || !api.to("POST", "/v3/ethereum/broadcast").is_empty());
        until("ready", || page().0 == 200);
        user.run(line).ok();
        until("lost", || page().0 == 503);
        let told = page().1;
        assert!(told.contains("another one or under another key now"), "{told}");
        assert!(!told.contains("wallet.dat"), "{told}");
        // The file that `status` reads is written a little later.
        until("status", || {
            let status = user.run("status");
            (status.code, &status.json()[0]["ready"]) == (Some(1), &false.into())
        });
        // It stays so, and the daemon lives, until what is in flight has come to its end.
        thread::sleep(Duration::from_millis(300));
        assert_eq!(page().0, 503);
        may_answer.store(true, Ordering::SeqCst);
        assert_eq!(running.wait(), Some(3), "{line}");
    }
}
