//! Many wallets at once, and how many there may be.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use kms_core::{Network, Password, WalletJson};
use kms_keystore::{Extras, NewRecord, Options, Writer};
use serde_json::Value;
use support::{MNEMONIC, Outcome, PASSWORD, User, legacy, run_with};

fn lines(outcome: &Outcome) -> Vec<Value> {
    outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn listed(user: &User) -> usize {
    user.run("list").ok().json().as_array().unwrap().len()
}

/// So many keys, one a line, beginning with `first`.
fn keys(first: u32, count: u32) -> String {
    (first..first + count).fold(String::new(), |mut text, number| {
        writeln!(text, "{number:064x}").unwrap();
        text
    })
}

const KEYS: &str = "storemanagedprivatekey ETH --batch";

#[test]
fn keys_are_stored_line_by_line_and_only_once() {
    let user = User::new();
    let stored = user.run_with(KEYS, &format!("{}\r\n\n{}", keys(1, 2), keys(2, 2))).ok();
    let told = lines(&stored);
    assert_eq!(
        told.iter().map(|line| line["line"].as_u64().unwrap()).collect::<Vec<_>>(),
        [1, 2, 5, 6]
    );
    assert_eq!(
        told.iter().map(|line| line["new"] == true).collect::<Vec<_>>(),
        [true, true, false, true]
    );
    assert_eq!(told[1]["signatureId"], told[2]["signatureId"]);
    assert_eq!(told[0]["address"], "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
    assert!(stored.stderr.contains("3 stored, 1 were there already"), "{}", stored.stderr);
    assert_eq!(listed(&user), 3);
    for line in &told {
        let id = line["signatureId"].as_str().unwrap();
        assert_eq!(user.run(&format!("getaddress {id}")).ok().json()["address"], line["address"]);
    }
    let again = lines(&user.run_with(KEYS, &keys(1, 4)).ok());
    assert_eq!(again.iter().filter(|line| line["new"] == true).count(), 1);
    assert_eq!(again[0]["signatureId"], told[0]["signatureId"]);
    assert_eq!(listed(&user), 4);
}

#[test]
fn mnemonics_are_stored_line_by_line() {
    let user = User::new();
    let words = format!("{MNEMONIC}\n{}\n", MNEMONIC.replace("about", "actual"));
    let any = "storemanagedwallet ETH --batch --allowAnyMnemonic";
    let told = lines(&user.run_with(any, &words).ok().hides(&["abandon"]));
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|line| line["xpub"].as_str().unwrap().starts_with("xpub")));
    let single = user.run_with("storemanagedwallet ETH", MNEMONIC).ok();
    assert!(single.stderr.contains(told[0]["signatureId"].as_str().unwrap()), "{}", single.stderr);
    let words = format!("{MNEMONIC}\n{}", MNEMONIC.replace("about", "abuot"));
    let refused = user.run_with("storemanagedwallet BSC --batch", &words);
    refused.failed("nothing was stored: line 2: ").hides(&["abandon", "abuot"]);
    assert_eq!(listed(&user), 3);
}

#[test]
fn a_bad_line_is_named_by_its_number_and_stops_its_thousand() {
    let user = User::new();
    let before = user.run_with(KEYS, "x-secret-x\n").failed("nothing was stored: line 1: ");
    before.hides(&["x-secret-x"]);
    user.run_with(KEYS, "\n \n").failed("standard input has no private key");
    assert!(!user.store().exists());
    let input = format!("{}x-secret-x\n{}", keys(1, 1500), keys(1501, 10));
    let stopped = user.run_with(KEYS, &input).hides(&["x-secret-x"]);
    assert_eq!(stopped.code, Some(1));
    assert!(stopped.stderr.contains("lines up to 1000 everything is stored (1000 new"));
    assert!(stopped.stderr.contains("line 1501: the private key is not valid for ETH"));
    assert_eq!(lines(&stopped).len(), 1000);
    assert_eq!(listed(&user), 1000);
    let mended = user.run_with(KEYS, &input.replace("x-secret-x\n", "")).ok();
    assert!(mended.stderr.contains("510 stored, 1000 were there already"), "{}", mended.stderr);
    assert_eq!(listed(&user), 1510);
}

#[test]
fn the_other_network_is_refused_and_the_password_is_no_line() {
    let user = User::new();
    let id = user.run_with("storemanagedprivatekey ETH --testnet", &keys(2, 1)).ok().id();
    let refused = user.run_with(KEYS, &keys(1, 3)).failed("line 2: this key is stored already");
    assert!(refused.stderr.contains(&id));
    user.run_with(&format!("{KEYS} --allowBothNetworks"), &keys(1, 3)).ok();
    let mut command = user.command(KEYS.split_whitespace());
    command.env_remove("TATUM_KMS_PASSWORD");
    run_with(command, &keys(1, 3)).failed("set TATUM_KMS_PASSWORD").hides(&["000001"]);
}

