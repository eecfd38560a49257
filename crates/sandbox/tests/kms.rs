//! The protocol between the API and the daemon.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use common::{Api, Key, RECIPIENT, WALLET, text, transfer};
use serde_json::{Value, json};

const OTHER_WALLET: &str = "e3015fc0-2112-4c8a-b8bf-353b86f63ba5";

fn draft(chain: &str, wallet: &str) -> Value {
    json!({ "chain": chain, "hashes": [wallet], "serializedTransaction": "{}" })
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
}

#[tokio::test]
async fn polls_filter_by_chain_and_wallet() {
    let api = Api::start().await;
    let first = api.queue(draft("ETH", WALLET)).await;
    let second = api.queue(draft("ETH", OTHER_WALLET)).await;
    let bsc = api.queue(draft("BSC", WALLET)).await;

    for (body, expected) in [
        (json!({ "signatureIds": [WALLET] }), vec![&first]),
        (json!({ "signatureIds": [WALLET, OTHER_WALLET] }), vec![&first, &second]),
        (json!({ "signatureIds": [] }), vec![]),
        (json!({}), vec![&first, &second]),
    ] {
        let (status, list) = api.post("/v3/kms/pending/ETH", body.clone()).await;
        assert_eq!((status, ids(&list).iter().collect()), (200, expected), "{body}");
    }
    for (path, expected) in [
        ("/v3/kms/pending/ETH".to_owned(), vec![&first, &second]),
        (format!("/v3/kms/pending/ETH?signatures={OTHER_WALLET}"), vec![&second]),
        (format!("/v3/kms/pending/ETH?signatures={WALLET},{OTHER_WALLET}"), vec![&first, &second]),
        ("/v3/kms/pending/BSC".to_owned(), vec![&bsc]),
        ("/v3/kms/pending/SOL".to_owned(), vec![]),
    ] {
        let (status, list) = api.get(&path).await;
        assert_eq!((status, ids(&list).iter().collect()), (200, expected), "{path}");
    }
}

#[tokio::test]
async fn an_item_has_the_fields_of_the_api_and_no_others() {
    let api = Api::start().await;
    let full = json!({
        "chain": "ETH",
        "hashes": [WALLET],
        "serializedTransaction": r#"{"from":0}"#,
        "index": 0,
        "signatures": [{ "id": WALLET, "index": 3 }],
        "withdrawalId": "5e6645712b55823de7ea82f1",
        "withdrawalResponses": [{ "vIn": "-1" }],
    });
    let mut expected = full.clone();
    expected["id"] = api.queue(full).await.into();
    let (_, list) = api.post("/v3/kms/pending/ETH", json!({})).await;
    assert_eq!(list, json!([expected]));
    let id = text(&expected["id"]);
    assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
}

#[tokio::test]
async fn an_item_comes_back_until_it_is_complete() {
    let api = Api::start().await;
    let id = api.queue(draft("ETH", WALLET)).await;
    let report = json!({ "errors": [{ "signatureId": id, "error": "no such wallet" }] });
    assert_eq!(api.post("/v3/tatum/kms/batch", report).await.0, 204);
    for _ in 0..3 {
        assert_eq!(ids(&api.get("/v3/kms/pending/ETH").await.1), std::slice::from_ref(&id));
    }
    let (_, entries) = api.get("/sandbox/pending").await;
    assert_eq!(entries[0]["errors"], json!(["no such wallet"]));
    assert_eq!((&entries[0]["state"], &entries[0]["polls"]), (&json!("pending"), &json!(3)));

    assert_eq!(api.put(&format!("/v3/kms/{id}/0xabc")).await.0, 204);
    assert_eq!(api.get("/v3/kms/pending/ETH").await.1, json!([]));
    let (status, item) = api.get(&format!("/v3/kms/{id}")).await;
    assert_eq!((status, &item["txId"]), (200, &json!("0xabc")));
}

#[tokio::test]
async fn a_deleted_item_is_gone() {
    let api = Api::start().await;
    let id = api.queue(draft("ETH", WALLET)).await;
    assert_eq!(api.delete(&format!("/v3/kms/{id}?revert=false")).await.0, 204);
    assert_eq!(api.get("/v3/kms/pending/ETH").await.1, json!([]));
    for (status, body) in [
        api.get(&format!("/v3/kms/{id}")).await,
        api.delete(&format!("/v3/kms/{id}")).await,
        api.put(&format!("/v3/kms/{id}/0xabc")).await,
    ] {
        assert_eq!((status, &body["errorCode"]), (403, &json!("kms.missing")));
    }
    assert_eq!(api.get("/sandbox/pending").await.1[0]["state"], "deleted");
}

#[tokio::test]
async fn a_broadcast_completes_the_item_it_names() {
    let api = Api::start().await;
    let key = Key::new(1);
    api.fund(key.address(), "5").await;
    let id = api.queue(draft("ETH", WALLET)).await;

    let bytes = key.sign(transfer(0));
    let (status, answer) = api.broadcast(&bytes, Some(&id)).await;
    assert_eq!(status, 200, "{answer}");
    let item = api.get(&format!("/v3/kms/{id}")).await.1;
    assert_eq!(item["txId"], answer["txId"]);
    assert_eq!(api.get("/v3/kms/pending/ETH").await.1, json!([]));

    let (status, again) = api.broadcast(&bytes, Some(&id)).await;
    assert_eq!((status, &again["message"]), (403, &json!("already known")));
    assert_eq!(api.get(&format!("/v3/kms/{id}")).await.1["txId"], answer["txId"]);
}

#[tokio::test]
async fn a_second_payment_is_sent_but_fails_to_complete() {
    let api = Api::start().await;
    let key = Key::new(1);
    api.fund(key.address(), "5").await;
    let id = api.queue(draft("ETH", WALLET)).await;
    let (_, first) = api.broadcast(&key.sign(transfer(0)), Some(&id)).await;
    let (status, second) = api.broadcast(&key.sign(transfer(1)), Some(&id)).await;
    assert_eq!((status, &second["failed"]), (200, &json!(true)));
    let entry = &api.get("/sandbox/pending").await.1[0];
    assert_eq!(entry["broadcasts"], json!([first["txId"], second["txId"]]));
    assert_eq!(api.balance(RECIPIENT).await, "2");
}

#[tokio::test]
async fn a_withdrawal_is_broadcast_on_its_own_path() {
    let api = Api::start().await;
    let key = Key::new(1);
    api.fund(key.address(), "5").await;
    let mut item = draft("ETH", WALLET);
    item["withdrawalId"] = "5e6645712b55823de7ea82f1".into();
    let id = api.queue(item).await;
    let body = |withdrawal: &str| {
        json!({
            "currency": "ETH", "withdrawalId": withdrawal, "signatureId": id,
            "txData": key.sign(transfer(0)),
        })
    };
    let path = "/v3/offchain/withdrawal/broadcast";
    let (status, refusal) = api.post(path, body("another")).await;
    assert_eq!((status, &refusal["errorCode"]), (403, &json!("withdrawal.missing")));
    let (status, answer) = api.post(path, body("5e6645712b55823de7ea82f1")).await;
    assert_eq!((status, &answer["completed"]), (200, &json!(true)), "{answer}");
    assert_eq!(api.get(&format!("/v3/kms/{id}")).await.1["txId"], answer["txId"]);
}
