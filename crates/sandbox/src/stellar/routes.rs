//! The endpoints only Stellar has.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::ledger::{BASE_FEE, Ledger};
use super::{Stellar, no_account, read_address, request, show};
use crate::api::ApiJson;
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    stellar: Arc<Stellar>,
    pending: Arc<PendingList>,
}

impl Desk {
    fn queue(&self, make: impl FnOnce(&Ledger) -> Result<Draft, ApiError>) -> Answer {
        let draft = make(&self.stellar.ledger())?;
        Ok(Json(json!({ "signatureId": self.pending.add(draft) })))
    }
}

pub(super) fn routes(stellar: Arc<Stellar>, pending: Arc<PendingList>) -> Router {
    Router::new()
        .route("/v3/xlm/transaction", post(transfer))
        .route("/v3/xlm/transaction/{hash}", get(transaction))
        .route("/v3/xlm/trust", post(trust))
        .route("/v3/xlm/account/{account}", get(account))
        .route("/v3/xlm/fee", get(fee))
        .route("/v3/xlm/info", get(info))
        .with_state(Desk { stellar, pending })
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<request::Transfer>) -> Answer {
    desk.queue(|ledger| request::transfer(ledger, &body))
}

async fn trust(State(desk): State<Desk>, ApiJson(body): ApiJson<request::TrustLine>) -> Answer {
    desk.queue(|ledger| request::trust_line(ledger, &body))
}

async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let ledger = desk.stellar.ledger();
    let known = ledger.state.accounts.transaction(&hash.to_lowercase());
    known.cloned().map(Json).ok_or_else(|| ApiError::not_found("Transaction not found."))
}

async fn account(State(desk): State<Desk>, Path(account): Path<String>) -> Answer {
    read_address("account", &account)?;
    let view = desk.stellar.ledger().view(&account, show);
    view.map(Json).ok_or_else(|| no_account(&account))
}

/// Stroops for an operation.
async fn fee() -> Json<Value> {
    Json(BASE_FEE.into())
}

async fn info(State(desk): State<Desk>) -> Json<Value> {
    Json(json!({ "sequence": desk.stellar.ledger().current(), "base_fee_in_stroops": BASE_FEE }))
}
