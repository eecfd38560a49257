//! Algorand as algod behaves: what is executed, and in which words the rest is refused.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use common::accounts::At;
use common::{Api, WALLET, text};
use data_encoding::BASE32_NOPAD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512_256};

const ALGO: At = At("ALGO", "algorand");
const GENESIS: &str = "4863b518a4b3c84ec810f22d4f1081cb0f71f059a7ac20dec62f7f70e5093a22";

struct Key(SigningKey);

impl Key {
    fn new(byte: u8) -> Self {
        Self(SigningKey::from_bytes(&[byte; 32]))
    }

    fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    fn address(&self) -> String {
        let checksum = &Sha512_256::digest(self.public())[28..];
        BASE32_NOPAD.encode(&[&self.public()[..], checksum].concat())
    }

    /// The signed transaction in hex.
    fn sign(&self, fields: &Fields) -> String {
        let message = fields.pack();
        let signature = self.0.sign(&[b"TX", &message[..]].concat());
        fields.signed(signature.to_bytes(), None)
    }
}

/// What a field holds.
#[derive(Clone)]
enum Field {
    Number(u64),
    Bytes(Vec<u8>),
    Text(&'static str),
}

/// The fields of a transaction, in the order in which they are written.
#[derive(Clone)]
struct Fields(Vec<(&'static str, Field)>);

impl Fields {
    fn with(&self, name: &'static str, value: Field) -> Self {
        let mut fields = self.0.clone();
        fields.retain(|(known, _)| *known != name);
        fields.push((name, value));
        fields.sort_by_key(|(name, _)| *name);
        Self(fields)
    }

    fn pack(&self) -> Vec<u8> {
        let mut bytes = vec![0x80 | u8::try_from(self.0.len()).unwrap()];
        for (name, field) in &self.0 {
            pack_text(&mut bytes, name);
            match field {
                Field::Number(number) => pack_number(&mut bytes, *number),
                Field::Bytes(value) => pack_bytes(&mut bytes, value),
                Field::Text(value) => pack_text(&mut bytes, value),
            }
        }
        bytes
    }

    fn signed(&self, signature: [u8; 64], signer: Option<[u8; 32]>) -> String {
        let mut bytes = vec![0x82 + u8::from(signer.is_some())];
        if let Some(signer) = signer {
            pack_text(&mut bytes, "sgnr");
            pack_bytes(&mut bytes, &signer);
        }
        pack_text(&mut bytes, "sig");
        pack_bytes(&mut bytes, &signature);
        pack_text(&mut bytes, "txn");
        bytes.extend(self.pack());
        hex::encode(bytes)
    }
}

fn pack_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(0xa0 | u8::try_from(text.len()).unwrap());
    bytes.extend(text.as_bytes());
}

fn pack_bytes(bytes: &mut Vec<u8>, value: &[u8]) {
    bytes.extend([0xc4, u8::try_from(value.len()).unwrap()]);
    bytes.extend(value);
}

fn pack_number(bytes: &mut Vec<u8>, number: u64) {
    if let Ok(small) = u8::try_from(number) {
        if small >= 0x80 {
            bytes.push(0xcc);
        }
        bytes.push(small);
    } else if let Ok(number) = u16::try_from(number) {
        bytes.push(0xcd);
        bytes.extend(number.to_be_bytes());
    } else if let Ok(number) = u32::try_from(number) {
        bytes.push(0xce);
        bytes.extend(number.to_be_bytes());
    } else {
        bytes.push(0xcf);
        bytes.extend(number.to_be_bytes());
    }
}

async fn round(api: &Api) -> u64 {
    api.get("/v3/algorand/block/current").await.1.as_u64().unwrap()
}

/// What every transaction has.
async fn common(api: &Api, from: &Key, kind: &'static str) -> Fields {
    let round = round(api).await;
    let fields = Fields(Vec::new());
    fields
        .with("fee", Field::Number(1000))
        .with("fv", Field::Number(round))
        .with("gen", Field::Text("testnet-v1.0"))
        .with("gh", Field::Bytes(hex::decode(GENESIS).unwrap()))
        .with("lv", Field::Number(round + 1000))
        .with("snd", Field::Bytes(from.public().to_vec()))
        .with("type", Field::Text(kind))
}

/// A payment of 5 ALGO that the network would take.
async fn payment(api: &Api, from: &Key, to: &Key) -> Fields {
    let fields = common(api, from, "pay").await;
    fields.with("amt", Field::Number(5_000_000)).with("rcv", Field::Bytes(to.public().to_vec()))
}

/// Of the test asset.
async fn transfer(api: &Api, from: &Key, to: &Key, units: u64) -> Fields {
    let asset = api.token_of(&ALGO).await.parse().unwrap();
    let fields = common(api, from, "axfer").await;
    let fields =
        fields.with("arcv", Field::Bytes(to.public().to_vec())).with("xaid", Field::Number(asset));
    if units == 0 { fields } else { fields.with("aamt", Field::Number(units)) }
}

async fn balance(api: &Api, key: &Key) -> Value {
    api.get(&format!("/v3/algorand/account/balance/{}", key.address())).await.1
}

async fn rich(api: &Api, byte: u8) -> Key {
    let key = Key::new(byte);
    api.faucet(&ALGO, &key.address(), "100").await;
    key
}

#[tokio::test]
async fn payments_go_to_new_accounts() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, Key::new(2));
    let noted = payment(&api, &from, &to).await.with("note", Field::Bytes(vec![0, 1]));
    let id = api.takes(&ALGO, &from.sign(&noted)).await;
    assert_eq!(balance(&api, &to).await, json!({ "balance": 5, "assets": [] }));
    assert_eq!(balance(&api, &from).await["balance"], 94.999);
    let view = api.get(&format!("/v3/algorand/transaction/{id}")).await.1;
    assert_eq!(view["paymentTransaction"]["receiver"], json!(to.address()));
    assert_eq!(view["confirmedRound"].as_u64(), Some(round(&api).await));
}

