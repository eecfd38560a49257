//! Every recorded run of Tatum KMS, replayed with the program itself: an old wallet file, an API on
//! loopback, one pass of the daemon, and the writes that must come out.

#![allow(clippy::unwrap_used)]

mod api;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use api::Api;
use serde_json::Value;
use support::User;

const API_KEY: &str = "t-test-0123456789abcdef0123456789abcdef";

/// The recorded cases of all chains.
fn files() -> Vec<PathBuf> {
    let chains = Path::new(env!("CARGO_MANIFEST_DIR")).join("../chains/src");
    let (mut waiting, mut files) = (vec![chains], Vec::new());
    while let Some(folder) = waiting.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                waiting.push(path);
            } else if path.parent().unwrap().ends_with("vectors/cases") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Runs one case; returns what is wrong with the outcome.
fn replay(file: &Path) -> Result<(), String> {
    let case: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let (user, api) = (User::new(), Api::for_case(&case));
    let store = user.home.path().join("wallet.dat");
    support::write_legacy_store(&store, &case["wallets"].to_string());
    let chain = format!("--chain={}", case["chain"].as_str().unwrap());
    let mut command = user.command(["daemon", "--runOnce", "--path=wallet.dat", &chain]);
    command.env("TATUM_API_URL", api.url()).env("TATUM_API_KEY", API_KEY);
    command.env("TATUM_RETRIES", "1").env("TATUM_RETRY_DELAY", "10");
    match case["testnet"].as_bool().unwrap() {
        true => command.arg("--testnet"),
        false => command.arg(format!("--externalUrl={}/approve", api.url())),
    };
    // The nodes of some chains are outside the API.
    for node in ["VET", "FLOW", "BNB"] {
        command.env(format!("TATUM_KMS_{node}_NODE_URL"), api.url());
    }
    command.args(case["args"].as_array().into_iter().flatten().map(|arg| arg.as_str().unwrap()));
    let output = command.output().unwrap();
    let shown = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let (want, got) = (&case.get("right").unwrap_or(&case["expect"])["writes"], api.writes());
    let told = format!("{shown}{got:?}");
    // The API's own paths contain the key; what the program says must not.
    let key_shown = shown.contains(API_KEY);
    if let Some(secret) = secrets(&case).find(|secret| told.contains(secret)) {
        return Err(format!("a secret is shown: {secret}"));
    }
    if key_shown {
        return Err("the API key is shown".to_owned());
    }
    let want = want.as_array().unwrap();
    let failed = file.file_name().unwrap().to_str().unwrap().starts_with("err-");
    let same = if failed { outline(want) == outline(&got) } else { *want == got };
    let code = i32::from(failed);
    if same && output.status.code() == Some(code) {
        return Ok(());
    }
    Err(format!("want {want:?}\ngot  {got:?}\nexit {:?}\n{shown}", output.status.code()))
}

/// Of a case that fails: what was sent all the same, and which transactions were reported.
fn outline(writes: &[Value]) -> (Vec<&Value>, Vec<&str>) {
    let is_report = |write: &&Value| write["path"] == "/v3/tatum/kms/batch";
    let sent = writes.iter().filter(|write| !is_report(write)).collect();
    let errors =
        writes.iter().filter(is_report).flat_map(|w| w["body"]["errors"].as_array().unwrap());
    let mut reported: Vec<_> = errors.map(|e| e["signatureId"].as_str().unwrap()).collect();
    reported.sort_unstable();
    (sent, reported)
}

fn secrets(case: &Value) -> impl Iterator<Item = String> {
    let members = ["mnemonic", "privateKey", "secret"];
    let wallets = case["wallets"].as_object().unwrap().values();
    let texts = wallets.flat_map(move |wallet| members.map(|member| wallet[member].as_str()));
    texts.flatten().filter(|text| text.len() > 12).map(str::to_owned)
}

#[test]
fn every_recorded_run_comes_out_as_recorded() {
    let (files, next) = (files(), AtomicUsize::new(0));
    assert!(files.len() >= 190, "only {} cases were found", files.len());
    let wrong = Mutex::new(Vec::new());
    let work = || {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(problem) = replay(file) {
                wrong.lock().unwrap().push(format!("{}: {problem}", file.display()));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {} fail:\n{}", wrong.len(), files.len(), wrong.join("\n\n"));
}