#[test]
fn a_failed_import_does_not_upgrade_an_old_file() {
    let user = User::with_legacy("broken/ok.dat");
    user.run_with(KEYS, "nonsense\n").failed("line 1");
    assert_eq!(
        std::fs::read(user.store()).unwrap(),
        std::fs::read(legacy("broken/ok.dat")).unwrap()
    );
}

/// Whoever reads the keys goes away: what was stored and not printed is in the list.
#[test]
fn a_batch_whose_reader_leaves_stops_and_hides_nothing() {
    let user = User::new();
    let mut command = user.command("generatemanagedprivatekeybatch ETH 1500".split_whitespace());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    drop(output);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = String::from_utf8(ended.stderr).unwrap();
    let stored = listed(&user);
    assert!(told.contains(&format!("{stored} of 1500 keys are stored")), "{stored}: {told}");
    let first: Value = serde_json::from_str(&first).unwrap();
    user.run(&format!("getmanagedwallet {}", first["signatureId"].as_str().unwrap())).ok();
}

/// Killed at any moment, it has printed nothing that is not stored.
#[test]
fn a_batch_that_is_killed_has_stored_what_it_printed() {
    let user = User::new();
    let mut printed = 0;
    for read in [1, 700, 1001] {
        let line = "generatemanagedprivatekeybatch XRP 24000 --allowBeyondLimit";
        let mut command = user.command(line.split_whitespace());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut lines = Vec::new();
        for _ in 0..read {
            let mut line = String::new();
            assert!(output.read_line(&mut line).unwrap() > 0);
            lines.push(line);
        }
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().code(), None, "it was killed in the middle");
        // What it had written before, the last line maybe cut off.
        lines.extend(output.lines().map_while(Result::ok));
        let id = |line: &String| {
            let line: Value = serde_json::from_str(line).ok()?;
            Some(line["signatureId"].as_str().unwrap().to_owned())
        };
        let ids: Vec<String> = lines.iter().filter_map(id).collect();
        printed += ids.len();
        assert!(ids.len() >= read);
        user.run("verify").ok();
        let list = user.run("list").ok().json();
        let stored: HashSet<_> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["signatureId"].as_str().unwrap())
            .collect();
        assert!(ids.iter().all(|id| stored.contains(id.as_str())));
        assert!(stored.len() >= printed);
    }
}

/// A store with `count` wallets that nothing can be derived from.
fn fill(user: &User, numbers: std::ops::Range<u32>) {
    let (password, options) = (Password::new(PASSWORD.to_owned()), Options::default());
    let (mut writer, _) =
        Writer::open_or_create(&user.store(), &password, &options, &|_| Extras::default()).unwrap();
    let records: Vec<_> = numbers
        .map(|number| NewRecord {
            id: format!("00000000-0000-4000-8000-{number:012}").parse().unwrap(),
            ticker: "ETH".to_owned(),
            network: Network::Testnet,
            json: WalletJson::new(
                r#"{"privateKey":"0x00","chain":"ETH","testnet":true}"#.to_owned(),
            ),
            extras: Extras::default(),
        })
        .collect();
    writer.add(&records).unwrap();
}

#[test]
fn the_limit_of_the_api_is_warned_of_and_not_passed_by_accident() {
    let user = User::new();
    fill(&user, 0..22_498);
    let add = |line: &str| user.run(&format!("generatemanagedwallet {line}"));
    assert_eq!(add("ETH --testnet").ok().stderr, "");
    let near = add("ETH --testnet").ok().stderr;
    assert!(near.contains("warning: 22500 of 25000 ETH wallets for testnet"), "{near}");
    assert_eq!(add("ETH").ok().stderr, "");
    assert_eq!(add("BSC --testnet").ok().stderr, "");
    fill(&user, 22_500..24_999);
    add("ETH --testnet").ok();
    add("ETH --testnet").failed("25001 ETH wallets for testnet");
    let over = user.run("generatemanagedprivatekeybatch ETH 2 --testnet");
    over.failed("25002 ETH wallets for testnet").hides(&["address"]);
    let import = "storemanagedprivatekey ETH --testnet";
    user.run_with(import, &keys(1, 1)).failed("--allowBeyondLimit");
    user.run_with(&format!("{import} --batch"), &keys(1, 1)).failed("25001 ETH");
    assert_eq!(listed(&user), 25_002);
    add("ETH --testnet --path few.dat").ok();
    let mut command = user.command(["import", "few.dat"]);
    command.env("TATUM_KMS_EXPORT_PASSWORD", PASSWORD);
    support::run(command).failed("25001 ETH");
    assert_eq!(listed(&user), 25_002);
    let meant = user.run_with(&format!("{import} --allow-beyond-limit"), &keys(1, 1)).ok();
    assert!(meant.stderr.contains("polls in 2 chunks"), "{}", meant.stderr);
    let removed = user.run("removewallet 00000000-0000-4000-8000-000000000007").ok();
    assert!(removed.stderr.contains("removed"));
    add("ETH --testnet").failed("25001 ETH");
}
