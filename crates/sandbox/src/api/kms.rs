//! `/v3/kms/…`, the report of failed transactions, and the sandbox's own view of the list.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::request::ApiJson;
use crate::error::ApiError;
use crate::faults::HandOutAgain;
use crate::pending::{Counts, Draft, Entry, PendingTransaction};
use crate::server::Sandbox;

type Desk = State<Arc<Sandbox>>;

/// How many completed transactions a fault hands out again.
const AGAIN: usize = 20;

pub(super) fn routes() -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/v3/kms/pending/{chain}", post(poll).get(list))
        .route("/v3/kms/{id}", get(inspect).delete(delete))
        .route("/v3/kms/{id}/{tx_id}", axum::routing::put(complete))
        .route("/v3/tatum/kms/batch", post(report))
        .route("/sandbox/pending", get(everything))
        .route("/sandbox/pending/counts", get(counts))
        .route("/sandbox/kms/pending", post(queue))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Poll {
    signature_ids: Option<HashSet<String>>,
}

async fn poll(
    State(sandbox): Desk,
    Path(chain): Path<String>,
    again: Option<Extension<HandOutAgain>>,
    ApiJson(body): ApiJson<Poll>,
) -> Json<Vec<PendingTransaction>> {
    let wallets = body.signature_ids.as_ref();
    sandbox.page.wallets.polled(&chain, wallets);
    Json(match again {
        Some(_) => sandbox.pending.poll_again(&chain, wallets, AGAIN),
        None => sandbox.pending.poll(&chain, wallets),
    })
}

#[derive(Deserialize)]
struct Filter {
    signatures: Option<String>,
}

async fn list(
    State(sandbox): Desk,
    Path(chain): Path<String>,
    Query(filter): Query<Filter>,
) -> Json<Vec<PendingTransaction>> {
    let wallets = filter.signatures.map(|ids| ids.split(',').map(str::to_owned).collect());
    Json(sandbox.pending.poll(&chain, wallets.as_ref()))
}

async fn inspect(
    State(sandbox): Desk,
    Path(id): Path<String>,
) -> Result<Json<PendingTransaction>, ApiError> {
    sandbox.pending.get(&id).map(Json)
}

async fn complete(
    State(sandbox): Desk,
    Path((id, tx_id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    sandbox.pending.complete(&id, &tx_id).map(|()| StatusCode::NO_CONTENT)
}

async fn delete(State(sandbox): Desk, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    sandbox.pending.delete(&id).map(|()| StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Report {
    errors: Vec<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    signature_id: String,
    error: String,
}

async fn report(State(sandbox): Desk, ApiJson(body): ApiJson<Report>) -> StatusCode {
    for failure in &body.errors {
        sandbox.pending.report(&failure.signature_id, &failure.error);
    }
    StatusCode::NO_CONTENT
}

async fn everything(State(sandbox): Desk) -> Json<Vec<Entry>> {
    Json(sandbox.pending.entries())
}

async fn counts(State(sandbox): Desk) -> Json<Counts> {
    Json(sandbox.pending.counts())
}

async fn queue(State(sandbox): Desk, ApiJson(draft): ApiJson<Draft>) -> Json<Value> {
    Json(json!({ "id": sandbox.pending.add(draft) }))
}
