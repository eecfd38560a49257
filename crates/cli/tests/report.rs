//! What the report says of the store and the journal, and the bundle for support.
#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use support::api::{Api, transfer};
use support::marked::Marked;
use support::{ETH_WALLET, PASSWORD, SECRETS, User, run, run_with};

const KEY: &str = "0xe7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7";
const API_KEY: &str = "t-Zx9Qw3Ev7Rb5-Yn1Tm8";
const SECRET_PASSWORD: &str = "Xq7#vZ0p Kw4&Rt9L";
const MNEMONIC: &str =
    "jaguar zebra oxygen kidney walnut umbrella pizza velvet quiz lizard nuclear zone";

#[test]
fn the_store_and_its_chains_are_told() {
    let user = User::new();
    user.run("generatemanagedwallet ETH --testnet").ok();
    user.run("generatemanagedprivatekeybatch ETH 2 --testnet").ok();
    user.run("generatemanagedwallet BTC").ok();
    let report = user.run("report").ok().hides(&[PASSWORD]).json();
    let keys: Vec<_> = report.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["system", "wallets", "apiKey", "store", "journal"]);
    let store = &report["store"];
    assert_eq!((&store["format"], &store["health"]), (&json!("current"), &json!("sound")));
    let kdf = json!({"name": "argon2id", "memoryKib": 65536, "passes": 3, "lanes": 4});
    assert_eq!(store["kdf"], kdf);
    assert_eq!(store["wallets"], 4);
    let counts: Vec<_> = store["chains"]
        .as_array()
        .unwrap()
        .iter()
        .map(|chain| {
            json!([
                chain["chain"],
                chain["network"],
                chain["wallets"],
                chain["limit"],
                chain["beyondLimit"]
            ])
        })
        .collect();
    assert_eq!(
        counts,
        [json!(["BTC", "mainnet", 1, 25000, false]), json!(["ETH", "testnet", 3, 25000, false])]
    );
    assert_eq!(report["journal"], json!({"exists": false}));
}

#[test]
fn a_store_that_is_closed_or_damaged_is_reported_all_the_same() {
    let user = User::with_legacy("broken/ok.dat");
    let told = user.run("report").ok().hides(SECRETS).json();
    assert_eq!((&told["store"]["format"], &told["store"]["kdf"]), (&json!("legacy"), &Value::Null));
    let with = |password: &str| {
        let mut command = user.command(["report"]);
        command.env("TATUM_KMS_PASSWORD", password);
        run(command).ok().hides(SECRETS).json()["store"]["health"].clone()
    };
    assert_eq!(with(""), "not looked at: no password is set");
    assert!(with("wrong").as_str().unwrap().contains("wrong password"), "{}", with("wrong"));
    user.run(&format!("report {ETH_WALLET}")).ok();
    fs::write(user.store(), "junk").unwrap();
    let junk = user.run("report").ok().json();
    assert!(junk["store"]["health"].as_str().unwrap().contains("neither a wallet file"), "{junk}");
}

#[test]
fn the_bundle_has_everything_but_secrets() {
    let mut marked = Marked::default();
    for (name, secret) in
        [("password", SECRET_PASSWORD), ("API key", API_KEY), ("mnemonic", MNEMONIC), ("key", KEY)]
    {
        marked.add(name, secret);
    }
    let user = User::new();
    let command = |line: &str| {
        let mut command = user.command(line.split_whitespace());
        command.env("TATUM_KMS_PASSWORD", SECRET_PASSWORD).env("TATUM_API_KEY", API_KEY);
        command.env("TATUM_RETRIES", "0");
        command
            .env("TATUM_KMS_VET_NODE_URL", format!("https://u:{API_KEY}@node.example/{API_KEY}"));
        command
    };
    run_with(command("storemanagedwallet ETH --testnet"), MNEMONIC).ok();
    let id = run_with(command("storemanagedprivatekey ETH --testnet"), KEY).ok().id();
    let pending = [transfer("5e6645712b55823d00000001", &id), {
        let mut odd = transfer("5e6645712b55823d00000002", &id);
        odd["serializedTransaction"] = json!(KEY);
        odd
    }];
    let api = Api::with_pending(json!(pending), || (500, "{}".to_owned()));
    let mut daemon = command("daemon --testnet --runOnce --maxTries 1");
    daemon.env("TATUM_API_URL", &api.url);
    assert_ne!(run(daemon).code, Some(0));

    let outcome = run(command(&format!("report {id} --bundle b.json"))).ok();
    assert_eq!(outcome.stdout, "");
    let path = user.home.path().join("b.json");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    marked.check("the bundle", &text, &[]);
    marked.check("what was said", &outcome.stderr, &[]);
    let export = run(command("export")).ok();
    assert!(marked.is_in("mnemonic", &export.stdout) && marked.is_in("key", &export.stdout));

    let bundle: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(bundle["versions"]["tatumKms"], "0.1.0");
    assert_eq!(bundle["report"]["wallets"][&id]["type"], "PRIVATE_KEY");
    assert_eq!(bundle["report"]["store"]["health"], "sound");
    let journal = &bundle["report"]["journal"];
    assert_eq!(journal["exists"], true);
    let open = ["pending", "quarantined"].map(|kind| journal[kind].as_array().unwrap().len());
    assert_eq!(open.iter().sum::<usize>(), 2, "{journal}");
    assert_eq!(open[1], 1, "{journal}");
    assert_eq!(bundle["configuration"]["settings"]["password"]["value"], "set");
    assert_eq!(
        bundle["configuration"]["settings"]["vetNodeUrl"]["value"],
        "https://node.example/…"
    );
    assert_eq!(bundle["daemons"], json!([]));
    let names: Vec<_> =
        bundle["files"].as_array().unwrap().iter().map(|f| f["name"].clone()).collect();
    assert!(names.contains(&json!("wallet.dat.journal")), "{names:?}");

    run(command("report --bundle b.json")).failed("is there already");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}
