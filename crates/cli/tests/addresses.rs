//! The address book: listing, labels, finding wallets, giving out addresses.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::collections::HashSet;
use std::thread;

use serde_json::{Value, json};
use support::{ETH_WALLET, MNEMONIC, SECRETS, UNKNOWN, User};

const KEY: &str = "0x4646464646464646464646464646464646464646464646464646464646464646";
const ADDRESS: &str = "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f";
const CHECKSUMMED: &str = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F";

/// A user with the wallets of the well-known mnemonic on ETH and BTC, and a key on BSC's testnet.
fn user() -> (User, [String; 3]) {
    let user = User::new();
    let eth = user.run_with("storemanagedwallet ETH", MNEMONIC).ok().id();
    let btc = user.run_with("storemanagedwallet BTC", MNEMONIC).ok().id();
    let bsc = user.run_with("storemanagedprivatekey BSC --testnet", KEY).ok().id();
    (user, [eth, btc, bsc])
}

fn items(user: &User, line: &str) -> Vec<Value> {
    let list = user.run(line).ok().hides(SECRETS).hides(&["464646"]);
    list.json().as_array().unwrap().clone()
}

fn ids(user: &User, line: &str) -> Vec<String> {
    let id = |item: &Value| item["signatureId"].as_str().unwrap().to_owned();
    items(user, line).iter().map(id).collect()
}

#[test]
fn wallets_are_listed_newest_first_without_their_secrets() {
    let (user, [eth, btc, bsc]) = user();
    let all = items(&user, "list");
    assert_eq!(all.len(), 3);
    let key = json!({
        "signatureId": bsc, "chain": "BSC", "network": "testnet", "kind": "privateKey",
        "address": ADDRESS,
    });
    assert_eq!(all[0], key);
    let mnemonic = &all[2];
    assert_eq!(mnemonic["signatureId"], eth);
    assert_eq!(mnemonic["kind"], "mnemonic");
    assert!(mnemonic["xpub"].as_str().unwrap().starts_with("xpub6"));
    assert!(mnemonic.get("address").is_none() && mnemonic.get("label").is_none());
    for (filter, expected) in [
        ("--chain eth,btc", vec![&btc, &eth]),
        ("--testnet", vec![&bsc]),
        ("--network mainnet", vec![&btc, &eth]),
        ("--network TESTNET --testnet", vec![&bsc]),
        ("--kind private-key", vec![&bsc]),
        ("--kind mnemonic --chain BTC", vec![&btc]),
        ("--kind secret", vec![]),
        ("--label x", vec![]),
    ] {
        assert_eq!(ids(&user, &format!("list {filter}")).iter().collect::<Vec<_>>(), expected);
    }
    assert_eq!(user.run("list --kind other").ok().stdout, "[]\n");
    user.run("list --network mainnet --testnet").usage("exclude each other");
    user.run("list --network moon").usage("neither mainnet nor testnet");
    user.run("list --kind xpub").usage("none of mnemonic");
    User::new().run("list").failed("no wallet file");
}

#[test]
fn at_a_terminal_the_list_is_a_table() {
    let (user, [eth, ..]) = user();
    user.run(&format!("label {eth} treasury")).ok();
    let shown = user.shell("script -qec '\"$KMS\" list' /dev/null < /dev/null");
    if shown.code == Some(127) {
        return; // no `script` here
    }
    let lines: Vec<&str> = shown.stdout.lines().map(str::trim).collect();
    let head: Vec<&str> = lines[0].split_whitespace().collect();
    assert_eq!(head, ["ID", "CHAIN", "NETWORK", "KIND", "LABEL", "ADDRESS", "NEXT"]);
    assert_eq!(lines.len(), 4, "{}", shown.stdout);
    assert!(lines[1].contains(ADDRESS) && lines[3].contains("treasury"), "{}", shown.stdout);
    shown.hides(SECRETS);
}

#[test]
fn labels_are_set_found_and_taken_away() {
    let (user, [eth, ..]) = user();
    let label = |text: Option<&str>| {
        let arguments = ["label", &eth].into_iter().chain(text);
        support::run(user.command(arguments))
    };
    let set = label(Some(" Treasury, cold ")).ok();
    assert_eq!(set.json(), json!({"signatureId": eth, "label": "Treasury, cold"}));
    assert_eq!(ids(&user, "list --label treasury"), [eth.as_str()]);
    assert_eq!(items(&user, "list --label COLD")[0]["label"], "Treasury, cold");
    assert_eq!(label(None).ok().json()["label"], Value::Null);
    assert!(ids(&user, "list --label treasury").is_empty());
    label(Some("  ")).usage("the label is empty");
    label(Some("two\nlines")).usage("one line");
    label(Some(&"x".repeat(201))).usage("at most 200");
    user.run(&format!("label {UNKNOWN} x")).failed(UNKNOWN);
}

