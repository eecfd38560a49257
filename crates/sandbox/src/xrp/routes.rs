//! The endpoints only the XRP Ledger has.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::ledger::{BASE_FEE, Ledger};
use super::value::ISSUED_DECIMALS;
use super::{Xrp, address, no_account, request};
use crate::amount;
use crate::api::ApiJson;
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    xrp: Arc<Xrp>,
    pending: Arc<PendingList>,
}

impl Desk {
    fn queue(&self, make: impl FnOnce(&Ledger) -> Result<Draft, ApiError>) -> Answer {
        let draft = make(&self.xrp.ledger())?;
        Ok(Json(json!({ "signatureId": self.pending.add(draft) })))
    }
}

pub(super) fn routes(xrp: Arc<Xrp>, pending: Arc<PendingList>) -> Router {
    Router::new()
        .route("/v3/xrp/transaction", post(pay))
        .route("/v3/xrp/transaction/{hash}", get(transaction))
        .route("/v3/xrp/trust", post(trust))
        .route("/v3/xrp/account/settings", post(settings))
        .route("/v3/xrp/account/{account}", get(account))
        .route("/v3/xrp/account/{account}/balance", get(balance))
        .route("/v3/xrp/fee", get(fee))
        .route("/v3/xrp/info", get(info))
        .with_state(Desk { xrp, pending })
}

async fn pay(State(desk): State<Desk>, ApiJson(body): ApiJson<request::Payment>) -> Answer {
    desk.queue(|ledger| request::payment(ledger, &body))
}

async fn trust(State(desk): State<Desk>, ApiJson(body): ApiJson<request::TrustLine>) -> Answer {
    desk.queue(|ledger| request::trust_line(ledger, &body))
}

async fn settings(
    State(desk): State<Desk>,
    ApiJson(body): ApiJson<request::AccountSettings>,
) -> Answer {
    desk.queue(|ledger| request::settings(ledger, &body))
}

async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let ledger = desk.xrp.ledger();
    let known = ledger.transaction(&hash.to_uppercase());
    known.cloned().map(Json).ok_or_else(|| ApiError::not_found("Transaction not found."))
}

async fn account(State(desk): State<Desk>, Path(account): Path<String>) -> Answer {
    let account = address::read("account", &account)?;
    let ledger = desk.xrp.ledger();
    let sequence = ledger.sequence(&account).ok_or_else(|| no_account(&account))?;
    Ok(Json(json!({
        "account_data": {
            "Account": account, "Balance": ledger.drops(&account).to_string(),
            "LedgerEntryType": "AccountRoot", "OwnerCount": ledger.holdings(&account).len(),
            "Sequence": sequence,
        },
        "ledger_current_index": ledger.current(), "validated": false,
    })))
}

async fn balance(State(desk): State<Desk>, Path(account): Path<String>) -> Answer {
    let account = address::read("account", &account)?;
    let ledger = desk.xrp.ledger();
    ledger.sequence(&account).ok_or_else(|| no_account(&account))?;
    let assets = ledger.holdings(&account).into_iter().map(|(currency, units)| {
        json!({ "currency": currency.code, "balance": amount::show(units, ISSUED_DECIMALS) })
    });
    let assets: Value = assets.collect();
    Ok(Json(json!({ "balance": ledger.drops(&account).to_string(), "assets": assets })))
}

/// The shape of rippled's `fee`: ledgers here are never full.
async fn fee(State(desk): State<Desk>) -> Json<Value> {
    let fee = BASE_FEE.to_string();
    Json(json!({
        "drops": {
            "base_fee": fee, "median_fee": fee, "minimum_fee": fee, "open_ledger_fee": fee,
        },
        "ledger_current_index": desk.xrp.ledger().current(),
    }))
}

async fn info(State(desk): State<Desk>) -> Json<Value> {
    Json(json!({ "ledger_index": desk.xrp.ledger().current() }))
}
