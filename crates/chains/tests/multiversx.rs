//! MultiversX: what is asked, what is refused, and what people are shown.

#![allow(clippy::unwrap_used)]

mod support;

use async_trait::async_trait;
use kms_chains::{PrepareError, SigningKeys};
use kms_core::{Action, Asset, KeyText, Network, Node, NodeError};
use serde_json::{Value, json};
use support::{Prepared, chain, context, now, one_pending};

const KEY: &str = "413f42575f7f26fad3317a778771212fdb80245850981e48b58a4f25e344e8f9";
const OWN: &str = "erd1qyu5wthldzr8wx5c9ucg8kjagg0jfs53s8nr3zpz3hypefsdd8ssycr6th";
const TO: &str = "erd1spyavw0956vq68xj8y4tenjpq2wd5a9p2c6j8gsz7ztyrnpxrruqzu66jx";
const CONTRACT: &str = "erd1qqqqqqqqqqqqqqqpqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqzllls8a5w6u";

/// A node whose answers can be replaced.
struct Scripted {
    config: Value,
    nonce: Value,
    cost: Value,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            config: json!({"data": {"config": {"erd_chain_id": "D", "erd_min_gas_price": 1_000_000_000,
                "erd_min_transaction_version": 1}}}),
            nonce: json!({"data": {"nonce": 7}}),
            cost: json!({"data": {"txGasUnits": 50_000, "returnMessage": ""}}),
        }
    }
}

#[async_trait]
impl Node for Scripted {
    async fn rpc(&self, method: &str, _params: Value) -> Result<Value, NodeError> {
        panic!("no such method: {method}")
    }
    async fn get(&self, path: &str) -> Result<Value, NodeError> {
        panic!("no such path: {path}")
    }
    async fn post(&self, path: &str, _body: &Value) -> Result<Value, NodeError> {
        panic!("no such path: {path}")
    }
    async fn node_get(&self, path: &str) -> Result<Value, NodeError> {
        match path {
            "/network/config" => Ok(self.config.clone()),
            path if path == format!("/address/{OWN}/nonce") => Ok(self.nonce.clone()),
            path => panic!("no such path: {path}"),
        }
    }
    async fn node_post(&self, path: &str, body: &Value) -> Result<Value, NodeError> {
        assert_eq!((path, &body["sender"]), ("/transaction/cost", &json!(OWN)));
        Ok(self.cost.clone())
    }
}

fn prepare_with(node: &Scripted, payload: &str) -> Result<Prepared, PrepareError> {
    let (egld, network) = (chain("EGLD"), Network::Testnet);
    let key = egld.parse(&KeyText::new(KEY.to_owned()), network).unwrap();
    let keys = SigningKeys::new(vec![key]);
    let signers = keys.public();
    let tx = one_pending("EGLD", payload);
    let unsigned = now(egld.prepare(&tx, &context(network, &signers, node)))?;
    Ok(Prepared { unsigned, keys })
}

fn prepare(payload: &Value) -> Result<Prepared, PrepareError> {
    prepare_with(&Scripted::default(), &payload.to_string())
}

fn signed_value(value: Value) -> Result<String, String> {
    let mut payload = json!({"to": TO});
    payload["value"] = value;
    let prepared = prepare(&payload).map_err(|e| e.to_string())?;
    let json: Value = serde_json::from_str(&prepared.sign().data).unwrap();
    Ok(json["value"].as_str().unwrap().to_owned())
}

#[test]
fn amounts_are_exact_or_refused() {
    for (value, expected) in [
        (json!("0.000000000000000001"), "1"),
        (json!("9007199254740993.000000000000000001"), "9007199254740993000000000000000001"),
        (json!(0.05), "50000000000000000"),
        (json!(9_007_199_254_740_993_u64), "9007199254740993000000000000000000"),
        (json!(1.0), "1000000000000000000"),
        (json!(null), "0"),
    ] {
        assert_eq!(signed_value(value.clone()), Ok(expected.to_owned()), "{value}");
    }
    for value in [
        json!("-1"),
        json!(-1),
        json!(-0.5),
        json!("1e18"),
        json!(1e-7),
        json!(1e300),
        json!(0.123_456_789_012_345_67),
        json!("0.0000000000000000001"),
        json!(""),
        json!("0x10"),
        json!(true),
        json!("9".repeat(40)),
    ] {
        let error = signed_value(value.clone()).unwrap_err();
        assert!(error.contains("`value`"), "{value}: {error}");
    }
}

