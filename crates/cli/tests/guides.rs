//! The guides in `docs/`, typed as they stand there: what they show is what comes out.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use support::api::{Api, ID, KEY, Seen, transfer};
use support::console::{Step, Terminal, is_like, of_document};
use support::running::until;
use support::{ETH_WALLET, SECRETS, User, legacy};

/// An API on mainnet that hands out one transfer of the old file's mnemonic until it is paid, and approves it.
fn mainnet(seen: &Seen) -> (u16, String) {
    match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", path) if path.starts_with("/v3/kms/pending/ETH") => {
            let mut item = transfer(ID, ETH_WALLET);
            item["index"] = json!(0);
            (200, json!([item]).to_string())
        }
        ("POST", path) if path.starts_with("/v3/kms/pending/") => (200, "[]".to_owned()),
        ("POST", path) if path.starts_with("/v3/ethereum/web3/") => (200, node(&seen.body)),
        ("POST", "/v3/ethereum/broadcast") => (200, r#"{"txId":"0x1"}"#.to_owned()),
        ("GET", "/approve/5e6645712b55823de7ea82f1") => (200, String::new()),
        ("POST", "/v3/tatum/kms/batch") => (200, String::new()),
        _ => (404, "{}".to_owned()),
    }
}

fn node(body: &str) -> String {
    let question: Value = serde_json::from_str(body).unwrap();
    let result = match question["method"].as_str().unwrap() {
        "eth_getTransactionByHash" => Value::Null,
        "net_version" => json!("1"),
        "eth_chainId" => json!("0x1"),
        _ => json!("0x5208"),
    };
    json!({"jsonrpc": "2.0", "id": question["id"], "result": result}).to_string()
}

/// Types the steps of a guide. Those that `may_fail` names by a part may end with 1.
fn type_all(terminal: &mut Terminal, steps: &[Step], may_fail: &str) {
    for step in steps {
        let outcome = terminal.run(&step.command);
        let allowed = if step.command.contains(may_fail) { 1 } else { 0 };
        let Step { command, shown } = step;
        assert_eq!(outcome.code, Some(allowed), "{command}\n{}", outcome.stderr);
        assert!(is_like(shown, &outcome.stdout), "{command}\nshown:\n{shown}\n{}", outcome.stdout);
        outcome.hides(SECRETS);
    }
}

#[test]
fn the_way_from_tatum_kms_and_back_is_as_written() {
    let user = User::with_legacy("broken/ok.dat");
    let wallets = fs::read_to_string(legacy("broken/ok.plaintext.json")).unwrap();
    let wallets: Value = serde_json::from_str(&wallets).unwrap();
    // As the recorded exports of the old program are written.
    let export = serde_json::to_string_pretty(&wallets).unwrap() + "\n";
    fs::write(user.home.path().join("old.json"), &export).unwrap();
    fs::write(user.home.path().join(".tatumrc/.env"), format!("TATUM_API_KEY={KEY}\n")).unwrap();
    let api = Api::start(mainnet);
    let mut terminal = Terminal::of(&user);
    terminal.set("TATUM_API_URL", &api.url);
    terminal.set("APPROVER", &format!("{}/approve", api.url));
    let steps = of_document("migrating.md");
    assert!(steps.len() > 12, "{}", steps.len());
    type_all(&mut terminal, &steps, "/shut");
    assert_eq!(fs::read_to_string(user.home.path().join("back.json")).unwrap(), export);
    assert_eq!(api.to("POST", "/v3/ethereum/broadcast").len(), 1);
    // With the gate shut nothing was reported as failed.
    assert!(api.to("POST", "/v3/tatum/kms/batch").is_empty());
}

/// The sandbox that was built with the program; `./check` builds both.
fn sandbox() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_BIN_EXE_tatum-kms")).with_file_name("tatum-sandbox");
    path.is_file().then_some(path)
}

struct Sandbox(Child);

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_quick_start_is_as_written() {
    let (Some(program), user) = (sandbox(), User::new()) else {
        println!("skipped: tatum-sandbox is not built; run cargo build -p tatum-sandbox");
        return;
    };
    for tool in ["curl", "jq"] {
        if Command::new(tool).arg("--version").output().is_err() {
            println!("skipped: there is no {tool}");
            return;
        }
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut command = Command::new(program);
    command.args(["serve", "--port", &address.port().to_string()]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let _sandbox = Sandbox(child);
    until("sandbox", || TcpStream::connect(address).is_ok());
    let mut terminal = Terminal::of(&user);
    let mut steps = of_document("quick-start.md");
    assert!(steps[0].command.starts_with("tatum-sandbox serve"));
    steps.remove(0);
    for step in &mut steps {
        step.command = step.command.replace("127.0.0.1:3001", &address.to_string());
    }
    assert!(steps.len() > 10, "{}", steps.len());
    type_all(&mut terminal, &steps, "nothing may fail");
}
