//! VeChain: what is filled in, what is refused, and what people are shown.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Mutex;

use async_trait::async_trait;
use kms_chains::{PrepareError, SigningKeys, Unsigned};
use kms_core::{Action, Asset, KeyText, Network, Node, NodeError, SignedTransaction};
use serde_json::{Value, json};
use support::{chain, context, now, pending};

const KEY: &str = "7582be841ca040aa940fff6c05773129e135623e41acce3e0b8ba520dc1ae26a";
const TO: &str = "0x7567D83b7b8d80ADdCb281A71d54Fc7B3364ffed";

/// A node that uses 5 units of gas for every clause and remembers what it was asked.
#[derive(Default)]
struct Scripted {
    asked: Mutex<Vec<String>>,
    /// In place of the answer to the simulation.
    estimate: Option<Value>,
    /// In place of the latest block.
    block: Option<Value>,
}

#[async_trait]
impl Node for Scripted {
    async fn rpc(&self, method: &str, _params: Value) -> Result<Value, NodeError> {
        panic!("no such method: {method}")
    }
    async fn get(&self, path: &str) -> Result<Value, NodeError> {
        panic!("the API is not asked for {path}")
    }
    async fn post(&self, path: &str, _body: &Value) -> Result<Value, NodeError> {
        panic!("the API is not asked for {path}")
    }
    async fn node_get(&self, path: &str) -> Result<Value, NodeError> {
        self.asked.lock().unwrap().push(path.to_owned());
        Ok(match path {
            "/blocks/best" => self.block.clone().unwrap_or_else(|| {
                json!({"id": format!("0x01312d00aabbccdd{}", "11".repeat(24)), "baseFeePerGas": "0x9184e72a000"})
            }),
            "/fees/priority" => json!({"maxPriorityFeePerGas": "0x64"}),
            _ => return Err(NodeError::Status { status: 404, message: path.to_owned() }),
        })
    }
    async fn node_post(&self, path: &str, body: &Value) -> Result<Value, NodeError> {
        self.asked.lock().unwrap().push(path.to_owned());
        if let Some(estimate) = &self.estimate {
            return Ok(estimate.clone());
        }
        let one = json!({"gasUsed": 5, "reverted": false, "vmError": "", "data": "0x"});
        Ok(vec![one; body["clauses"].as_array().unwrap().len()].into())
    }
}

struct Prepared {
    unsigned: Box<dyn Unsigned>,
    keys: SigningKeys,
    asked: Vec<String>,
}

fn prepare_with(node: Scripted, id: &str, payload: &str) -> Result<Prepared, PrepareError> {
    let vet = chain("VET");
    let item = json!({
        "id": id, "chain": "VET", "hashes": ["one"], "serializedTransaction": payload,
    });
    let network = Network::Mainnet;
    let key = vet.parse(&KeyText::new(KEY.to_owned()), network).unwrap();
    let keys = SigningKeys::new(vec![key]);
    let signers = keys.public();
    let unsigned = now(vet.prepare(&pending(&item), &context(network, &signers, &node)))?;
    Ok(Prepared { unsigned, keys, asked: node.asked.into_inner().unwrap() })
}

fn prepare(payload: &Value) -> Result<Prepared, PrepareError> {
    prepare_with(Scripted::default(), "5e6645712b55823de7ea82f1", &payload.to_string())
}

fn sign(prepared: &Prepared) -> SignedTransaction {
    prepared.unsigned.sign(&prepared.keys).unwrap().transaction().clone()
}

fn refused(payload: &Value) -> String {
    prepare(payload).err().unwrap_or_else(|| panic!("took {payload}")).to_string()
}

fn complete() -> Value {
    json!({
        "clauses": [
            {"to": TO, "value": "10000", "data": "0x000000606060"},
            {"to": TO, "value": "20000", "data": "0x000000606060"},
        ],
        "chainTag": 74, "blockRef": "0x00000000aabbccdd", "expiration": 32, "gasPriceCoef": 128,
        "dependsOn": null, "nonce": 12_345_678,
    })
}

#[test]
fn several_clauses_are_signed_and_shown_in_order() {
    let prepared = prepare(&complete()).unwrap();
    assert_eq!(prepared.asked, ["/accounts/*?revision=best"]);
    let signed = sign(&prepared);
    let clause = "df947567d83b7b8d80addcb281a71d54fc7b3364ffed82271086000000606060";
    let start = format!("0xf8974a84aabbccdd20f840{clause}");
    assert!(signed.data.starts_with(&start), "{}", signed.data);
    let intent = prepared.unsigned.intent();
    assert_eq!(intent.from, ["0xd989829d88B0eD1B06eDF5C50174eCfA64F14A64"]);
    assert_eq!(intent.actions.len(), 4);
    let gas = 5_000 + 2 * (16_000 + 3 * 4 + 3 * 68) + 15_000 + 10_u64;
    let price = 10_000_000_000_000_u64 + 10_000_000_000_000 * 128 / 255;
    assert_eq!(intent.max_fee.amount, (u128::from(gas) * u128::from(price)).to_string());
}

