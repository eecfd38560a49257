//! The endpoints of Bitcoin and its like.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use bitcoin::consensus::deserialize;
use bitcoin::{OutPoint, Transaction, Txid};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::spec::Spec;
use super::{Utxo, address, p2pkh_address, request, show};
use crate::endpoints::{About, Endpoints, PENDING_ID, WALLET};
use crate::error::ApiError;
use crate::pending::PendingList;

const HASH: &str = "5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060";

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    chain: Arc<Utxo>,
    pending: Arc<PendingList>,
}

pub(super) fn routes(chain: Arc<Utxo>, pending: Arc<PendingList>) -> Endpoints {
    let path = format!("/v3/{}", chain.spec.path);
    let ticker = chain.spec.ticker;
    let account = p2pkh_address(chain.spec, [0x35; 20]);
    Endpoints::new(ticker)
        .post(&format!("{path}/transaction"), transfer, about_transfer(chain.spec))
        .get(
            &format!("{path}/transaction/{{hash}}"),
            transaction,
            About::new("A transaction by its hash").at([HASH]),
        )
        .get(
            &format!("{path}/address/balance/{{address}}"),
            balance,
            About::new("What has come to an address and what has left it")
                .at([&account])
                .answer(json!({ "incoming": "1.5", "outgoing": "0" })),
        )
        .get(
            &format!("{path}/utxo/{{hash}}/{{index}}"),
            utxo,
            About::new("An unspent output; its value is in the smallest units").at([HASH, "0"]),
        )
        .get(
            &format!("/sandbox/{ticker}/utxos/{{address}}"),
            utxos,
            About::new("The unspent outputs of an address").at([&account]).answer(json!([])),
        )
        .post(
            &format!("/sandbox/{ticker}/block"),
            mine,
            About::new("Make a block of all that waits").answer(json!({ "height": 1 })),
        )
        .with_state(Desk { chain, pending })
}

/// The API's two forms in one.
fn about_transfer(spec: &Spec) -> About {
    let address = p2pkh_address(spec, [0x35; 20]);
    let body = json!({
        "fromAddress": [{ "address": address, "signatureId": WALLET, "index": 0 }],
        "fromUTXO": [],
        "to": [{ "address": address, "value": 0.5 }], "fee": "0.001", "changeAddress": address,
    });
    let summary = "from addresses, or from the outputs in `fromUTXO`";
    About::new(format!("Queue a transfer of {} {summary}", spec.ticker))
        .body(body)
        .optional(&["fromAddress", "fromUTXO", "fee", "changeAddress"])
        .answer(json!({ "signatureId": PENDING_ID }))
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
