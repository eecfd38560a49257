//! TRON as nodes behave: what is moved, and in which words the rest is refused.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use common::{Api, Key, text};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const RECIPIENT: &str = "TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc";

/// The address of a key, by hand: 41 and the last 20 bytes that Ethereum has, in Base58Check.
fn address(key: &Key) -> String {
    bitcoin::base58::encode_check(&[&[0x41], key.address().as_slice()].concat())
}

async fn rich_key(api: &Api) -> Key {
    let key = Key::new(0x21);
    api.give("TRON", "faucet", &address(&key), "1000").await;
    api.give("TRON", "faucet", RECIPIENT, "1").await;
    key
}

fn transfer(key: &Key, amount: &str) -> Value {
    json!({ "from": address(key), "to": RECIPIENT, "amount": amount })
}

async fn trc20_transfer(api: &Api, key: &Key, amount: &str, fee_limit: &str) -> Value {
    let token = api.get("/sandbox/TRON/token").await.1["address"].clone();
    let mut body = transfer(key, amount);
    body["tokenAddress"] = token;
    body["feeLimit"] = fee_limit.into();
    body
}

/// What a signer sends: the payload with `signature` behind it.
fn sign(key: &Key, payload: &str) -> String {
    let mut json: Value = serde_json::from_str(payload).unwrap();
    let raw = hex::decode(text(&json["raw_data_hex"])).unwrap();
    let mut signature = key.sign_hash(Sha256::digest(raw).into());
    signature[64] += 27;
    json["signature"] = json!([hex::encode_upper(signature)]);
    json.to_string()
}

async fn native(api: &Api, key: &Key, amount: &str) -> String {
    sign(key, &api.queued("/v3/tron/transaction", transfer(key, amount)).await.1)
}

async fn account(api: &Api, address: &str) -> Value {
    api.get(&format!("/v3/tron/account/{address}")).await.1
}

async fn refused(api: &Api, tx_data: &str) -> String {
    api.refused("tron", "tron.error", tx_data).await
}

#[tokio::test]
async fn a_transfer_is_signed_broadcast_and_complete() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let (id, payload) = api.queued("/v3/tron/transaction", transfer(&key, "2.5")).await;
    let (status, answer) = api.send_on("tron", &sign(&key, &payload), Some(&id)).await;
    assert_eq!(status, 200, "{answer}");
    let payload: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!(answer["txId"], payload["txID"]);
    assert_eq!(api.get(&format!("/v3/kms/{id}")).await.1["txId"], payload["txID"]);
    assert_eq!(account(&api, RECIPIENT).await["balance"], 3_500_000);
    let sender = account(&api, &address(&key)).await;
    // The first bytes of a day are free.
    assert_eq!(sender["balance"], 997_500_000);
    assert!(sender["freeNetUsage"].as_u64().unwrap() > 200, "{sender}");
    let hash = text(&answer["txId"]);
    let view = api.get(&format!("/v3/tron/transaction/{hash}")).await.1;
    assert_eq!((&view["ret"][0]["contractRet"], &view["netFee"]), (&json!("SUCCESS"), &json!(0)));
    assert_eq!(view["rawData"], payload["raw_data"]);
}

#[tokio::test]
async fn tokens_of_both_kinds_are_moved() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let own = address(&key);
    api.give("TRON", "token/mint", &own, "30").await;
    api.give("TRON", "trc10/mint", &own, "20").await;
    let body = trc20_transfer(&api, &key, "12.5", "50").await;
    let contract = text(&body["tokenAddress"]);
    let payload = api.queued("/v3/tron/trc20/transaction", body).await.1;
    let hash = api.taken("tron", &sign(&key, &payload)).await;
    let view = api.get(&format!("/v3/tron/transaction/{hash}")).await.1;
    assert_eq!(
        (&view["ret"][0]["contractRet"], &view["energyFee"]),
        (&json!("SUCCESS"), &json!(2_965_000))
    );

    let mut body = transfer(&key, "7");
    body["tokenId"] = "1000001".into();
    let payload = api.queued("/v3/tron/trc10/transaction", body).await.1;
    api.taken("tron", &sign(&key, &payload)).await;
    let recipient = account(&api, RECIPIENT).await;
    assert_eq!(recipient["trc20"], json!([{ &contract: "12500000" }]));
    assert_eq!(recipient["trc10"], json!([{ "key": "1000001", "value": 7_000_000 }]));
    let sender = account(&api, &own).await;
    assert_eq!(sender["trc20"], json!([{ &contract: "17500000" }]));
    assert_eq!(sender["trc10"][0]["value"], 13_000_000);
}

