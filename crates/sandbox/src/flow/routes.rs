//! The endpoints only Flow has.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::Address;
use super::ledger::fixed;
use super::node::show_key;
use super::{DECIMALS, Flow, node, request};
use crate::api::ApiJson;
use crate::decimal;
use crate::error::ApiError;
use crate::pending::PendingList;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    chain: Arc<Flow>,
    pending: Arc<PendingList>,
}

pub(super) fn routes(chain: Arc<Flow>, pending: Arc<PendingList>) -> Router {
    let node = node::routes(Arc::clone(&chain));
    Router::new()
        .route("/v3/flow/transaction", post(transfer))
        .route("/v3/flow/transaction/custom", post(custom))
        .route("/v3/flow/account/{address}", get(account))
        .route("/v3/flow/proposal/{is_payer}", get(proposal))
        .route("/v3/flow/sign", post(sign))
        .route("/sandbox/FLOW/account", post(open))
        .route("/sandbox/FLOW/blocks", post(blocks))
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
