//! The endpoints of Bitcoin and its like.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use bitcoin::consensus::deserialize;
use bitcoin::{OutPoint, Transaction, Txid};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Utxo, address, request, show};
use crate::error::ApiError;
use crate::pending::PendingList;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    chain: Arc<Utxo>,
    pending: Arc<PendingList>,
}

pub(super) fn routes(chain: Arc<Utxo>, pending: Arc<PendingList>) -> Router {
    let path = format!("/v3/{}", chain.spec.path);
    Router::new()
        .route(&format!("{path}/transaction"), post(transfer))
        .route(&format!("{path}/transaction/{{hash}}"), get(transaction))
        .route(&format!("{path}/address/balance/{{address}}"), get(balance))
        .route(&format!("{path}/utxo/{{hash}}/{{index}}"), get(utxo))
        .route(&format!("/sandbox/{}/utxos/{{address}}", chain.spec.ticker), get(utxos))
        .route(&format!("/sandbox/{}/block", chain.spec.ticker), post(mine))
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
    let chain = &desk.chain;
    let draft = request::draft(chain.spec, chain.book.as_ref(), body).await?;
    Ok(Json(json!({ "signatureId": desk.pending.add(draft) })))
}

async fn balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let script = address::read(desk.chain.spec, &address)?;
    let balance = desk.chain.book.balance(&script).await?;
    Ok(Json(json!({ "incoming": show(balance.incoming), "outgoing": show(balance.outgoing) })))
}

/// What the API says of a transaction, without what it spends.
async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let seen = desk.chain.book.transaction(read_hash(&hash)?).await?;
    let seen = seen.ok_or_else(|| {
        ApiError::not_found(format!(
            "No such transaction with hash '{hash}'; it may not be sent yet."
        ))
    })?;
    let transaction: Transaction = deserialize(&seen.bytes)
        .map_err(|error| ApiError::broken(format!("the ledger holds no transaction: {error}")))?;
    let outputs = transaction.output.iter().map(|output| {
        let script = &output.script_pubkey;
        json!({
            "value": output.value.to_sat(), "script": script.to_hex_string(),
            "address": address::write(desk.chain.spec, script),
        })
    });
    let outputs: Vec<_> = outputs.collect();
    Ok(Json(json!({
        "hash": hash, "hex": hex::encode(&seen.bytes), "size": seen.bytes.len(),
        "blockNumber": seen.height, "locktime": transaction.lock_time.to_consensus_u32(),
        "outputs": outputs,
    })))
}

fn read_hash(hash: &str) -> Result<Txid, ApiError> {
    hash.parse().map_err(|_| ApiError::invalid("hash", hash.into(), "a hash is 64 hex digits"))
}

/// The value in the smallest units, as the API gives it.
async fn utxo(State(desk): State<Desk>, Path((hash, index)): Path<(String, u32)>) -> Answer {
    let coin =
        desk.chain.book.coin(OutPoint::new(read_hash(&hash)?, index)).await?.ok_or_else(|| {
            ApiError::not_found(format!(
                "No such UTXO for transaction '{hash}' and index '{index}'."
            ))
        })?;
    let script = &coin.output.script_pubkey;
    Ok(Json(json!({
        "hash": hash, "index": index, "height": coin.height, "script": script.to_hex_string(),
        "value": coin.output.value.to_sat(), "address": address::write(desk.chain.spec, script),
    })))
}

async fn utxos(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let coins = desk.chain.book.coins(&address::read(desk.chain.spec, &address)?).await?;
    let shown = coins.iter().map(|coin| {
        json!({
            "txHash": coin.outpoint.txid.to_string(), "index": coin.outpoint.vout,
            "value": show(coin.output.value.to_sat()), "height": coin.height,
        })
    });
    Ok(Json(shown.collect()))
}

/// A block for all that waits.
async fn mine(State(desk): State<Desk>) -> Answer {
    Ok(Json(json!({ "height": desk.chain.book.mine().await? })))
}
