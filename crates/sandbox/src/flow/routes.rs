//! The endpoints only Flow has.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::Address;
use super::ledger::fixed;
use super::node::show_key;
use super::{DECIMALS, Flow, node, request};
use crate::decimal;
use crate::endpoints::{About, Endpoints};
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::request::ApiJson;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    chain: Arc<Flow>,
    pending: Arc<PendingList>,
}

/// An account of the examples.
pub(super) const ACCOUNT: &str = "0xf8d6e0586b0a20c7";
const KEY: &str = "50863ad64a87ae8a2fe83c1af1a8403cb53f53e486d8511dad8a04887e5b2352\
                   2cd470243453a299fa9e77237716103abc11a1df38855ed6f2ee187e9c582ba6";

pub(super) fn routes(chain: Arc<Flow>, pending: Arc<PendingList>) -> Endpoints {
    let node = node::routes(Arc::clone(&chain));
    Endpoints::new("FLOW")
        .post(
            "/v3/flow/transaction",
            transfer,
            About::queues(
                "Queue a transfer of FLOW",
                json!({
                    "account": ACCOUNT, "to": ACCOUNT, "amount": "1.5", "currency": "FLOW",
                    "index": 0,
                }),
                &["index"],
            ),
        )
        .post(
            "/v3/flow/transaction/custom",
            custom,
            About::queues(
                "Queue a transaction in Cadence",
                json!({
                    "account": ACCOUNT,
                    "transaction": "transaction { prepare(signer: AuthAccount) {} }",
                    "args": [{ "type": "UFix64", "value": "1.0" }], "index": 0,
                }),
                &["args", "index"],
            ),
        )
        .get(
            "/v3/flow/account/{address}",
            account,
            About::new("An account: its balance and its keys")
                .at([ACCOUNT])
                .answer(json!({ "address": ACCOUNT, "balance": 0, "keys": [] })),
        )
        .get(
            "/v3/flow/proposal/{is_payer}",
            proposal,
            About::new("A key of the API that proposes, or pays")
                .at(["true"])
                .answer(json!({ "address": ACCOUNT, "keyId": 0 })),
        )
        .post(
            "/v3/flow/sign",
            sign,
            About::new("Have the API sign as proposer or payer")
                .body(json!({ "data": "00", "isPayer": true }))
                .answer(json!({ "signature": "00" }))
                .reads(),
        )
        .post(
            "/sandbox/FLOW/account",
            open,
            About::new("Open an account for a public key")
                .body(json!({ "publicKey": KEY, "amount": "10" }))
                .optional(&["amount"])
                .answer(json!({ "address": ACCOUNT })),
        )
        .post(
            "/sandbox/FLOW/blocks",
            blocks,
            About::new("Let blocks pass, so that transactions expire")
                .body(json!({ "count": 1 }))
                .answer(json!({ "height": 1 })),
        )
        .with_state(Desk { chain, pending })
        .merge(node)
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let id = desk.pending.add(request::transfer(body)?);
    Ok(Json(json!({ "signatureId": id })))
}

async fn custom(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let id = desk.pending.add(request::custom(body)?);
    Ok(Json(json!({ "signatureId": id })))
}

async fn account(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let address = Address::read("address", &address)?;
    let ledger = desk.chain.ledger();
    let none = || ApiError::not_found(format!("there is no account {address}"));
    let keys = ledger.keys(address).ok_or_else(none)?.iter().enumerate();
    let keys: Value = keys.map(|(index, key)| show_key(index, key)).collect();
    let balance = fixed(ledger.balance(address));
    Ok(Json(json!({ "address": address.to_string(), "balance": balance, "keys": keys })))
}

/// A key of the API for a transaction of somebody else.
async fn proposal(State(desk): State<Desk>, Path(is_payer): Path<bool>) -> Answer {
    let key = desk.chain.service.assign(is_payer)?;
    Ok(Json(json!({ "address": desk.chain.service.address().to_string(), "keyId": key })))
}

/// Which of its keys the API signs with does not matter: they are the same.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToSign {
    data: String,
    #[serde(rename = "isPayer")]
    _is_payer: bool,
}

async fn sign(State(desk): State<Desk>, ApiJson(body): ApiJson<ToSign>) -> Answer {
    Ok(Json(json!({ "signature": desk.chain.service.sign(&body.data)? })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opening {
    public_key: String,
    /// What the account gets.
    amount: Option<String>,
}

async fn open(State(desk): State<Desk>, ApiJson(body): ApiJson<Opening>) -> Answer {
    let mut key = [0; 64];
    hex::decode_to_slice(&body.public_key, &mut key).map_err(|_| {
        let reason = "a public key has 128 hex digits; `tatum-kms getaddress` prints it";
        ApiError::invalid("publicKey", body.public_key.as_str().into(), reason)
    })?;
    let amount = body.amount.as_deref().unwrap_or("0");
    let units = decimal::units("amount", amount, DECIMALS)?;
    let mut ledger = desk.chain.ledger();
    let address = ledger.open(key);
    ledger.fund(address, units)?;
    Ok(Json(json!({ "address": address.to_string() })))
}

#[derive(Deserialize)]
struct Passing {
    count: u32,
}

/// Lets blocks pass, so that transactions expire.
async fn blocks(State(desk): State<Desk>, ApiJson(body): ApiJson<Passing>) -> Answer {
    let block = desk.chain.ledger().blocks.skip(body.count.into());
    Ok(Json(json!({ "height": block.height })))
}
