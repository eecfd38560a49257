//! The real daemon on chains whose node it asks past the API, with the sandbox in the node's place.
//!
//! `cargo build -p tatum-kms` makes the daemon; without it the tests are skipped, or fail when
//! `TATUM_KMS_REQUIRE_BINARY=1` is set.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use common::{Api, beacon, flow, text, tools};
use serde_json::{Value, json};
use tatum_sandbox::kms::Kms;

const REQUIRE: &str = "TATUM_KMS_REQUIRE_BINARY";

#[tokio::test]
async fn transfers_of_bnb_come_through() {
    let Some(binary) = tools::kms_binary(REQUIRE) else { return };
    let api = Api::start().await;
    let kms = Kms::at_home(binary, &api.base).unwrap();
    let wallet = kms.make_private_key("BNB").await.unwrap();
    let recipient = beacon::Key::new(7);
    for (path, amount) in [("faucet", "2"), ("token/mint", "50")] {
        let body = json!({ "address": wallet.address, "amount": amount });
        assert_eq!(api.post(&format!("/sandbox/BNB/{path}"), body).await.0, 200);
    }
    let mut ids = Vec::new();
    for (currency, amount, message) in [("BNB", "0.5", "hello"), ("TEST-5AB", "12.25", "")] {
        let body = json!({
            "to": recipient.address(), "currency": currency, "amount": amount,
            "fromAddress": wallet.address, "signatureId": wallet.signature_id, "message": message,
        });
        let (status, answer) = api.post("/v3/bnb/transaction", body).await;
        assert_eq!(status, 200, "{answer}");
        ids.push(text(&answer["signatureId"]));
    }
    let flags = ["--runOnce", "--chain=BNB"].map(str::to_owned);
    assert!(kms.start_daemon(&flags).unwrap().wait().await.unwrap().success());
    let said = std::fs::read_to_string(kms.log()).unwrap();
    assert_eq!(said.matches("was shut down").count(), 1, "{said}");
    for id in ids {
        let item = api.get(&format!("/v3/kms/{id}")).await.1;
        let path = format!("/v3/bnb/transaction/{}", text(&item["txId"]));
        assert_eq!(api.get(&path).await.1["code"], 0, "{item}");
    }
    assert_eq!(api.beacon_balance(&recipient, "BNB").await, "0.5");
    assert_eq!(api.beacon_balance(&recipient, "TEST-5AB").await, "12.25");
    let account = api.get(&format!("/v3/bnb/account/{}", wallet.address)).await.1;
    assert_eq!(
        (&account["sequence"], &account["balances"][0]["free"]),
        (&json!(2), &json!("1.49985"))
    );
}

#[tokio::test]
async fn transfers_of_flow_come_through() {
    let Some(binary) = tools::kms_binary(REQUIRE) else { return };
    let api = Api::start().await;
    let kms = Kms::at_home(binary, &api.base).unwrap();
    let single = kms.make_private_key("FLOW").await.unwrap();
    let mnemonic = kms.make_mnemonic("FLOW", 4).await.unwrap();
    let to = api.flow_account(&flow::Key::new(0x22).public(), "0").await;
    let mut senders = Vec::new();
    for (wallet, index) in [(single, Value::Null), (mnemonic, json!(4))] {
        let from = api.flow_account(&wallet.address, "3").await;
        let mut body = json!({
            "account": from, "to": to, "amount": "1.25", "currency": "FLOW",
            "signatureId": wallet.signature_id,
        });
        if !index.is_null() {
            body["index"] = index;
        }
        let (status, answer) = api.post("/v3/flow/transaction", body).await;
        assert_eq!(status, 200, "{answer}");
        senders.push((from, text(&answer["signatureId"])));
    }
    kms.run_daemon_once("FLOW").await.unwrap();
    for (from, id) in senders {
        let item = api.get(&format!("/v3/kms/{id}")).await.1;
        let path = format!("{}/transaction_results/{}", flow::NODE, text(&item["txId"]));
        assert_eq!(api.get(&path).await.1["execution"], "Success", "{item}");
        assert_eq!(api.flow_balance(&from).await, "1.75000000");
    }
    assert_eq!(api.flow_balance(&to).await, "2.50000000");
    let key = api.get("/v3/flow/proposal/false").await.1;
    assert_eq!(key["keyId"], 1, "all proposal keys were given back");
}
