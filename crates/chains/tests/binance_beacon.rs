//! BNB Beacon Chain: the two forms of a transfer must agree.

#![allow(clippy::unwrap_used)]

mod support;

use kms_chains::{PrepareError, SigningKeys};
use kms_core::{Action, KeyText, Mnemonic, Network};
use serde_json::{Value, json};
use support::{Prepared, Recorded, chain, context, now, one_pending};

const KEY: &str = "91d16d23ed9ce97c961947048f1476f2cc525a971f91d16d23ed9ce97c961947";
const TO: &str = "tbnb10se8ps82w5xt8ju6uh3c8mxk5v4r3cqjq9kc00";

fn keys() -> SigningKeys {
    let key = chain("BNB").parse(&KeyText::new(KEY.to_owned()), Network::Testnet).unwrap();
    SigningKeys::new(vec![key])
}

fn own() -> String {
    chain("BNB").address(&keys().public()[0], Network::Testnet).unwrap()
}

fn buffer(address: &str) -> Value {
    let decoded = bech32::primitives::decode::CheckedHrpstring::new::<bech32::Bech32>(address);
    let bytes: Vec<u8> = decoded.unwrap().byte_iter().collect();
    json!({"type": "Buffer", "data": bytes})
}

fn payload() -> Value {
    let coins = json!([{"amount": 5, "denom": "BNB"}]);
    json!({
        "msg": {
            "inputs": [{"address": buffer(&own()), "coins": coins}],
            "outputs": [{"address": buffer(TO), "coins": coins}],
            "aminoPrefix": "2A2C87FA",
        },
        "signMsg": {
            "inputs": [{"address": own(), "coins": coins}],
            "outputs": [{"address": TO, "coins": coins}],
        },
        "memo": "",
    })
}

fn prepare_with(stubs: &[Value], payload: &Value) -> Result<Prepared, PrepareError> {
    let bnb = chain("BNB");
    let keys = keys();
    let (signers, node) = (keys.public(), Recorded::new(bnb.spec(), stubs));
    let tx = one_pending("BNB", &payload.to_string());
    let unsigned = now(bnb.prepare(&tx, &context(Network::Testnet, &signers, &node)))?;
    Ok(Prepared { unsigned, keys })
}

fn stubs(network: &str, account: &Value) -> [Value; 2] {
    [
        json!({"path": "/api/v1/node-info", "body": {"node_info": {"network": network}}}),
        json!({"path": format!("/v3/bnb/account/{}", own()), "body": account}),
    ]
}

const GANGES: &str = "Binance-Chain-Ganges";

fn prepare(payload: &Value) -> Result<Prepared, PrepareError> {
    prepare_with(&stubs(GANGES, &json!({"account_number": 1, "sequence": 7})), payload)
}

#[test]
fn the_chain_says_that_it_is_gone_and_still_prepares() {
    assert!(chain("BNB").notice().unwrap().contains("shut down"));
    let prepared = prepare(&payload()).unwrap();
    assert!(prepared.unsigned.warnings().is_empty());
    assert_eq!(prepared.unsigned.sequence().unwrap().number, 7);
    let intent = prepared.unsigned.intent();
    assert_eq!(intent.from, [own()]);
    assert!(
        matches!(&intent.actions[..], [Action::Transfer { to, amount, .. }] if to == TO && amount == "5")
    );
    let error = chain("BNB").import(Mnemonic::new("some words".to_owned()), Network::Testnet);
    assert!(error.is_err());
}

#[test]
fn what_differs_or_does_not_balance_is_refused() {
    for (path, value, expected) in [
        ("/msg/outputs/0/coins/0/amount", json!(6), "something else"),
        ("/msg/outputs/0/address", buffer(&own()), "something else"),
        ("/msg/inputs", json!([]), "no `inputs`"),
        ("/msg/aminoPrefix", json!("B42D614E"), "another message"),
        (
            "/signMsg/outputs/0/address",
            json!("bnb10se8ps82w5xt8ju6uh3c8mxk5v4r3cqjwslu07"),
            "testnet",
        ),
        ("/signMsg/outputs/0/coins/0/amount", json!(-5), "out of range"),
        ("/signMsg/outputs/0/coins/0/amount", json!(5.5), "amount"),
        ("/signMsg/outputs/0/coins/0/amount", json!(1_u64 << 63), "out of range"),
        ("/signMsg/outputs/0/coins/0/denom", json!(5), "denom"),
        ("/signMsg/outputs/0/coins", json!([]), "no coins"),
        ("/msg", json!(null), "not an object"),
        ("/memo", json!(5), "not a string"),
    ] {
        let mut payload = payload();
        *payload.pointer_mut(path).unwrap() = value;
        let error = prepare(&payload).err().unwrap().to_string();
        assert!(error.contains(expected), "{path}: {error}");
    }
    let both = |path: &str, signed: Value, sent: Value| {
        let mut payload = payload();
        *payload.pointer_mut(&format!("/signMsg{path}")).unwrap() = signed;
        *payload.pointer_mut(&format!("/msg{path}")).unwrap() = sent;
        prepare(&payload).err().unwrap().to_string()
    };
    assert!(both("/outputs/0/coins/0/amount", json!(6), json!(6)).contains("takes 5 and gives 6"));
    assert!(both("/inputs/0/address", json!(TO), buffer(TO)).contains("spends from"));
}

#[test]
fn nonsense_from_the_node_is_refused() {
    let good = json!({"account_number": 1, "sequence": 7});
    for stubs in [
        stubs("Binance-Chain-Tigris", &good),
        stubs("", &good),
        stubs(GANGES, &json!({})),
        stubs(GANGES, &json!({"account_number": "1", "sequence": 7})),
        stubs(GANGES, &json!(null)),
    ] {
        let error = prepare_with(&stubs, &payload()).err().unwrap();
        assert!(matches!(error, PrepareError::Node { .. }), "{error}");
    }
}
