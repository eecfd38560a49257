//! Cardano as its nodes behave: what is taken, what is refused and in which words, and the Rosetta
//! server that puts transactions together.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use common::lovelace::{Key, Transfer};
use common::{Api, WALLET, text};
use serde_json::{Value, json};

const FEE: u32 = 170_000;

#[tokio::test]
async fn a_transfer_moves_lovelace() {
    let (api, key, other) = (Api::start().await, Key::new(1), Key::new(2));
    let (first, second) = (api.ada(&key, "10").await, api.ada(&other, "5").await);
    let id = api
        .queue(json!({ "chain": "ADA", "hashes": [WALLET], "serializedTransaction": "[]" }))
        .await;
    let mut transfer = Transfer::of(&first, &other.address(), 12_000_000, 180_000);
    transfer.inputs.push((second, 0));
    transfer.outputs.push((transfer.outputs[0].0.clone(), 2_820_000));
    let bytes = transfer.signed(&[&key, &other]);
    let (status, answer) = api.send_ada(&bytes, Some(&id)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["txId"], hex::encode(transfer.hash()));
    assert_eq!(api.get(&format!("/v3/kms/{id}")).await.1["txId"], answer["txId"]);
    assert_eq!(
        (api.lovelace(&key).await, api.lovelace(&other).await),
        ("0".into(), "14820000".into())
    );
    let utxos = api.get(&format!("/v3/ada/{}/utxos", other.address())).await.1;
    assert_eq!((&utxos[1]["txHash"], &utxos[1]["index"]), (&answer["txId"], &json!(1)));
}

#[tokio::test]
async fn refusals_are_in_the_words_of_the_node() {
    let (api, key, other) = (Api::start().await, Key::new(1), Key::new(2));
    let (spent, unspent) = (api.ada(&key, "10").await, api.ada(&key, "10").await);
    let good = Transfer::of(&spent, &other.address(), 9_830_000, FEE);
    let sent = good.signed(&[&key]);
    assert_eq!(api.send_ada(&sent, None).await.0, 200);
    let fresh = Transfer::of(&unspent, &other.address(), 9_830_000, FEE);
    let fresh_with = |change: &dyn Fn(&mut Transfer)| {
        let mut changed = fresh.clone();
        change(&mut changed);
        changed.signed(&[&key])
    };
    let mainnet = |transfer: &mut Transfer| transfer.outputs[0].0[0] = 0x61;
    let half = |transfer: &mut Transfer| transfer.inputs.push((spent.clone(), 0));
    let small = |transfer: &mut Transfer| {
        transfer.outputs = vec![
            (transfer.outputs[0].0.clone(), 849_069),
            (transfer.outputs[0].0.clone(), 9_830_000 - 849_069),
        ];
    };
    for (bytes, words) in [
        (sent, "ConwayMempoolFailure \"All inputs are spent."),
        (good.signed(&[&other]), "ConwayMempoolFailure \"All inputs are spent."),
        (fresh_with(&half), "UtxoFailure (BadInputsUTxO (fromList [TxIn (TxId {unTxId = "),
        (fresh.signed(&[&other]), "MissingVKeyWitnessesUTXOW (fromList [KeyHash {unKeyHash = "),
        (fresh.signed(&[]), "MissingVKeyWitnessesUTXOW (fromList [KeyHash {unKeyHash = "),
        (fresh_with(&|it| it.ttl = 1000), "invalidHereafter = SJust (SlotNo 1000)}) (SlotNo "),
        (
            fresh_with(&|it| it.fee = 100_000),
            "FeeTooSmallUTxO (Mismatch {mismatchSupplied = Coin 100000, mismatchExpected = Coin 16",
        ),
        (
            fresh_with(&|it| it.outputs[0].1 = 50_000_000),
            "ValueNotConservedUTxO (Mismatch {mismatchSupplied = MaryValue (Coin 10000000) ",
        ),
        (fresh_with(&|it| it.fee = 200_000), "ValueNotConservedUTxO"),
        (fresh_with(&small), "BabbageOutputTooSmallUTxO [("),
        (fresh_with(&mainnet), "WrongNetwork Testnet (fromList [61"),
        (fresh_with(&|it| it.inputs.clear()), "InputSetEmptyUTxO"),
    ] {
        let (status, body) = api.send_ada(&bytes, None).await;
        assert_eq!((status, &body["errorCode"]), (403, &json!("ada.broadcast.failed")), "{words}");
        assert!(text(&body["message"]).contains(words), "{words}: {body}");
    }
    assert_eq!(api.lovelace(&other).await, "9830000");
    // An input that is there twice gives what it has once.
    let twice = fresh_with(&|it| {
        it.inputs.push((unspent.clone(), 0));
        it.outputs[0].1 = 19_820_000;
        it.fee = 180_000;
    });
    let (status, body) = api.send_ada(&twice, None).await;
    assert_eq!(status, 403);
    assert!(text(&body["message"]).contains("ValueNotConservedUTxO"), "{body}");
    assert_eq!(api.send_ada(&fresh.signed(&[&key]), None).await.0, 200);
}

