//! The endpoints only TRON has.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::Address;
use super::{TOKEN_DECIMALS, TOKEN_SYMBOL, TRC10, Tron, request};
use crate::api::ApiJson;
use crate::clock::milliseconds as now;
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    tron: Arc<Tron>,
    pending: Arc<PendingList>,
}

/// Reads the body of a request.
type Read = fn(&Tron, Value) -> Result<Draft, ApiError>;

pub(super) fn routes(tron: Arc<Tron>, pending: Arc<PendingList>) -> Router {
    let queue = |read: Read| {
        post(async move |State(desk): State<Desk>, ApiJson(body): ApiJson<Value>| -> Answer {
            let id = desk.pending.add(read(&desk.tron, body)?);
            Ok(Json(json!({ "signatureId": id })))
        })
    };
    Router::new()
        .route("/v3/tron/transaction", queue(request::transfer))
        .route("/v3/tron/trc10/transaction", queue(request::trc10_transfer))
        .route("/v3/tron/trc20/transaction", queue(request::trc20_transfer))
        .route("/v3/tron/info", get(info))
        .route("/v3/tron/account/{address}", get(account))
        .route("/v3/tron/transaction/{hash}", get(transaction))
        .route("/v3/tron/trc10/detail/{id}", get(trc10))
        .route("/sandbox/TRON/trc10/mint", post(mint_trc10))
        .with_state(Desk { tron, pending })
}

async fn info(State(desk): State<Desk>) -> Json<Value> {
    let (number, id) = desk.tron.ledger().tip();
    Json(json!({ "testnet": true, "hash": hex::encode(id), "blockNumber": number }))
}

/// The balance in sun, tokens in their smallest units, as the API gives them.
async fn account(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let address = Address::of_request("address", &address)?;
    let account = desk.tron.ledger().account(address, now());
    account.map(Json).ok_or_else(|| ApiError::refused("tron.error", "no such account."))
}

async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let found = desk.tron.ledger().transaction(&hash).cloned();
    found.map(Json).ok_or_else(|| {
        let words = "Transaction not found. Possible not exists or is still pending.";
        ApiError::refused("tron.tx.not.found", words)
    })
}

async fn trc10(State(desk): State<Desk>, Path(id): Path<String>) -> Answer {
    desk.tron.check_asset(&id)?;
    let id: u64 = TRC10.parse().unwrap_or_default();
    Ok(Json(json!({
        "id": id, "name": TOKEN_SYMBOL, "abbr": TOKEN_SYMBOL, "precision": TOKEN_DECIMALS,
        "description": "The test token of the sandbox", "ownerAddress": desk.tron.token.hex(),
    })))
}

#[derive(Deserialize)]
struct Minting {
    #[serde(alias = "to")]
    address: String,
    amount: String,
}

async fn mint_trc10(State(desk): State<Desk>, ApiJson(body): ApiJson<Minting>) -> Answer {
    let asset = desk.tron.ledger().trc10_asset();
    let hash = desk.tron.give(asset, &body.address, &body.amount, TOKEN_DECIMALS)?;
    Ok(Json(json!({ "txId": hash, "tokenId": TRC10 })))
}
