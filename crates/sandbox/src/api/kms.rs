//! `/v3/kms/…`, the report of failed transactions, and the sandbox's own view of the list.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::endpoints::{About, Endpoints, PENDING_ID, WALLET};
use crate::error::ApiError;
use crate::faults::HandOutAgain;
use crate::pending::{Counts, Draft, Entry, PendingTransaction};
use crate::request::ApiJson;
use crate::sandbox::Sandbox;

type Desk = State<Arc<Sandbox>>;

/// How many completed transactions a fault hands out again.
const AGAIN: usize = 20;

pub(super) fn routes() -> Endpoints<Arc<Sandbox>> {
    of_api().merge(of_sandbox())
}

/// A pending transaction of the examples.
fn example() -> Value {
    json!({
        "id": PENDING_ID, "chain": "ETH", "hashes": [WALLET], "serializedTransaction": "{}",
    })
}

fn of_api() -> Endpoints<Arc<Sandbox>> {
    let reported = json!({ "errors": [{ "signatureId": PENDING_ID, "error": "no such wallet" }] });
    let waiting = "What waits for a signature of these wallets, or of any";
    Endpoints::new("KMS")
        .post(
            "/v3/kms/pending/{chain}",
            poll,
            About::new(waiting)
                .at(["ETH"])
                .body(json!({ "signatureIds": [WALLET] }))
                .optional(&["signatureIds"])
                .answer(json!([example()]))
                .reads(),
        )
        .get(
            "/v3/kms/pending/{chain}",
            list,
            About::new(waiting).at(["ETH"]).filter("signatures", WALLET).answer(json!([example()])),
        )
        .get(
            "/v3/kms/{id}",
            inspect,
            About::new("A pending transaction; with `txId` once it is complete")
                .at([PENDING_ID])
                .answer(example()),
        )
        .delete(
            "/v3/kms/{id}",
            delete,
            About::new("Give a pending transaction up").at([PENDING_ID]).filter("revert", "true"),
        )
        .put(
            "/v3/kms/{id}/{tx_id}",
            complete,
            About::new("Mark a pending transaction complete by hand").at([PENDING_ID, "0xabc"]),
        )
        .post(
            "/v3/tatum/kms/batch",
            report,
            About::new("Report that transactions could not be signed or sent").body(reported),
        )
}

fn of_sandbox() -> Endpoints<Arc<Sandbox>> {
    let mut draft = example();
    if let Some(members) = draft.as_object_mut() {
        members.remove("id");
    }
    Endpoints::new("sandbox")
        .get(
            "/sandbox/pending",
            everything,
            About::new("Every pending transaction that ever was, with all that happened to it")
                .answer(
                    json!([{ "id": PENDING_ID, "state": "pending", "polls": 0, "errors": [] }]),
                ),
        )
        .get(
            "/sandbox/pending/counts",
            counts,
            About::new("How many wait, are complete, were given up")
                .answer(json!({ "pending": 1, "completed": 0, "deleted": 0 })),
        )
        .post(
            "/sandbox/kms/pending",
            queue,
            About::new("Queue a transaction of your own making")
                .body(draft)
                .answer(json!({ "id": PENDING_ID })),
        )
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
