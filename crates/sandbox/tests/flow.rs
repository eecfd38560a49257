//! Flow as its network behaves: what the access node refuses, what fails when it is executed, and
//! what moves coins.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::flow::{Key, NODE};
use common::{Api, WALLET, text};
use serde_json::{Value, json};

/// A sandbox with two accounts, the first of which has 10 FLOW.
async fn funded() -> (Api, Key, String, String) {
    let (api, key) = (Api::start().await, Key::new(0x11));
    let from = api.flow_account(&key.public(), "10").await;
    let to = api.flow_account(&Key::new(0x22).public(), "0").await;
    (api, key, from, to)
}

fn error(result: &Value) -> String {
    let failed = (&result["execution"], &result["status_code"]);
    assert_eq!(failed, (&json!("Failure"), &json!(1)), "{result}");
    text(&result["error_message"])
}

#[tokio::test]
async fn a_transfer_moves_coins_once() {
    let (api, key, from, to) = funded().await;
    let body = api.flow_transfer(&from, &to, "1.50000000").await.signed(&api, &key).await;
    let result = api.flow_result(&body).await;
    assert_eq!((&result["execution"], &result["error_message"]), (&json!("Success"), &json!("")));
    // The access node takes what it knows already without a word, and nothing happens.
    let (status, again) = api.send_flow(&body).await;
    assert_eq!(status, 200, "{again}");
    assert_eq!(api.flow_balance(&from).await, "8.50000000");
    assert_eq!(api.flow_balance(&to).await, "1.50000000");

    let draft = json!({ "chain": "FLOW", "hashes": [WALLET], "serializedTransaction": "{}" });
    let id = api.queue(draft).await;
    let hash = text(&again["id"]);
    for (told, expected) in [("ab", 403), (hash.as_str(), 200)] {
        let body = json!({ "txData": told, "signatureId": id });
        assert_eq!(api.post("/v3/flow/broadcast", body).await.0, expected);
    }
    assert_eq!(api.get(&format!("/v3/kms/{id}")).await.1["txId"], hash);
}

#[tokio::test]
async fn what_does_not_hold_fails_when_it_is_executed() {
    let (api, key, from, to) = funded().await;
    let good = api.flow_transfer(&from, &to, "1.00000000").await;
    let wrong_key = good.signed(&api, &Key::new(0x33)).await;
    assert!(error(&api.flow_result(&wrong_key).await).starts_with("[Error Code: 1008]"));

    let mut tampered = good.signed(&api, &key).await;
    let more = json!({ "type": "UFix64", "value": "9.00000000" }).to_string();
    tampered["arguments"][0] = STANDARD.encode(more).into();
    let words = error(&api.flow_result(&tampered).await);
    assert!(words.contains("invalid payload key: public key ") && words.contains("is not valid"));

    let mut unsigned = good.signed(&api, &key).await;
    unsigned["payload_signatures"].as_array_mut().unwrap().pop();
    // The payer has signed another envelope than this one.
    assert!(error(&api.flow_result(&unsigned).await).starts_with("[Error Code: 1009]"));

    let unpaid = {
        let mut body = good.signed(&api, &key).await;
        body["envelope_signatures"] = json!([]);
        body
    };
    let words = error(&api.flow_result(&unpaid).await);
    assert!(words.contains("payer account does not have sufficient signatures (0 < 1000)"));

    let used = good.signed(&api, &key).await;
    assert_eq!(api.flow_result(&used).await["execution"], "Success");
    let mut late = good.clone();
    late.amount = "2.00000000".to_owned();
    let words = error(&api.flow_result(&late.signed(&api, &key).await).await);
    assert!(words.starts_with("[Error Code: 1007]"), "{words}");
    assert!(words.ends_with("has sequence number 1, but given 0"), "{words}");
    assert_eq!(api.flow_balance(&to).await, "1.00000000");
}

#[tokio::test]
async fn scripts_that_can_not_be_executed_fail() {
    let (api, key, from, to) = funded().await;
    let nobody = "0x0102030405060708".to_owned();
    for (change, words) in [
        ("too much", "greater than the balance of the Vault (10.00000000)"),
        ("nobody", "the account 0x0102030405060708 can not receive FLOW"),
        ("old", "cannot find type in this scope: `AuthAccount`"),
        ("mainnet", "cannot find declaration `FlowToken` in `1654653399040a61.FlowToken`"),
        ("parameters", "entry point parameter count mismatch: expected 1, got 2"),
        ("precision", "the sandbox knows transfers of an amount to an address alone"),
    ] {
        let mut transfer = api.flow_transfer(&from, &to, "1.00000000").await;
        match change {
            "too much" => transfer.amount = "10.00000001".to_owned(),
            "nobody" => transfer.to.clone_from(&nobody),
            "old" => transfer.script = transfer.script.replace("&Account", "AuthAccount"),
            "mainnet" => {
                transfer.script = transfer.script.replace("7e60df042a9c0868", "1654653399040a61");
            }
            "parameters" => transfer.script = transfer.script.replace(", to: Address", ""),
            _ => transfer.amount = "1".to_owned(),
        }
        let body = transfer.signed(&api, &key).await;
        let found = error(&api.flow_result(&body).await);
        assert!(found.starts_with("[Error Code: 1101]") && found.contains(words), "{found}");
    }
    assert_eq!(api.flow_balance(&from).await, "10.00000000");
    let mut nothing = api.flow_transfer(&from, &to, "1.00000000").await;
    nothing.script = "transaction(a: UFix64, b: Address) { execute { log(a) } }".to_owned();
    let body = nothing.signed(&api, &key).await;
    assert_eq!(api.flow_result(&body).await["execution"], "Success");
    assert_eq!(api.flow_balance(&from).await, "10.00000000");
}

