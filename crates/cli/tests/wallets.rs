//! Making, showing and removing wallets.

mod support;

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use support::{MNEMONIC, UNKNOWN, User};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object is printed").keys().map(String::as_str).collect()
}

#[test]
fn generatewallet_prints_and_stores_nothing() {
    let user = User::new();
    let wallet = user.run("generatewallet ETH --testnet").ok();
    assert_eq!(keys(&wallet.json()), ["xpub", "mnemonic"]);
    assert_eq!(wallet.text("mnemonic").split(' ').count(), 24);
    assert!(
        wallet.stdout.starts_with("{\n  \"xpub\": \"xpub") && wallet.stdout.ends_with("\"\n}\n")
    );
    assert!(!user.store().exists());
}

#[test]
fn a_managed_wallet_can_be_shown_and_removed() {
    let user = User::new();
    let made = user.run("generatemanagedwallet eth").ok();
    assert_eq!(keys(&made.json()), ["signatureId", "xpub"]);
    let id = made.id();
    let stored = user.run(&format!("getmanagedwallet {id}")).ok();
    assert_eq!(keys(&stored.json()), ["xpub", "mnemonic", "chain", "testnet"]);
    assert_eq!(stored.text("chain"), "ETH");
    assert_eq!(stored.json()["testnet"], false);
    assert_eq!(stored.text("xpub"), made.text("xpub"));
    made.hides(&[&stored.text("mnemonic")]);

    let removed = user.run(&format!("removewallet {id}")).ok();
    assert_eq!(removed.stdout, "");
    user.run(&format!("getmanagedwallet {id}")).failed(&id);
    assert_eq!(user.run("export").ok().stdout, "{}\n");
}

#[test]
fn the_store_is_private() {
    let user = User::new();
    user.run("generatemanagedwallet ETH").ok();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&user.store()), 0o600);
    assert_eq!(mode(user.store().parent().unwrap()), 0o700);
}

#[test]
fn the_store_may_lie_anywhere() {
    let user = User::new();
    user.run("generatemanagedwallet ETH --path a/b/store.dat").ok();
    user.run("export --path a/b/store.dat").ok();
    assert!(!user.store().exists());
    user.run("export").failed("no wallet file");
    user.run("export --path a/b").failed("a/b");
}

#[test]
fn export_lists_the_newest_first() {
    let user = User::new();
    let first = user.run("generatemanagedwallet ETH").ok().id();
    let second = user.run("generatemanagedwallet BSC --testnet").ok().id();
    let export = user.run("export").ok();
    assert_eq!(keys(&export.json()), [second.as_str(), first.as_str()]);
    assert_eq!(export.stdout, serde_json::to_string_pretty(&export.json()).unwrap() + "\n");
}

#[test]
fn a_batch_prints_one_line_per_key() {
    let user = User::new();
    let batch = user.run("generatemanagedprivatekeybatch XDC 3 --testnet").ok();
    let lines: Vec<Value> =
        batch.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    for line in &lines {
        assert_eq!(keys(line), ["signatureId", "address"]);
        assert!(line["address"].as_str().unwrap().starts_with("xdc"));
        let id = line["signatureId"].as_str().unwrap();
        assert_eq!(user.run(&format!("getaddress {id}")).ok().json()["address"], line["address"]);
        let stored = user.run(&format!("getmanagedwallet {id}")).ok().json();
        assert_eq!(keys(&stored), ["privateKey", "chain", "testnet"]);
        let key = user.run(&format!("getprivatekey {id} 7")).ok().json();
        assert_eq!(key["privateKey"], stored["privateKey"]);
    }
    let export = user.run("export").ok().json();
    assert_eq!(keys(&export).first().copied(), lines[2]["signatureId"].as_str());
}

#[test]
fn what_is_not_there_changes_nothing() {
    let user = User::new();
    for command in ["getmanagedwallet", "getprivatekey", "getaddress", "removewallet"] {
        user.run(&format!("{command} {UNKNOWN}")).failed("no wallet file");
    }
    assert!(!user.store().exists());
    let id = user.run("generatemanagedwallet ETH").ok().id();
    let before = support::snapshot(user.home.path());
    for command in ["getmanagedwallet", "getprivatekey", "getaddress", "removewallet"] {
        user.run(&format!("{command} {UNKNOWN}")).failed(UNKNOWN);
        user.run(&format!("{command} ../etc")).usage("identifier");
    }
    user.run(&format!("getaddress {id}")).failed("index");
    user.run(&format!("getprivatekey {id}")).failed("index");
    user.run(&format!("getaddress {id} 2147483648")).failed("2147483647");
    user.run(&format!("getprivatekey {id} 2147483648")).failed("2147483647");
    assert_eq!(support::snapshot(user.home.path()), before);
}

#[test]
fn the_report_holds_no_secrets() {
    let user = User::new();
    let empty = user.run("report").ok().json();
    assert_eq!(keys(&empty), ["system", "wallets", "apiKey"]);
    assert_eq!(empty["system"]["store"]["type"], "LOCAL");
    assert_eq!(empty["system"]["store"]["exists"], false);
    assert_eq!(empty["apiKey"], "not set");

    let id = user.run("generatemanagedwallet ETH --testnet").ok().id();
    let report = user.run(&format!("report {id},{UNKNOWN} --apiKey secret-key")).ok();
    let json = report.json();
    assert_eq!(json["apiKey"], "set");
    assert_eq!(json["wallets"][&id]["type"], "MNEMONIC");
    assert_eq!(json["wallets"][&id]["chain"], "ETH");
    assert_eq!(json["wallets"][&id]["testnet"], true);
    assert_eq!(json["warnings"][0], format!("No wallet found for signatureId: {UNKNOWN}"));
    report.hides(&["secret-key", "xpub", support::PASSWORD]);
}

/// The daemon signs with the derived key where a transaction names an index: that is the one to show.
#[test]
fn an_index_counts_even_where_the_first_key_is_stored_too() {
    let user = User::new();
    let made = user.run("generatemanagedwallet SOL --testnet").ok().id();
    let import = |chain| user.run_with(&format!("storemanagedwallet {chain} --testnet"), MNEMONIC);
    for (chain, id) in
        [("SOL", made), ("XRP", import("XRP").ok().id()), ("XLM", import("XLM").ok().id())]
    {
        let address =
            |index: &str| user.run(&format!("getaddress {id} {index}")).ok().text("address");
        assert_eq!(address(""), address("0"), "{chain}");
        assert_ne!(address("0"), address("5"), "{chain}");
        let range = user.run(&format!("getaddress {id} 5 --count 1")).ok();
        assert!(range.stdout.contains(&address("5")), "{chain}: {}", range.stdout);
    }
}
