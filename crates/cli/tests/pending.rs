//! `pending`: what the operator sees of the journal, and decides.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use serde_json::{Value, json};
use support::api::{Api, ID, KEY, daemon, user_with_key};
use support::{User, run};

fn refused() -> (u16, String) {
    (400, json!({"message": "insufficient funds for gas"}).to_string())
}

/// A user whose one transaction was refused by the node.
fn user_with_refusal() -> (User, Api) {
    let (user, wallet) = user_with_key();
    let api = Api::with_transfer(&wallet, refused);
    let nodder = Api::start(|_| (204, String::new()));
    let flags = format!("--runOnce --externalUrl={}", nodder.url);
    assert_eq!(run(daemon(&user, &api.url, &flags)).code, Some(1));
    (user, api)
}

#[test]
fn without_a_journal_there_is_nothing_to_see() {
    let (user, _) = user_with_key();
    user.run("pending list").failed("no journal");
    User::new().run("pending list").failed("no wallet file");
    user.run("pending").usage("list");
    user.run("pending show not/an/id").usage("invalid value");
}

#[test]
fn a_transaction_is_listed_and_shown_with_what_it_does() {
    let (user, api) = user_with_refusal();
    let list = user.run("pending list").ok().json();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    assert_eq!((&list[0]["id"], &list[0]["state"]), (&json!(ID), &json!("refused")));
    assert!(list[0]["reason"].as_str().unwrap().contains("insufficient funds"), "{list}");

    let shown = user.run(&format!("pending show {ID}")).ok().hides(&[KEY]);
    let item = shown.json();
    let to = "0x687422eea2cb73b5d3e242ba5456b782919afc85";
    assert_eq!(item["actions"][0]["to"].as_str().unwrap().to_lowercase(), to, "{item}");
    assert_eq!(item["actions"][0]["amount"], "1000");
    let does = item["does"][0].as_str().unwrap();
    assert!(does.starts_with("transfer 0.000000000000001 ETH to 0x"), "{does}");
    assert!(item["maxFee"]["amount"].is_string());
    assert!(item["approved"].as_str().unwrap().ends_with('Z'));
    assert_eq!((&item["nonce"], &item["bytes"]), (&json!(5), &Value::Null));

    // The bytes are shown only if they are asked for, and are those that were sent.
    let sent = &api.to("POST", "/v3/ethereum/broadcast")[0].body;
    let bytes = user.run(&format!("pending show {ID} --bytes")).ok().text("bytes");
    assert!(sent.contains(&bytes), "{sent}");
    assert!(!shown.stdout.contains(&bytes));
    user.run("pending show 111111111111111111111111").failed("does not know");
}

#[test]
fn a_retry_is_done_by_the_next_pass_with_the_same_place() {
    let (user, api) = user_with_refusal();
    // Left alone until somebody decides.
    assert_eq!(run(daemon(&user, &api.url, "--runOnce")).code, Some(1));
    assert_eq!(api.to("POST", "/v3/ethereum/broadcast").len(), 1);
    let item = user.run(&format!("pending retry {ID}")).ok().json();
    assert_eq!(item["retry"], true, "{item}");
    run(daemon(&user, &api.url, "--runOnce"));
    assert_eq!(api.to("POST", "/v3/ethereum/broadcast").len(), 2);
    let item = user.run(&format!("pending show {ID}")).ok().json();
    assert_eq!(item["nonce"], 5, "{item}");
}

#[test]
fn what_was_discarded_stays_so() {
    let (user, api) = user_with_refusal();
    let item = user.run(&format!("pending discard {ID}")).ok().json();
    assert_eq!(item["state"], "discarded");
    assert_eq!(run(daemon(&user, &api.url, "--runOnce")).code, Some(1));
    assert_eq!(api.to("POST", "/v3/ethereum/broadcast").len(), 1);
    user.run(&format!("pending retry {ID}")).failed("discarded");
    assert_eq!(user.run("pending list").ok().json(), json!([]));
    assert_eq!(user.run("pending list --all").ok().json()[0]["state"], "discarded");
}
