//! The endpoints of the API that only this chain has, and those of its node.

use std::sync::Arc;

use alloy_primitives::U256;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::address::Address;
use super::ledger::Account;
use super::{BeaconChain, CHAIN_ID, DECIMALS, NODE_PATH, request};
use crate::amount;
use crate::api::ApiJson;
use crate::error::ApiError;
use crate::pending::PendingList;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    chain: Arc<BeaconChain>,
    pending: Arc<PendingList>,
}

pub(super) fn routes(chain: Arc<BeaconChain>, pending: Arc<PendingList>) -> Router {
    let node = format!("{NODE_PATH}/api/v1");
    Router::new()
        .route("/v3/bnb/transaction", post(transfer))
        .route("/v3/bnb/transaction/{hash}", get(transaction))
        .route("/v3/bnb/account/{address}", get(account))
        .route(&format!("{node}/node-info"), get(node_info))
        .route(&format!("{node}/account/{{address}}"), get(account))
        .route(&format!("{node}/tx/{{hash}}"), get(transaction))
        .with_state(Desk { chain, pending })
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let draft = request::transfer(body)?;
    Ok(Json(json!({ "signatureId": desk.pending.add(draft) })))
}

async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let found = desk.chain.ledger().transaction(&hash.to_uppercase()).cloned();
    found.map(Json).ok_or_else(|| ApiError::not_found(format!("Tx: Not found, hash {hash}")))
}

/// The API hands on what its node says.
async fn account(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let account = desk.chain.ledger().account(Address::read(&address)?);
    let account = account.ok_or_else(|| ApiError::not_found("account not found"))?;
    Ok(Json(view(&address, &account)))
}

fn view(address: &str, account: &Account) -> Value {
    let none = amount::format(U256::ZERO, DECIMALS);
    let balances = account.balances.iter().map(|(denom, units)| {
        let free = amount::format(U256::from(*units), DECIMALS);
        json!({ "free": free, "frozen": none, "locked": none, "symbol": denom })
    });
    json!({
        "account_number": account.number, "address": address,
        "balances": balances.collect::<Value>(), "flags": 0, "sequence": account.sequence,
    })
}

async fn node_info(State(desk): State<Desk>) -> Json<Value> {
    let height = desk.chain.ledger().height();
    Json(json!({
        "node_info": { "network": CHAIN_ID, "moniker": "tatum-sandbox" },
        "sync_info": { "latest_block_height": height, "catching_up": false },
    }))
}