#[tokio::test]
async fn refusals_are_in_algods_words_and_change_nothing() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, Key::new(2));
    let good = payment(&api, &from, &to).await;
    let now = round(&api).await;
    let number = |name, number| good.with(name, Field::Number(number));
    for (fields, words) in [
        (number("fee", 999), "txgroup had 999 in fees, which is less than the minimum 1 * 1000"),
        (number("lv", now + 2000), "transaction window size excessive"),
        (number("fv", now + 500), "TransactionPool.Remember: txn dead: round"),
        (number("amt", 99_999_001), "overspend (account "),
        (number("amt", 99_900_000), "balance 99000 below min 100000 (0 assets)"),
        (number("amt", 99_999), "balance 99999 below min 100000 (0 assets)"),
        (good.with("gh", Field::Bytes(vec![1; 32])), "does not match expected"),
        (good.with("rekey", Field::Bytes(vec![1; 32])), "no matching struct field found"),
        (good.with("close", Field::Bytes(vec![1; 32])), "no matching struct field found"),
        (good.with("type", Field::Text("acfg")), "the sandbox takes pay and axfer only"),
    ] {
        let said = api.refuses(&ALGO, &from.sign(&fields)).await;
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(balance(&api, &from).await["balance"], 100);
    api.takes(&ALGO, &from.sign(&good)).await;
}

#[tokio::test]
async fn only_the_senders_key_over_these_very_bytes_will_do() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, Key::new(2));
    let good = payment(&api, &from, &to).await;
    let unverified = "At least one signature didn't pass verification";
    assert_eq!(api.refuses(&ALGO, &to.sign(&good)).await, unverified);
    let signature = from.0.sign(&[b"TX", &good.pack()[..]].concat()).to_bytes();
    let tampered = good.with("amt", Field::Number(6_000_000)).signed(signature, None);
    assert_eq!(api.refuses(&ALGO, &tampered).await, unverified);
    // A field that holds nothing: the node writes the transaction anew without it.
    let padded = good.with("rcv", Field::Bytes(vec![0; 32]));
    assert_eq!(api.refuses(&ALGO, &from.sign(&padded)).await, unverified);
    let signature = to.0.sign(&[b"TX", &good.pack()[..]].concat()).to_bytes();
    let said = api.refuses(&ALGO, &good.signed(signature, Some(to.public()))).await;
    assert!(said.contains("but was actually authorized by"), "{said}");

    let signed = from.sign(&good);
    for cut in [0, 2, 100, signed.len() - 2] {
        let said = api.refuses(&ALGO, &signed[..cut]).await;
        assert!(said.starts_with("msgpack decode error"), "{said}");
    }
    assert!(api.refuses(&ALGO, "xyz").await.contains("no hex"));
    api.takes(&ALGO, &signed).await;
}

#[tokio::test]
async fn the_same_bytes_are_executed_once() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, Key::new(2));
    let signed = from.sign(&payment(&api, &from, &to).await);
    let id = api.takes(&ALGO, &signed).await;
    let words = format!("TransactionPool.Remember: transaction already in ledger: {id}");
    assert_eq!(api.refuses(&ALGO, &signed).await, words);
    assert_eq!(balance(&api, &to).await["balance"], 5);
}

