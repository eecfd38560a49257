//! The daemon as a process: its ways to begin and to end.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use support::{User, run};

/// An API that answers every request alike. Tells the request lines that it got.
fn api(status: &'static str, body: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The test may be over.
            let _ = sender.send(answer(stream, status, body));
        }
    });
    (address, receiver)
}

fn answer(mut stream: TcpStream, status: &str, body: &str) -> String {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut request = String::new();
    reader.read_line(&mut request).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() < 3 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let size = body.len();
    let head = "Content-Type: application/json\r\nConnection: close";
    write!(stream, "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {size}\r\n\r\n{body}").unwrap();
    request
}

fn daemon(user: &User, address: &str, flags: &str) -> Command {
    let mut command = user.command(["daemon", "--testnet"]);
    command.args(flags.split_whitespace()).env("TATUM_API_URL", address);
    command.env("TATUM_API_KEY", "test-key").env("TATUM_RETRIES", "0");
    command
}

fn user_with_wallet() -> User {
    let user = User::new();
    user.run("generatemanagedwallet ETH --testnet").ok();
    user
}

#[test]
fn one_pass_without_work_succeeds() {
    let user = user_with_wallet();
    let (address, requests) = api("200 OK", "[]");
    let outcome = run(daemon(&user, &address, "--runOnce --chain=eth,BSC")).ok();
    assert_eq!(outcome.stdout, "");
    outcome.hides(&["test-key", support::PASSWORD]);
    let request = requests.recv().unwrap();
    assert!(request.contains("/v3/kms/pending/ETH"), "{request}");
}

#[test]
fn one_pass_that_learns_nothing_fails() {
    let user = user_with_wallet();
    let (address, _requests) = api("500 Internal Server Error", "{}");
    let outcome = run(daemon(&user, &address, "--runOnce"));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""), "{}", outcome.stderr);
    outcome.hides(&["test-key"]);
}

#[test]
fn a_signal_ends_it_in_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let user = user_with_wallet();
        let (address, requests) = api("200 OK", "[]");
        let mut child = start(daemon(&user, &address, "--period 0.2"));
        requests.recv_timeout(Duration::from_secs(20)).unwrap();
        requests.recv_timeout(Duration::from_secs(20)).unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(wait(&mut child), Some(0));
    }
}

#[test]
fn a_second_daemon_on_the_same_store_is_refused() {
    let user = user_with_wallet();
    let (address, requests) = api("200 OK", "[]");
    let mut first = start(daemon(&user, &address, "--period 60"));
    requests.recv_timeout(Duration::from_secs(20)).unwrap();
    run(daemon(&user, &address, "--runOnce")).failed("");
    kill_process(Pid::from_child(&first), Signal::TERM).unwrap();
    assert_eq!(wait(&mut first), Some(0));
}

#[test]
fn a_sandbox_is_no_api_for_mainnet() {
    let user = User::new();
    user.run("generatemanagedwallet ETH").ok();
    let (address, _requests) = api("200 OK\r\nX-Tatum-Sandbox: testnet", "[]");
    let mainnet = |flags: &str| {
        let mut command = user.command(["daemon", "--externalUrl", "http://127.0.0.1:9"]);
        command.args(flags.split_whitespace()).env("TATUM_API_URL", &address);
        command.env("TATUM_API_KEY", "test-key");
        run(command)
    };
    // It ends by itself: no later poll could go better.
    mainnet("").failed("--allowSandbox");
    mainnet("--runOnce").failed("--allowSandbox");
    mainnet("--runOnce --allowSandbox").ok();
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn wait(child: &mut Child) -> Option<i32> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    panic!("the daemon does not end");
}
