//! Faults on purpose, as a client sees them.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use std::time::{Duration, Instant};

use common::{Api, Key, RECIPIENT, WALLET, text, transfer};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tatum_sandbox::faults::FaultSettings;
use tatum_sandbox::server::Settings;

const POLL: &str = "/v3/kms/pending/ETH";

async fn set(api: &Api, faults: &[&str]) {
    let (status, answer) = api.post("/sandbox/faults", json!({ "faults": faults })).await;
    assert_eq!((status, &answer["faults"]), (200, &json!(faults)), "{answer}");
}

/// A rich key and a pending transaction.
async fn scene(api: &Api) -> (Key, String) {
    let key = Key::new(3);
    api.fund(key.address(), "10").await;
    let draft = json!({ "chain": "ETH", "hashes": [WALLET], "serializedTransaction": "{}" });
    (key, api.queue(draft).await)
}

/// A request of its own, whose connection may be cut.
fn broadcast(api: &Api, transaction: &str, id: &str) -> RequestBuilder {
    let body = json!({ "txData": transaction, "signatureId": id });
    let request = api.client.post(format!("{}/v3/ethereum/broadcast", api.base)).json(&body);
    request.header("x-api-key", "key")
}

async fn entry(api: &Api) -> Value {
    api.get("/sandbox/pending").await.1[0].clone()
}

#[tokio::test]
async fn a_lost_reply_is_executed_and_one_unheard_is_not() {
    let api = Api::start().await;
    let (key, id) = scene(&api).await;
    let bytes = key.sign(transfer(0));
    for (fault, state) in [("unheard", "pending"), ("lost-reply", "completed")] {
        let request = broadcast(&api, &bytes, &id).header("x-sandbox-fault", fault);
        let error = request.send().await.unwrap_err();
        assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
        assert_eq!(entry(&api).await["state"], state, "{fault}");
    }
    assert_eq!(api.balance(RECIPIENT).await, "1");
    // The next connection is whole.
    assert_eq!(api.broadcast(&bytes, Some(&id)).await.1["message"], "already known");
    let seen = &entry(&api).await["transactions"][0];
    let expected = (json!(2), json!(true), json!(0));
    assert_eq!(
        (&seen["times"], &seen["accepted"], &seen["nonce"]),
        (&expected.0, &expected.1, &expected.2)
    );
    assert_eq!(text(&seen["sender"]), key.address().to_string().to_lowercase());
}

#[tokio::test]
async fn a_reset_cuts_the_body() {
    let api = Api::start().await;
    let (key, id) = scene(&api).await;
    let request = broadcast(&api, &key.sign(transfer(0)), &id).header("x-sandbox-fault", "reset");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.bytes().await.is_err());
    assert_eq!(entry(&api).await["state"], "completed");
}

#[tokio::test]
async fn refusals_come_before_or_after_the_work() {
    let api = Api::start().await;
    let (key, id) = scene(&api).await;
    let bytes = key.sign(transfer(0));
    for (fault, status, state) in [
        ("status-429,retry-after=7", 429, "pending"),
        ("credits", 403, "pending"),
        ("status-500,executed", 500, "completed"),
    ] {
        let request = broadcast(&api, &bytes, &id).header("x-sandbox-fault", fault);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{fault}");
        let wait = answer.headers().get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!(wait, (status == 429).then_some("7"));
        let body: Value = answer.json().await.unwrap();
        assert_eq!(text(&body["message"]).contains("credits"), fault == "credits");
        assert_eq!(entry(&api).await["state"], state, "{fault}");
    }
}

#[tokio::test]
async fn a_header_can_name_how_many_are_struck() {
    let api = Api::start().await;
    let ask = async |path: &str, fault: Option<&str>| {
        let mut request = api.client.get(format!("{}{path}", api.base)).header("x-api-key", "key");
        if let Some(fault) = fault {
            request = request.header("x-sandbox-fault", fault);
        }
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask(POLL, Some("status-503;3")).await, 503);
    assert_eq!(ask("/v3/kms/pending/BTC", None).await, 200);
    assert_eq!(
        (ask(POLL, None).await, ask(POLL, None).await, ask(POLL, None).await),
        (503, 503, 200)
    );
    for bad in ["status-503;0", "status-503;many", "nonsense;2"] {
        assert_eq!(ask(POLL, Some(bad)).await, 400, "{bad}");
    }
    assert_eq!(ask(POLL, None).await, 200);
}