#[tokio::test]
async fn tampered_and_truncated_bytes_are_refused() {
    let (api, key, other) = (Api::start().await, Key::new(1), Key::new(2));
    let hash = api.ada(&key, "10").await;
    let transfer = Transfer::of(&hash, &other.address(), 9_830_000, FEE);
    let bytes = transfer.signed(&[&key]);
    let richer =
        Transfer { fee: FEE - 10_000, ..Transfer::of(&hash, &other.address(), 9_840_000, 0) };
    // The other body with the signature of this one.
    let body = richer.signed(&[]);
    let tampered = [&body[..body.len() - 5], &bytes[body.len() - 5..]].concat();
    let (status, answer) = api.send_ada(&tampered, None).await;
    let words = "InvalidWitnessesUTXOW [VKey (VerKeyEd25519DSIGN ";
    assert!(status == 403 && text(&answer["message"]).contains(words), "{answer}");
    for end in [0, 1, 2, 50, bytes.len() - 70, bytes.len() - 1] {
        let (status, answer) = api.send_ada(&bytes[..end], None).await;
        let words = "DecoderErrorDeserialiseFailure";
        assert!(status == 403 && text(&answer["message"]).starts_with(words), "{end} {answer}");
    }
    assert_eq!(api.send_ada(&[bytes.clone(), vec![0]].concat(), None).await.0, 403);
    assert_eq!(api.lovelace(&other).await, "0");
    assert_eq!(api.send_ada(&bytes, None).await.0, 200);
}

/// Asks for a transfer; the pending item it has become.
async fn pending(api: &Api, body: Value) -> Value {
    let (status, answer) = api.post("/v3/ada/transaction", body).await;
    assert_eq!(status, 200, "{answer}");
    api.get(&format!("/v3/kms/{}", text(&answer["signatureId"]))).await.1
}

#[tokio::test]
async fn what_is_queued_is_put_together_signed_and_sent() {
    let (api, key, second, other) = (Api::start().await, Key::new(1), Key::new(3), Key::new(2));
    for (key, amount) in [(&key, "2"), (&key, "3"), (&second, "4")] {
        api.ada(key, amount).await;
    }
    let item = pending(
        &api,
        json!({
            "fromAddress": [
                { "address": key.address(), "signatureId": WALLET },
                { "address": second.address(), "signatureId": WALLET, "index": 4 },
            ],
            "to": [{ "address": other.address(), "value": 6.5 }],
            "fee": "0.2", "changeAddress": key.address(),
        }),
    )
    .await;
    assert_eq!(
        (&item["hashes"], &item["signatures"]),
        (&json!([WALLET]), &json!([{ "id": WALLET, "index": 4 }]))
    );
    let operations: Value = serde_json::from_str(&text(&item["serializedTransaction"])).unwrap();

    let wishes = json!({ "operations": operations, "metadata": { "relative_ttl": 1000 } });
    let options = api.rosetta("preprocess", wishes).await.1;
    let mut metadata = api.rosetta("metadata", options.clone()).await.1;
    metadata["operations"] = operations;
    let unsigned = api.rosetta("payloads", metadata).await.1;
    let signatures = [&key, &second].map(|key| {
        let payloads = unsigned["payloads"].as_array().unwrap();
        let of = |payload: &&Value| payload["account_identifier"]["address"] == key.address();
        let payload = payloads.iter().find(of).unwrap();
        let hash = hex::decode(text(&payload["hex_bytes"])).unwrap();
        json!({
            "signing_payload": payload, "signature_type": "ed25519",
            "public_key": { "hex_bytes": hex::encode(key.public()), "curve_type": "edwards25519" },
            "hex_bytes": hex::encode(key.sign(&hash)),
        })
    });
    let parts = json!({
        "unsigned_transaction": unsigned["unsigned_transaction"], "signatures": signatures,
    });
    let signed = api.rosetta("combine", parts).await.1;
    let hash = &unsigned["payloads"][0]["hex_bytes"];
    let identifier = api.rosetta("hash", signed.clone()).await.1;
    assert_eq!(&identifier["transaction_identifier"]["hash"], hash);
    let bytes = hex::decode(text(&signed["signed_transaction"])).unwrap();
    let (status, answer) = api.send_ada(&bytes, Some(&text(&item["id"]))).await;
    assert_eq!((status, &answer["txId"]), (200, hash), "{answer}");
    assert_eq!(api.lovelace(&other).await, "6500000");
    assert_eq!(api.lovelace(&key).await, "2300000");
    assert_eq!(api.get("/v3/kms/pending/ADA").await.1, json!([]));

    let (status, answer) = api.rosetta("submit", signed).await;
    assert_eq!((status, &answer["code"]), (500, &json!(5006)));
    // The size that was estimated is the size that came out: the text holds its digits.
    let size = options["options"]["transaction_size"].as_u64().unwrap();
    let extra = "a16a6f7065726174696f6e7380".len() / 2;
    assert_eq!(u64::try_from((bytes.len() - 4 - extra) / 2).unwrap(), size);
}

