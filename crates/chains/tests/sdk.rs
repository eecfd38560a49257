//! What is signed here, held against the chains' own JavaScript libraries.
//!
//! For each chain a script (`sdk/<name>.mjs`) makes transactions at random with the chain's library, in the form
//! of recorded cases; they are signed here as the daemon does it; and the script reads what came out with the library:
//! the signatures verify, the hash is right, every field is what was asked for, a changed character does not pass,
//! and where the library signs as well, its bytes are ours.
//!
//! `./check` installs the libraries to `target/tools/sdk`. What is missing skips a test, or fails it when
//! `TATUM_KMS_REQUIRE_SDKS=1` is set. `TATUM_KMS_SDK_SEED` and `TATUM_KMS_SDK_COUNT` change what is made.

// It starts a program of its own and is told how by the environment.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stderr)]

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::case::{Case, Error};
use support::{chain, now, pending};

const REQUIRE: &str = "TATUM_KMS_REQUIRE_SDKS";

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// The folder with the libraries, if they are there and there is a Node.js to run them.
fn modules() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let modules = target.join("tools/sdk");
    let node = Command::new("node").arg("--version").output();
    let missing = if node.is_err() {
        "there is no Node.js in PATH".to_owned()
    } else if !modules.join("node_modules").is_dir() {
        format!("{} has no libraries; ./check installs them", modules.display())
    } else {
        return Some(modules);
    };
    assert_ne!(setting(REQUIRE, ""), "1", "{REQUIRE} is set, and {missing}");
    eprintln!("skipped: {missing}");
    None
}

/// Signs a case as the daemon does it.
fn answer(case: &Value) -> Result<Value, Error> {
    let case_of = Case::new(chain(case["chain"].as_str().unwrap()), case);
    let tx = pending(&case["pending"][0]);
    let keys = case_of.keys(&tx)?;
    let address = |key| case_of.chain.address(key, case_of.network);
    let addresses = keys.public().iter().map(address).collect::<Result<Vec<_>, _>>()?;
    let own = case_of.sign_own(&tx)?;
    let part = own.transaction().data.clone();
    let signed = now(own.finish(&case_of.node))?;
    let posted = case_of.node.posted.lock().unwrap().clone();
    Ok(json!({
        "addresses": addresses, "own": part, "data": signed.data, "hash": signed.hash.0, "posted": posted,
    }))
}

/// What a script said about what it was given.
struct Verdict {
    success: bool,
    words: String,
}

/// Runs the script of a chain, and gives it what `change` makes of each answer.
fn run(modules: &Path, ticker: &str, count: &str, change: fn(&mut Value)) -> Verdict {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/run.mjs");
    let seed = setting("TATUM_KMS_SDK_SEED", "1");
    let mut script = Command::new("node")
        .arg(script)
        .args([modules.as_os_str(), ticker.as_ref(), seed.as_ref(), count.as_ref()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = script.stdin.take().unwrap();
    for line in BufReader::new(script.stdout.take().unwrap()).lines() {
        let case: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let mut answer = answer(&case).unwrap_or_else(|e| json!({"error": e.to_string()}));
        change(&mut answer);
        // A script that has ended says why on stderr.
        if writeln!(input, "{answer}").is_err() {
            break;
        }
    }
    let mut words = String::new();
    script.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    Verdict { success: script.wait().unwrap().success(), words }
}

/// All transactions of a chain hold, and one that was spoiled does not.
fn holds(ticker: &str) {
    let Some(modules) = modules() else { return };
    let verdict = run(&modules, ticker, &setting("TATUM_KMS_SDK_COUNT", "250"), |_| {});
    eprint!("{}", verdict.words);
    assert!(verdict.success, "{}", verdict.words);

    let spoiled = run(&modules, ticker, "1", spoil_signature);
    let Verdict { success, words } = spoiled;
    assert!(!success && words.contains(&format!("{ticker} 0 ")), "a spoiled one passed: {words}");
}

/// Changes a character in the last part of what was signed, which is a signature or is covered by one.
fn spoil_signature(answer: &mut Value) {
    for member in ["own", "data"] {
        let mut text: Vec<char> = answer[member].as_str().unwrap().chars().collect();
        let place = text.len() * 9 / 10;
        text[place] = if text[place] == '1' { '2' } else { '1' };
        answer[member] = json!(text.iter().collect::<String>());
    }
}

macro_rules! chains {
    ($($name:ident $ticker:literal,)*) => {$(
        #[test]
        fn $name() {
            holds($ticker);
        }
    )*};
}

chains! {
    xrp_transactions_hold_before_xrpl "XRP",
    stellar_transactions_hold_before_its_sdk "XLM",
    algorand_transactions_hold_before_algosdk "ALGO",
    tron_transactions_hold_before_tronweb "TRON",
    cardano_transactions_hold_before_emurgos_library "ADA",
    solana_transactions_are_executed_by_litesvm "SOL",
    evm_transactions_hold_before_ethers "EVM",
    vechain_transactions_hold_before_its_sdk "VET",
    multiversx_transactions_hold_before_its_sdk "EGLD",
    flow_transactions_hold_before_its_encoder "FLOW",
}
