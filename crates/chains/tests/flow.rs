//! Flow: transfers by our own script, what the API and the node may not do, and what is refused.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Mutex;

use async_trait::async_trait;
use kms_chains::{Delivery, LookUp, PrepareError, SigningKeys, Submit, Validity};
use kms_core::{
    Action, Expiry, KeyText, Network, Node, NodeError, Outcome, SignedTransaction, TransactionHash,
};
use serde_json::{Value, json};
use support::{Prepared, chain, context, now, one_pending};

const KEY: &str = "4646464646464646464646464646464646464646464646464646464646464646";
const ACCOUNT: &str = "0xdafa90626f3d0e69";
const LENDER: &str = "0x19c951b39b31c8ea";

/// The API and the access node; answers can be replaced by path.
#[derive(Default)]
struct Scripted {
    replaced: Vec<(&'static str, Value)>,
    released: Mutex<Vec<Value>>,
}

impl Scripted {
    fn with(path: &'static str, answer: Value) -> Self {
        Self { replaced: vec![(path, answer)], ..Self::default() }
    }

    fn answer(&self, path: &str) -> Result<Value, NodeError> {
        if let Some((_, answer)) = self.replaced.iter().find(|(start, _)| path.starts_with(start)) {
            return match answer {
                Value::Number(status) => Err(NodeError::Status {
                    status: u16::try_from(status.as_u64().unwrap()).unwrap(),
                    message: "no".to_owned(),
                }),
                answer => Ok(answer.clone()),
            };
        }
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        Ok(match path {
            "/v1/network/parameters" => json!({"chain_id": "flow-testnet"}),
            "/v3/flow/proposal/true" => json!({"keyId": 3, "address": LENDER}),
            "/v3/flow/proposal/false" => json!({"keyId": 2, "address": LENDER}),
            "/v1/blocks" => json!([{"header": {"id": "11".repeat(32), "height": "1000"}}]),
            "/v3/flow/sign" => json!({"signature": "a1".repeat(64)}),
            path if path.starts_with("/v1/accounts/") => {
                json!({"keys": [{"index": "2", "sequence_number": "5"}]})
            }
            _ => return Err(NodeError::Status { status: 404, message: path.to_owned() }),
        })
    }
}

#[async_trait]
impl Node for Scripted {
    async fn rpc(&self, method: &str, _params: Value) -> Result<Value, NodeError> {
        panic!("no such method: {method}")
    }
    async fn get(&self, path: &str) -> Result<Value, NodeError> {
        assert!(path.starts_with("/v3/"), "{path}");
        self.answer(path)
    }
    async fn post(&self, path: &str, body: &Value) -> Result<Value, NodeError> {
        if path == "/v3/flow/broadcast" {
            self.released.lock().unwrap().push(body.clone());
            return Err(NodeError::Unreachable("nobody listens".to_owned()));
        }
        self.answer(path)
    }
    async fn node_get(&self, path: &str) -> Result<Value, NodeError> {
        assert!(path.starts_with("/v1/"), "{path}");
        self.answer(path)
    }
    async fn node_post(&self, path: &str, _body: &Value) -> Result<Value, NodeError> {
        self.answer(path)
    }
}

fn prepare_with(node: &Scripted, payload: &Value) -> Result<Prepared, PrepareError> {
    let (flow, network) = (chain("FLOW"), Network::Testnet);
    let key = flow.parse(&KeyText::new(KEY.to_owned()), network).unwrap();
    let keys = SigningKeys::new(vec![key]);
    let signers = keys.public();
    let tx = one_pending("FLOW", &payload.to_string());
    let unsigned = now(flow.prepare(&tx, &context(network, &signers, node)))?;
    Ok(Prepared { unsigned, keys })
}

fn transfer() -> Value {
    let body = json!({
        "account": ACCOUNT, "to": "0xfbb470dfc9e4f7e0", "amount": "1.5", "currency": "FLOW",
    });
    json!({"type": 2, "body": body})
}

fn finish(node: &Scripted) -> Result<SignedTransaction, kms_chains::FinishError> {
    let prepared = prepare_with(&Scripted::default(), &transfer()).unwrap();
    now(prepared.unsigned.sign(&prepared.keys).unwrap().finish(node))
}

fn submit() -> &'static dyn Submit {
    match chain("FLOW").delivery() {
        Delivery::Node(submit) => submit,
        Delivery::Tatum => panic!("Flow is sent by us"),
    }
}