#[tokio::test]
async fn a_transaction_expires_with_its_last_round() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, Key::new(2));
    let signed = from.sign(&payment(&api, &from, &to).await);
    api.pass_blocks(&ALGO, 1001).await;
    let said = api.refuses(&ALGO, &signed).await;
    assert!(said.starts_with("TransactionPool.Remember: txn dead: round"), "{said}");
}

#[tokio::test]
async fn assets_go_to_those_who_have_opted_in() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, rich(&api, 2).await);
    let body = json!({ "address": from.address(), "amount": "50" });
    let (status, answer) = api.post("/sandbox/ALGO/token/mint", body).await;
    let said = text(&answer["message"]);
    assert!(status == 403 && said.starts_with("receiver error: must optin"), "{said}");

    let early = transfer(&api, &from, &to, 10).await;
    assert!(api.refuses(&ALGO, &from.sign(&early)).await.contains("asset 1001 missing from"));
    api.takes(&ALGO, &from.sign(&transfer(&api, &from, &from, 0).await)).await;
    api.mint_tokens(&ALGO, &from.address(), "50").await;
    let said = api.refuses(&ALGO, &from.sign(&transfer(&api, &from, &to, 10).await)).await;
    assert!(said.contains("receiver error: must optin"), "{said}");
    api.takes(&ALGO, &to.sign(&transfer(&api, &to, &to, 0).await)).await;
    api.takes(&ALGO, &from.sign(&transfer(&api, &from, &to, 10_500_000).await)).await;
    let said = api.refuses(&ALGO, &from.sign(&transfer(&api, &from, &to, 39_500_001).await)).await;
    assert!(
        said.contains("underflow on subtracting 39500001 from sender amount 39500000"),
        "{said}"
    );
    let holds = |units: u64| json!([{ "assetIndex": 1001, "amount": units }]);
    assert_eq!(balance(&api, &to).await["assets"], holds(10_500_000));
    assert_eq!(balance(&api, &from).await["assets"], holds(39_500_000));
    let unknown = transfer(&api, &from, &to, 1).await.with("xaid", Field::Number(7));
    let said = api.refuses(&ALGO, &from.sign(&unknown)).await;
    assert!(said.contains("asset 7 does not exist or has been deleted"), "{said}");
}

/// The members of a payload without those that change from run to run, as they are written.
fn shape(payload: &str) -> String {
    let value: Value = serde_json::from_str(payload).unwrap();
    assert_eq!(value.to_string(), payload);
    let names: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.join(" ")
}

#[tokio::test]
async fn requests_become_what_the_api_queues() {
    let api = Api::start().await;
    let (from, to) = (Key::new(1).address(), Key::new(2).address());
    let request = json!({
        "from": from, "to": to, "amount": "3.5", "fee": "0.001", "note": "hello",
        "signatureId": WALLET, "index": 3,
    });
    let payload = api.payload(&ALGO, "/v3/algorand/transaction", request.clone()).await;
    assert_eq!(
        shape(&payload),
        "name tag from to amount note type flatFee genesisHash fee firstRound lastRound genesisID \
         appArgs lease"
    );
    let value: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!((&value["amount"], &value["fee"]), (&json!(3_500_000), &json!(1000)));
    assert_eq!(value["note"], json!({ "0": 104, "1": 101, "2": 108, "3": 108, "4": 111 }));
    assert_eq!(value["from"]["publicKey"]["31"], json!(Key::new(1).public()[31]));

    let token = json!({
        "chain": "ALGO", "from": from, "to": to, "amount": "1.5", "digits": 6,
        "contractAddress": "1001", "signatureId": WALLET,
    });
    let expected = "name tag type from to amount assetIndex note flatFee genesisHash fee firstRound \
                    lastRound genesisID appArgs lease";
    let payload = api.payload(&ALGO, "/v3/blockchain/token/transaction", token).await;
    assert_eq!(shape(&payload), expected);
    let receive = json!({ "from": from, "assetId": 1001, "signatureId": WALLET });
    let payload = api.payload(&ALGO, "/v3/algorand/asset/receive", receive).await;
    assert_eq!(shape(&payload), expected);

    for (field, value) in [("to", "nobody"), ("amount", "-1"), ("signatureId", "x"), ("fee", "a")] {
        let mut bad = request.clone();
        bad[field] = value.into();
        let (status, answer) = api.post("/v3/algorand/transaction", bad).await;
        assert_eq!((status, &answer["errorCode"]), (400, &json!("validation.failed")), "{field}");
    }
}
