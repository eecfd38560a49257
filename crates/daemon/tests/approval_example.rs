//! The server in `docs/four-eyes.md`, run as it stands there.
//!
//! Needs `python3`; where there is none, the test says that it skips.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
#[path = "../../tatum/tests/stub/mod.rs"]
mod stub;

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fake::{FakeChain, FakeStore, ID, accepted, item, run, served, settings};
use kms_crypto::mac::MacKey;
use kms_daemon::{Approval, ApprovalMethod, DaemonSettings};

const SECRET: &str = "5f0c1b7f2d9e4a63";
const DOCUMENT: &str = include_str!("../../../docs/four-eyes.md");

struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts the example with `policy` in place of its own, for the fake chain only puts memos on chain.
    fn start(directory: &std::path::Path, policy: &str) -> Option<Self> {
        let start = DOCUMENT.find("```python\n").unwrap() + "```python\n".len();
        let length = DOCUMENT[start..].find("```\n").unwrap();
        let program = DOCUMENT[start..start + length].replace("\"transfer\"", policy);
        let file = directory.join("approver.py");
        std::fs::write(&file, program.replace("action[\"to\"].lower() in ALLOWED", "True"))
            .unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let url = format!("http://{address}/kms");
        let mut command = Command::new("python3");
        command.arg(&file).env("TATUM_KMS_APPROVAL_SECRET", SECRET).env("PUBLIC_URL", &url);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let server = Self { child, url };
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "the example does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One strict pass against `server` under `secret`. Returns how the question ended.
async fn pass(server: &Server, method: ApprovalMethod, secret: &str) -> &'static str {
    let (chain, store) = (FakeChain::leak("FAKE"), FakeStore::new(&["FAKE"]));
    let api = served(vec![item(ID, "FAKE", "{}")], accepted).await;
    let mut settings: DaemonSettings = settings(&api.url, &[chain]);
    let mut approval = Approval::new(format!("{}?team=a", server.url).parse().unwrap(), method);
    approval.secret = Some(MacKey::new(secret.as_bytes().to_vec().into()));
    approval.strict = true;
    settings.approval = Some(approval);
    run(&settings, &store).await.unwrap();
    let how = *settings.status.chains()["FAKE"].approvals.keys().next().unwrap();
    assert_eq!(chain.signatures(), u64::from(how == "approved"));
    how
}

#[tokio::test]
async fn the_documented_server_and_the_daemon_understand_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let Some(lenient) = Server::start(directory.path(), "\"memo\"") else {
        eprintln!("skipped: there is no python3");
        return;
    };
    for method in [ApprovalMethod::Get, ApprovalMethod::Post] {
        assert_eq!(pass(&lenient, method, SECRET).await, "approved");
    }
    // Another secret: the server sends it away, and its answer proves nothing either.
    let other = pass(&lenient, ApprovalMethod::Get, "0000000000000000").await;
    assert_eq!(other, "unauthenticated");
    let careful = Server::start(directory.path(), "\"transfer\"").unwrap();
    assert_eq!(pass(&careful, ApprovalMethod::Post, SECRET).await, "denied");
}
