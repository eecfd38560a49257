//! `--runOnce --output json`, for scripts; and what no output of the daemon may hold.

#![allow(clippy::unwrap_used)] // in helpers of tests it is a failed test

mod support;

use serde_json::{Value, json};
use support::api::{Api, ID, KEY, PAYLOAD, daemon, user_with_key};
use support::run;

const JSON: &str = "--runOnce --output json";

fn accepted() -> (u16, String) {
    (200, json!({"txId": "0x00"}).to_string())
}

fn item(document: &Value) -> &Value {
    assert_eq!(document["items"].as_array().unwrap().len(), 1, "{document}");
    &document["items"][0]
}

#[test]
fn what_was_sent_is_told_with_its_hash() {
    let (user, wallet) = user_with_key();
    let api = Api::with_transfer(&wallet, accepted);
    let outcome = run(daemon(&user, &api.url, JSON)).ok().hides(&[KEY, PAYLOAD]);
    let document = outcome.json();
    let told = item(&document);
    assert_eq!((&told["id"], &told["chain"]), (&json!(ID), &json!("ETH")));
    assert_eq!((&told["state"], &told["approval"]), (&json!("completed"), &Value::Null));
    assert!(told["hash"].as_str().unwrap().starts_with("0x"), "{told}");
    assert_eq!((&document["clean"], &document["summary"]["sent"]), (&json!(true), &json!(1)));
}

#[test]
fn what_was_refused_fails_the_run_and_says_why() {
    let (user, wallet) = user_with_key();
    let refusal = || (400, json!({"message": "insufficient funds for gas"}).to_string());
    let api = Api::with_transfer(&wallet, refusal);
    let outcome = run(daemon(&user, &api.url, JSON));
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    let document = outcome.json();
    let told = item(&document);
    assert_eq!((&told["state"], &told["signed"]), (&json!("failed"), &json!(true)));
    assert!(told["reason"].as_str().unwrap().contains("insufficient funds"), "{told}");
    assert_eq!(document["clean"], false);
}

#[test]
fn what_was_denied_is_told_apart_from_what_could_not_be_asked() {
    let (user, wallet) = user_with_key();
    let api = Api::with_transfer(&wallet, accepted);
    let denier = Api::start(|_| (403, String::new()));
    let ask = |url: &str| {
        let outcome = run(daemon(&user, &api.url, &format!("{JSON} --externalUrl={url}")));
        assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
        let document = outcome.json();
        let told = item(&document);
        assert_eq!((&told["state"], &told["signed"]), (&json!("skipped"), &json!(false)), "{told}");
        told["approval"].as_str().unwrap().to_owned()
    };
    assert_eq!(ask(&denier.url), "denied");
    assert_eq!(ask("http://127.0.0.1:1/kms"), "unreachable");
    assert!(api.to("POST", "/v3/ethereum/broadcast").is_empty());

    let nodder = Api::start(|_| (204, String::new()));
    let flags = format!("{JSON} --externalUrl={}/kms", nodder.url);
    let outcome = run(daemon(&user, &api.url, &flags)).ok();
    assert_eq!(item(&outcome.json())["approval"], "approved");
    assert_eq!(nodder.to("GET", &format!("/kms/{ID}")).len(), 1);
}

#[test]
fn a_poll_that_failed_is_in_the_document() {
    let (user, _) = user_with_key();
    let api = Api::start(|_| (500, "{}".to_owned()));
    let outcome = run(daemon(&user, &api.url, JSON));
    assert_eq!(outcome.code, Some(1));
    let document = outcome.json();
    assert_eq!(document["failedPolls"][0]["chain"], "ETH");
    assert_eq!(document["items"], json!([]));
}

#[test]
fn output_is_for_one_pass() {
    let (user, _) = user_with_key();
    user.run("daemon --testnet --output json").usage("--runOnce");
    user.run("daemon --testnet --runOnce --output xml").usage("json");
}

#[test]
fn debugging_shows_neither_the_key_nor_a_payload() {
    let (user, wallet) = user_with_key();
    let api = Api::with_transfer(&wallet, accepted);
    for format in ["human", "json"] {
        let mut command = daemon(&user, &api.url, &format!("--runOnce --logFormat {format}"));
        command.env("TATUM_KMS_DEBUG_MODE", "true").env("RUST_LOG", "trace");
        let outcome = run(command).ok().hides(&[KEY, PAYLOAD, support::PASSWORD]);
        assert!(outcome.stderr.contains("polling"), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
    }
    // The node's address holds the key, so there was something to hide.
    assert!(api.to("POST", &format!("/v3/ethereum/web3/{KEY}")).len() > 1);
}