#[test]
fn a_transfer_has_our_script_and_says_what_it_does() {
    let prepared = prepare_with(&Scripted::default(), &transfer()).unwrap();
    let intent = prepared.unsigned.intent();
    assert_eq!(intent.from, [ACCOUNT]);
    assert!(matches!(&intent.actions[..],
        [Action::Transfer { to, amount, .. }] if to == "0xfbb470dfc9e4f7e0" && amount == "150000000"));
    assert_eq!(prepared.unsigned.expiry(), Some(Expiry("height:1600".to_owned())));
    let whole = finish(&Scripted::default()).unwrap();
    let body: Value = serde_json::from_str(&whole.data).unwrap();
    assert_eq!(body["proposal_key"]["key_index"], "2");
    assert_eq!(body["authorizers"], json!([&ACCOUNT[2..]]));
    assert_eq!(whole.hash.0.len(), 64);
}

#[test]
fn what_can_not_be_signed_as_given_is_refused() {
    for (path, value, expected) in [
        ("/type", json!(7), "Cadence 0.42"),
        ("/type", json!(0), "Cadence 0.42"),
        ("/type", json!("transfer"), "`type`"),
        ("/body", json!(5), "not an object"),
        ("/body/account", json!("0x12"), "16 hexadecimal"),
        ("/body/account", json!(LENDER), "API's own"),
        ("/body/to", json!(5), "`to`"),
        ("/body/amount", json!("0.000000001"), "no amount with 8 decimals"),
        ("/body/amount", json!("-1"), "no amount"),
        ("/body/amount", json!("1e5"), "no amount"),
        ("/body/amount", json!(1.5), "not a string"),
        ("/body/amount", json!("0.00"), "zero"),
        ("/body/amount", json!("184467440737.09551616"), "out of range"),
        ("/body/currency", json!("FUSD"), "another coin"),
    ] {
        let mut payload = transfer();
        *payload.pointer_mut(path).unwrap() = value;
        let error = prepare_with(&Scripted::default(), &payload).err().unwrap().to_string();
        assert!(error.contains(expected), "{path}: {error}");
    }
    let custom = |args: Value| {
        let body = json!({"account": ACCOUNT, "transaction": "transaction {}", "args": args});
        prepare_with(&Scripted::default(), &json!({"type": 8, "body": body}))
    };
    assert!(custom(json!(null)).is_ok());
    assert!(custom(json!({})).is_err());
    let error = custom(json!([{"type": "UInt8", "value": "256"}])).err().unwrap().to_string();
    assert!(error.contains("argument 0") && error.contains("out of range"), "{error}");
}

#[test]
fn answers_that_make_no_sense_are_refused_and_the_borrowed_key_is_given_back() {
    for (path, answer, borrowed) in [
        ("/v1/network", json!({"chain_id": "flow-mainnet"}), false),
        ("/v1/network", json!(503), false),
        ("/v3/flow/proposal/true", json!({"keyId": "3", "address": LENDER}), false),
        ("/v3/flow/proposal/false", json!({"keyId": 2, "address": "0x1"}), false),
        ("/v1/blocks", json!([]), true),
        ("/v1/blocks", json!([{"header": {"id": "11", "height": "5"}}]), true),
        ("/v1/blocks", json!("blocks"), true),
        ("/v1/accounts", json!({"keys": []}), true),
        ("/v1/accounts", json!(404), true),
    ] {
        let node = Scripted::with(path, answer);
        let error = prepare_with(&node, &transfer()).err().unwrap();
        assert!(matches!(error, PrepareError::Node { .. }), "{path}: {error}");
        let released = node.released.lock().unwrap();
        let expected =
            if borrowed { vec![json!({"txData": "", "proposalKey": 2})] } else { vec![] };
        assert_eq!(*released, expected, "{path}");
    }
}

/// The borrowed key stays borrowed: what was signed is finished with it later.
#[test]
fn without_the_payer_there_is_no_transaction() {
    for answer in [json!({}), json!({"signature": "a1"}), json!(500)] {
        let node = Scripted::with("/v3/flow/sign", answer);
        assert!(finish(&node).is_err());
        assert!(node.released.lock().unwrap().is_empty());
    }
}

