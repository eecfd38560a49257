//! Cardano: what the Rosetta server may not do, and what is refused.

#![allow(clippy::unwrap_used)]

mod support;

use async_trait::async_trait;
use kms_chains::{PrepareError, SigningKeys};
use kms_core::{Action, KeyText, Mnemonic, Network, Node, NodeError};
use kms_crypto::hash::blake2b_256;
use serde_json::{Value, json};
use support::{Prepared, chain, context, now, one_pending};

const COIN: &str = "ebf2df5f3efac8e00b6fce5ff701b5f1723df4a035af392e76ad871ca75b1cc4";
const TO: &str = "addr1v8sc3t7c8cjn3k3hmyj3x6skye5vasm5nrvhtphl2y045qsns9t09";

/// The key and the address of a well-known mnemonic.
fn own() -> (KeyText, String) {
    let ada = chain("ADA");
    let words = Mnemonic::new("abandon ".repeat(11) + "about");
    let key = ada.derive(&ada.seed(&words).unwrap(), 0, Network::Mainnet).unwrap();
    let address = ada.address(&key.public(), Network::Mainnet).unwrap();
    (ada.format(&key, Network::Mainnet).unwrap(), address)
}

/// The bytes of a Bech32 address.
fn bytes(address: &str) -> Vec<u8> {
    let decoded = bech32::primitives::decode::CheckedHrpstring::new::<bech32::Bech32>(address);
    decoded.unwrap().byte_iter().collect()
}

fn amount(value: u64) -> Vec<u8> {
    [&[0x1b][..], &value.to_be_bytes()].concat()
}

/// What a Rosetta server makes; every part of it can be changed.
#[derive(Clone)]
struct Body {
    input: Vec<u8>,
    place: u8,
    outputs: Vec<(Vec<u8>, u64)>,
    fee: u64,
    more: Vec<u8>,
}

