//! BNB Beacon Chain as its nodes behaved: what is taken, what is refused and in which words.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use common::beacon::{Key, Transfer};
use common::{Api, WALLET, text};
use serde_json::json;

const COIN: u64 = 100_000_000;

/// A sandbox in which the first key has 5 BNB and 100 test tokens.
async fn funded() -> (Api, Key, Key) {
    let (api, key, other) = (Api::start().await, Key::new(0x11), Key::new(0x22));
    for (path, amount) in [("faucet", "5"), ("token/mint", "100")] {
        let body = json!({ "address": key.address(), "amount": amount });
        assert_eq!(api.post(&format!("/sandbox/BNB/{path}"), body).await.0, 200);
    }
    (api, key, other)
}

#[tokio::test]
async fn a_transfer_moves_coins_and_takes_the_fee() {
    let (api, key, other) = funded().await;
    let id = api
        .queue(json!({ "chain": "BNB", "hashes": [WALLET], "serializedTransaction": "{}" }))
        .await;
    let bytes = Transfer::of(COIN).signed(&key, &other, &key);
    let (status, answer) = api.send_beacon(&bytes, Some(&id)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(api.get(&format!("/v3/kms/{id}")).await.1["txId"], answer["txId"]);
    assert_eq!(api.beacon_balance(&key, "BNB").await, "3.999925");
    assert_eq!(api.beacon_balance(&other, "BNB").await, "1");
    let account = api.beacon_account(&key).await;
    assert_eq!((&account["account_number"], &account["sequence"]), (&json!(1), &json!(1)));

    let token = Transfer { denom: "TEST-5AB", sequence: 1, ..Transfer::of(30 * COIN) };
    assert_eq!(api.send_beacon(&token.signed(&key, &other, &key), None).await.0, 200);
    assert_eq!(api.beacon_balance(&other, "TEST-5AB").await, "30");
    assert_eq!(api.beacon_balance(&key, "BNB").await, "3.99985");
    let path = format!("/sandbox/BNB/node/api/v1/tx/{}", text(&answer["txId"]));
    assert_eq!(api.get(&path).await.1["code"], 0);
}

#[tokio::test]
async fn refusals_are_in_the_words_of_the_chain() {
    let (api, key, other) = funded().await;
    let good = Transfer::of(COIN);
    let sent = good.signed(&key, &other, &key);
    assert_eq!(api.send_beacon(&sent, None).await.0, 200);
    let next = Transfer { sequence: 1, ..good.clone() };
    let signed = |transfer: &Transfer| transfer.signed(&key, &other, &key);
    let memo = |memo: &str| Transfer { memo: memo.to_owned(), ..next.clone() };
    for (bytes, words) in [
        (sent, "Tx already exists in cache"),
        (
            signed(&Transfer { memo: "again".to_owned(), ..good }),
            "Invalid sequence. Got 0, expected 1",
        ),
        (
            signed(&Transfer { account_number: 7, ..next.clone() }),
            "Invalid account number. Got 7, expected 1",
        ),
        (
            signed(&Transfer { given: 9 * COIN, got: 9 * COIN, ..next.clone() }),
            "399985000BNB < 900000000BNB",
        ),
        (signed(&Transfer { got: 2 * COIN, ..next.clone() }), "Inputs and outputs don't match"),
        (signed(&Transfer { given: 0, got: 0, ..next.clone() }), "0BNB"),
        (signed(&Transfer { chain_id: "Binance-Chain-Tigris", ..next.clone() }), "signature verif"),
        (next.signed_with_high_s(&key, &other), "signature verification failed"),
        // What Go would have written in another way than it was signed.
        (signed(&memo("a < b")), "signature verification failed"),
        (signed(&memo(&"m".repeat(129))), "maximum number of characters is 128"),
        (next.signed(&key, &other, &other), "PubKey does not match Signer address tbnb1"),
        (Transfer::of(1).signed(&Key::new(0x33), &other, &Key::new(0x33)), "tbnb1"),
    ] {
        let (status, body) = api.send_beacon(&bytes, None).await;
        assert_eq!((status, &body["errorCode"]), (403, &json!("bnb.broadcast.failed")), "{words}");
        assert!(text(&body["message"]).starts_with(words), "{words}: {body}");
    }
    assert_eq!(api.beacon_balance(&other, "BNB").await, "1");
    assert_eq!(api.send_beacon(&signed(&memo("h\u{e9}llo \"q\"")), None).await.0, 200);
}

#[tokio::test]
async fn tampered_and_truncated_bytes_are_refused() {
    let (api, key, other) = funded().await;
    let bytes = Transfer::of(0x0123_4567).signed(&key, &other, &key);
    let amount = [0xe7, 0x8a, 0x8d, 0x09];
    let mut tampered = bytes.clone();
    for start in 0..tampered.len() - 4 {
        if tampered[start..start + 4] == amount {
            tampered[start] ^= 1;
        }
    }
    assert_ne!(tampered, bytes);
    let (status, body) = api.send_beacon(&tampered, None).await;
    assert_eq!((status, text(&body["message"])), (403, "signature verification failed".to_owned()));
    for end in [0, 1, 5, 40, bytes.len() - 1] {
        let (status, body) = api.send_beacon(&bytes[..end], None).await;
        assert_eq!((status, text(&body["message"])), (403, "tx parse error".to_owned()));
    }
    assert_eq!(api.beacon_balance(&other, "BNB").await, "0");
    assert_eq!(api.send_beacon(&bytes, None).await.0, 200);
}

#[tokio::test]
async fn the_node_says_who_it_is_and_what_it_knows() {
    let (api, key, other) = funded().await;
    let node = "/sandbox/BNB/node/api/v1";
    let info = api.get(&format!("{node}/node-info")).await.1;
    assert_eq!(info["node_info"]["network"], "Binance-Chain-Ganges");
    let account = api.get(&format!("{node}/account/{}", key.address())).await.1;
    assert_eq!(account, api.beacon_account(&key).await);
    assert_eq!(account["balances"][0]["symbol"], "BNB");
    for path in [format!("account/{}", other.address()), "tx/AB".to_owned()] {
        assert_eq!(api.get(&format!("{node}/{path}")).await.0, 404, "{path}");
    }
}