#[test]
fn what_was_kept_is_finished_as_the_same_transaction() {
    let prepared = prepare_with(&Scripted::default(), &transfer()).unwrap();
    let signed = prepared.unsigned.sign(&prepared.keys).unwrap();
    let (flow, network, node) = (chain("FLOW"), Network::Testnet, Scripted::default());
    let taken_up = flow.take_up(&signed.kept(), network).unwrap();
    assert_eq!(taken_up.transaction(), signed.transaction());
    assert_eq!(now(taken_up.finish(&node)).unwrap(), now(signed.finish(&node)).unwrap());
    for damaged in ["", "{}", r#"{"payload":"00","signature":"00"}"#] {
        assert!(flow.take_up(damaged, network).is_none(), "{damaged}");
    }
}

#[test]
fn what_is_not_signed_after_all_gives_the_borrowed_key_back() {
    let node = Scripted::default();
    let prepared = prepare_with(&node, &transfer()).unwrap();
    now(prepared.unsigned.abandon(&node));
    assert_eq!(*node.released.lock().unwrap(), [json!({"txData": "", "proposalKey": 2})]);
}

#[test]
fn sending_tells_taken_refused_and_unknown_apart() {
    let whole = finish(&Scripted::default()).unwrap();
    let sent =
        |answer: Value| now(submit().submit(&whole, &Scripted::with("/v1/transactions", answer)));
    assert_eq!(sent(json!({"id": whole.hash.0})), Outcome::Sent { completed: false });
    assert!(matches!(sent(json!({"id": "00"})), Outcome::Unknown { .. }));
    assert!(matches!(sent(json!(400)), Outcome::Refused { .. }));
    assert!(matches!(sent(json!(503)), Outcome::Unknown { .. }));
    let prepared = prepare_with(&Scripted::default(), &transfer()).unwrap();
    let early = now(submit().submit(&prepared.sign(), &Scripted::default()));
    assert!(matches!(early, Outcome::Unknown { .. }), "{early:?}");
    let node = Scripted::default();
    now(submit().settled(&whole, &node));
    let released = json!({"txData": whole.hash.0, "proposalKey": 2});
    assert_eq!(*node.released.lock().unwrap(), [released]);
}

#[test]
fn looking_up_waits_for_the_seal() {
    let hash = TransactionHash("11".repeat(32));
    let found = |answer: Value| {
        now(submit().look_up(&hash, &Scripted::with("/v1/transaction_results", answer)))
    };
    let result = |status: &str, message: &str| {
        found(json!({"status": status, "status_code": 0, "error_message": message}))
    };
    assert!(matches!(result("Sealed", ""), LookUp::Found { failed: None }));
    assert!(matches!(result("Sealed", "panic"), LookUp::Found { failed: Some(_) }));
    for status in ["Pending", "Executed", "Expired", "Unknown"] {
        assert!(matches!(result(status, ""), LookUp::NotFound), "{status}");
    }
    assert!(matches!(found(json!(404)), LookUp::NotFound));
    assert!(matches!(found(json!(500)), LookUp::CannotTell(_)));
    assert!(matches!(found(json!([])), LookUp::CannotTell(_)));
    let incomplete = TransactionHash(format!("payload:{}", "11".repeat(32)));
    let answer = now(submit().look_up(&incomplete, &Scripted::default()));
    assert!(matches!(answer, LookUp::CannotTell(_)));
}

#[test]
fn a_transaction_is_gone_long_after_its_last_block() {
    let expiry = Expiry("height:1600".to_owned());
    let at = |height: &str| {
        let node = Scripted::with("/v1/blocks", json!([{"header": {"height": height}}]));
        now(submit().validity(&expiry, &node)).unwrap()
    };
    assert_eq!([at("1600"), at("2200")], [Validity::Valid; 2]);
    assert_eq!([at("2201"), at("44800")], [Validity::Expired; 2]);
    assert_eq!(at("44801"), Validity::ExpiredLongAgo);
    let damaged = Expiry("soon".to_owned());
    assert!(now(submit().validity(&damaged, &Scripted::default())).is_err());
}
