//! The access node's REST API.
//!
//! <https://developers.flow.com/http-api>

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::Address;
use super::blocks::{self, Block};
use super::ledger::AccountKey;
use super::transaction::SignedTransaction;
use super::{Flow, NODE_PATH};
use crate::endpoints::{About, Endpoints};

/// A refusal in the shape of the access node.
struct NodeError(StatusCode, String);

type Answer = Result<Json<Value>, NodeError>;

impl IntoResponse for NodeError {
    fn into_response(self) -> Response {
        let body = json!({ "code": self.0.as_u16(), "message": self.1 });
        (self.0, Json(body)).into_response()
    }
}

fn invalid(words: &str) -> NodeError {
    NodeError(StatusCode::BAD_REQUEST, format!("Invalid Flow request: {words}"))
}

fn not_found(words: &str) -> NodeError {
    NodeError(StatusCode::NOT_FOUND, format!("Flow resource not found: {words}"))
}

pub(super) fn routes(chain: Arc<Flow>) -> Endpoints {
    let path = |rest: &str| format!("{NODE_PATH}/v1/{rest}");
    Endpoints::new("FLOW")
        .get(
            &path("network/parameters"),
            parameters,
            About::new("Node: which network it is").answer(json!({ "chain_id": "flow-testnet" })),
        )
        .get(
            &path("blocks"),
            block,
            About::new("Node: a block")
                .query("height", "sealed")
                .answer(json!([{ "header": { "id": "00", "height": "1" } }])),
        )
        .get(
            &path("accounts/{address}"),
            account,
            About::new("Node: an account")
                .at(["f8d6e0586b0a20c7"])
                .answer(json!({ "address": "f8d6e0586b0a20c7", "balance": "0", "keys": [] })),
        )
        .post(
            &path("transactions"),
            send,
            About::new("Node: send a signed transaction")
                .body(json!({
                    "script": "", "arguments": [], "reference_block_id": "00",
                    "gas_limit": "100", "payer": "f8d6e0586b0a20c7",
                }))
                .answer(json!({ "id": "00" })),
        )
        .get(
            &path("transaction_results/{id}"),
            result,
            About::new("Node: what became of a transaction").at(["00"]),
        )
        .with_state(chain)
}

async fn parameters() -> Json<Value> {
    Json(json!({ "chain_id": "flow-testnet" }))
}

#[derive(Deserialize)]
struct Height {
    height: String,
}

async fn block(State(chain): State<Arc<Flow>>, Query(query): Query<Height>) -> Answer {
    let blocks = &mut chain.ledger().blocks;
    let block = match query.height.as_str() {
        "final" | "sealed" => blocks.tip(),
        number => {
            let height = number.parse().map_err(|_| invalid("invalid height format"))?;
            blocks.at(height).ok_or_else(|| not_found("no such block"))?
        }
    };
    Ok(Json(json!([show_block(block)])))
}

fn show_block(Block { id, height }: Block) -> Value {
    json!({
        "header": {
            "id": hex::encode(id), "parent_id": hex::encode(blocks::id(height - 1)),
            "height": height.to_string(), "parent_voter_signature": "",
        },
        "payload": { "collection_guarantees": [], "block_seals": [] },
        "block_status": "BLOCK_SEALED",
    })
}

async fn account(State(chain): State<Arc<Flow>>, Path(address): Path<String>) -> Answer {
    let address = Address::parse(&address).ok_or_else(|| invalid("invalid address"))?;
    let ledger = chain.ledger();
    let keys = ledger.keys(address).ok_or_else(|| not_found("could not get account"))?;
    let keys = keys.iter().enumerate().map(|(index, key)| show_key(index, key));
    Ok(Json(json!({
        "address": address.digits(), "balance": ledger.balance(address).to_string(),
        "keys": keys.collect::<Value>(), "contracts": {},
    })))
}

/// A key as it is shown everywhere.
pub(super) fn show_key(index: usize, key: &AccountKey) -> Value {
    json!({
        "index": index.to_string(), "public_key": format!("0x{}", hex::encode(key.public)),
        "signing_algorithm": "ECDSA_secp256k1", "hashing_algorithm": "SHA3_256",
        "sequence_number": key.sequence.to_string(), "weight": key.weight.to_string(),
        "revoked": false,
    })
}

/// One that is known already is answered as if it were new.
async fn send(State(chain): State<Arc<Flow>>, body: Bytes) -> Answer {
    let body: Value =
        serde_json::from_slice(&body).map_err(|_| invalid("request body is not valid JSON"))?;
    let transaction = SignedTransaction::read(body.clone()).map_err(|words| invalid(&words))?;
    chain.ledger().submit(&transaction).map_err(|words| invalid(&words))?;
    let mut answer = body;
    answer["id"] = transaction.hash().into();
    Ok(Json(answer))
}

async fn result(State(chain): State<Arc<Flow>>, Path(id): Path<String>) -> Answer {
    let ledger = chain.ledger();
    let outcome = ledger.outcome(&id).ok_or_else(|| not_found("no such transaction"))?;
    let error = outcome.error.as_deref();
    Ok(Json(json!({
        "block_id": hex::encode(outcome.block.id),
        "execution": if error.is_some() { "Failure" } else { "Success" },
        "status": "Sealed", "status_code": u8::from(error.is_some()),
        "error_message": error.unwrap_or_default(), "computation_used": "5", "events": [],
    })))
}
