//! The Ethereum family: what is filled in, what is refused, and what people are shown.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Mutex;

use async_trait::async_trait;
use kms_chains::{Context, Policy, PrepareError, SigningKeys, Unsigned};
use kms_core::{Action, Asset, KeyText, Network, Node, NodeError, SignedTransaction};
use serde_json::{Value, json};
use support::{NothingBefore, chain, now, pending};

/// A node that knows a few answers and remembers what it was asked.
#[derive(Default)]
struct Scripted {
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Node for Scripted {
    async fn rpc(&self, method: &str, params: Value) -> Result<Value, NodeError> {
        self.asked.lock().unwrap().push(method.to_owned());
        Ok(match method {
            "eth_chainId" => json!("0xaa36a7"),
            "klay_chainID" => json!("0x3e9"),
            "eth_estimateGas" | "klay_estimateGas" => json!("0xef32"),
            "eth_gasPrice" | "klay_gasPrice" => json!("0x3b9aca00"),
            "eth_maxPriorityFeePerGas" => json!("0x77359400"),
            "eth_getBlockByNumber" => json!({"baseFeePerGas": "0x2540be400"}),
            "eth_getTransactionCount" | "klay_getTransactionCount" => {
                assert_eq!(params[1], "pending");
                json!("0x11")
            }
            _ => return Err(NodeError::Malformed(format!("unexpected {method}"))),
        })
    }

    async fn get(&self, path: &str) -> Result<Value, NodeError> {
        self.asked.lock().unwrap().push(path.to_owned());
        Ok(json!({"medium": 18_123_456_789_u64}))
    }

    async fn post(&self, path: &str, _body: &Value) -> Result<Value, NodeError> {
        Err(NodeError::Malformed(format!("unexpected {path}")))
    }
}

const KEY: &str = "0x4646464646464646464646464646464646464646464646464646464646464646";
const TO: &str = "0x3535353535353535353535353535353535353535";

struct Prepared {
    unsigned: Box<dyn Unsigned>,
    keys: SigningKeys,
    asked: Vec<String>,
}

fn prepare_text(ticker: &str, network: Network, payload: &str) -> Result<Prepared, PrepareError> {
    let chain = chain(ticker);
    let tx = pending(&json!({
        "id": "5e6645712b55823de7ea82f1",
        "chain": ticker,
        "hashes": ["6d78dad2-518f-4e76-8255-8f1df0de6886"],
        "serializedTransaction": payload,
    }));
    let key = chain.parse(&KeyText::new(KEY.to_owned()), network).unwrap();
    let keys = SigningKeys::new(vec![key]);
    let node = Scripted::default();
    let signers = keys.public();
    let cx = Context {
        network,
        signers: &signers,
        node: &node,
        sequences: &NothingBefore,
        now: None,
        policy: Policy::default(),
    };
    let unsigned = now(chain.prepare(&tx, &cx))?;
    Ok(Prepared { unsigned, keys, asked: node.asked.into_inner().unwrap() })
}

fn prepare(ticker: &str, payload: &Value) -> Result<Prepared, PrepareError> {
    prepare_text(ticker, Network::Testnet, &payload.to_string())
}

fn sign(prepared: &Prepared) -> SignedTransaction {
    prepared.unsigned.sign(&prepared.keys).unwrap().transaction().clone()
}

fn refused(ticker: &str, payload: &Value) -> String {
    match prepare(ticker, payload) {
        Ok(_) => panic!("{ticker} took {payload}"),
        Err(error) => error.to_string(),
    }
}

/// The example transaction of EIP-155.
#[test]
fn the_example_of_eip_155_comes_out_byte_for_byte() {
    let payload = json!({
        "to": TO, "nonce": 9, "gasPrice": "20000000000", "gas": "21000",
        "value": "1000000000000000000", "chainId": 1,
    });
    let prepared = prepare_text("ETH", Network::Mainnet, &payload.to_string()).unwrap();
    assert_eq!(prepared.asked, Vec::<String>::new());
    assert_eq!(
        prepared.unsigned.digest().to_string(),
        "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"
    );
    let signed = sign(&prepared);
    assert_eq!(
        signed.data,
        "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080\
         25a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb\
         703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
    );
    assert_eq!(signed.hash.0, "0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788");
}

#[test]
fn nothing_filled_in_is_all_asked_for() {
    let prepared = prepare("ETH", &json!({"to": TO, "value": "1"})).unwrap();
    let asked =
        ["eth_estimateGas", "eth_getTransactionCount", "/v3/blockchain/fee/ETH", "eth_chainId"];
    assert_eq!(prepared.asked, asked);
    let sequence = prepared.unsigned.sequence().unwrap();
    assert_eq!((sequence.account.len(), sequence.number), (42, 0x11));
}

#[test]
fn an_empty_type_2_gets_twice_the_base_fee_and_the_nodes_tip() {
    let prepared = prepare("ETH", &json!({"to": TO, "value": "1", "type": "0x2"})).unwrap();
    let fee = prepared.unsigned.intent().max_fee;
    assert_eq!(fee.amount, (0xef32_u64 * (2 * 10_000_000_000 + 2_000_000_000)).to_string());
    assert!(sign(&prepared).data.starts_with("0x02"));
}

#[test]
fn a_tip_above_the_given_maximum_is_lowered_to_it() {
    let payload = json!({"to": TO, "value": "1", "gas": 21000, "maxFeePerGas": "1000"});
    let fee = prepare("ETH", &payload).unwrap().unsigned.intent().max_fee;
    assert_eq!(fee.amount, "21000000");
}

#[test]
fn klaytn_sends_typed_transactions_in_its_envelope() {
    let payload = json!({
        "to": TO, "value": "1", "nonce": 1, "gas": 21000, "maxFeePerGas": "1000",
        "maxPriorityFeePerGas": "1000",
    });
    let signed = sign(&prepare("KLAY", &payload).unwrap());
    assert!(signed.data.starts_with("0x7802f8"), "{}", signed.data);
}

#[test]
fn a_wallet_key_of_klaytn_must_belong_to_its_address() {
    let klaytn = chain("KLAY");
    let parse = |text: String| klaytn.parse(&KeyText::new(text), Network::Mainnet);
    let key = parse(KEY.to_owned()).unwrap();
    let address = klaytn.address(&key.public(), Network::Mainnet).unwrap();
    assert_eq!(parse(format!("{KEY}0x00{address}")).unwrap().public(), key.public());
    assert!(parse(format!("{KEY}0x00{TO}")).is_err());
}

#[test]
fn payloads_that_are_no_object_are_refused_without_being_quoted() {
    for text in
        ["", "{", "null", "[]", "\"0xsecret\"", "{\"to\": secret}", "\u{0}", &"[".repeat(5000)]
    {
        let error = prepare_text("ETH", Network::Testnet, text).err().unwrap();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn fields_that_change_what_is_signed_are_refused_by_name() {
    let with = |field: &str, value: Value| {
        let mut payload = json!({"to": TO, "value": "1", "gas": 21000});
        payload[field] = value;
        payload
    };
    for (field, value) in [
        ("authorizationList", json!([])),
        ("blobVersionedHashes", json!([])),
        ("feeCurrency", json!(TO)),
        ("feePayer", json!(TO)),
        ("gatewayFee", json!("1")),
        ("type", json!(3)),
        ("type", json!("0x4")),
        ("type", json!("VALUE_TRANSFER")),
        ("type", json!(0.5)),
    ] {
        let error = refused("ETH", &with(field, value));
        assert!(error.contains(field) || error.contains("type"), "{error}");
    }
    assert!(refused("CELO", &with("gatewayFeeRecipient", json!(TO))).contains("gateway"));
    assert!(refused("KLAY", &with("feeRatio", json!(30))).contains("feeRatio"));
    assert!(refused("KLAY", &with("type", json!("ACCOUNT_UPDATE"))).contains("ACCOUNT_UPDATE"));
    assert!(refused("ETH", &with("type", json!(4))).contains("EIP-7702"));
}

#[test]
fn contradictions_are_refused() {
    for payload in [
        json!({"to": TO, "gas": 21000, "gasPrice": "5", "maxFeePerGas": "9"}),
        json!({"to": TO, "gas": 21000, "maxFeePerGas": "5", "maxPriorityFeePerGas": "9"}),
        json!({"to": TO, "gas": 21000, "type": 0, "accessList": []}),
        json!({"to": TO, "gas": 21000, "type": 1, "maxFeePerGas": "9"}),
        json!({"to": TO, "gas": 20999}),
        json!({"to": TO, "gas": 21000, "nonce": u64::MAX}),
        json!({"to": TO, "gas": 21000, "value": format!("0x{}", "f".repeat(64))}),
        json!({"to": TO, "gas": 21000, "accessList": [{"address": "0x1", "storageKeys": []}]}),
        json!({"to": TO, "gas": 21000, "data": "0xzz"}),
        json!({"to": TO, "gas": 21000, "data": 5}),
        json!({"to": "", "gas": 21000}),
        json!({"to": 5, "gas": 21000}),
        json!({"value": "1", "gas": 53000}),
    ] {
        refused("ETH", &payload);
    }
    let celo = json!({"to": TO, "gas": 21000, "feeCurrency": TO, "maxFeePerGas": "9"});
    assert!(refused("CELO", &celo).contains("maxPriorityFeePerGas"));
}

#[test]
fn a_foreign_chain_id_gets_no_signature() {
    let payload = json!({"to": TO, "gas": 21000, "chainId": 1});
    let error = refused("ETH", &payload);
    assert!(error.contains("chain id is 1") && error.contains("11155111 or 560048"), "{error}");
    // The node says Sepolia, the wallet is for mainnet.
    let payload = json!({"to": TO, "gas": 21000}).to_string();
    let error = prepare_text("ETH", Network::Mainnet, &payload).err().unwrap();
    assert!(matches!(error, PrepareError::ChainId { found: 11_155_111, .. }), "{error}");
}

#[test]
fn another_key_than_the_prepared_one_does_not_sign() {
    let prepared = prepare("ETH", &json!({"to": TO, "value": "1"})).unwrap();
    let other = KeyText::new(KEY.replace("46", "47"));
    let other = chain("ETH").parse(&other, Network::Testnet).unwrap();
    assert!(prepared.unsigned.sign(&SigningKeys::new(vec![other])).is_err());
    assert!(prepared.unsigned.sign(&SigningKeys::new(Vec::new())).is_err());
}

#[test]
fn intents_show_native_token_and_unknown_calls() {
    let word = |text: &str| format!("{text:0>64}");
    let transfer = format!("0xa9059cbb{}{}", word(&TO[2..]), word("64"));
    let payload = json!({"to": TO, "value": "7", "gas": 100_000, "data": transfer});
    let intent = prepare("ETH", &payload).unwrap().unsigned.intent();
    assert_eq!(intent.from, ["0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"]);
    let [Action::Transfer { asset: Asset::Native { symbol, .. }, amount: native, .. }, token] =
        &intent.actions[..]
    else {
        panic!("{intent:?}")
    };
    assert_eq!((symbol.as_str(), native.as_str()), ("ETH", "7"));
    let Action::Transfer { asset: Asset::Token { standard, .. }, to, amount, .. } = token else {
        panic!("{token:?}")
    };
    assert_eq!((standard.as_str(), to.as_str(), amount.as_str()), ("ERC-20", TO, "100"));

    let payload = json!({"to": TO, "gas": 100_000, "data": "0xdeadbeef00"});
    let intent = prepare("ETH", &payload).unwrap().unsigned.intent();
    let call = Action::Call {
        contract: TO.to_owned(),
        selector: Some("0xdeadbeef".to_owned()),
        data_bytes: 5,
    };
    assert_eq!(intent.actions, [call]);

    let payload = json!({"gas": 100_000, "data": "0x6000"});
    let intent = prepare("ETH", &payload).unwrap().unsigned.intent();
    assert_eq!(intent.actions, [Action::Deploy { data_bytes: 2 }]);
    let text = serde_json::to_string(&intent).unwrap();
    assert!(text.starts_with(r#"{"chain":"ETH","network":"testnet","from":["0x9d8A"#), "{text}");
}
