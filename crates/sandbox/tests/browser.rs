//! The page in Debian's Chromium, with the real daemon behind it: a transfer is queued, read, approved and
//! broadcast, another one is denied, and markup stays text. `browser/page.mjs` says what is looked at.
//!
//! `./check` installs playwright-core to `target/tools/browser`. What is missing skips the test, or fails it
//! where `TATUM_KMS_REQUIRE_BROWSER` is 1. Screenshots are left in `target/tools/browser/pictures`.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::Api;
use common::tools::{find, found_or_skipped, kms_binary, target};
use serde_json::{Value, json};
use tatum_sandbox::kms::{Kms, stop_daemon};
use tatum_sandbox::page::PageSettings;
use tatum_sandbox::server::Settings;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

const REQUIRE: &str = "TATUM_KMS_REQUIRE_BROWSER";
const SECRET: &str = "a secret that both sides have";

/// What the test runs: the daemon, Chromium, Node.js, and the folder with playwright-core.
struct Tools {
    kms: PathBuf,
    chromium: PathBuf,
    node: PathBuf,
    modules: PathBuf,
}

fn tools() -> Option<Tools> {
    let modules = Some(target().join("tools/browser"));
    let modules = modules.filter(|folder| folder.join("node_modules/playwright-core").is_dir());
    let (chromium, node) = (find("chromium", [].into_iter()), find("node", [].into_iter()));
    let install = "install it with `apt-get install chromium`";
    Some(Tools {
        kms: kms_binary(REQUIRE)?,
        chromium: found_or_skipped(chromium, REQUIRE, &format!("there is no chromium; {install}"))?,
        node: found_or_skipped(node, REQUIRE, "there is no Node.js in PATH")?,
        modules: found_or_skipped(
            modules,
            REQUIRE,
            "target/tools/browser has no playwright-core; ./check installs it",
        )?,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_approves_and_denies_what_the_daemon_signs() {
    let Some(tools) = tools() else { return };
    let page = PageSettings { secret: Some(SECRET.to_owned().into()), ..PageSettings::default() };
    let api = Api::start_with(Settings { page, ..Settings::default() }).await;
    let kms = Kms::at_home(tools.kms.clone(), &api.base).unwrap();
    let mut wallets = Vec::new();
    for chain in ["ETH", "XLM"] {
        let wallet = kms.make_private_key(chain).await.unwrap();
        let funding = json!({ "address": wallet.address, "amount": "100" });
        let (status, answer) = api.post(&format!("/sandbox/{chain}/faucet"), funding).await;
        assert_eq!(status, 200, "{answer}");
        wallets.push(json!({
            "chain": chain, "signatureId": wallet.signature_id, "address": wallet.address,
        }));
    }
    let recipient = kms.make_private_key("XLM").await.unwrap().address;
    let funding = json!({ "address": recipient, "amount": "100" });
    assert_eq!(api.post("/sandbox/XLM/faucet", funding).await.0, 200);

    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), SECRET).unwrap();
    let mut daemon = kms
        .start_daemon(&[
            format!("--externalUrl={}/approve", api.base),
            "--externalUrlMethod=POST".to_owned(),
            format!("--approvalSecretFile={}", secret.path().display()),
            "--strictApproval".to_owned(),
            "--period=0.3".to_owned(),
            "--maxDenials=0".to_owned(),
        ])
        .unwrap();
    let recipients = json!({ "ETH": common::RECIPIENT, "XLM": recipient });
    let outcome = look(&tools, api.page_url(), json!(wallets), recipients).await;
    stop_daemon(&mut daemon).await.unwrap();
    assert!(outcome.is_ok(), "{}\nthe daemon said: {}", outcome.unwrap_err(), kms.last_words());
}

/// Runs the script; what it says where it fails.
async fn look(tools: &Tools, url: String, wallets: Value, recipients: Value) -> Result<(), String> {
    let pictures = tools.modules.join("pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    let settings = json!({
        "modules": tools.modules, "chromium": tools.chromium, "url": url, "wallets": wallets,
        "recipients": recipients, "pictures": pictures,
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/page.mjs");
    let mut node = Command::new(&tools.node)
        .arg(script)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = node.stdin.take().unwrap();
    stdin.write_all(settings.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = node.wait_with_output().await.unwrap();
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
