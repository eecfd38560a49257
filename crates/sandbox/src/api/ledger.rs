//! Endpoints that every chain has and answers in its own way: broadcast, fee, node, tokens, faucet.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::request::{ApiJson, read};
use crate::chain::{Chain, Token};
use crate::error::ApiError;
use crate::faults::LeaveOpen;
use crate::pending::PendingList;
use crate::server::Sandbox;

type Desk = State<Arc<Sandbox>>;
/// There when a fault wants the pending transaction to stay open.
type Open = Option<Extension<LeaveOpen>>;
type Answer = Result<Json<Value>, ApiError>;

pub(super) fn routes(sandbox: &Sandbox) -> Router<Arc<Sandbox>> {
    let mut router = Router::new()
        .route("/v3/offchain/withdrawal/broadcast", post(withdraw))
        .route("/v3/blockchain/token/transaction", post(transfer_token))
        .route("/v3/blockchain/fee/{chain}", get(fee))
        .route("/v3/blockchain/node/{chain}/{key}", post(node))
        .route("/sandbox/{chain}/faucet", post(fund))
        .route("/sandbox/{chain}/blocks", post(pass_blocks))
        .route("/sandbox/{chain}/token", get(token))
        .route("/sandbox/{chain}/token/mint", post(mint));
    for chain in &sandbox.chains {
        let chain = Arc::clone(chain);
        let path = format!("/v3/{}/broadcast", chain.path());
        let handler =
            async move |State(sandbox): Desk, open: Open, ApiJson(body): ApiJson<Value>| {
                if let Some(answer) = chain.notice(&body) {
                    return answer.map(Json);
                }
                broadcast(chain.as_ref(), &sandbox.pending, &read(body)?, open.is_some()).await
            };
        router = router.route(&path, post(handler));
    }
    router
}

/// The body of a broadcast.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Broadcast {
    tx_data: String,
    signature_id: Option<String>,
}

async fn broadcast(
    chain: &dyn Chain,
    pending: &PendingList,
    body: &Broadcast,
    leave_open: bool,
) -> Answer {
    let id = body.signature_id.as_deref();
    let tx_id = send(chain, pending, &body.tx_data, id).await?;
    if settle(chain, pending, id, &tx_id, leave_open) {
        Ok(Json(json!({ "txId": tx_id })))
    } else {
        // It is on chain, but the pending transaction has to be completed by hand.
        Ok(Json(json!({ "txId": tx_id, "failed": true })))
    }
}

/// Puts a transaction on chain, and notes for which pending one.
async fn send(
    chain: &dyn Chain,
    pending: &PendingList,
    tx_data: &str,
    id: Option<&str>,
) -> Result<String, ApiError> {
    let attempt = chain.broadcast(tx_data).await;
    if let (Some(id), Some(identity)) = (id, attempt.identity) {
        pending.note_broadcast(id, identity, attempt.outcome.is_ok());
    }
    attempt.outcome
}

/// Completes the pending transaction behind a broadcast; false where that can't be done, or where a
/// fault says so.
fn settle(
    chain: &dyn Chain,
    pending: &PendingList,
    id: Option<&str>,
    tx_id: &str,
    leave_open: bool,
) -> bool {
    let Some(id) = id else { return true };
    if leave_open {
        pending.leave_open(id, tx_id);
        return false;
    }
    pending.complete_with_broadcast(id, chain.ticker(), tx_id)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Withdrawal {
    currency: String,
    withdrawal_id: String,
    tx_data: String,
    signature_id: Option<String>,
}

async fn withdraw(State(sandbox): Desk, open: Open, ApiJson(body): ApiJson<Withdrawal>) -> Answer {
    let chain = sandbox.chain(&body.currency)?;
    if let Some(id) = &body.signature_id {
        let known = sandbox.pending.get(id)?;
        if known.draft.withdrawal_id.as_deref() != Some(&body.withdrawal_id) {
            return Err(ApiError::refused(
                "withdrawal.missing",
                format!("No such withdrawal with id '{}'.", body.withdrawal_id),
            ));
        }
    }
    let id = body.signature_id.as_deref();
    let tx_id = send(chain.as_ref(), &sandbox.pending, &body.tx_data, id).await?;
    let completed = settle(chain.as_ref(), &sandbox.pending, id, &tx_id, open.is_some());
    Ok(Json(json!({ "txId": tx_id, "completed": completed })))
}

async fn transfer_token(State(sandbox): Desk, ApiJson(body): ApiJson<Value>) -> Answer {
    let ticker = body["chain"].as_str().unwrap_or_default();
    let draft = sandbox.chain(ticker)?.token_transfer(body)?;
    Ok(Json(json!({ "signatureId": sandbox.pending.add(draft) })))
}

async fn fee(State(sandbox): Desk, Path(chain): Path<String>) -> Answer {
    sandbox.chain(&chain)?.fee().await.map(Json)
}

async fn node(
    State(sandbox): Desk,
    Path((chain, _key)): Path<(String, String)>,
    ApiJson(body): ApiJson<Value>,
) -> Answer {
    sandbox.chain(&chain)?.node(body).await.map(Json)
}

#[derive(Deserialize)]
struct Funding {
    #[serde(alias = "to")]
    address: String,
    amount: String,
}

async fn fund(
    State(sandbox): Desk,
    Path(chain): Path<String>,
    ApiJson(body): ApiJson<Funding>,
) -> Answer {
    let tx_id = sandbox.chain(&chain)?.fund(&body.address, &body.amount).await?;
    Ok(Json(json!({ "txId": tx_id })))
}

#[derive(Deserialize)]
struct Blocks {
    count: u64,
}

/// What expires with the height can be seen to expire without waiting for it.
async fn pass_blocks(
    State(sandbox): Desk,
    Path(chain): Path<String>,
    ApiJson(body): ApiJson<Blocks>,
) -> Answer {
    let height = sandbox.chain(&chain)?.pass_blocks(body.count)?;
    Ok(Json(json!({ "height": height })))
}

async fn token(State(sandbox): Desk, Path(chain): Path<String>) -> Result<Json<Token>, ApiError> {
    sandbox.chain(&chain)?.token().map(Json)
}

async fn mint(
    State(sandbox): Desk,
    Path(chain): Path<String>,
    ApiJson(body): ApiJson<Funding>,
) -> Answer {
    let tx_id = sandbox.chain(&chain)?.mint(&body.address, &body.amount).await?;
    Ok(Json(json!({ "txId": tx_id })))
}
