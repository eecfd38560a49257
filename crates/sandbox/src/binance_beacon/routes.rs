//! The endpoints of the API that only this chain has, and those of its node.

use std::sync::Arc;

use alloy_primitives::U256;
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::address::Address;
use super::ledger::Account;
use super::{BeaconChain, CHAIN_ID, DECIMALS, NODE_PATH, request};
use crate::amount;
use crate::endpoints::{About, Endpoints};
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::request::ApiJson;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    chain: Arc<BeaconChain>,
    pending: Arc<PendingList>,
}

/// An account of the examples.
const ACCOUNT: &str = "tbnb1whzkdmrd6q3d8znrwda24pdzzmtnlauw9h624e";
const HASH: &str = "5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060";

pub(super) fn routes(chain: Arc<BeaconChain>, pending: Arc<PendingList>) -> Endpoints {
    let node = format!("{NODE_PATH}/api/v1");
    Endpoints::new("BNB")
        .post(
            "/v3/bnb/transaction",
            transfer,
            About::queues(
                "Queue a transfer of BNB or of a token",
                json!({
                    "fromAddress": ACCOUNT, "to": ACCOUNT, "currency": "BNB", "amount": "1.5",
                    "message": "invoice 7",
                }),
                &["message"],
            ),
        )
        .get(
            "/v3/bnb/transaction/{hash}",
            transaction,
            About::new("A transaction by its hash").at([HASH]),
        )
        .get(
            "/v3/bnb/account/{address}",
            account,
            About::new("An account: its balances and the number of its next transaction")
                .at([ACCOUNT])
                .answer(json!({ "address": ACCOUNT, "sequence": 0, "balances": [] })),
        )
        .get(
            &format!("{node}/node-info"),
            node_info,
            About::new("Node: which network it is")
                .answer(json!({ "node_info": { "network": CHAIN_ID } })),
        )
        .get(
            &format!("{node}/account/{{address}}"),
            account,
            About::new("Node: an account")
                .at([ACCOUNT])
                .answer(json!({ "address": ACCOUNT, "sequence": 0, "balances": [] })),
        )
        .get(
            &format!("{node}/tx/{{hash}}"),
            transaction,
            About::new("Node: a transaction by its hash").at([HASH]),
        )
        .with_state(Desk { chain, pending })
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let draft = request::transfer(body)?;
    Ok(Json(json!({ "signatureId": desk.pending.add(draft) })))
}

async fn transaction(State(desk): State<Desk>, Path(hash): Path<String>) -> Answer {
    let found = desk.chain.ledger().transaction(&hash.to_uppercase()).cloned();
    found.map(Json).ok_or_else(|| ApiError::not_found(format!("Tx: Not found, hash {hash}")))
}

/// The API hands on what its node says.
async fn account(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let account = desk.chain.ledger().account(Address::read(&address)?);
    let account = account.ok_or_else(|| ApiError::not_found("account not found"))?;
    Ok(Json(view(&address, &account)))
}

fn view(address: &str, account: &Account) -> Value {
    let none = amount::format(U256::ZERO, DECIMALS);
    let balances = account.balances.iter().map(|(denom, units)| {
        let free = amount::format(U256::from(*units), DECIMALS);
        json!({ "free": free, "frozen": none, "locked": none, "symbol": denom })
    });
    json!({
        "account_number": account.number, "address": address,
        "balances": balances.collect::<Value>(), "flags": 0, "sequence": account.sequence,
    })
}

async fn node_info(State(desk): State<Desk>) -> Json<Value> {
    let height = desk.chain.ledger().height();
    Json(json!({
        "node_info": { "network": CHAIN_ID, "moniker": "tatum-sandbox" },
        "sync_info": { "latest_block_height": height, "catching_up": false },
    }))
}