#[tokio::test]
async fn the_access_node_refuses_what_it_can_not_use() {
    let (api, key, from, to) = funded().await;
    let transfer = api.flow_transfer(&from, &to, "1.00000000").await;
    let body = transfer.signed(&api, &key).await;
    let cut = |name: &str| {
        let mut body = body.clone();
        let whole = text(&body[name]);
        body[name] = whole[..whole.len() - 1].into();
        body
    };
    let mut foreign = body.clone();
    foreign["reference_block_id"] = "00".repeat(32).into();
    let mut short = body.clone();
    short["payload_signatures"][1]["signature"] = "AAAA".into();
    for (body, words) in [
        (foreign, "unknown reference block"),
        (cut("script"), "invalid script encoding"),
        (cut("payer"), "invalid address"),
        (cut("reference_block_id"), "invalid reference block ID"),
        (json!({}), "missing field"),
    ] {
        let (status, answer) = api.send_flow(&body).await;
        assert_eq!((status, &answer["code"]), (400, &json!(400)), "{answer}");
        assert!(text(&answer["message"]).contains(words), "{words}: {answer}");
    }
    assert!(error(&api.flow_result(&short).await).contains("signature is not valid"));

    let passed = api.post("/sandbox/FLOW/blocks", json!({ "count": 601 })).await.1;
    let (status, answer) = api.send_flow(&body).await;
    assert_eq!(status, 400, "{answer} after {passed}");
    assert!(text(&answer["message"]).contains("transaction is expired: ref_height="), "{answer}");
    let fresh = api.flow_transfer(&from, &to, "1.00000000").await.signed(&api, &key).await;
    assert_eq!(api.flow_result(&fresh).await["execution"], "Success");
}

#[tokio::test]
async fn the_node_says_what_it_knows() {
    let (api, key, from, _) = funded().await;
    let parameters = api.get(&format!("{NODE}/network/parameters")).await.1;
    assert_eq!(parameters["chain_id"], "flow-testnet");
    let tip = api.get(&format!("{NODE}/blocks?height=sealed")).await.1;
    let header = &tip[0]["header"];
    let again = api.get(&format!("{NODE}/blocks?height={}", text(&header["height"]))).await.1;
    assert_eq!(&again[0]["header"]["id"], &header["id"]);
    let account = api.get(&format!("{NODE}/accounts/{}", &from[2..])).await.1;
    assert_eq!(account["keys"][0]["public_key"], format!("0x{}", key.public()));
    assert_eq!(account["balance"], "1000000000");
    for (path, status) in [
        ("blocks?height=1".to_owned(), 404),
        ("blocks?height=x".to_owned(), 400),
        ("accounts/0102030405060708".to_owned(), 404),
        (format!("transaction_results/{}", "00".repeat(32)), 404),
    ] {
        assert_eq!(api.get(&format!("{NODE}/{path}")).await.0, status, "{path}");
    }
}

#[tokio::test]
async fn proposal_keys_are_held_until_they_are_given_back() {
    let api = Api::start().await;
    let ask = async || {
        let (status, answer) = api.get("/v3/flow/proposal/false").await;
        (status == 200).then(|| answer["keyId"].as_u64().unwrap())
    };
    let mut held = Vec::new();
    while let Some(key) = ask().await {
        assert!(!held.contains(&key) && key > 0);
        held.push(key);
    }
    assert_eq!(held.len(), 32);
    let body = json!({ "txData": "", "proposalKey": 7 });
    assert_eq!(api.post("/v3/flow/broadcast", body).await.0, 200);
    assert_eq!((ask().await, ask().await), (Some(7), None));
    for data in ["", "zz", &"00".repeat(40)] {
        let body = json!({ "data": data, "isPayer": true });
        assert_eq!(api.post("/v3/flow/sign", body).await.0, 400, "{data}");
    }
}

#[tokio::test]
async fn applications_queue_transfers_and_scripts() {
    let (api, _, from, to) = funded().await;
    let transfer = json!({
        "account": from, "to": to, "amount": "1.5", "currency": "FLOW", "signatureId": WALLET,
        "index": 3,
    });
    let (status, answer) = api.post("/v3/flow/transaction", transfer.clone()).await;
    assert_eq!(status, 200, "{answer}");
    let custom = json!({
        "account": from, "transaction": "transaction {}", "signatureId": WALLET,
        "args": [{ "type": "UFix64", "value": "1.5" }],
    });
    assert_eq!(api.post("/v3/flow/transaction/custom", custom).await.0, 200);
    let items = api.get("/v3/kms/pending/FLOW").await.1;
    let payload = format!(
        r#"{{"type":2,"body":{{"account":"{from}","to":"{to}","amount":"1.5","currency":"FLOW"}}}}"#
    );
    assert_eq!(items[0]["serializedTransaction"], payload);
    assert_eq!((&items[0]["hashes"], &items[0]["index"]), (&json!([WALLET]), &json!(3)));
    let payload = format!(
        r#"{{"type":8,"body":{{"account":"{from}","transaction":"transaction {{}}","args":[{{"type":"UFix64","value":"1.5"}}]}}}}"#
    );
    assert_eq!(items[1]["serializedTransaction"], payload);
    for (field, value) in
        [("currency", "FUSD"), ("account", "0x1"), ("amount", "-1"), ("signatureId", "key")]
    {
        let mut bad = transfer.clone();
        bad[field] = value.into();
        assert_eq!(api.post("/v3/flow/transaction", bad).await.0, 400, "{field}");
    }
}
