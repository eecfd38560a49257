//! The endpoints that the API has for VeChain, and the node beside it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::execution::token;
use super::ledger::VET;
use super::{ENERGY, TOKEN, VeChain, node, request};
use crate::accounts::Asset;
use crate::endpoints::{About, Endpoints};
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::request::ApiJson;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    vechain: Arc<VeChain>,
    pending: Arc<PendingList>,
}

/// An account of the examples.
pub(super) const ACCOUNT: &str = "0x3535353535353535353535353535353535353535";
pub(super) const HASH: &str = "0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060";

pub(super) fn routes(vechain: Arc<VeChain>, pending: Arc<PendingList>) -> Endpoints {
    let node = node::routes(Arc::clone(&vechain));
    Endpoints::new("VET")
        .post(
            "/v3/vet/transaction",
            transfer,
            About::queues(
                "Queue a transfer of VET, or a call with data in hex",
                json!({
                    "to": ACCOUNT, "amount": "1.5", "data": "0x", "fee": { "gasLimit": "40000" },
                    "index": 0,
                }),
                &["data", "fee", "index"],
            ),
        )
        .get(
            "/v3/vet/transaction/{hash}",
            transaction,
            About::new("A transaction by its hash").at([HASH]),
        )
        .get(
            "/v3/vet/transaction/{hash}/receipt",
            receipt,
            About::new("The receipt of a transaction").at([HASH]),
        )
        .get(
            "/v3/vet/block/current",
            current_block,
            About::new("The number of the last block").answer(json!(1)),
        )
        .get(
            "/v3/vet/account/balance/{address}",
            balance,
            About::new("What an account holds, in VET")
                .at([ACCOUNT])
                .answer(json!({ "balance": "1.5" })),
        )
        .get(
            "/v3/vet/account/energy/{address}",
            energy,
            About::new("What an account holds, in VTHO")
                .at([ACCOUNT])
                .answer(json!({ "energy": "1.5" })),
        )
        .get(
            "/sandbox/VET/token/balance/{address}",
            token_balance,
            About::new("What an account holds of the test token")
                .at([ACCOUNT])
                .answer(json!({ "balance": "1.5" })),
        )
        .with_state(Desk { vechain, pending })
        .merge(node)
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let id = desk.pending.add(request::transfer(body)?);
    Ok(Json(json!({ "signatureId": id })))
}

async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let mut view = find(&desk, &hash)?;
    if let Some(object) = view.as_object_mut() {
        object.remove("receipt");
    }
    view["blockNumber"] = view["meta"]["blockNumber"].clone();
    Ok(Json(view))
}

async fn receipt(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let mut receipt = find(&desk, &hash)?["receipt"].take();
    let meta = receipt["meta"].clone();
    receipt["blockNumber"] = meta["blockNumber"].clone();
    receipt["blockHash"] = meta["blockID"].clone();
    receipt["transactionHash"] = hash.into();
    receipt["status"] = if receipt["reverted"] == true { "0x0" } else { "0x1" }.into();
    Ok(Json(receipt))
}

fn find(desk: &Desk, hash: &str) -> Result<Value, ApiError> {
    desk.vechain.transaction(hash).ok_or_else(|| {
        let words = format!("Unable to communicate with blockchain. No such transaction '{hash}'.");
        ApiError::refused("vet.failed", words)
    })
}

async fn current_block(State(desk): State<Desk>) -> Json<Value> {
    Json(desk.vechain.ledger().tip().number().into())
}

async fn balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    Ok(Json(json!({ "balance": desk.vechain.balance(&VET, &address)? })))
}

async fn energy(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    Ok(Json(json!({ "energy": desk.vechain.balance(&token(ENERGY), &address)? })))
}

/// The API has no endpoint for tokens of VeChain.
async fn token_balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let asset: Asset = token(TOKEN);
    Ok(Json(json!({ "balance": desk.vechain.balance(&asset, &address)? })))
}
