//! The endpoints that the API has for MultiversX, and the node behind it.

use std::sync::Arc;

use alloy_primitives::U256;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::address::Address;
use super::{DECIMALS, MultiversX, node, request};
use crate::accounts::Asset;
use crate::amount;
use crate::api::ApiJson;
use crate::error::ApiError;
use crate::pending::PendingList;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    multiversx: Arc<MultiversX>,
    pending: Arc<PendingList>,
}

pub(super) fn routes(multiversx: Arc<MultiversX>, pending: Arc<PendingList>) -> Router {
    let node = node::routes(Arc::clone(&multiversx));
    Router::new()
        .route("/v3/egld/transaction", post(transfer))
        .route("/v3/egld/transaction/count/{address}", get(count))
        .route("/v3/egld/transaction/{hash}", get(transaction))
        .route("/v3/egld/block/current", get(current_block))
        .route("/v3/egld/account/balance/{address}", get(balance))
        .with_state(Desk { multiversx, pending })
        .merge(node)
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let id = desk.pending.add(request::transfer(body)?);
    Ok(Json(json!({ "signatureId": id })))
}

async fn count(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let address = Address::of_request("address", &address)?;
    Ok(Json(desk.multiversx.ledger().nonce(&address.text()).into()))
}

async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let found = desk.multiversx.ledger().transaction(&hash);
    found.map(Json).ok_or_else(|| {
        let words = "Transaction not found. Possible not exists or is still pending.";
        ApiError::refused("tx.not.found", words)
    })
}

async fn current_block(State(desk): State<Desk>) -> Json<Value> {
    Json(desk.multiversx.ledger().tip().into())
}

async fn balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let address = Address::of_request("address", &address)?;
    let balance = desk.multiversx.ledger().accounts.balance(&Asset::Coin, &address.text());
    Ok(Json(json!({ "balance": amount::format(U256::from(balance), DECIMALS) })))
}