#[test]
fn an_address_leads_to_its_wallet_in_any_spelling() {
    let (user, [eth, btc, bsc]) = user();
    let find = |line: String| items(&user, &format!("find {line}"));
    for spelling in [ADDRESS, CHECKSUMMED, &ADDRESS[2..], &ADDRESS.to_uppercase().replace('X', "x")]
    {
        let expected = json!({
            "signatureId": bsc, "chain": "BSC", "network": "testnet", "kind": "privateKey",
            "address": ADDRESS,
        });
        assert_eq!(find(spelling.to_owned()), [expected]);
    }
    for (id, chain, index) in
        [(&eth, "ETH", 0), (&eth, "ETH", 19), (&eth, "ETH", 20), (&btc, "BTC", 999)]
    {
        let address = user.run(&format!("getaddress {id} {index}")).ok().text("address");
        let found = find(address.clone());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["signatureId"], **id);
        assert_eq!((&found[0]["chain"], &found[0]["index"]), (&json!(chain), &json!(index)));
        assert_eq!(found[0]["address"], address);
    }
    let far = user.run(&format!("getaddress {eth} 1000")).ok().text("address");
    user.run(&format!("find {far}")).failed("below index 1000; --upTo searches further");
    user.run(&format!("find {far} --upTo 1000")).failed("no wallet");
    assert_eq!(find(format!("{far} --up-to 1001"))[0]["index"], 1000);
    user.run(&format!("find {ADDRESS} --network mainnet")).failed("no wallet");
    user.run(&format!("find {ADDRESS} --chain ETH")).failed("no wallet");
    user.run(&format!("find {} --chain BSC", ADDRESS.replace("9d8a", "9D8a"))).failed("checksum");
    // The P2PKH address of the first BTC key, as BIP-44 wallets show it; the wallet prints P2WPKH.
    let legacy = find("1LqBGSKuX5yYUonjxT5qGfpUsXKYYWeabA".to_owned());
    assert_eq!((&legacy[0]["signatureId"], &legacy[0]["index"]), (&json!(btc), &json!(0)));
    assert!(legacy[0]["address"].as_str().unwrap().starts_with("bc1q"));
}

#[test]
fn what_is_no_address_is_not_repeated() {
    let (user, _) = user();
    user.run(&format!("find {KEY}")).failed("not an address of any").hides(&["464646"]);
    for chain in ["ETH", "ADA", "BTC", "XRP", "SOL", "VET"] {
        user.run(&format!("find {KEY}9 --chain {chain}")).failed("address").hides(&["464646"]);
    }
}

#[test]
fn every_wallet_with_the_address_is_named() {
    let (user, [eth, ..]) = user();
    let twin = user.run_with("storemanagedwallet ETH", MNEMONIC).ok().id();
    let address = user.run(&format!("getaddress {eth} 3")).ok().text("address");
    assert_eq!(ids(&user, &format!("find {address}")), [twin, eth]);
}

#[test]
fn old_files_are_listed_and_searched_as_they_are() {
    let user = User::with_legacy("broken/ok.dat");
    let before = support::snapshot(user.home.path());
    let all = items(&user, "list");
    assert_eq!(all.len(), 3);
    let address = user.run(&format!("getaddress {ETH_WALLET} 5")).ok().text("address");
    assert_eq!(items(&user, &format!("find {address}"))[0]["index"], 5);
    for wallet in all.iter().filter(|wallet| wallet["kind"] != "mnemonic") {
        let (id, address) = (&wallet["signatureId"], wallet["address"].as_str().unwrap());
        assert_eq!(items(&user, &format!("find {address}"))[0]["signatureId"], *id);
    }
    for line in ["nextaddress", "label"] {
        user.run(&format!("{line} {UNKNOWN}")).failed(UNKNOWN);
    }
    user.run("nextaddress 33333333-3333-4333-8333-333333333333").failed("one address");
    assert_eq!(support::snapshot(user.home.path()), before);
    assert_eq!(user.run(&format!("nextaddress {ETH_WALLET}")).ok().json()["index"], 0);
}

#[test]
fn the_next_address_is_given_out_once() {
    let (user, [eth, _, bsc]) = user();
    let next = |flags: &str| user.run(&format!("nextaddress {eth} {flags}"));
    let first = next("").ok();
    let address = |index: u64| user.run(&format!("getaddress {eth} {index}")).ok().text("address");
    assert_eq!(first.json(), json!({"index": 0, "address": address(0)}));
    let given: Vec<u64> = thread::scope(|scope| {
        let callers: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| next("").ok().json()["index"].as_u64().unwrap()))
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(given.iter().copied().collect::<HashSet<_>>(), (1..=6).collect());
    let several = next("--count 3").ok().json();
    let expected: Vec<_> = (7..10).map(|n| json!({"index": n, "address": address(n)})).collect();
    assert_eq!(several, Value::Array(expected));
    assert_eq!(next("--from 100").ok().json()["index"], 100);
    assert_eq!(next("--from 50").ok().json()["index"], 101);
    assert_eq!(items(&user, "list --chain ETH")[0]["nextIndex"], 102);
    user.run(&format!("nextaddress {bsc}")).failed("holds one key");
    next("--from 2147483648").failed("2147483647");
    next("--count 2147483648").failed("no index left");
    assert_eq!(next("").ok().json()["index"], 102);
    let lost = user.shell(&format!("\"$KMS\" nextaddress {eth} > /dev/full"));
    assert!(lost.stderr.contains("from 103 to 103 are taken"), "{}", lost.stderr);
    assert_eq!(next("").ok().json()["index"], 104);
}

#[test]
fn addresses_are_printed_by_the_range() {
    let (user, [eth, btc, bsc]) = user();
    for id in [&eth, &btc] {
        let range = items(&user, &format!("getaddress {id} 998 --count 4"));
        assert_eq!(range.len(), 4);
        for (n, one) in (998..).zip(&range) {
            let address = user.run(&format!("getaddress {id} {n}")).ok().text("address");
            assert_eq!(*one, json!({"index": n, "address": address}));
        }
    }
    assert_eq!(items(&user, &format!("getaddress {eth} --count 2500")).len(), 2500);
    assert_eq!(items(&user, &format!("getaddress {eth} 2147483646 --count 2")).len(), 2);
    user.run(&format!("getaddress {eth} 2147483646 --count 3")).failed("highest index");
    user.run(&format!("getaddress {bsc} --count 2")).failed("holds one key");
    user.run(&format!("getaddress {eth} --count 0")).usage("from 1");
}