#[tokio::test]
async fn failed_true_leaves_open_what_is_on_chain() {
    let api = Api::start().await;
    let (key, id) = scene(&api).await;
    set(&api, &["failed-true=1"]).await;
    let (status, answer) = api.broadcast(&key.sign(transfer(0)), Some(&id)).await;
    assert_eq!((status, &answer["failed"]), (200, &json!(true)));
    assert_eq!(api.balance(RECIPIENT).await, "1");
    let entry = entry(&api).await;
    let broadcasts = json!([answer["txId"]]);
    assert_eq!((&entry["state"], &entry["broadcasts"]), (&json!("pending"), &broadcasts));
}

#[tokio::test]
async fn polls_hand_out_too_much() {
    let api = Api::start().await;
    let (_, done) = scene(&api).await;
    let (_, waiting) = scene(&api).await;
    api.put(&format!("/v3/kms/{done}/0xabc")).await;
    let ids = async || -> Vec<String> {
        let (_, list) = api.post(POLL, json!({ "signatureIds": [WALLET] })).await;
        list.as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
    };
    set(&api, &["duplicate=1"]).await;
    assert_eq!(ids().await, [&waiting, &waiting].map(Clone::clone));
    set(&api, &["redeliver=1"]).await;
    assert_eq!(ids().await, [&waiting, &done].map(Clone::clone));
    assert_eq!(api.delete("/sandbox/faults").await.1["faults"], json!([]));
    assert_eq!(ids().await, [waiting]);
}

#[tokio::test]
async fn answers_that_make_no_sense() {
    let api = Api::start().await;
    let get = |fault: &str| {
        let request = api.client.get(format!("{}{POLL}", api.base)).header("x-api-key", "key");
        request.header("x-sandbox-fault", fault).send()
    };
    let page = get("not-json").await.unwrap().text().await.unwrap();
    assert!(page.starts_with("<html>"));
    let other: Value = get("wrong-json").await.unwrap().json().await.unwrap();
    assert!(other.is_object());
    let huge = get("huge-body,mb=3").await.unwrap();
    assert_eq!(huge.content_length(), None);
    assert_eq!(huge.bytes().await.unwrap().len(), 3 << 20);
    let started = Instant::now();
    assert_eq!(get("slow,ms=300").await.unwrap().text().await.unwrap(), "[]");
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(get("sometimes").await.unwrap().status().as_u16(), 400);
}

#[tokio::test]
async fn faults_keep_to_their_endpoint_and_number() {
    let rules = vec!["status-503=1,at=poll,times=2".parse().unwrap()];
    let faults = FaultSettings { rules, latency: Duration::from_millis(50), seed: 9 };
    let api = Api::start_with(Settings { faults, ..Settings::default() }).await;
    let (_, id) = scene(&api).await;
    let started = Instant::now();
    assert_eq!(api.get(&format!("/v3/kms/{id}")).await.0, 200);
    assert!(started.elapsed() >= Duration::from_millis(50));
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(api.get(POLL).await.0);
    }
    assert_eq!(answers, [503, 503, 200, 200]);
    let (_, list) = api.get("/sandbox/faults").await;
    let expected = json!({
        "faults": ["status-503=1,at=poll,times=0"], "seed": 9, "latency": 50,
        "struck": { "status-503": 2 },
    });
    assert_eq!(list, expected);
    let (status, refusal) = api.post("/sandbox/faults", json!({ "faults": ["moon=1"] })).await;
    assert_eq!(status, 400, "{refusal}");
}

#[tokio::test]
async fn an_auditor_sees_nonces_and_inputs() {
    let api = Api::start().await;
    let key = Key::new(3);
    api.fund(key.address(), "10").await;
    for nonce in [1, 2, 0] {
        let (status, answer) = api.broadcast(&key.sign(transfer(nonce)), None).await;
        assert_eq!(status, 200, "{answer}");
    }
    let (_, nonces) = api.get("/sandbox/ETH/nonces").await;
    assert_eq!(nonces[key.address().to_string().to_lowercase()], json!([0, 1, 2]));
    let (_, counts) = api.get("/sandbox/pending/counts").await;
    assert_eq!(counts, json!({ "pending": 0, "completed": 0, "deleted": 0 }));
}
