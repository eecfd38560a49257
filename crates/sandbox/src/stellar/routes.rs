//! The endpoints only Stellar has.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::ledger::{BASE_FEE, Ledger};
use super::{Stellar, no_account, read_address, request, show};
use crate::endpoints::{About, Endpoints};
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};
use crate::request::ApiJson;

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

/// An account of the examples.
const ACCOUNT: &str = "GCEZWKCA5VLDNRLN3RPRJMRZOX3Z6G5CHCGSNFHEYVXM3XOJMDS674JZ";
const HASH: &str = "5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060";

pub(super) fn routes(stellar: Arc<Stellar>, pending: Arc<PendingList>) -> Endpoints {
    Endpoints::new("XLM")
        .post(
            "/v3/xlm/transaction",
            transfer,
            About::queues(
                "Queue a payment of XLM or of an asset, or the making of an account",
                json!({
                    "fromAccount": ACCOUNT, "to": ACCOUNT, "amount": "1.5", "initialize": false,
                    "message": "invoice 7", "token": "USDC", "issuerAccount": ACCOUNT,
                    "index": 0,
                }),
                &["initialize", "message", "token", "issuerAccount", "index"],
            ),
        )
        .get(
            "/v3/xlm/transaction/{hash}",
            transaction,
            About::new("A transaction by its hash").at([HASH]),
        )
        .post(
            "/v3/xlm/trust",
            trust,
            About::queues(
                "Queue a trust line, over which an asset can come",
                json!({
                    "fromAccount": ACCOUNT, "issuerAccount": ACCOUNT, "token": "USDC",
                    "limit": "10000", "index": 0,
                }),
                &["index"],
            ),
        )
        .get(
            "/v3/xlm/account/{account}",
            account,
            About::new("An account, with its balances and the number of its last transaction")
                .at([ACCOUNT])
                .answer(json!({ "sequence": "1", "balances": [] })),
        )
        .get("/v3/xlm/fee", fee, About::new("Stroops for an operation").answer(json!(100)))
        .get(
            "/v3/xlm/info",
            info,
            About::new("The number of the last ledger")
                .answer(json!({ "sequence": 1, "base_fee_in_stroops": 100 })),
        )
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