#[test]
fn a_dynamic_fee_is_signed_as_type_0x51_when_the_payload_asks() {
    let payload = json!({"to": TO, "value": "1", "type": 81, "nonce": "0x1"});
    let prepared = prepare(&payload).unwrap();
    assert_eq!(prepared.asked, ["/accounts/*?revision=best", "/blocks/best", "/fees/priority"]);
    let signed = sign(&prepared);
    assert!(signed.data.starts_with("0x51f8"), "{}", signed.data);
    let max = 2 * 10_000_000_000_000_u128 + 100;
    assert_eq!(prepared.unsigned.intent().max_fee.amount, (max * 36_005).to_string());

    let given = json!({"to": TO, "value": "1", "maxFeePerGas": "50", "nonce": 1, "blockRef": "0x0000000000000001"});
    let prepared = prepare(&given).unwrap();
    assert_eq!(prepared.asked, ["/accounts/*?revision=best", "/fees/priority"]);
    assert_eq!(prepared.unsigned.intent().max_fee.amount, (50 * 36_005).to_string());
}

#[test]
fn a_missing_nonce_belongs_to_the_pending_id_and_the_content() {
    let bytes = |id: &str, amount: &str| {
        let payload = json!({"to": TO, "value": amount}).to_string();
        sign(&prepare_with(Scripted::default(), id, &payload).unwrap()).data
    };
    let (first, second) = ("5e6645712b55823de7ea82f1", "5e6645712b55823de7ea82f2");
    assert_eq!(bytes(first, "1"), bytes(first, "1"));
    assert_ne!(bytes(first, "1"), bytes(second, "1"));
    assert_ne!(bytes(first, "1"), bytes(first, "2"));
}

#[test]
fn a_foreign_chain_tag_gets_no_signature() {
    let mut payload = complete();
    payload["chainTag"] = json!("0x27");
    let error = prepare(&payload).err().unwrap();
    assert!(matches!(error, PrepareError::ChainId { found: 0x27, .. }), "{error}");
}

#[test]
fn what_can_not_be_signed_as_given_is_refused() {
    for (field, value, expected) in [
        ("delegator", json!(TO), "gas payer"),
        ("isDelegated", json!(true), "gas payer"),
        ("reserved", json!({"features": 1}), "reserved"),
        ("signature", json!("0x00"), "signed already"),
        ("type", json!(2), "0x51"),
        ("type", json!(0x51), "gasPriceCoef"),
        ("to", json!(TO), "clauses"),
        ("clauses", json!([]), "0 items"),
        ("clauses", json!([5]), "no object"),
        ("clauses", json!({}), "not a list"),
        ("clauses", json!([{"value": "1"}]), "would be lost"),
        ("clauses", json!([{"to": TO, "value": "-1"}]), "`value`"),
        ("clauses", json!([{"to": TO, "value": "1.5"}]), "`value`"),
        ("clauses", json!([{"to": TO, "value": 1e18}]), "`value`"),
        ("clauses", json!([{"to": TO, "value": format!("0x1{}", "0".repeat(64))}]), "2^256"),
        ("clauses", json!([{"to": TO, "data": "0x0"}]), "hexadecimal"),
        ("blockRef", json!("0x01"), "16 hexadecimal"),
        ("dependsOn", json!("0x01"), "64 hexadecimal"),
        ("nonce", json!("18446744073709551616"), "too large"),
        ("expiration", json!(4_294_967_296_u64), "too large"),
        ("gasPriceCoef", json!(256), "too large"),
        ("maxFeePerGas", json!(1), "gasPriceCoef"),
    ] {
        let mut payload = complete();
        payload[field] = value;
        let error = refused(&payload);
        assert!(error.contains(expected), "{field}: {error}");
    }
    let both = json!({"to": TO, "maxFeePerGas": 1, "maxPriorityFeePerGas": 2});
    assert!(refused(&both).contains("above maxFeePerGas"));
    let most = format!("0x{}", "f".repeat(64));
    let sum = json!({"clauses": [{"to": TO, "value": most}, {"to": TO, "value": 1}]});
    assert!(refused(&sum).contains("together"));
}

#[test]
fn answers_that_make_no_sense_are_refused() {
    let one = |used: Value, reverted: Value| json!([{"gasUsed": used, "reverted": reverted}]);
    for estimate in [
        json!(null),
        json!({}),
        json!([]),
        json!("gas"),
        one(json!(-1), json!(false)),
        one(json!("5"), json!(false)),
        one(json!(u64::MAX), json!(false)),
        one(json!(5), json!(true)),
        one(json!(5), json!(null)),
    ] {
        let node = Scripted { estimate: Some(estimate.clone()), ..Scripted::default() };
        let payload = json!({"to": TO, "value": "1"}).to_string();
        let error = prepare_with(node, "5e6645712b55823de7ea82f1", &payload).err().unwrap();
        assert!(matches!(error, PrepareError::Node { .. }), "{estimate}: {error}");
    }
    for block in [json!(null), json!({"id": "0x01"}), json!({"id": 5}), json!([])] {
        let node = Scripted { block: Some(block.clone()), ..Scripted::default() };
        let payload = json!({"to": TO, "value": "1"}).to_string();
        let error = prepare_with(node, "5e6645712b55823de7ea82f1", &payload).err().unwrap();
        assert!(matches!(error, PrepareError::Node { .. }), "{block}: {error}");
    }
}

#[test]
fn token_transfers_are_shown() {
    let data = format!("0xa9059cbb{:0>64}{:064x}", &TO[2..], 100);
    let vtho = "0x0000000000000000000000000000456E65726779";
    let prepared = prepare(&json!({"to": vtho, "value": "0x0", "data": data})).unwrap();
    let intent = prepared.unsigned.intent();
    let [Action::Transfer { asset: Asset::Token { contract, .. }, to, amount, .. }] =
        &intent.actions[..]
    else {
        panic!("{intent:?}")
    };
    assert_eq!((contract.as_str(), to.as_str(), amount.as_str()), (vtho, TO, "100"));
}
