//! The endpoints only Cardano has, its Rosetta server among them.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::address::Address;
use super::rosetta::RosettaError;
use super::{Cardano, DECIMALS, request, rosetta};
use crate::endpoints::{About, Endpoints, PENDING_ID, WALLET};
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::request::ApiJson;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    chain: Arc<Cardano>,
    pending: Arc<PendingList>,
}

/// An account of the examples.
const ACCOUNT: &str = "addr_test1vrdwcc22qpxazv6svq7ncdlct5t7jrcjzlaxq0vvns2j2fggpuy5s";

fn about_transfer() -> About {
    let from = json!([{ "address": ACCOUNT, "signatureId": WALLET, "index": 0 }]);
    let body = json!({
        "fromAddress": from, "fromUTXO": [], "to": [{ "address": ACCOUNT, "value": "1.5" }],
        "fee": "0.2", "changeAddress": ACCOUNT,
    });
    About::new("Queue a transfer of ADA from addresses, or from the outputs in `fromUTXO`")
        .body(body)
        .optional(&["fromAddress", "fromUTXO", "fee", "changeAddress"])
        .answer(json!({ "signatureId": PENDING_ID }))
}

pub(super) fn routes(chain: Arc<Cardano>, pending: Arc<PendingList>) -> Endpoints {
    let node = "/v3/blockchain/node/cardano-preprod/{key}";
    let network = json!({ "blockchain": "cardano", "network": "preprod" });
    Endpoints::new("ADA")
        .post("/v3/ada/transaction", transfer, about_transfer())
        .get(
            "/v3/ada/account/{address}",
            account,
            About::new("What an address holds, in lovelace").at([ACCOUNT]).answer(
                json!([{ "value": "1500000", "currency": { "symbol": "ADA", "decimals": 6 } }]),
            ),
        )
        .get(
            "/v3/ada/{address}/utxos",
            utxos,
            About::new("The unspent outputs of an address").at([ACCOUNT]).answer(json!([])),
        )
        .post(
            &format!("{node}/construction/{{step}}"),
            construct,
            About::new(
                "Rosetta: a step of putting a transaction together: derive, preprocess, \
                 metadata, payloads, combine, hash",
            )
            .at(["key", "preprocess"])
            .body(json!({ "network_identifier": network, "operations": [], "metadata": {} }))
            .optional(&["operations", "metadata"])
            .reads(),
        )
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
    let draft = request::draft(&desk.chain.ledger(), &body)?;
    Ok(Json(json!({ "signatureId": desk.pending.add(draft) })))
}

/// In lovelace, as the API gives it.
async fn account(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let outputs = desk.chain.ledger().outputs(&Address::read(&address)?);
    let sum: u128 = outputs.iter().map(|(_, lovelace)| u128::from(*lovelace)).sum();
    let currency = json!({ "symbol": "ADA", "decimals": DECIMALS });
    Ok(Json(json!([{ "currency": currency, "value": sum.to_string() }])))
}

async fn utxos(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let outputs = desk.chain.ledger().outputs(&Address::read(&address)?);
    let shown = outputs.iter().map(|((hash, place), lovelace)| {
        json!({
            "address": address, "txHash": hex::encode(hash), "index": place,
            "value": lovelace.to_string(),
        })
    });
    Ok(Json(shown.collect()))
}

async fn construct(
    State(desk): State<Desk>,
    Path((_key, step)): Path<(String, String)>,
    ApiJson(body): ApiJson<Value>,
) -> Result<Json<Value>, RosettaError> {
    rosetta::construct(&desk.chain, &step, body).map(Json)
}
