//! How the daemon begins and ends, for systemd and for people.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use support::api::{Api, daemon, user_with_key};
use support::running::{Running, until};

/// An API whose broadcasts take `time`; says when one has begun.
fn slow(wallet: &str, time: Duration) -> (Api, Arc<AtomicBool>) {
    let begun = Arc::new(AtomicBool::new(false));
    let flag = begun.clone();
    let api = Api::with_transfer(wallet, move || {
        flag.store(true, Ordering::SeqCst);
        thread::sleep(time);
        (200, "{\"txId\":\"0x00\"}".to_owned())
    });
    (api, begun)
}

#[test]
fn what_is_in_flight_is_finished_at_the_first_signal() {
    for signal in [Signal::TERM, Signal::INT] {
        let (user, wallet) = user_with_key();
        let (api, begun) = slow(&wallet, Duration::from_millis(700));
        let mut daemon = Running::start(daemon(&user, &api.url, "--period 60"));
        until("a broadcast", || begun.load(Ordering::SeqCst));
        daemon.signal(signal);
        daemon.logged("completed=true").unwrap();
        assert_eq!(daemon.wait(), Some(0));
        assert_eq!(api.to("POST", "/v3/ethereum/broadcast").len(), 1);
    }
}

#[test]
fn the_second_signal_ends_it_at_once() {
    let (user, wallet) = user_with_key();
    let (api, begun) = slow(&wallet, Duration::from_secs(20));
    let mut daemon = Running::start(daemon(&user, &api.url, "--period 60"));
    until("a broadcast", || begun.load(Ordering::SeqCst));
    let start = Instant::now();
    daemon.signal(Signal::TERM);
    daemon.logged("stopping").unwrap();
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(), Some(143));
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_takes_too_long_is_left_to_the_next_start_with_the_same_bytes() {
    let (user, wallet) = user_with_key();
    let (api, begun) = slow(&wallet, Duration::from_secs(4));
    let flags = "--period 60 --stopTimeout 0.3";
    let mut first = Running::start(daemon(&user, &api.url, flags));
    until("a broadcast", || begun.load(Ordering::SeqCst));
    first.signal(Signal::TERM);
    first.logged("not finished").unwrap();
    assert_eq!(first.wait(), Some(0));
    support::run(daemon(&user, &api.url, "--runOnce")).ok();
    let sent = api.to("POST", "/v3/ethereum/broadcast");
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
}

#[test]
fn a_lost_wallet_file_has_an_exit_code_of_its_own() {
    let (user, wallet) = user_with_key();
    let api = Api::with_transfer(&wallet, || (200, "{\"txId\":\"0x00\"}".to_owned()));
    let mut daemon = Running::start(daemon(&user, &api.url, "--period 0.2 --idlePeriod 0.2"));
    daemon.logged("completed=true").unwrap();
    std::fs::rename(user.store(), user.home.path().join("elsewhere")).unwrap();
    assert_eq!(daemon.wait(), Some(3));
}

#[test]
fn systemd_is_told_of_start_life_and_end() {
    let (user, wallet) = user_with_key();
    let api = Api::with_transfer(&wallet, || (200, "{\"txId\":\"0x00\"}".to_owned()));
    let path = user.home.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut command = daemon(&user, &api.url, "--period 0.2 --stopTimeout 7");
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000");
    let mut daemon = Running::start(command);
    let told = || {
        let mut buffer = [0; 200];
        let size = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..size].to_vec()).unwrap()
    };
    assert_eq!(told(), "READY=1");
    assert_eq!((told().as_str(), told().as_str()), ("WATCHDOG=1", "WATCHDOG=1"));
    daemon.signal(Signal::TERM);
    let last = std::iter::repeat_with(told).find(|word| word != "WATCHDOG=1").unwrap();
    assert_eq!(last, "STOPPING=1\nEXTEND_TIMEOUT_USEC=7000000");
    assert_eq!(daemon.wait(), Some(0));
}