#[test]
fn what_can_not_be_signed_as_given_is_refused() {
    for (field, value, expected) in [
        ("from", json!(TO), "wallet's key"),
        ("from", json!(5), "not a string"),
        ("to", json!(null), "missing"),
        ("to", json!("erd1qqqq"), "not an address"),
        ("to", json!(TO.replace("erd", "moa")), "not an address"),
        ("data", json!(5), "not a string"),
        ("nonce", json!(-1), "out of range"),
        ("options", json!(2), "options"),
        ("guardian", json!(TO), "guardian"),
        ("relayer", json!(TO), "relayer"),
        ("signature", json!("00"), "signed already"),
    ] {
        let mut payload = json!({"to": TO, "value": "1"});
        payload[field] = value;
        let error = prepare(&payload).err().unwrap().to_string();
        assert!(error.contains(expected), "{field}: {error}");
    }
}

#[test]
fn answers_that_make_no_sense_are_refused() {
    let config = |field: &str, value: Value| {
        let mut config = Scripted::default().config;
        config["data"]["config"][field] = value;
        Scripted { config, ..Scripted::default() }
    };
    let cases = [
        config("erd_chain_id", json!("1")),
        config("erd_chain_id", json!(null)),
        config("erd_min_gas_price", json!("cheap")),
        config("erd_min_transaction_version", json!(null)),
        Scripted { config: json!([]), ..Scripted::default() },
        Scripted { nonce: json!({"data": {"nonce": "7"}}), ..Scripted::default() },
        Scripted { nonce: json!(null), ..Scripted::default() },
        Scripted { cost: json!({"data": {"txGasUnits": 0}}), ..Scripted::default() },
        Scripted { cost: json!("cost"), ..Scripted::default() },
    ];
    for node in cases {
        let error = prepare_with(&node, &json!({"to": TO, "value": "1"}).to_string());
        assert!(matches!(error.err().unwrap(), PrepareError::Node { .. }));
    }
}

#[test]
fn nonces_count_per_account_and_a_given_one_is_kept() {
    let asked = prepare(&json!({"to": TO, "value": "1"})).unwrap().unsigned.sequence().unwrap();
    assert_eq!((asked.account.as_str(), asked.number), (OWN, 7));
    let given = prepare(&json!({"to": TO, "value": "1", "nonce": 0})).unwrap();
    assert_eq!(given.unsigned.sequence().unwrap().number, 0);
}

#[test]
fn token_transfers_calls_and_memos_are_told_apart() {
    let actions = |to: &str, data: &str| {
        prepare(&json!({"to": to, "data": data})).unwrap().unsigned.intent().actions
    };
    let token = |id: Option<&str>| Asset::Token {
        standard: "ESDT".to_owned(),
        contract: "ALC-6258d2".to_owned(),
        token_id: id.map(str::to_owned),
    };
    let transfer = |asset: Asset, amount: &str| Action::Transfer {
        asset,
        from: None,
        to: TO.to_owned(),
        amount: amount.to_owned(),
    };
    let name = hex::encode("ALC-6258d2");
    assert_eq!(actions(TO, &format!("ESDTTransfer@{name}@0c")), [transfer(token(None), "12")]);
    let receiver = "8049d639e5a6980d1cd2392abcce41029cda74a1563523a202f09641cc2618f8";
    let nft = format!("ESDTNFTTransfer@{name}@05@01@{receiver}");
    assert_eq!(actions(OWN, &nft), [transfer(token(Some("5")), "1")]);
    let several = format!("MultiESDTNFTTransfer@{receiver}@02@{name}@@0c@{name}@05@01");
    let both = [transfer(token(None), "12"), transfer(token(Some("5")), "1")];
    assert_eq!(actions(OWN, &several), both);
    assert_eq!(actions(TO, "hello"), [Action::Memo { data_bytes: 5 }]);
    for (to, data) in [
        (CONTRACT, "issue@416c@414c43"),
        (TO, "ESDTTransfer@414c432d363235383132@c"),
        (CONTRACT, "hello"),
        (OWN, "MultiESDTNFTTransfer@00@02"),
    ] {
        let actions = actions(to, data);
        assert!(matches!(&actions[..], [Action::Other { .. }]), "{data}: {actions:?}");
    }
}
