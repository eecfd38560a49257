//! The messages in `docs/runbook.md` are those of the program.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use rustix::process::Signal;
use support::api::{Api, ID, daemon, user_with_key};
use support::console::is_like;
use support::running::Running;
use support::{User, run};

const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/runbook.md"));

/// Those that take more than a command to provoke: a disk that is full, an account without credits, too many
/// calls.
const NOT_PROVOKED: &[&str] = &["its disk has room", "credits of the API key", "(429)"];

/// The messages of the page, and which of them have been seen.
struct Page {
    messages: Vec<&'static str>,
    seen: RefCell<Vec<&'static str>>,
}

impl Page {
    fn new() -> Self {
        let boxes = DOCUMENT.split("```text\n").skip(1);
        let messages = boxes.flat_map(|rest| rest.split("\n```").next().unwrap().lines()).collect();
        Self { messages, seen: RefCell::default() }
    }

    /// Fails if none of the messages is in `stderr`.
    fn has(&self, stderr: &str) {
        // A log line has the time in front and fields behind.
        let lines = || {
            stderr.lines().map(|line| {
                let at = ["ERROR ", "WARN "].iter().find_map(|level| line.find(level));
                &line[at.unwrap_or(0)..]
            })
        };
        let said = |message: &str| {
            lines()
                .any(|line| is_like(message, line) || is_like(&format!("{message} chain=…"), line))
        };
        let found: Vec<_> = self.messages.iter().filter(|message| said(message)).collect();
        assert!(!found.is_empty(), "the page does not have:\n{stderr}");
        self.seen.borrow_mut().extend(found);
    }
}

fn once(user: &User, api: &Api, flags: &str) -> Command {
    daemon(user, &api.url, &format!("--runOnce --chain ETH {flags}"))
}

fn without(mut command: Command, variable: &str) -> Command {
    command.env_remove(variable);
    command
}

#[test]
fn every_message_of_the_page_is_one_of_the_program() {
    let page = Page::new();
    of_the_start(&page);
    of_files(&page);
    of_transactions(&page);
    for message in &page.messages {
        let seen = page.seen.borrow().contains(message);
        let exempt = NOT_PROVOKED.iter().any(|part| message.contains(part));
        assert!(seen != exempt, "not seen, or seen though exempt: {message}");
    }
}

fn of_the_start(page: &Page) {
    let (user, _) = user_with_key();
    let api = Api::start(|_| (200, "[]".to_owned()));
    let mut other = once(&user, &api, "");
    other.env("TATUM_KMS_PASSWORD", "other");
    page.has(&run(other).stderr);
    page.has(&run(without(once(&user, &api, ""), "TATUM_KMS_PASSWORD")).stderr);
    page.has(&run(without(once(&user, &api, ""), "TATUM_API_KEY")).stderr);
    page.has(&run(daemon(&user, "http://127.0.0.1:9", "--runOnce")).stderr);
    let mut running = Running::start(daemon(&user, &api.url, "--chain ETH --listen 127.0.0.1:0"));
    running.logged("showing").unwrap();
    support::running::until("daemon", || user.run("status").code == Some(0));
    page.has(&run(once(&user, &api, "")).stderr);
    running.end(Signal::TERM);
    fs::set_permissions(user.store(), fs::Permissions::from_mode(0o644)).unwrap();
    page.has(&user.run("list").stderr);
}

fn of_files(page: &Page) {
    let (user, _) = user_with_key();
    let api = Api::start(|_| (200, "[]".to_owned()));
    let file = |end: &str| user.home.path().join(format!(".tatumrc/wallet.dat{end}"));
    let mut running = Running::start(daemon(&user, &api.url, "--chain ETH --period 0.1"));
    support::running::until("daemon", || user.run("status").code == Some(0));
    fs::rename(user.store(), file(".aside")).unwrap();
    assert_eq!(running.wait(), Some(3));
    page.has(&running.rest_of_log());
    page.has(&user.run("list").stderr);
    fs::rename(file(".aside"), user.store()).unwrap();

    let mut running = Running::start(daemon(&user, &api.url, "--chain ETH --period 0.1"));
    support::running::until("daemon", || user.run("status").code == Some(0));
    user.run("rotatekey").ok();
    assert_eq!(running.wait(), Some(3));
    page.has(&running.rest_of_log());

    let (user, wallet) = user_with_key();
    let file = |end: &str| user.home.path().join(format!(".tatumrc/wallet.dat{end}"));
    let api = Api::with_transfer(&wallet, || (200, r#"{"txId":"0x1"}"#.to_owned()));
    run(once(&user, &api, "--externalUrl http://127.0.0.1:9/shut"));
    let before = fs::read(file(".journal")).unwrap();
    run(once(&user, &api, "")).ok();
    fs::write(file(".journal"), before).unwrap();
    page.has(&run(once(&user, &api, "")).stderr);
    fs::remove_file(file(".journal")).unwrap();
    page.has(&run(once(&user, &api, "")).stderr);

    let user = User::with_legacy("broken/ok.dat");
    user.run("migrate --to current").ok();
    fs::copy(support::legacy("broken/ok.dat"), user.store()).unwrap();
    page.has(&user.run("list").stderr);
}

fn of_transactions(page: &Page) {
    let (user, wallet) = user_with_key();
    let refusing = Api::with_transfer(&wallet, || (400, r#"{"message":"no"}"#.to_owned()));
    page.has(&run(once(&user, &refusing, "--externalUrl http://127.0.0.1:9/shut")).stderr);
    let approver = Api::start(|_| (403, String::new()));
    let denied = format!("--externalUrl {}", approver.url);
    page.has(&run(once(&user, &refusing, &denied)).stderr);
    let mut unsigned = once(&user, &refusing, &format!("{denied} --strictApproval"));
    unsigned.env("TATUM_KMS_APPROVAL_SECRET", "0123456789abcdef");
    page.has(&run(unsigned).stderr);
    page.has(&run(once(&user, &refusing, "--maxFee ETH=0.0000001")).stderr);
    page.has(&run(once(&user, &refusing, "")).stderr);
    user.run(&format!("pending discard {ID}")).ok();

    let (user, wallet) = user_with_key();
    let unsure = Api::with_transfer(&wallet, || (502, String::new()));
    page.has(&run(once(&user, &unsure, "")).stderr);

    let (user, wallet) = user_with_key();
    let api = Api::with_transfer(&wallet, || (200, String::new()));
    for _ in 0..2 {
        let seen = run(once(&user, &api, "--maxTries 1 --maxFee ETH=0.0000001")).stderr;
        if seen.contains("quarantined") {
            page.has(&seen);
        }
    }
}
