//! The endpoints only Ethereum has.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{DECIMALS, Ethereum, node, request};
use crate::amount;
use crate::api::ApiJson;
use crate::error::ApiError;
use crate::pending::PendingList;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    ethereum: Arc<Ethereum>,
    pending: Arc<PendingList>,
}

pub(super) fn routes(ethereum: Arc<Ethereum>, pending: Arc<PendingList>) -> Router {
    Router::new()
        .route("/v3/ethereum/transaction", post(transfer))
        .route("/v3/ethereum/transaction/count/{address}", get(count))
        .route("/v3/ethereum/account/balance/{address}", get(balance))
        .route("/v3/ethereum/account/balance/erc20/{address}", get(token_balance))
        .route("/v3/ethereum/web3/{key}", post(web3))
        .route("/sandbox/ETH/nonces", get(nonces))
        .with_state(Desk { ethereum, pending })
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let id = desk.pending.add(request::transfer(body)?);
    Ok(Json(json!({ "signatureId": id })))
}

async fn count(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    desk.ethereum.transaction_count(&address).await.map(|count| Json(count.into()))
}

async fn balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let balance = desk.ethereum.balance(&address).await?;
    Ok(Json(json!({ "balance": amount::format(balance, DECIMALS) })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contract {
    contract_address: String,
}

/// In the smallest units, as the API gives it.
async fn token_balance(
    State(desk): State<Desk>,
    Path(address): Path<String>,
    Query(contract): Query<Contract>,
) -> Answer {
    let balance = desk.ethereum.token_balance(&contract.contract_address, &address).await?;
    Ok(Json(json!({ "balance": balance.to_string() })))
}

/// For an auditor: a gap or a repetition shows.
async fn nonces(State(desk): State<Desk>) -> Answer {
    let nonces = desk.ethereum.nonces().ok_or_else(|| {
        ApiError::not_found("the ledger is on another node; ask that one for its transactions")
    })?;
    Ok(Json(json!(nonces)))
}

async fn web3(
    State(desk): State<Desk>,
    Path(_key): Path<String>,
    ApiJson(body): ApiJson<Value>,
) -> Json<Value> {
    Json(node::answer(desk.ethereum.node.as_ref(), body).await)
}