#[tokio::test]
async fn the_owner_has_to_sign_and_nothing_may_change() {
    let api = Api::start().await;
    let (key, thief) = (rich_key(&api).await, Key::new(0x22));
    let payload = api.queued("/v3/tron/transaction", transfer(&key, "2")).await.1;
    let words = refused(&api, &sign(&thief, &payload)).await;
    let expected =
        format!("is signed by {} but it is not contained of permission.", address(&thief));
    assert!(words.starts_with("Broadcast failed due to Validate signature error: "), "{words}");
    assert!(words.ends_with(&expected), "{words}");
    assert!(refused(&api, &payload).await.ends_with("miss sig or contract"));

    let mut tampered: Value = serde_json::from_str(&sign(&key, &payload)).unwrap();
    tampered["raw_data"]["contract"][0]["parameter"]["value"]["amount"] = 3_000_000.into();
    let words = refused(&api, &tampered.to_string()).await;
    assert!(words.contains("`raw_data_hex` is not that of `raw_data`"), "{words}");
    // Without what contradicts it, it is a transaction that someone else has signed.
    for name in ["raw_data_hex", "txID"] {
        tampered.as_object_mut().unwrap().remove(name);
    }
    let words = refused(&api, &tampered.to_string()).await;
    assert!(words.ends_with("but it is not contained of permission."), "{words}");

    let mut twice: Value = serde_json::from_str(&sign(&key, &payload)).unwrap();
    let signature = twice["signature"][0].clone();
    twice["signature"].as_array_mut().unwrap().push(signature);
    let words = refused(&api, &twice.to_string()).await;
    assert!(
        words.ends_with("Signature count is 2 more than key counts of permission : 1"),
        "{words}"
    );
    twice["signature"] = json!([&text(&twice["signature"][0])[..128]]);
    assert!(refused(&api, &twice.to_string()).await.ends_with("Signature size is 64"));
    assert_eq!(account(&api, RECIPIENT).await["balance"], 1_000_000);
}

#[tokio::test]
async fn the_same_bytes_are_taken_once_and_cut_ones_never() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let signed = native(&api, &key, "1").await;
    for length in [0, 1, signed.len() / 2, signed.len() - 1] {
        refused(&api, &signed[..length]).await;
    }
    let mut cut: Value = serde_json::from_str(&signed).unwrap();
    let hex = text(&cut["raw_data_hex"]);
    cut["raw_data_hex"] = hex[..hex.len() - 2].into();
    refused(&api, &cut.to_string()).await;
    api.taken("tron", &signed).await;
    let words = refused(&api, &signed).await;
    assert_eq!(words, "Broadcast failed due to Dup transaction.");
    assert_eq!(account(&api, RECIPIENT).await["balance"], 2_000_000);
}

/// The same transaction with another number in place of one of as many digits, in both forms.
fn with_number(payload: &str, name: &str, new: u64) -> String {
    let varint = |mut number: u64| {
        let mut digits = Vec::new();
        while number >= 0x80 {
            digits.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        digits.push(number.to_le_bytes()[0]);
        hex::encode(digits)
    };
    let mut json: Value = serde_json::from_str(payload).unwrap();
    let old = json["raw_data"][name].as_u64().unwrap();
    json["raw_data"][name] = new.into();
    let raw = text(&json["raw_data_hex"]).replacen(&varint(old), &varint(new), 1);
    json["txID"] = hex::encode(Sha256::digest(hex::decode(&raw).unwrap())).into();
    json["raw_data_hex"] = raw.into();
    json.to_string()
}

#[tokio::test]
async fn a_transaction_has_its_time_and_its_block() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let payload = api.queued("/v3/tron/transaction", transfer(&key, "1")).await.1;
    let expiration: Value = serde_json::from_str(&payload).unwrap();
    let expiration = expiration["raw_data"]["expiration"].as_u64().unwrap();
    let late = with_number(&payload, "expiration", expiration - 120_000);
    assert_eq!(refused(&api, &sign(&key, &late)).await, "Transaction expired");
    let far = with_number(&payload, "expiration", expiration + 86_400_000);
    let words = refused(&api, &sign(&key, &far)).await;
    assert_eq!(words, "Broadcast failed due to Transaction expired");

    let mut json: Value = serde_json::from_str(&payload).unwrap();
    let (old, other) = (text(&json["raw_data"]["ref_block_hash"]), "00112233445566ff");
    json["raw_data"]["ref_block_hash"] = other.into();
    let raw = text(&json["raw_data_hex"]).replacen(&old, other, 1);
    json["txID"] = hex::encode(Sha256::digest(hex::decode(&raw).unwrap())).into();
    json["raw_data_hex"] = raw.into();
    let words = refused(&api, &sign(&key, &json.to_string())).await;
    assert_eq!(words, "Broadcast failed due to Tapos check error.");
    api.taken("tron", &sign(&key, &payload)).await;
}