impl Body {
    fn honest() -> Self {
        Self {
            input: hex::decode(COIN).unwrap(),
            place: 1,
            outputs: vec![(bytes(TO), 1 << 33), (bytes(&own().1), (1 << 34) - 1)],
            fee: 170_000 + (1 << 32),
            more: Vec::new(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = vec![if self.more.is_empty() { 0xa3 } else { 0xa4 }];
        out.extend([0, 0x81, 0x82, 0x58, 32]);
        out.extend(&self.input);
        out.extend([self.place, 1, 0x80 | u8::try_from(self.outputs.len()).unwrap()]);
        for (address, value) in &self.outputs {
            out.extend([0x82, 0x58, u8::try_from(address.len()).unwrap()]);
            out.extend(address);
            out.extend(amount(*value));
        }
        out.push(2);
        out.extend(amount(self.fee));
        out.extend(&self.more);
        out
    }

    /// The answer of `construction/payloads`.
    fn answer(&self) -> Value {
        let body = self.encode();
        let whole = hex::encode([&[0x84][..], &body, &[0xa0, 0xf5, 0xf6]].concat());
        let length = u16::try_from(whole.len()).unwrap().to_be_bytes();
        let head = match length {
            [0, short] => vec![0x82, 0x78, short],
            [high, low] => vec![0x82, 0x79, high, low],
        };
        let text = [&head[..], whole.as_bytes(), &[0xa0]].concat();
        json!({
            "unsigned_transaction": hex::encode(text),
            "payloads": [{
                "account_identifier": {"address": own().1},
                "hex_bytes": hex::encode(blake2b_256(&body)),
                "signature_type": "ed25519",
            }],
        })
    }
}

struct Rosetta(Value);

#[async_trait]
impl Node for Rosetta {
    async fn rpc(&self, method: &str, _params: Value) -> Result<Value, NodeError> {
        panic!("no such method: {method}")
    }
    async fn get(&self, path: &str) -> Result<Value, NodeError> {
        panic!("no such path: {path}")
    }
    async fn post(&self, path: &str, _body: &Value) -> Result<Value, NodeError> {
        panic!("no such path: {path}")
    }
    async fn node_post(&self, path: &str, _body: &Value) -> Result<Value, NodeError> {
        Ok(match path {
            "/construction/payloads" => self.0.clone(),
            "/construction/combine" => json!({"signed_transaction": self.0["combined"]}),
            _ => json!({}),
        })
    }
}

fn operations() -> Value {
    let currency = json!({"symbol": "ADA", "decimals": 6});
    let output = |index: u8, to: &str, value: u64| {
        json!({
            "operation_identifier": {"index": index}, "type": "output", "status": "success",
            "account": {"address": to, "metadata": {}}, "metadata": {},
            "amount": {"value": value.to_string(), "currency": currency, "metadata": {}},
        })
    };
    let spent: u64 = (1 << 33) + (1 << 34) - 1 + 170_000 + (1 << 32);
    json!([
        {
            "operation_identifier": {"index": 0, "network_index": 1}, "type": "input",
            "status": "success", "account": {"address": own().1, "metadata": {}},
            "amount": {"value": format!("-{spent}"), "currency": currency},
            "coin_change": {"coin_identifier": {"identifier": format!("{COIN}:1")}},
            "metadata": {},
        },
        output(1, TO, 1 << 33),
        output(2, &own().1, (1 << 34) - 1),
    ])
}

fn prepare_with(node: &Rosetta, payload: &Value) -> Result<Prepared, PrepareError> {
    let ada = chain("ADA");
    let keys = SigningKeys::new(vec![ada.parse(&own().0, Network::Mainnet).unwrap()]);
    let signers = keys.public();
    let tx = one_pending("ADA", &payload.to_string());
    let unsigned = now(ada.prepare(&tx, &context(Network::Mainnet, &signers, node)))?;
    Ok(Prepared { unsigned, keys })
}

fn answered(answer: Value) -> Result<Prepared, PrepareError> {
    prepare_with(&Rosetta(answer), &operations())
}

fn refused(payload: &Value) -> String {
    let node = Rosetta(Body::honest().answer());
    prepare_with(&node, payload).err().unwrap_or_else(|| panic!("took {payload}")).to_string()
}

#[test]
fn the_honest_transaction_is_signed_and_shown() {
    let prepared = answered(Body::honest().answer()).unwrap();
    let intent = prepared.unsigned.intent();
    assert_eq!(intent.from, [own().1]);
    assert!(
        matches!(&intent.actions[..], [Action::Transfer { to, .. }, Action::Change { .. }] if to == TO)
    );
    assert_eq!(intent.max_fee.amount, (170_000_u64 + (1 << 32)).to_string());
    let signed = prepared.sign();
    assert_eq!(signed.hash.0, hex::encode(blake2b_256(&Body::honest().encode())));
}

#[test]
fn a_server_that_changes_anything_gets_no_signature() {
    let honest = Body::honest();
    let swapped = honest.outputs.iter().rev().cloned().collect();
    for (what, body) in [
        ("inputs", Body { input: vec![7; 32], ..honest.clone() }),
        ("inputs", Body { place: 2, ..honest.clone() }),
        ("outputs", Body { outputs: swapped, ..honest.clone() }),
        ("outputs", Body { outputs: vec![honest.outputs[0].clone()], ..honest.clone() }),
        ("outputs", Body { outputs: vec![(bytes(&own().1), 1 << 33)], ..honest.clone() }),
        ("fee", Body { fee: honest.fee + 1, ..honest.clone() }),
        ("entry 4", Body { more: vec![4, 0x80], ..honest.clone() }),
        ("can't be read", Body { more: vec![2, 0], ..honest.clone() }),
    ] {
        let error = answered(body.answer()).err().unwrap().to_string();
        assert!(error.contains(what), "{what}: {error}");
    }
    // A time to live is the server's to set.
    answered(Body { more: vec![3, 0x1a, 0x04, 0x3e, 0xf4, 0x07], ..honest }.answer())
        .map(drop)
        .unwrap();
}

/// As the one before, for what stands beside the transaction.
fn answered_with(path: &str, value: Value) -> String {
    let mut answer = Body::honest().answer();
    match answer.pointer_mut(path) {
        Some(place) => *place = value,
        None => panic!("{path}"),
    }
    answered(answer).err().unwrap_or_else(|| panic!("took {path}")).to_string()
}

#[test]
fn other_bytes_to_sign_and_nonsense_are_refused() {
    let other = json!(hex::encode([7; 32]));
    assert!(answered_with("/payloads/0/hex_bytes", other).contains("not the hash"));
    let stranger = json!(TO);
    assert!(answered_with("/payloads/0/account_identifier/address", stranger).contains("no input"));
    assert!(answered_with("/payloads", json!([])).contains("every input"));
    assert!(answered_with("/payloads", json!(null)).contains("no payloads"));
    for text in ["", "zz", "80", "82", "826161", "8279", "a0"] {
        answered_with("/unsigned_transaction", json!(text));
    }
    for nonsense in [json!(null), json!([]), json!("yes"), json!({})] {
        assert!(answered(nonsense).is_err());
    }
}

#[test]
fn a_combined_transaction_must_be_the_one_that_was_signed() {
    let finish = |combined: &str| {
        let mut answer = Body::honest().answer();
        answer["combined"] = json!(combined);
        let node = Rosetta(answer);
        let prepared = prepare_with(&node, &operations()).unwrap();
        now(prepared.unsigned.sign(&prepared.keys).unwrap().finish(&node))
    };
    let own = answered(Body::honest().answer()).unwrap().sign().data;
    assert_eq!(finish(&own).unwrap().data, own);
    let other = Body { fee: 1, ..Body::honest() }.answer();
    assert!(finish(other["unsigned_transaction"].as_str().unwrap()).is_err());
    assert!(finish("").is_err());
}

#[test]
fn what_was_kept_is_combined_as_the_same_transaction() {
    let prepared = answered(Body::honest().answer()).unwrap();
    let signed = prepared.unsigned.sign(&prepared.keys).unwrap();
    let own = signed.transaction().clone();
    let (ada, network) = (chain("ADA"), Network::Mainnet);
    let taken_up = ada.take_up(&signed.kept(), network).unwrap();
    assert_eq!(*taken_up.transaction(), own);
    let node = Rosetta(json!({"combined": own.data}));
    assert_eq!(now(taken_up.finish(&node)).unwrap(), own);
    for damaged in ["", "{}", own.data.as_str()] {
        assert!(ada.take_up(damaged, network).is_none(), "{damaged}");
    }
}

#[test]
fn operations_that_do_not_balance_or_do_more_are_refused() {
    for (path, value, expected) in [
        ("/0/amount/value", json!("-1"), "do not balance"),
        ("/0/amount/value", json!("25939973823"), "must be a negative"),
        ("/0/amount/value", json!(-25_939_973_823_i64), "string"),
        ("/0/amount/value", json!("-1.5"), "whole number"),
        ("/0/amount/value", json!("-18446744073709551616"), "whole number"),
        ("/1/amount/value", json!("18446744073709551615"), "sum above"),
        ("/1/amount/value", json!("0"), "must be a positive"),
        ("/1/amount/value", json!("-5"), "must be a positive"),
        ("/1/amount/value", json!("+5"), "must be a positive"),
        ("/1/amount/currency/symbol", json!("DJED"), "currency"),
        ("/1/amount/currency/decimals", json!(0), "currency"),
        ("/1/amount/metadata", json!({"tokenBundle": []}), "native tokens"),
        ("/1/metadata", json!({"tokenBundle": []}), "native tokens"),
        ("/1/type", json!("stakeDelegation"), "type"),
        ("/1/account/address", json!("addr1"), "not an address"),
        (
            "/1/account/address",
            json!("addr_test1vzdf7z5xf7sj9s4p07fce7fmlv35hffw049rqjqntn8mmecs7f2kd"),
            "of mainnet",
        ),
        ("/0/account/address", json!(TO), "no address of the wallets"),
        ("/0/coin_change/coin_identifier/identifier", json!(COIN), "coin identifier"),
        ("/0/coin_change/coin_identifier/identifier", json!(format!("{COIN}:-1")), "place"),
        ("/0", json!(5), "not an object"),
    ] {
        let mut payload = operations();
        *payload.pointer_mut(path).unwrap() = value;
        let error = refused(&payload);
        assert!(error.contains(expected), "{path}: {error}");
    }
    let mut twice = operations();
    let input = twice[0].clone();
    twice.as_array_mut().unwrap().push(input);
    assert!(refused(&twice).contains("spends what another one spends"));
    assert!(refused(&json!([])).contains("0 inputs"));
    assert!(refused(&json!({})).contains("list of operations"));
}

#[test]
fn old_key_texts_are_read_and_foreign_seeds_are_not_used() {
    let ada = chain("ADA");
    let (key, _) = own();
    let long = format!("0x{}{}", key.expose_secret(), "00".repeat(64));
    let read = ada.parse(&KeyText::new(long), Network::Mainnet).unwrap();
    assert_eq!(ada.format(&read, Network::Mainnet).unwrap().expose_secret(), key.expose_secret());
    let words = Mnemonic::new("abandon ".repeat(11) + "about");
    assert!(!ada.knows_seed(&kms_crypto::bip39::seed(&words)));
    assert!(ada.seed(&Mnemonic::new("no such words".to_owned())).is_err());
}
