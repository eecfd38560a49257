//! What a seed repeats, and what a state file brings back.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use common::{Api, Key, RECIPIENT, WALLET, text, transfer};
use serde_json::{Value, json};
use tatum_sandbox::server::{Memory, Running, Settings};

const XRP: &str = "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe";
const ALGO: &str = "GD64YIY3TWGDMCNPP553DZPPR6LDUSFQOIJVFDPPXWEG3FVOJCCDBBHU5A";

fn with(seed: Option<u64>, file: Option<&std::path::Path>) -> Settings {
    let file = file.map(std::path::Path::to_owned);
    Settings { memory: Memory { seed, file }, ..Settings::default() }
}

/// Asks a bit of everything; the answers.
async fn play(api: &Api) -> Vec<Value> {
    let key = Key::new(0x11);
    let funding = |address: &str| json!({ "address": address, "amount": "50" });
    let mut answers = Vec::new();
    for (path, body) in [
        ("/sandbox/ETH/faucet", funding(&key.address().to_string())),
        ("/sandbox/XRP/faucet", funding(XRP)),
        ("/sandbox/ALGO/faucet", funding(ALGO)),
        ("/sandbox/SOL/faucet", funding("FZAKmjFnvDjdLVsEVaeMzFnsdT2Txyj9JqJbUqCmyBrU")),
        ("/sandbox/TRON/faucet", funding("TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc")),
        (
            "/v3/xrp/transaction",
            json!({ "fromAccount": XRP, "to": XRP, "amount": "1", "signatureId": WALLET }),
        ),
        (
            "/v3/tron/transaction",
            json!({
                "from": "TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc", "amount": "1", "signatureId": WALLET,
                "to": "TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc",
            }),
        ),
        (
            "/v3/offchain/ethereum/transfer",
            json!({
                "senderAccountId": "5e6645712b55823de7ea82f1", "address": RECIPIENT, "amount": "1",
                "signatureId": WALLET,
            }),
        ),
        ("/v3/ethereum/broadcast", json!({ "txData": key.sign(transfer(0)) })),
        ("/sandbox/SOL/blocks", json!({ "count": 5 })),
    ] {
        answers.push(json!(api.post(path, body).await));
    }
    answers
}

/// What can be seen afterwards.
async fn seen(api: &Api) -> Vec<Value> {
    let mut answers = Vec::new();
    for path in [
        "/sandbox/pending",
        "/sandbox/ETH/nonces",
        &format!("/v3/ethereum/account/balance/{RECIPIENT}"),
        &format!("/v3/xrp/account/{XRP}"),
        &format!("/v3/algorand/account/balance/{ALGO}"),
        "/v3/tron/account/TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc",
        "/v3/tron/info",
        "/v3/ethereum/block/current",
    ] {
        answers.push(json!(api.get(path).await));
    }
    let block = api.rpc("eth_getBlockByNumber", json!(["latest", true])).await;
    answers.push(block.unwrap());
    answers
}

#[tokio::test]
async fn the_same_seed_and_the_same_requests_give_the_same_answers() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let api = Api::start_with(with(Some(seed), None)).await;
        let played = play(&api).await;
        assert!(played.iter().all(|answer| answer[0] == 200), "{played:#?}");
        runs.push((played, seen(&api).await));
    }
    assert_eq!(runs[0], runs[1]);
    // Hashes and ids are others with another seed, and still of the same shape.
    assert_ne!(runs[0].0, runs[2].0);
    let id = text(&runs[0].0[5][1]["signatureId"]);
    assert_eq!(id.len(), 24);
}

#[tokio::test]
async fn a_restart_brings_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let api = Api::start_with(with(None, Some(&file))).await;
    let played = play(&api).await;
    assert!(played.iter().all(|answer| answer[0] == 200), "{played:#?}");
    let before = seen(&api).await;
    drop(api);
    // The listener is gone at once, the ledgers when the last request is.
    let api = loop {
        match Running::start(with(None, Some(&file)), 0).await {
            Ok(running) => break Api::of(running),
            Err(error) => assert!(error.to_string().contains("in use"), "{error:#}"),
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(seen(&api).await, before);

    // Life goes on: the next nonce is the next one.
    let key = Key::new(0x11);
    assert_eq!(api.broadcast(&key.sign(transfer(1)), None).await.0, 200);
    assert_eq!(api.balance(RECIPIENT).await, "2");
}

#[tokio::test]
async fn a_damaged_file_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    std::fs::write(&file, "0011223344556677 {}\n").unwrap();
    let error = Running::start(with(None, Some(&file)), 0).await.err().unwrap().to_string();
    assert!(error.starts_with("line 1 of the state file ") && error.contains("damaged"), "{error}");
}
