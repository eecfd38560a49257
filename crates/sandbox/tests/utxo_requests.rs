//! What applications ask for on Bitcoin and its like, and what the daemon is given to sign.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use bitcoin::Transaction;
use bitcoin::consensus::encode;
use common::coins::{BCH, BTC, COIN, Coin, DOGE, Key, LTC, signed};
use common::{Api, WALLET, text};
use serde_json::{Value, json};

const OTHER_WALLET: &str = "e3015fc0-2112-4c8a-b8bf-353b86f63ba5";

async fn ask(api: &Api, coin: &Coin, body: Value) -> (u16, Value) {
    api.post(&format!("/v3/{}/transaction", coin.path), body).await
}

/// Asks for a transfer; the pending item it has become.
async fn pending(api: &Api, coin: &Coin, body: Value) -> Value {
    let (status, answer) = ask(api, coin, body).await;
    assert_eq!(status, 200, "{answer}");
    api.get(&format!("/v3/kms/{}", text(&answer["signatureId"]))).await.1
}

fn payload(item: &Value) -> Value {
    serde_json::from_str(item["serializedTransaction"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn coins_of_an_address_are_taken_until_they_are_enough() {
    let api = Api::start().await;
    let (key, recipient) = (Key::new(1), Key::new(2));
    for (coin, version) in [(&BTC, 2), (&LTC, 2), (&DOGE, 1)] {
        for _ in 0..3 {
            api.coin(coin, &key, 2 * COIN).await;
        }
        let from = json!({ "address": key.address(coin), "signatureId": WALLET });
        let body = json!({
            "fromAddress": [from], "to": [{ "address": recipient.address(coin), "value": 2.29 }],
            "fee": "0.01", "changeAddress": key.address(coin),
        });
        let item = pending(&api, coin, body).await;
        assert_eq!(item["hashes"], json!([WALLET, WALLET]));
        assert!(item.get("signatures").is_none());
        let payload = payload(&item);
        assert_eq!((&payload["version"], &payload["changeIndex"]), (&json!(version), &json!(1)));
        assert_eq!(payload["outputs"][0]["satoshis"], 229_000_000);
        assert_eq!(payload["outputs"][1]["satoshis"], 170_000_000);
        assert_eq!(payload["fee"], 1_000_000);
        let hash = &payload["outputs"][1]["script"].as_str().unwrap()[6..46];
        let script = format!("OP_DUP OP_HASH160 20 0x{hash} OP_EQUALVERIFY OP_CHECKSIG");
        assert_eq!(payload["changeScript"], script);

        let hex = encode::serialize_hex(&signed(&payload, std::slice::from_ref(&key)));
        let id = text(&item["id"]);
        let (status, answer) = api.send_hex(coin, &hex, Some(&id)).await;
        assert_eq!((status, answer.get("failed")), (200, None), "{answer}");
        let item = api.get(&format!("/v3/kms/{id}")).await.1;
        assert_eq!(item["txId"], answer["txId"]);
        let (incoming, outgoing) = api.coin_balance(coin, &key.address(coin)).await;
        assert_eq!((&*incoming, &*outgoing), ("7.7", "4"));
    }
}

#[tokio::test]
async fn outputs_are_named_one_by_one() {
    let api = Api::start().await;
    let (key, recipient) = (Key::new(1), Key::new(2));
    let (first, _) = api.coin(&DOGE, &key, 20 * COIN).await;
    let (second, _) = api.coin(&DOGE, &key, 30 * COIN).await;
    let mut body = json!({
        "fromUTXO": [
            {
                "txHash": first.txid.to_string(), "index": 0, "value": "20",
                "address": key.address(&DOGE), "signatureId": WALLET, "signatureIdIndex": 7,
            },
            { "txHash": second.txid.to_string(), "index": 0, "signatureId": OTHER_WALLET },
        ],
        "to": [{ "address": recipient.address(&DOGE), "value": "49.5" }],
    });
    let item = pending(&api, &DOGE, body.clone()).await;
    assert_eq!(item["hashes"], json!([OTHER_WALLET, WALLET]));
    assert_eq!(item["signatures"], json!([{ "id": WALLET, "index": 7 }]));
    let payload = payload(&item);
    let inputs: Vec<_> =
        payload["inputs"].as_array().unwrap().iter().map(|input| &input["prevTxId"]).collect();
    assert_eq!(json!(inputs), json!([second.txid.to_string(), first.txid.to_string()]));
    assert_eq!((payload.get("fee"), payload.get("changeScript")), (None, None));
    api.accepted(&DOGE, &signed(&payload, std::slice::from_ref(&key))).await;

    let (status, answer) = ask(&api, &DOGE, body.clone()).await;
    assert_eq!(status, 400, "spent outputs are no inputs: {answer}");
    let (third, _) = api.coin(&DOGE, &key, 20 * COIN).await;
    body["fromUTXO"][0]["txHash"] = third.txid.to_string().into();
    body["fromUTXO"].as_array_mut().unwrap().pop();
    body["to"][0]["value"] = 19.into();
    for (field, wrong) in [
        ("value", json!("20.5")),
        ("address", json!(recipient.address(&DOGE))),
        ("index", json!(1)),
        ("txHash", json!("zz")),
        ("signatureId", json!("private key")),
    ] {
        let mut body = body.clone();
        body["fromUTXO"][0][field] = wrong;
        assert_eq!(ask(&api, &DOGE, body).await.0, 400, "{field}");
    }
    assert_eq!(ask(&api, &DOGE, body).await.0, 200);
}

#[tokio::test]
async fn too_little_change_is_left_to_the_miners() {
    let api = Api::start().await;
    let key = Key::new(1);
    for (coin, little, enough) in [(&BTC, 546, 547), (&DOGE, COIN - 1, COIN)] {
        for (rest, index) in [(little, None), (enough, Some(1))] {
            let (outpoint, _) = api.coin(coin, &key, 10 * COIN).await;
            let fee = 3 * COIN - rest;
            let body = json!({
                "fromUTXO": [{
                    "txHash": outpoint.txid.to_string(), "index": 0, "signatureId": WALLET,
                }],
                "to": [{ "address": key.address(coin), "value": 7 }],
                "fee": format!("{}.{:08}", fee / COIN, fee % COIN),
                "changeAddress": key.address(coin),
            });
            let payload = payload(&pending(&api, coin, body).await);
            assert_eq!(payload["changeIndex"].as_u64(), index, "{payload}");
            let expected = if index.is_some() { fee } else { 3 * COIN };
            assert_eq!(payload["fee"].as_u64(), Some(expected));
        }
    }
}

#[tokio::test]
async fn a_withdrawal_is_broadcast_on_its_own_path() {
    let api = Api::start().await;
    let key = Key::new(1);
    let withdrawal = "5e6645712b55823de7ea82f1";
    let address = key.address(&LTC);
    api.coin(&LTC, &key, 2 * COIN).await;
    let body = json!({
        "fromAddress": [{ "address": address, "signatureId": WALLET }],
        "to": [{ "address": address, "value": "1" }], "fee": "0.001", "changeAddress": address,
    });
    let mut item = pending(&api, &LTC, body).await;
    let transaction = signed(&payload(&item), std::slice::from_ref(&key));
    item["withdrawalId"] = withdrawal.into();
    let id = api.queue(item).await;
    let body = json!({
        "currency": "LTC", "withdrawalId": withdrawal, "signatureId": id,
        "txData": encode::serialize_hex(&transaction),
    });
    let (status, answer) = api.post("/v3/offchain/withdrawal/broadcast", body).await;
    let txid = transaction.compute_txid().to_string();
    assert_eq!((status, answer), (200, json!({ "txId": txid, "completed": true })));
    assert_eq!(api.get(&format!("/v3/kms/{id}")).await.1["txId"], txid);
}

#[tokio::test]
async fn a_withdrawal_says_which_key_signs_for_which_input() {
    let api = Api::start().await;
    let (first, second) = (Key::new(1), Key::new(2));
    let (one, _) = api.coin(&BTC, &first, 2 * COIN).await;
    api.coin(&BTC, &second, 3 * COIN).await;
    let body = json!({
        "senderAccountId": "5e6645712b55823de7ea82f1", "address": first.address(&BTC),
        "amount": "4", "fee": "0.001", "signatureId": WALLET, "attr": second.address(&BTC),
        "from": [
            { "address": first.address(&BTC), "derivationKey": 4 },
            { "address": second.address(&BTC), "derivationKey": 0 },
        ],
    });
    let (status, answer) = api.post("/v3/offchain/bitcoin/transfer", body.clone()).await;
    assert_eq!(status, 200, "{answer}");
    let item = api.get(&format!("/v3/kms/{}", text(&answer["signatureId"]))).await.1;
    assert_eq!((&item["withdrawalId"], &item["hashes"]), (&answer["id"], &json!([WALLET])));
    let inputs = item["withdrawalResponses"].as_array().unwrap();
    let expected = json!({
        "address": { "address": first.address(&BTC), "currency": "BTC", "derivationKey": 4 },
        "amount": 2, "vIn": one.txid.to_string(), "vInIndex": 0,
    });
    assert_eq!((inputs.len(), &inputs[0]), (3, &expected));
    assert_eq!(inputs[2], json!({ "amount": 0.999, "vIn": "-1", "vInIndex": -1 }));
    let payload = payload(&item);
    assert!(payload.get("changeScript").is_none());
    assert_eq!(payload["outputs"][1]["satoshis"], 99_900_000);
    let mut empty = body;
    empty["from"] = json!([]);
    assert_eq!(api.post("/v3/offchain/bitcoin/transfer", empty).await.0, 400);
}

#[tokio::test]
async fn bitcoin_cash_gets_hex_and_values() {
    let api = Api::start().await;
    let key = Key::new(1);
    let (first, _) = api.coin(&BCH, &key, 2 * COIN).await;
    api.coin(&BCH, &key, 3 * COIN).await;
    let utxo = api.get(&format!("/v3/bcash/utxo/{}/0", first.txid)).await.1;
    let from = json!({ "address": utxo["address"], "signatureId": WALLET, "index": 0 });
    let body = json!({
        "fromAddress": [from], "to": [{ "address": utxo["address"], "value": 4.5 }],
        "fee": "0.0001", "changeAddress": utxo["address"],
    });
    let item = pending(&api, &BCH, body).await;
    assert_eq!(item["hashes"], json!([WALLET, WALLET]));
    let signer = json!({ "id": WALLET, "index": 0 });
    assert_eq!(item["signatures"], json!([signer, signer]));
    let text = text(&item["serializedTransaction"]);
    let (hex, values) = text.split_once(':').unwrap();
    assert_eq!(values, "[200000000,300000000]");
    let transaction: Transaction = encode::deserialize_hex(hex).unwrap();
    assert_eq!((transaction.version.0, transaction.input[0].previous_output), (2, first));
    let outputs: Vec<_> = transaction.output.iter().map(|out| out.value.to_sat()).collect();
    assert_eq!(outputs, [450_000_000, 49_990_000]);
    assert!(transaction.input.iter().all(|input| input.script_sig.is_empty()));
}

#[tokio::test]
async fn requests_that_can_not_be_met_are_refused() {
    let api = Api::start().await;
    let key = Key::new(1);
    let address = key.address(&BTC);
    api.coin(&BTC, &key, COIN).await;
    let from = json!([{ "address": address, "signatureId": WALLET }]);
    let to = json!([{ "address": address, "value": "0.5" }]);
    let good = json!({ "fromAddress": from, "to": to, "fee": "0.1", "changeAddress": address });
    for (field, value, expected) in [
        ("to", json!([{ "address": address, "value": "1" }]), 403),
        ("fee", json!("0.6"), 403),
        ("fee", json!(null), 400),
        ("changeAddress", json!(null), 400),
        ("changeAddress", json!("nonsense"), 400),
        ("to", json!([]), 400),
        ("to", json!([{ "address": address, "value": -1 }]), 400),
        ("to", json!([{ "address": address, "value": "0.123456789" }]), 400),
        ("fromAddress", json!([]), 403),
        ("fromAddress", json!([{ "address": address, "privateKey": "c" }]), 400),
        ("fromAddress", json!(1), 400),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        let (status, answer) = ask(&api, &BTC, body).await;
        assert_eq!(status, expected, "{field} {value}: {answer}");
    }
    assert_eq!(ask(&api, &BTC, good).await.0, 200);
    assert_eq!(api.get("/sandbox/pending").await.1.as_array().unwrap().len(), 1);
}
