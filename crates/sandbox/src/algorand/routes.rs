//! The endpoints only Algorand has.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::ledger::{Ledger, TEST_ASSET};
use super::{Algorand, DECIMALS, address, request};
use crate::amount;
use crate::endpoints::{About, Endpoints};
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};
use crate::request::ApiJson;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    algorand: Arc<Algorand>,
    pending: Arc<PendingList>,
}

impl Desk {
    fn queue(&self, make: impl FnOnce(&Ledger) -> Result<Draft, ApiError>) -> Answer {
        let draft = make(&self.algorand.ledger())?;
        Ok(Json(json!({ "signatureId": self.pending.add(draft) })))
    }
}

/// An account of the examples.
const ACCOUNT: &str = "GD64YIY3TWGDMCNPP553DZPPR6LDUSFQOIJVFDPPXWEG3FVOJCCDBBHU5A";

pub(super) fn routes(algorand: Arc<Algorand>, pending: Arc<PendingList>) -> Endpoints {
    Endpoints::new("ALGO")
        .post(
            "/v3/algorand/transaction",
            pay,
            About::queues(
                "Queue a payment of ALGO",
                json!({
                    "from": ACCOUNT, "to": ACCOUNT, "amount": "1.5", "fee": "0.001",
                    "note": "invoice 7", "index": 0,
                }),
                &["fee", "note", "index"],
            ),
        )
        .get(
            "/v3/algorand/transaction/{id}",
            transaction,
            About::new("A transaction by its id")
                .at(["HFBRC7KSUQ2E4WCDA5FMEO6XDLDUZUZJLXYCUXUGNWKCYLTHJGKA"]),
        )
        .post(
            "/v3/algorand/asset/receive",
            receive,
            About::queues(
                "Queue the opting in to an asset",
                json!({ "from": ACCOUNT, "assetId": TEST_ASSET, "index": 0 }),
                &["index"],
            ),
        )
        .get(
            "/v3/algorand/account/balance/{address}",
            balance,
            About::new("What an account holds: ALGO, and assets in base units")
                .at([ACCOUNT])
                .answer(json!({ "balance": 0, "assets": [] })),
        )
        .get("/v3/algorand/block/current", round, About::new("The current round").answer(json!(1)))
        .with_state(Desk { algorand, pending })
}

async fn pay(State(desk): State<Desk>, ApiJson(body): ApiJson<request::Payment>) -> Answer {
    desk.queue(|ledger| request::payment(ledger, &body))
}

async fn receive(State(desk): State<Desk>, ApiJson(body): ApiJson<request::Receive>) -> Answer {
    desk.queue(|ledger| request::receive(ledger, &body))
}

async fn transaction(State(desk): State<Desk>, Path(id): Path<String>) -> Answer {
    let ledger = desk.algorand.ledger();
    let known = ledger.transaction(&id);
    known.cloned().map(Json).ok_or_else(|| ApiError::not_found("Transaction not found."))
}

/// ALGO as a JSON number, as the API gives it; assets in base units.
async fn balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    address::read("address", &address)?;
    let ledger = desk.algorand.ledger();
    let balance: Value = serde_json::from_str(&amount::show(ledger.microalgo(&address), DECIMALS))
        .map_err(|error| ApiError::broken(error.to_string()))?;
    let assets = ledger.holding(&address).into_iter().map(|units| {
        let units = u64::try_from(units).unwrap_or(u64::MAX);
        json!({ "assetIndex": TEST_ASSET, "amount": units })
    });
    let assets: Value = assets.collect();
    Ok(Json(json!({ "balance": balance, "assets": assets })))
}

async fn round(State(desk): State<Desk>) -> Json<Value> {
    Json(desk.algorand.ledger().round().into())
}
