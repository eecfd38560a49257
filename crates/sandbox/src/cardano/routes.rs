//! The endpoints only Cardano has, its Rosetta server among them.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::address::Address;
use super::rosetta::RosettaError;
use super::{Cardano, DECIMALS, request, rosetta};
use crate::api::ApiJson;
use crate::error::ApiError;
use crate::pending::PendingList;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    chain: Arc<Cardano>,
    pending: Arc<PendingList>,
}

pub(super) fn routes(chain: Arc<Cardano>, pending: Arc<PendingList>) -> Router {
    let node = "/v3/blockchain/node/cardano-preprod/{key}";
    Router::new()
        .route("/v3/ada/transaction", post(transfer))
        .route("/v3/ada/account/{address}", get(account))
        .route("/v3/ada/{address}/utxos", get(utxos))
        .route(&format!("{node}/construction/{{step}}"), post(construct))
        .with_state(Desk { chain, pending })
}

/// Read from the text: amounts may be JSON numbers, which must not become floats on the way.
async fn transfer(
    State(desk): State<Desk>,
    body: Result<Json<Box<RawValue>>, JsonRejection>,
) -> Answer {
    let unreadable = |error: String| ApiError::invalid("body", Value::Null, error);
    let Json(body) = body.map_err(|error| unreadable(error.body_text()))?;
    let body: request::Transfer =
        serde_json::from_str(body.get()).map_err(|error| unreadable(error.to_string()))?;
    let draft = request::draft(&desk.chain.ledger(), &body)?;
    Ok(Json(json!({ "signatureId": desk.pending.add(draft) })))
}

/// In lovelace, as the API gives it.
async fn account(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let outputs = desk.chain.ledger().outputs(&Address::read(&address)?);
    let sum: u128 = outputs.iter().map(|(_, lovelace)| u128::from(*lovelace)).sum();
    let currency = json!({ "symbol": "ADA", "decimals": DECIMALS });
    Ok(Json(json!([{ "currency": currency, "value": sum.to_string() }])))
}

async fn utxos(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let outputs = desk.chain.ledger().outputs(&Address::read(&address)?);
    let shown = outputs.iter().map(|((hash, place), lovelace)| {
        json!({
            "address": address, "txHash": hex::encode(hash), "index": place,
            "value": lovelace.to_string(),
        })
    });
    Ok(Json(shown.collect()))
}

async fn construct(
    State(desk): State<Desk>,
    Path((_key, step)): Path<(String, String)>,
    ApiJson(body): ApiJson<Value>,
) -> Result<Json<Value>, RosettaError> {
    rosetta::construct(&desk.chain, &step, body).map(Json)
}