#[tokio::test]
async fn rosetta_says_no_in_its_own_shape() {
    let (api, key) = (Api::start().await, Key::new(1));
    let public = json!({ "public_key": { "hex_bytes": hex::encode(key.public()) } });
    let derived = api.rosetta("derive", public).await.1;
    assert_eq!(derived["account_identifier"]["address"], key.address());
    let input = json!({
        "type": "input", "account": { "address": key.address() }, "amount": { "value": "-1" },
    });
    for (step, body, code) in [
        ("preprocess", json!({ "operations": [input] }), 4008),
        ("preprocess", json!({}), 5000),
        ("derive", json!({ "public_key": { "hex_bytes": "00" } }), 5000),
        ("combine", json!({ "unsigned_transaction": "8200", "signatures": [] }), 5003),
        ("submit", json!({ "signed_transaction": "00" }), 5006),
        ("guess", json!({}), 5000),
    ] {
        let (status, answer) = api.rosetta(step, body).await;
        assert_eq!((status, &answer["code"]), (500, &json!(code)), "{step} {answer}");
    }
    let node = "/v3/blockchain/node/cardano-preprod/key/construction/derive";
    let (_, answer) = api.post(node, json!({})).await;
    assert_eq!(answer["code"], 4002);
}

#[tokio::test]
async fn requests_that_can_not_be_met_are_refused() {
    let (api, key) = (Api::start().await, Key::new(1));
    let hash = api.ada(&key, "10").await;
    let address = key.address();
    let good = json!({
        "fromUTXO": [{ "txHash": hash, "index": 0, "signatureId": WALLET }],
        "to": [{ "address": address, "value": "9" }], "fee": "0.2", "changeAddress": address,
    });
    for (field, value, expected) in [
        ("to", json!([{ "address": address, "value": "10" }]), 403),
        ("to", json!([{ "address": address, "value": "0.0000001" }]), 400),
        ("to", json!([{ "address": "addr1", "value": "1" }]), 400),
        ("to", json!([]), 400),
        ("fee", Value::Null, 400),
        ("fromUTXO", json!([]), 403),
        ("fromUTXO", json!([{ "txHash": hash, "index": 1, "signatureId": WALLET }]), 400),
        ("fromUTXO", json!([{ "txHash": hash, "index": 0, "privateKey": "00" }]), 400),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        let (status, answer) = api.post("/v3/ada/transaction", body).await;
        assert_eq!(status, expected, "{field} {value}: {answer}");
    }
    // 0.8 ADA are too little for an output of their own.
    let item = pending(&api, good).await;
    let operations: Value = serde_json::from_str(&text(&item["serializedTransaction"])).unwrap();
    assert_eq!(operations.as_array().unwrap().len(), 2);
}
