//! The node: what Thor's REST interface answers, below `/sandbox/VET/node`.
//!
//! <https://docs.vechain.org/core-concepts/nodes/rest-api>

use std::sync::Arc;

use alloy_primitives::Address;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::execution::{Output, key, token};
use super::ledger::{BASE_FEE, BLOCK_GAS_LIMIT, Block, VET};
use super::routes::{ACCOUNT, HASH};
use super::transaction::Clause;
use super::{ENERGY, NODE_PATH, TOKEN, VeChain};
use crate::endpoints::{About, Endpoints};

/// Thor's refusals are text.
type Answer = Result<Json<Value>, (StatusCode, String)>;
type Desk = State<Arc<VeChain>>;

pub(super) fn routes(vechain: Arc<VeChain>) -> Endpoints {
    let at = |path: &str| format!("{NODE_PATH}{path}");
    Endpoints::new("VET")
        .get(
            &at("/accounts/{address}"),
            account,
            About::new("Node: an account")
                .at([ACCOUNT])
                .answer(json!({ "balance": "0x0", "energy": "0x0", "hasCode": false })),
        )
        .post(
            &at("/accounts/{address}"),
            call,
            About::new("Node: execute clauses and keep nothing; the address is *")
                .at(["*"])
                .body(json!({
                    "clauses": [{ "to": ACCOUNT, "value": "0x0", "data": "0x" }],
                    "caller": ACCOUNT, "gas": 50_000,
                }))
                .optional(&["caller", "gas", "to", "value", "data"])
                .answer(json!([{ "gasUsed": 0, "reverted": false }]))
                .reads(),
        )
        .get(
            &at("/blocks/{revision}"),
            block,
            About::new("Node: a block by its number or id, or `best`; null where there is none")
                .at(["best"]),
        )
        .get(
            &at("/fees/priority"),
            priority_fee,
            About::new("Node: the tip that is enough")
                .answer(json!({ "maxPriorityFeePerGas": "0x0" })),
        )
        .post(
            &at("/transactions"),
            send,
            About::new("Node: send a signed transaction")
                .body(json!({ "raw": "0x00" }))
                .answer(json!({ "id": HASH })),
        )
        .get(
            &at("/transactions/{id}"),
            transaction,
            About::new("Node: a transaction; null where there is none").at([HASH]),
        )
        .get(
            &at("/transactions/{id}/receipt"),
            receipt,
            About::new("Node: a receipt; null where there is none").at([HASH]),
        )
        .with_state(vechain)
}

fn bad(words: impl Into<String>) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, words.into())
}

fn address(text: &str) -> Result<Address, (StatusCode, String)> {
    text.parse().map_err(|_| bad("address: invalid length"))
}

async fn account(State(vechain): Desk, Path(text): Path<String>) -> Answer {
    let address = address(&text)?;
    let ledger = vechain.ledger();
    let hex = |asset| format!("{:#x}", ledger.accounts.balance(&asset, &key(address)));
    let has_code = address == ENERGY || address == TOKEN;
    Ok(Json(json!({
        "balance": hex(VET), "energy": hex(token(ENERGY)), "hasCode": has_code,
    })))
}

#[derive(Deserialize)]
struct Call {
    clauses: Vec<CallClause>,
    caller: Option<Address>,
    gas: Option<u64>,
}

#[derive(Deserialize)]
struct CallClause {
    to: Option<Address>,
    value: Option<String>,
    data: Option<String>,
}

impl CallClause {
    fn read(self) -> Result<Clause, (StatusCode, String)> {
        let value = self.value.unwrap_or_default();
        let value = if value.is_empty() { Ok(Default::default()) } else { value.parse() };
        let data = self.data.unwrap_or_default();
        let data = hex::decode(data.strip_prefix("0x").unwrap_or(&data));
        Ok(Clause {
            to: self.to,
            value: value.map_err(|_| bad("body: clauses: invalid value"))?,
            data: data.map_err(|_| bad("body: clauses: invalid data"))?.into(),
        })
    }
}

/// `POST /accounts/*`: executes clauses and keeps nothing.
async fn call(State(vechain): Desk, Path(address): Path<String>, Json(body): Json<Call>) -> Answer {
    if address != "*" {
        return Err(bad("call a contract as one of the clauses of POST /accounts/*"));
    }
    if body.gas.is_some_and(|gas| gas > BLOCK_GAS_LIMIT) {
        return Err((StatusCode::FORBIDDEN, "gas: exceeds limit".to_owned()));
    }
    let clauses: Result<Vec<_>, _> = body.clauses.into_iter().map(CallClause::read).collect();
    let outputs = vechain.ledger().call(body.caller.unwrap_or_default(), &clauses?);
    Ok(Json(outputs.iter().map(Output::json).collect()))
}

/// Null where there is none.
async fn block(State(vechain): Desk, Path(revision): Path<String>) -> Json<Value> {
    Json(vechain.ledger().block(&revision).map_or(Value::Null, view))
}

pub(super) fn view(block: &Block) -> Value {
    json!({
        "number": block.number(), "id": block.id, "parentID": block.parent, "size": 0,
        "timestamp": block.timestamp, "gasLimit": BLOCK_GAS_LIMIT, "gasUsed": block.gas_used,
        "baseFeePerGas": format!("{BASE_FEE:#x}"), "totalScore": block.number(), "isTrunk": true,
        "isFinalized": true, "transactions": block.transaction.into_iter().collect::<Vec<_>>(),
    })
}

/// No block is full: a small tip is enough.
async fn priority_fee() -> Json<Value> {
    Json(json!({ "maxPriorityFeePerGas": format!("{:#x}", BASE_FEE / 20) }))
}

#[derive(Deserialize)]
struct Raw {
    raw: String,
}

async fn send(State(vechain): Desk, Json(body): Json<Raw>) -> Answer {
    let (_, outcome) = vechain.send(&body.raw);
    let id = outcome.map_err(|refusal| (refusal.status(), refusal.to_string()))?;
    Ok(Json(json!({ "id": id })))
}

/// Null where there is none.
async fn transaction(State(vechain): Desk, Path(id): Path<String>) -> Json<Value> {
    let mut found = vechain.transaction(&id).unwrap_or_default();
    if let Some(object) = found.as_object_mut() {
        object.remove("receipt");
    }
    Json(found)
}

/// Null where there is none.
async fn receipt(State(vechain): Desk, Path(id): Path<String>) -> Json<Value> {
    Json(vechain.transaction(&id).map_or(Value::Null, |mut view| view["receipt"].take()))
}
