//! The endpoints only the XRP Ledger has.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::ledger::{BASE_FEE, Ledger};
use super::value::ISSUED_DECIMALS;
use super::{Xrp, address, no_account, request};
use crate::amount;
use crate::endpoints::{About, Endpoints};
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};
use crate::request::ApiJson;

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

/// An account of the examples.
const ACCOUNT: &str = "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe";
const HASH: &str = "5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060";

pub(super) fn routes(xrp: Arc<Xrp>, pending: Arc<PendingList>) -> Endpoints {
    Endpoints::new("XRP")
        .post(
            "/v3/xrp/transaction",
            pay,
            About::queues(
                "Queue a payment of XRP, or of an issued currency",
                json!({
                    "fromAccount": ACCOUNT, "to": ACCOUNT, "amount": "1.5", "fee": "0.000012",
                    "sourceTag": 1, "destinationTag": 7, "token": "USD",
                    "issuerAccount": ACCOUNT, "index": 0,
                }),
                &["fee", "sourceTag", "destinationTag", "token", "issuerAccount", "index"],
            ),
        )
        .get(
            "/v3/xrp/transaction/{hash}",
            transaction,
            About::new("A transaction by its hash").at([HASH]),
        )
        .post(
            "/v3/xrp/trust",
            trust,
            About::queues(
                "Queue a trust line, over which an issued currency can come",
                json!({
                    "fromAccount": ACCOUNT, "issuerAccount": ACCOUNT, "token": "USD",
                    "limit": "10000", "fee": "0.000012", "index": 0,
                }),
                &["fee", "index"],
            ),
        )
        .post(
            "/v3/xrp/account/settings",
            settings,
            About::queues(
                "Queue a change of what an account allows: `rippling` or `requireDestinationTag`",
                json!({
                    "fromAccount": ACCOUNT, "rippling": true,
                    "fee": "0.000012", "index": 0,
                }),
                &["rippling", "fee", "index"],
            ),
        )
        .get(
            "/v3/xrp/account/{account}",
            account,
            About::new("An account: its balance in drops and the number of its next transaction")
                .at([ACCOUNT])
                .answer(json!({
                    "account_data": { "Account": ACCOUNT, "Balance": "1000000", "Sequence": 1 },
                })),
        )
        .get(
            "/v3/xrp/account/{account}/balance",
            balance,
            About::new("What an account holds: drops of XRP, and issued currencies")
                .at([ACCOUNT])
                .answer(json!({ "balance": "1000000", "assets": [] })),
        )
        .get(
            "/v3/xrp/fee",
            fee,
            About::new("What transactions cost").answer(json!({ "drops": { "base_fee": "10" } })),
        )
        .get(
            "/v3/xrp/info",
            info,
            About::new("The number of the current ledger").answer(json!({ "ledger_index": 1 })),
        )
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