#[tokio::test]
async fn what_is_not_there_can_not_be_sent() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let validate =
        |words: &str| format!("Broadcast failed due to Contract validate error : {words}");
    let too_much = native(&api, &key, "1000.000001").await;
    let words = validate("Validate TransferContract error, balance is not sufficient.");
    assert_eq!(refused(&api, &too_much).await, words);
    let nothing = native(&api, &key, "0").await;
    assert_eq!(refused(&api, &nothing).await, validate("Amount must be greater than 0."));

    let nobody = Key::new(0x23);
    let words = validate(&format!("account [{}] does not exist", address(&nobody)));
    assert_eq!(refused(&api, &native(&api, &nobody, "1").await).await, words);

    let mut body = transfer(&key, "1");
    body["tokenId"] = "1000001".into();
    let payload = api.queued("/v3/tron/trc10/transaction", body).await.1;
    let words = validate("assetBalance must be greater than 0.");
    assert_eq!(refused(&api, &sign(&key, &payload)).await, words);
}

#[tokio::test]
async fn a_call_that_fails_is_on_chain_and_costs() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    for (fee_limit, result, cost) in [("50", "REVERT", 200_000), ("0.1", "OUT_OF_ENERGY", 100_000)]
    {
        let body = trc20_transfer(&api, &key, "1", fee_limit).await;
        let payload = api.queued("/v3/tron/trc20/transaction", body).await.1;
        let hash = api.taken("tron", &sign(&key, &payload)).await;
        let view = api.get(&format!("/v3/tron/transaction/{hash}")).await.1;
        assert_eq!(
            (&view["ret"][0]["contractRet"], &view["energyFee"]),
            (&json!(result), &json!(cost))
        );
    }
    assert_eq!(account(&api, RECIPIENT).await["trc20"], json!([]));
}

#[tokio::test]
async fn new_accounts_and_many_bytes_are_paid_for() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let fresh = address(&Key::new(0x24));
    let mut body = transfer(&key, "1");
    body["to"] = fresh.as_str().into();
    let payload = api.queued("/v3/tron/transaction", body).await.1;
    api.taken("tron", &sign(&key, &payload)).await;
    assert_eq!(account(&api, &fresh).await["balance"], 1_000_000);
    // A TRX for the account, a tenth for its bandwidth.
    assert_eq!(account(&api, &address(&key)).await["balance"], 997_900_000);
    for amount in ["1", "1.1", "1.2"] {
        api.taken("tron", &native(&api, &key, amount).await).await;
    }
    let balance = account(&api, &address(&key)).await["balance"].as_u64().unwrap();
    // Two are free; the third has some 270 bytes at 1,000 sun.
    assert!((994_300_000..994_400_000).contains(&balance), "{balance}");
}

#[tokio::test]
async fn requests_are_checked() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let mut good = transfer(&key, "1");
    good["signatureId"] = common::WALLET.into();
    for (name, value) in [("from", "0x12"), ("to", ""), ("amount", "1e3"), ("signatureId", "x")] {
        let mut bad = good.clone();
        bad[name] = value.into();
        let (status, answer) = api.post("/v3/tron/transaction", bad).await;
        assert_eq!((status, &answer["errorCode"]), (400, &json!("validation.failed")), "{name}");
    }
    let (status, answer) = api.get(&format!("/v3/tron/account/{}", address(&Key::new(9)))).await;
    assert_eq!((status, &answer["message"]), (403, &json!("no such account.")));
}
