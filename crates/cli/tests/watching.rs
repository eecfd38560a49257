//! What a running daemon shows: `--listen`, `status` and the log.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use rustix::process::Signal;
use serde_json::Value;
use support::User;
use support::api::{Api, KEY, PAYLOAD, daemon, user_with_key};
use support::running::{Running, ask};

fn accepted() -> (u16, String) {
    (200, "{\"txId\":\"0x00\"}".to_owned())
}

#[test]
fn health_readiness_and_metrics_are_shown_to_this_machine() {
    let (user, wallet) = user_with_key();
    let api = Api::with_transfer(&wallet, accepted);
    let mut daemon = Running::start(daemon(&user, &api.url, "--period 0.2 --listen 127.0.0.1:0"));
    let address = daemon.logged("address=").unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    daemon.logged("sent").unwrap();
    let get = |path: &str| ask(&address, "GET", path, &address);
    assert_eq!(get("/healthz").0, 200);
    let ready = || get("/readyz").0 == 200;
    support::running::until("ready", ready);
    let (status, page) = get("/metrics");
    assert_eq!(status, 200);
    for line in [
        "tatum_kms_ready 1",
        "# TYPE tatum_kms_poll_seconds histogram",
        "tatum_kms_wallets{chain=\"ETH\"} 1",
    ] {
        assert!(page.lines().any(|one| one == line), "{line} in {page}");
    }
    for secret in [KEY, PAYLOAD, wallet.as_str(), support::api::ID] {
        assert!(!page.contains(secret), "{page}");
    }
    for method in ["POST", "PUT", "DELETE", "HEAD"] {
        assert_eq!(ask(&address, method, "/metrics", &address).0, 405, "{method}");
    }
    assert_eq!(ask(&address, "GET", "/metrics", "evil.example").0, 403);
    assert_eq!(ask(&address, "GET", "/metrics", "localhost").0, 200);
    assert_eq!(get("/elsewhere").0, 404);
    assert_eq!(daemon.end(Signal::TERM), Some(0));
}

#[test]
fn an_address_in_use_is_named() {
    let (user, _) = user_with_key();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let flags = format!("--listen {address}");
    support::run(daemon(&user, "http://127.0.0.1:1", &flags)).failed(&address);
}

#[test]
fn status_tells_of_the_daemon_that_runs() {
    let (user, wallet) = user_with_key();
    user.run("status").failed("no daemon runs");
    let api = Api::with_transfer(&wallet, accepted);
    let mut first = Running::start(daemon(&user, &api.url, "--period 0.2"));
    first.logged("sent").unwrap();
    let told = || user.run("status");
    support::running::until("status", || told().code == Some(0));
    let document = told().ok().hides(&[KEY, PAYLOAD, &wallet]).json();
    let one = &document[0];
    assert_eq!((&one["running"], &one["ready"]), (&Value::Bool(true), &Value::Bool(true)));
    assert_eq!(one["chains"]["ETH"]["wallets"], 1, "{one}");

    // Killed, it leaves its file behind, and that shows.
    first.end(Signal::KILL);
    let outcome = user.run("status");
    assert_eq!((outcome.code, &outcome.json()[0]["running"]), (Some(1), &Value::Bool(false)));
    let mut second = Running::start(daemon(&user, &api.url, "--period 0.2"));
    support::running::until("status", || told().code == Some(0));
    assert_eq!(second.end(Signal::TERM), Some(0));
    user.run("status").failed("no daemon runs");
}

#[test]
fn a_json_log_is_one_object_a_line() {
    let (user, wallet) = user_with_key();
    let api = Api::with_transfer(&wallet, accepted);
    let flags = "--runOnce --logFormat json";
    let outcome = support::run(daemon(&user, &api.url, flags)).ok().hides(&[KEY, PAYLOAD]);
    let lines: Vec<Value> =
        outcome.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_item = |line: &&Value| line["transaction"] == support::api::ID;
    let sent = lines.iter().filter(of_item).find(|line| line["message"] == "sent").unwrap();
    assert_eq!((&sent["chain"], &sent["level"]), (&Value::from("ETH"), &Value::from("INFO")));
    assert!(sent["hash"].as_str().unwrap().starts_with("0x"));
    for state in ["seen", "signed", "sent"] {
        let lines = lines.iter().filter(of_item).filter(|line| line["message"] == state);
        assert_eq!(lines.count(), 1, "{state}");
    }
    User::new().run("daemon --testnet --logFormat xml").usage("json");
}
