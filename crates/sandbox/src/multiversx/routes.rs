//! The endpoints that the API has for MultiversX, and the node behind it.

use std::sync::Arc;

use alloy_primitives::U256;
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::address::Address;
use super::{DECIMALS, MultiversX, node, request};
use crate::accounts::Asset;
use crate::amount;
use crate::endpoints::{About, Endpoints};
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::request::ApiJson;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    multiversx: Arc<MultiversX>,
    pending: Arc<PendingList>,
}

/// An account of the examples.
pub(super) const ACCOUNT: &str = "erd1spyavw0956vq68xj8y4tenjpq2wd5a9p2c6j8gsz7ztyrnpxrruqzu66jx";
pub(super) const HASH: &str = "5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060";

pub(super) fn routes(multiversx: Arc<MultiversX>, pending: Arc<PendingList>) -> Endpoints {
    let node = node::routes(Arc::clone(&multiversx));
    Endpoints::new("EGLD")
        .post(
            "/v3/egld/transaction",
            transfer,
            About::queues(
                "Queue a transfer of EGLD, or what `data` says: an ESDT transfer, a call",
                json!({
                    "from": ACCOUNT, "to": ACCOUNT, "amount": "1.5",
                    "data": "ESDTTransfer@544553542d376537653765@01",
                    "fee": { "gasLimit": "500000", "gasPrice": "1000000000" }, "index": 0,
                }),
                &["data", "fee", "index"],
            ),
        )
        .get(
            "/v3/egld/transaction/count/{address}",
            count,
            About::new("The nonce of an account's next transaction").at([ACCOUNT]).answer(json!(0)),
        )
        .get(
            "/v3/egld/transaction/{hash}",
            transaction,
            About::new("A transaction by its hash").at([HASH]),
        )
        .get(
            "/v3/egld/block/current",
            current_block,
            About::new("The number of the last block").answer(json!(1)),
        )
        .get(
            "/v3/egld/account/balance/{address}",
            balance,
            About::new("What an account holds, in EGLD")
                .at([ACCOUNT])
                .answer(json!({ "balance": "1.5" })),
        )
        .with_state(Desk { multiversx, pending })
        .merge(node)
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let id = desk.pending.add(request::transfer(body)?);
    Ok(Json(json!({ "signatureId": id })))
}

async fn count(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let address = Address::of_request("address", &address)?;
    Ok(Json(desk.multiversx.ledger().nonce(&address.text()).into()))
}

async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let found = desk.multiversx.ledger().transaction(&hash);
    found.map(Json).ok_or_else(|| {
        let words = "Transaction not found. Possible not exists or is still pending.";
        ApiError::refused("tx.not.found", words)
    })
}

async fn current_block(State(desk): State<Desk>) -> Json<Value> {
    Json(desk.multiversx.ledger().tip().into())
}

async fn balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let address = Address::of_request("address", &address)?;
    let balance = desk.multiversx.ledger().accounts.balance(&Asset::Coin, &address.text());
    Ok(Json(json!({ "balance": amount::format(U256::from(balance), DECIMALS) })))
}
