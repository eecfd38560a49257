//! TRON: what is compared before it is signed, and what people are shown.

#![allow(clippy::unwrap_used)]

mod support;

use kms_chains::{Policy, PrepareError, SigningKeys, Unsigned};
use kms_core::{Action, Asset, KeyText, Network};
use kms_crypto::hash::sha256;
use serde_json::{Value, json};
use support::{chain, prepare_with};

const KEY: &str = "4646464646464646464646464646464646464646464646464646464646464646";
const OTHER: &str = "4747474747474747474747474747474747474747474747474747474747474747";
const TO: &str = "4145a7e401402df9f539e66ca697a33c7f450de3c0";

/// A protobuf field with a number.
fn number(field: u8, mut value: u64) -> Vec<u8> {
    let mut out = vec![field << 3];
    while value > 0x7f {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
    out
}

/// A protobuf field with bytes.
fn bytes(field: u8, value: &[u8]) -> Vec<u8> {
    let length = number(0, value.len() as u64)[1..].to_vec();
    [&[field << 3 | 2][..], &length, value].concat()
}

fn key(text: &str) -> SigningKeys {
    let key = chain("TRON").parse(&KeyText::new(text.to_owned()), Network::Testnet).unwrap();
    SigningKeys::new(vec![key])
}

/// The owner's address as 42 digits.
fn owner() -> String {
    let address = chain("TRON").address(&key(KEY).public()[0], Network::Testnet).unwrap();
    let bytes = bitcoin::base58::decode_check(&address).unwrap();
    hex::encode(bytes)
}

/// What a payload is made of.
struct Draft {
    number: u64,
    name: &'static str,
    message: Vec<u8>,
    value: Value,
    /// Fields behind the contract in the raw data, and their members.
    more: (Vec<u8>, Value),
    permission: Option<u64>,
}

impl Draft {
    fn transfer(amount: u64) -> Self {
        let (from, to) = (hex::decode(owner()).unwrap(), hex::decode(TO).unwrap());
        Self {
            number: 1,
            name: "TransferContract",
            message: [bytes(1, &from), bytes(2, &to), number(3, amount)].concat(),
            value: json!({"owner_address": owner(), "to_address": TO, "amount": amount}),
            more: (Vec::new(), json!({})),
            permission: None,
        }
    }

    fn payload(&self) -> Value {
        let url = format!("type.googleapis.com/protocol.{}", self.name);
        let any = [bytes(1, url.as_bytes()), bytes(2, &self.message)].concat();
        let mut contract = [number(1, self.number), bytes(2, &any)].concat();
        let mut item = json!({
            "parameter": {"value": self.value, "type_url": url}, "type": self.name,
        });
        if let Some(permission) = self.permission {
            contract.extend(number(5, permission));
            item["Permission_id"] = json!(permission);
        }
        let raw = [bytes(1, &[0x5e, 0x4b]), number(8, 1_767_225_660_000), bytes(11, &contract)];
        let raw = [raw.concat(), self.more.0.clone()].concat();
        let mut data = json!({
            "contract": [item], "ref_block_bytes": "5e4b", "expiration": 1_767_225_660_000_u64,
        });
        data.as_object_mut().unwrap().extend(self.more.1.as_object().unwrap().clone());
        json!({
            "visible": false, "txID": hex::encode(sha256(&raw)), "raw_data": data,
            "raw_data_hex": hex::encode(raw),
        })
    }
}

fn prepare_text(wallet: &str, payload: &str) -> Result<Box<dyn Unsigned>, PrepareError> {
    support::prepare("TRON", Network::Testnet, &[wallet], payload).map(|prepared| prepared.unsigned)
}

fn prepare(payload: &Value) -> Result<Box<dyn Unsigned>, PrepareError> {
    prepare_text(KEY, &payload.to_string())
}

fn refused(payload: &Value) -> String {
    prepare(payload).err().unwrap_or_else(|| panic!("took {payload}")).to_string()
}

fn sign(wallet: &str, payload: &Value) -> Value {
    let unsigned = prepare_text(wallet, &payload.to_string()).unwrap();
    let data = unsigned.sign(&key(wallet)).unwrap().transaction().data.clone();
    serde_json::from_str(&data).unwrap()
}

#[test]
fn amounts_are_exact_up_to_the_limit_of_the_chain() {
    for amount in [0, 1, (1 << 53) + 1, i64::MAX.cast_unsigned()] {
        let mut payload = Draft::transfer(amount).payload();
        if amount == 0 {
            payload["raw_data"]["contract"][0]["parameter"]["value"]["amount"] = json!(0);
        }
        let intent = prepare(&payload).unwrap().intent();
        let [Action::Transfer { amount: shown, to, .. }] = &intent.actions[..] else {
            panic!("{intent:?}")
        };
        assert_eq!(
            (shown, to.as_str()),
            (&amount.to_string(), "TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc")
        );
    }
    let error = refused(&Draft::transfer(1 << 63).payload());
    assert!(error.contains("negative"), "{error}");
    for amount in
        [json!(1000.5), json!(1e3), json!(-1000), json!("1000.0"), json!(1001), json!(null)]
    {
        let mut payload = Draft::transfer(1_000).payload();
        payload["raw_data"]["contract"][0]["parameter"]["value"]["amount"] = amount;
        let error = refused(&payload);
        assert!(error.contains("raw_data.contract.parameter.value.amount"), "{error}");
    }
}

#[test]
fn whatever_differs_from_the_bytes_is_refused_by_its_path() {
    let honest = Draft::transfer(1_000).payload();
    prepare(&honest).map(drop).unwrap();
    let other = "41a614f803b6fd780986a42c78ec9c7f77e6ded13c";
    let value = "/raw_data/contract/0/parameter/value";
    for (path, put, expected) in [
        (format!("{value}/to_address"), json!(other), "value.to_address"),
        (format!("{value}/to_address"), json!("TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzd"), "to_address"),
        (format!("{value}/owner_address"), json!(other), "value.owner_address"),
        ("/raw_data/expiration".to_owned(), json!(1), "raw_data.expiration"),
        ("/raw_data/ref_block_bytes".to_owned(), json!("5e4c"), "raw_data.ref_block_bytes"),
        ("/raw_data/contract/0/type".to_owned(), json!("TransferAssetContract"), "type"),
        ("/raw_data/contract/0/parameter/type_url".to_owned(), json!("x"), "type_url"),
        ("/raw_data/contract".to_owned(), json!([]), "exactly one"),
        ("/txID".to_owned(), json!("00".repeat(32)), "`txID`"),
        ("/raw_data_hex".to_owned(), json!("0a025e4c"), "`txID`"),
        ("/raw_data_hex".to_owned(), json!("zz"), "hexadecimal"),
        ("/raw_data".to_owned(), json!("none"), "not an object"),
    ] {
        let mut payload = honest.clone();
        *payload.pointer_mut(&path).unwrap() = put;
        let error = refused(&payload);
        assert!(error.contains(expected), "{path}: {error}");
    }
    for (member, put) in [("fee_limit", json!(5)), ("data", json!("00")), ("auths", json!([]))] {
        let mut payload = honest.clone();
        payload["raw_data"][member] = put;
        assert!(refused(&payload).contains(member));
    }
}

#[test]
fn bytes_that_the_json_does_not_have_are_refused() {
    for (more, expected) in [
        (number(18, 5), "fee_limit"),
        (bytes(10, b"memo"), "raw_data.data"),
        (bytes(12, b"script"), "field 12"),
        (bytes(9, b"authority"), "field 9"),
        (number(8, 1), "twice"),
        (bytes(11, b""), "exactly one"),
        (vec![0xff], "breaks off"),
    ] {
        // Field 18 needs two bytes for its key.
        let more = if more[0] == 0x90 { [&[0x90, 1][..], &more[1..]].concat() } else { more };
        let draft = Draft { more: (more, json!({})), ..Draft::transfer(1_000) };
        let error = refused(&draft.payload());
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let mut draft = Draft::transfer(1_000);
    draft.message.extend(number(9, 1));
    assert!(refused(&draft.payload()).contains("field 9"));
}

#[test]
fn another_key_signs_only_under_a_named_permission() {
    let mut draft = Draft::transfer(1_000);
    let plain = draft.payload();
    let error = prepare_text(OTHER, &plain.to_string()).err().unwrap().to_string();
    assert!(error.contains("Permission_id"), "{error}");
    draft.permission = Some(2);
    let payload = draft.payload();
    let once = sign(OTHER, &payload);
    let twice = sign(KEY, &once);
    let list = twice["signature"].as_array().unwrap();
    assert_eq!(list.len(), 2);
    assert_eq!(list[0], once["signature"][0]);
    let names: Vec<_> = twice.as_object().unwrap().keys().collect();
    assert_eq!(names, ["visible", "txID", "raw_data", "raw_data_hex", "signature"]);
    // Each key once, and no signature that is none.
    assert!(refused(&twice).contains("there already"));
    let mut broken = payload.clone();
    broken["signature"] = json!(["00".repeat(65)]);
    assert!(refused(&broken).contains("has none at place 0"));
    // The second signature costs 1 TRX more than the first.
    let fee = |payload: &Value| prepare(payload).unwrap().intent().max_fee.amount.parse::<u64>();
    assert!(fee(&once).unwrap() > fee(&payload).unwrap() + 1_000_000);
}

#[test]
fn calls_of_tokens_and_the_chains_own_operations_are_shown() {
    let from = hex::decode(owner()).unwrap();
    let token = "41a614f803b6fd780986a42c78ec9c7f77e6ded13c";
    let data = format!("a9059cbb{:0>64}{:064x}", &TO[2..], 100);
    let call = Draft {
        number: 31,
        name: "TriggerSmartContract",
        message: [
            bytes(1, &from),
            bytes(2, &hex::decode(token).unwrap()),
            number(3, 7),
            bytes(4, &hex::decode(&data).unwrap()),
        ]
        .concat(),
        value: json!({
            "owner_address": owner(), "contract_address": token, "call_value": "7", "data": data,
        }),
        more: (
            [&[0x90, 1][..], &number(0, 30_000_000)[1..]].concat(),
            json!({"fee_limit": 30_000_000}),
        ),
        permission: None,
    };
    let intent = prepare(&call.payload()).unwrap().intent();
    let [Action::Transfer { amount: native, .. }, Action::Transfer { asset, to, amount, .. }] =
        &intent.actions[..]
    else {
        panic!("{intent:?}")
    };
    let Asset::Token { standard, contract, .. } = asset else { panic!("{asset:?}") };
    assert_eq!(standard, "TRC-20");
    assert_eq!(contract, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t");
    assert_eq!(
        (native.as_str(), to.as_str(), amount.as_str()),
        ("7", "TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc", "100")
    );
    assert!(intent.max_fee.amount.parse::<u64>().unwrap() > 30_000_000);

    let vote = [bytes(1, &hex::decode(TO).unwrap()), number(2, 5)].concat();
    let votes = Draft {
        number: 4,
        name: "VoteWitnessContract",
        message: [bytes(1, &from), bytes(2, &vote)].concat(),
        value: json!({"owner_address": owner(), "votes": [{"vote_address": TO, "vote_count": 5}]}),
        ..Draft::transfer(0)
    };
    let intent = prepare(&votes.payload()).unwrap().intent();
    let [Action::Other { what, details }] = &intent.actions[..] else { panic!("{intent:?}") };
    assert_eq!(what, "VoteWitnessContract");
    assert!(details.contains(&"votes.0.vote_count: 5".to_owned()), "{details:?}");
}

#[test]
fn the_parameters_of_a_proposal_have_no_order() {
    let from = hex::decode(owner()).unwrap();
    let entry = |key: u64, value: u64| bytes(2, &[number(1, key), number(2, value)].concat());
    let proposal = |keys: [u64; 2], json: Value| Draft {
        number: 16,
        name: "ProposalCreateContract",
        message: [bytes(1, &from), entry(keys[0], 10), entry(keys[1], 20)].concat(),
        value: json!({"owner_address": owner(), "parameters": json}),
        ..Draft::transfer(0)
    };
    let listed = json!([{"key": 7, "value": 20}, {"key": 3, "value": 10}]);
    prepare(&proposal([3, 7], listed.clone()).payload()).map(drop).unwrap();
    assert!(refused(&proposal([7, 3], listed.clone()).payload()).contains("parameters"));
    assert!(refused(&proposal([3, 8], listed.clone()).payload()).contains("parameters"));
    assert!(refused(&proposal([3, 3], listed).payload()).contains("a key twice"));
    let more = json!([{"key": 7, "value": 20}]);
    assert!(refused(&proposal([3, 7], more).payload()).contains("parameters"));
}

#[test]
fn an_expired_transaction_is_signed_with_a_warning_unless_it_is_to_be_refused() {
    let payload = Draft::transfer(1_000).payload().to_string();
    let at = |now: u64, refuse_expired: bool| {
        let policy = Policy { refuse_expired, ..Policy::default() };
        prepare_with("TRON", Network::Testnet, &[KEY], &payload, Some(now), policy)
    };
    let warnings = |now| at(now, false).unwrap().unsigned.warnings();
    assert_eq!(warnings(1_767_225_659), Vec::<String>::new());
    assert_eq!(
        warnings(1_767_225_670),
        ["the transaction expired 10 seconds ago; no node takes it"]
    );
    assert!(at(1_767_225_659, true).is_ok());
    let error = at(1_767_225_670, true).err().unwrap().to_string();
    assert!(error.contains("expiration"), "{error}");
}
