//! Storing mnemonics and keys that exist already.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use serde_json::Value;
use support::{MNEMONIC, Outcome, PASSWORD, User, run_with};

const KEY: &str = "0x4646464646464646464646464646464646464646464646464646464646464646";
const ADDRESS: &str = "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f";

/// Wallets as the old program stored and printed them.
fn recorded(folder: &str) -> Vec<Value> {
    let file = format!("../chains/src/evm/{folder}/vectors/wallets.json");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let json: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let on = |testnet: bool| {
        let mut cases = json["cases"].as_array().unwrap().iter();
        cases.find(|case| case["testnet"] == testnet).unwrap().clone()
    };
    vec![on(false), on(true)]
}

fn testnet_flag(case: &Value) -> &'static str {
    if case["testnet"] == true { "--testnet" } else { "" }
}

#[test]
fn imported_mnemonics_are_the_old_programs_wallets() {
    for (folder, chain) in [("ethereum", "ETH"), ("celo", "CELO"), ("xdc", "XDC")] {
        for case in recorded(folder) {
            let user = User::new();
            let line = format!("storemanagedwallet {chain} {}", testnet_flag(&case));
            let stored = user.run_with(&line, case["mnemonic"].as_str().unwrap()).ok();
            let id = stored.id();
            assert_eq!(stored.json()["xpub"], case["wallet"]["xpub"]);
            assert!(stored.stderr.contains(case["addresses"]["0"].as_str().unwrap()));
            let shown = user.run(&format!("getmanagedwallet {id}")).ok();
            assert_eq!(shown.stdout, serde_json::to_string_pretty(&case["wallet"]).unwrap() + "\n");
            for index in ["0", "2147483647"] {
                let address = user.run(&format!("getaddress {id} {index}")).ok().json();
                assert_eq!(address["address"], case["addresses"][index]);
                let key = user.run(&format!("getprivatekey {id} {index}")).ok().json();
                assert_eq!(key["privateKey"], case["privateKeys"][index]);
            }
        }
    }
}

#[test]
fn a_key_is_kept_as_it_was_typed() {
    let user = User::new();
    let stored = user.run_with("storemanagedprivatekey ETH", &format!("  {KEY} \r\n")).ok();
    let expected = format!("{{\n  \"signatureId\": \"{}\"\n}}\n", stored.id());
    assert_eq!(stored.stdout, expected);
    assert!(stored.stderr.contains(ADDRESS), "{}", stored.stderr);
    let id = stored.id();
    stored.hides(&["464646"]);
    let shown = user.run(&format!("getmanagedwallet {id}")).ok();
    let expected = format!(
        "{{\n  \"privateKey\": \"{KEY}\",\n  \"chain\": \"ETH\",\n  \"testnet\": false\n}}\n"
    );
    assert_eq!(shown.stdout, expected);
    assert_eq!(user.run(&format!("getaddress {id}")).ok().text("address"), ADDRESS);
}

#[test]
fn what_is_no_key_or_mnemonic_is_refused() {
    let user = User::new();
    let key = |text: &str| user.run_with("storemanagedprivatekey ETH", text);
    key("not a key\n").failed("not valid for ETH").hides(&["not a key"]);
    key("\n").failed("the private key is empty");
    key("").failed("standard input has ended");
    key(&"0".repeat(64)).failed("not valid");
    let words = |text: &str| user.run_with("storemanagedwallet ETH", text);
    words("\n").failed("the mnemonic is empty");
    words("").failed("standard input has ended");
    words("abandon about\n").failed("2 words").hides(&["abandon"]);
    words(&MNEMONIC.replace("about", "zebra")).failed("checksum").hides(&["zebra"]);
    words(&MNEMONIC.replace("about", "abuot")).failed("word 12").hides(&["abuot"]);
    assert!(!user.store().exists());
    let any = "storemanagedwallet ETH --allowAnyMnemonic";
    assert!(user.run_with(any, "my old words\n").ok().text("xpub").starts_with("xpub"));
}

#[test]
fn without_a_terminal_secrets_are_read_in_the_order_of_the_prompts() {
    let user = User::new();
    let run = |line: &str, input: String| -> Outcome {
        let mut command = user.command(line.split_whitespace());
        command.env_remove("TATUM_KMS_PASSWORD");
        run_with(command, &input)
    };
    run("storemanagedwallet ETH", format!(" outer blanks \n{MNEMONIC}\n")).ok();
    run("storemanagedprivatekey BSC", format!("{KEY}\n outer blanks \n")).ok();
    let export = run("export", " outer blanks \n".to_owned()).ok();
    assert_eq!(export.json().as_object().unwrap().len(), 2);
    run("export", "outer blanks\n".to_owned()).failed("wrong password");
    run("export", "\n".to_owned()).failed("the password is empty");
    run("export", String::new()).failed("the password is missing");
}

#[test]
fn the_same_key_is_not_stored_for_both_networks() {
    let user = User::new();
    let id = user.run_with("storemanagedprivatekey ETH", KEY).ok().id();
    let before = support::snapshot(user.home.path());
    let other = "storemanagedprivatekey BSC --testnet";
    user.run_with(other, KEY).failed(&id).hides(&["464646"]);
    assert_eq!(support::snapshot(user.home.path()), before);
    user.run_with(&format!("{other} --allowBothNetworks"), KEY).ok();
    let again = user.run_with("storemanagedprivatekey BSC --allowBothNetworks", KEY).ok();
    assert!(!again.stderr.contains("warning"), "{}", again.stderr);
    let again = user.run_with("storemanagedprivatekey BSC --allowBothNetworks", KEY).ok();
    assert!(again.stderr.contains("warning: the same key is stored already"), "{}", again.stderr);

    user.run_with("storemanagedwallet ETH", MNEMONIC).ok();
    user.run_with("storemanagedwallet ETH --testnet", MNEMONIC).failed("mainnet");
}

#[test]
fn a_vault_that_gives_no_password_leaves_no_store() {
    let user = User::new();
    for flag in ["--aws", "--vgs", "--azure"] {
        let refused = user.run(&format!("generatemanagedwallet ETH {flag}"));
        refused.failed_by_store(flag).hides(&[PASSWORD]);
    }
    assert!(!user.store().exists());
}

#[test]
fn the_same_key_under_other_ids_is_named() {
    let user = User::new();
    let ids: Vec<String> =
        (0..2).map(|_| user.run_with("storemanagedprivatekey ETH", KEY).ok().id()).collect();
    let third = user.run_with("storemanagedprivatekey ETH", KEY).ok();
    assert!(ids.iter().all(|id| third.stderr.contains(id.as_str())), "{}", third.stderr);
    let other = user.run_with("storemanagedprivatekey BSC", KEY).ok();
    let named = format!("the same key is stored as wallet {} for ETH mainnet", ids[0]);
    assert!(other.stderr.contains(&named) && !other.stderr.contains("warning"), "{}", other.stderr);
}
