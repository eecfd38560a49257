//! The endpoints only TRON has.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::Address;
use super::{TOKEN_DECIMALS, TOKEN_SYMBOL, TRC10, Tron, request};
use crate::clock::milliseconds as now;
use crate::endpoints::{About, Endpoints};
use crate::error::ApiError;
use crate::pending::{Draft, PendingList};
use crate::request::ApiJson;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    tron: Arc<Tron>,
    pending: Arc<PendingList>,
}

/// Reads the body of a request.
type Read = fn(&Tron, Value) -> Result<Draft, ApiError>;

/// An account of the examples.
const ACCOUNT: &str = "TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc";
const HASH: &str = "5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060";

pub(super) fn routes(tron: Arc<Tron>, pending: Arc<PendingList>) -> Endpoints {
    let queue = |read: Read| {
        async move |State(desk): State<Desk>, ApiJson(body): ApiJson<Value>| -> Answer {
            let id = desk.pending.add(read(&desk.tron, body)?);
            Ok(Json(json!({ "signatureId": id })))
        }
    };
    let token = tron.token.base58();
    let account_view = json!({ "address": ACCOUNT, "balance": 1, "trc10": [], "trc20": [] });
    let detail = json!({ "id": 1_000_001, "abbr": TOKEN_SYMBOL, "precision": TOKEN_DECIMALS });
    let by_id = about(Some(("TRC-10", "tokenId", TRC10)));
    let by_contract = about(Some(("TRC-20", "tokenAddress", &token)));
    Endpoints::new("TRON")
        .post("/v3/tron/transaction", queue(request::transfer), about(None))
        .post("/v3/tron/trc10/transaction", queue(request::trc10_transfer), by_id)
        .post("/v3/tron/trc20/transaction", queue(request::trc20_transfer), by_contract)
        .get(
            "/v3/tron/info",
            info,
            About::new("The last block")
                .answer(json!({ "testnet": true, "hash": HASH, "blockNumber": 1 })),
        )
        .get(
            "/v3/tron/account/{address}",
            account,
            About::new("An account: TRX in sun, tokens in their smallest units")
                .at([ACCOUNT])
                .answer(account_view),
        )
        .get(
            "/v3/tron/transaction/{hash}",
            transaction,
            About::new("A transaction by its hash").at([HASH]),
        )
        .get(
            "/v3/tron/trc10/detail/{id}",
            trc10,
            About::new("The TRC-10 test token").at([TRC10]).answer(detail),
        )
        .post(
            "/sandbox/TRON/trc10/mint",
            mint_trc10,
            About::new("Give an account TRC-10 test tokens")
                .body(json!({ "address": ACCOUNT, "amount": "10" }))
                .answer(json!({ "txId": HASH, "tokenId": TRC10 })),
        )
        .with_state(Desk { tron, pending })
}

/// Of a transfer: of TRX, or of a token of this kind by this property.
fn about(token: Option<(&str, &str, &str)>) -> About {
    let mut body = json!({ "from": ACCOUNT, "to": ACCOUNT, "amount": "1.5", "index": 0 });
    let Some((kind, property, token)) = token else {
        return About::queues("Queue a transfer of TRX", body, &["index"]);
    };
    body[property] = token.into();
    if property == "tokenAddress" {
        body["feeLimit"] = 50.into();
    }
    About::queues(format!("Queue a transfer of a {kind} token"), body, &["index"])
}

async fn info(State(desk): State<Desk>) -> Json<Value> {
    let (number, id) = desk.tron.ledger().tip();
    Json(json!({ "testnet": true, "hash": hex::encode(id), "blockNumber": number }))
}

/// The balance in sun, tokens in their smallest units, as the API gives them.
async fn account(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let address = Address::of_request("address", &address)?;
    let account = desk.tron.ledger().account(address, now());
    account.map(Json).ok_or_else(|| ApiError::refused("tron.error", "no such account."))
}

async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let found = desk.tron.ledger().transaction(&hash).cloned();
    found.map(Json).ok_or_else(|| {
        let words = "Transaction not found. Possible not exists or is still pending.";
        ApiError::refused("tron.tx.not.found", words)
    })
}

async fn trc10(State(desk): State<Desk>, Path(id): Path<String>) -> Answer {
    desk.tron.check_asset(&id)?;
    let id: u64 = TRC10.parse().unwrap_or_default();
    Ok(Json(json!({
        "id": id, "name": TOKEN_SYMBOL, "abbr": TOKEN_SYMBOL, "precision": TOKEN_DECIMALS,
        "description": "The test token of the sandbox", "ownerAddress": desk.tron.token.hex(),
    })))
}

#[derive(Deserialize)]
struct Minting {
    #[serde(alias = "to")]
    address: String,
    amount: String,
}

async fn mint_trc10(State(desk): State<Desk>, ApiJson(body): ApiJson<Minting>) -> Answer {
    let asset = desk.tron.ledger().trc10_asset();
    let hash = desk.tron.give(asset, &body.address, &body.amount, TOKEN_DECIMALS)?;
    Ok(Json(json!({ "txId": hash, "tokenId": TRC10 })))
}
