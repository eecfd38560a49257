//! The endpoints that the API has for VeChain, and the node beside it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::execution::token;
use super::ledger::VET;
use super::{ENERGY, TOKEN, VeChain, node, request};
use crate::accounts::Asset;
use crate::api::ApiJson;
use crate::error::ApiError;
use crate::pending::PendingList;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    vechain: Arc<VeChain>,
    pending: Arc<PendingList>,
}

pub(super) fn routes(vechain: Arc<VeChain>, pending: Arc<PendingList>) -> Router {
    let node = node::routes(Arc::clone(&vechain));
    Router::new()
        .route("/v3/vet/transaction", post(transfer))
        .route("/v3/vet/transaction/{hash}", get(transaction))
        .route("/v3/vet/transaction/{hash}/receipt", get(receipt))
        .route("/v3/vet/block/current", get(current_block))
        .route("/v3/vet/account/balance/{address}", get(balance))
        .route("/v3/vet/account/energy/{address}", get(energy))
        .route("/sandbox/VET/token/balance/{address}", get(token_balance))
        .with_state(Desk { vechain, pending })
        .merge(node)
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let id = desk.pending.add(request::transfer(body)?);
    Ok(Json(json!({ "signatureId": id })))
}

async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let mut view = find(&desk, &hash)?;
    if let Some(object) = view.as_object_mut() {
        object.remove("receipt");
    }
    view["blockNumber"] = view["meta"]["blockNumber"].clone();
    Ok(Json(view))
}

async fn receipt(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let mut receipt = find(&desk, &hash)?["receipt"].take();
    let meta = receipt["meta"].clone();
    receipt["blockNumber"] = meta["blockNumber"].clone();
    receipt["blockHash"] = meta["blockID"].clone();
    receipt["transactionHash"] = hash.into();
    receipt["status"] = if receipt["reverted"] == true { "0x0" } else { "0x1" }.into();
    Ok(Json(receipt))
}

fn find(desk: &Desk, hash: &str) -> Result<Value, ApiError> {
    desk.vechain.transaction(hash).ok_or_else(|| {
        let words = format!("Unable to communicate with blockchain. No such transaction '{hash}'.");
        ApiError::refused("vet.failed", words)
    })
}

async fn current_block(State(desk): State<Desk>) -> Json<Value> {
    Json(desk.vechain.ledger().tip().number().into())
}

async fn balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    Ok(Json(json!({ "balance": desk.vechain.balance(&VET, &address)? })))
}

async fn energy(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    Ok(Json(json!({ "energy": desk.vechain.balance(&token(ENERGY), &address)? })))
}

/// The API has no endpoint for tokens of VeChain.
async fn token_balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let asset: Asset = token(TOKEN);
    Ok(Json(json!({ "balance": desk.vechain.balance(&asset, &address)? })))
}
