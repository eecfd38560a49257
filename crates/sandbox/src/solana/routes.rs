//! The endpoints only Solana has.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::program::associated_account;
use super::{DECIMALS, Solana, key, request};
use crate::accounts::Asset;
use crate::amount;
use crate::api::ApiJson;
use crate::error::ApiError;
use crate::pending::PendingList;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    solana: Arc<Solana>,
    pending: Arc<PendingList>,
}

pub(super) fn routes(solana: Arc<Solana>, pending: Arc<PendingList>) -> Router {
    Router::new()
        .route("/v3/solana/transaction", post(transfer))
        .route("/v3/solana/transaction/{id}", get(transaction))
        .route("/v3/solana/account/balance/{address}", get(balance))
        .route("/v3/solana/block/current", get(height))
        .route("/v3/blockchain/token/balance/SOL/{contract}/{address}", get(token_balance))
        .with_state(Desk { solana, pending })
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let draft = request::transfer(body)?;
    Ok(Json(json!({ "signatureId": desk.pending.add(draft) })))
}

async fn transaction(State(desk): State<Desk>, Path(id): Path<String>) -> Answer {
    let ledger = desk.solana.ledger();
    let known = ledger.state.accounts.transaction(&id);
    known.cloned().map(Json).ok_or_else(|| ApiError::not_found("Transaction not found."))
}

async fn balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let lamports = desk.solana.ledger().state.lamports(&key::read("address", &address)?);
    Ok(Json(json!({ "balance": amount::show(lamports, DECIMALS) })))
}

async fn height(State(desk): State<Desk>) -> Json<Value> {
    Json(desk.solana.ledger().height().into())
}

/// In the smallest units, of the account that belongs to an owner and a token.
async fn token_balance(
    State(desk): State<Desk>,
    Path((contract, address)): Path<(String, String)>,
) -> Answer {
    let mint = key::read("contractAddress", &contract)?;
    let account = associated_account(&key::read("address", &address)?, &mint);
    let ledger = desk.solana.ledger();
    let asset = Asset::Token(key::write(&mint));
    let units = ledger.state.accounts.balance(&asset, &key::write(&account));
    Ok(Json(json!({ "balance": units.to_string() })))
}
