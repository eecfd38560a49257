//! The server in `docs/examples/`, run as it stands there, and asked by the daemon.
//!
//! Needs `python3`; where there is none, the test says that it skips.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use support::api::{Api, ID, daemon, user_with_key};
use support::running::until;
use support::{Outcome, User, run};

const SECRET: &str = "5f0c1b7f2d9e4a63";
/// Whom the pending transfer of the tests pays, written in another letter case.
const RECIPIENT: &str = "0x687422EEA2CB73B5d3e242ba5456b782919afc85";

struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(directory: &Path) -> Option<Self> {
        let program =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/four-eyes-server.py");
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let url = format!("http://{address}/kms");
        let mut command = Command::new("python3");
        command.arg(program).current_dir(directory).env("TATUM_KMS_APPROVAL_SECRET", SECRET);
        command.env("PUBLIC_URL", &url).env("RULES", "rules.json");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let server = Self { child, url };
        until("answer of the example", || TcpStream::connect(address).is_ok());
        Some(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server's list: up to `most` wei for `to`.
fn allow(directory: &Path, to: &str, most: &str) {
    let rule =
        json!({"chain": "ETH", "network": "testnet", "asset": "ETH", "to": to, "most": most});
    fs::write(directory.join("rules.json"), json!([rule]).to_string()).unwrap();
}

/// One strict pass. What became of the one transaction is what it prints.
fn pass(user: &User, api: &Api, server: &Server, method: &str, secret: &str) -> (Outcome, String) {
    let flags = "--runOnce --output json --strictApproval --maxDenials 0";
    let mut command = daemon(user, &api.url, flags);
    command.args(["--externalUrl", &format!("{}?team=a", server.url)]);
    command.args(["--externalUrlMethod", method]).env("TATUM_KMS_APPROVAL_SECRET", secret);
    let outcome = run(command).hides(&[SECRET]);
    let approval = outcome.json()["items"][0]["approval"].as_str().unwrap().to_owned();
    (outcome, approval)
}

#[test]
fn the_documented_server_and_the_daemon_understand_each_other() {
    for method in ["GET", "POST"] {
        let (user, wallet) = user_with_key();
        let Some(server) = Server::start(user.home.path()) else {
            println!("skipped: there is no python3");
            return;
        };
        let api = Api::with_transfer(&wallet, || (200, r#"{"txId":"0x1"}"#.to_owned()));
        let denied = |user: &User| {
            let (outcome, approval) = pass(user, &api, &server, method, SECRET);
            assert_eq!(
                (outcome.code, approval.as_str()),
                (Some(1), "denied"),
                "{}",
                outcome.stderr
            );
            assert!(api.to("POST", "/v3/ethereum/broadcast").is_empty());
        };
        // To somebody else, and more than is allowed.
        allow(user.home.path(), "0x3535353535353535353535353535353535353535", "1000");
        denied(&user);
        allow(user.home.path(), RECIPIENT, "999");
        denied(&user);
        // Under another secret the server sends it away, and its answer proves nothing either.
        allow(user.home.path(), RECIPIENT, "1000");
        let (_, approval) = pass(&user, &api, &server, method, "0000000000000000");
        assert_eq!(approval, "unauthenticated");
        let (outcome, approval) = pass(&user, &api, &server, method, SECRET);
        assert_eq!((outcome.code, approval.as_str()), (Some(0), "approved"), "{}", outcome.stderr);
        assert_eq!(outcome.json()["items"][0]["id"], ID);
        assert_eq!(api.to("POST", "/v3/ethereum/broadcast").len(), 1);
    }
}
