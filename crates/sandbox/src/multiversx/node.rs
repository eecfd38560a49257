//! The node: what the network's gateway answers, below `/v3/egld/node/{key}`.
//!
//! <https://docs.multiversx.com/sdk-and-tools/rest-api/>

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::address::Address;
use super::execution::test_token;
use super::routes::{ACCOUNT, HASH};
use super::transaction::Transaction;
use super::{CHAIN_ID, DECIMALS, MultiversX, TOKEN, gas};
use crate::accounts::Asset;
use crate::endpoints::{About, Endpoints};

type Desk = State<Arc<MultiversX>>;
type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;

pub(super) fn routes(multiversx: Arc<MultiversX>) -> Endpoints {
    let at = |path: &str| format!("/v3/egld/node/{{key}}{path}");
    Endpoints::new("EGLD")
        .get(
            &at("/network/config"),
            config,
            About::new("Node: the network and its gas prices")
                .at(["key"])
                .answer(json!({ "data": {}, "error": "", "code": "successful" })),
        )
        .get(
            &at("/address/{address}"),
            account,
            About::new("Node: an account")
                .at(["key", ACCOUNT])
                .answer(json!({ "data": {}, "error": "", "code": "successful" })),
        )
        .get(
            &at("/address/{address}/nonce"),
            nonce,
            About::new("Node: the nonce of an account")
                .at(["key", ACCOUNT])
                .answer(json!({ "data": {}, "error": "", "code": "successful" })),
        )
        .get(
            &at("/address/{address}/balance"),
            balance,
            About::new("Node: the balance of an account")
                .at(["key", ACCOUNT])
                .answer(json!({ "data": {}, "error": "", "code": "successful" })),
        )
        .get(
            &at("/address/{address}/esdt/{token}"),
            token_balance,
            About::new("Node: what an account holds of a token")
                .at(["key", ACCOUNT, "TEST-7e7e7e"])
                .answer(json!({ "data": {}, "error": "", "code": "successful" })),
        )
        .post(
            &at("/transaction/cost"),
            cost,
            About::new("Node: the gas that a transaction needs")
                .at(["key"])
                .body(json!({
                    "nonce": 0, "value": "0", "receiver": ACCOUNT, "sender": ACCOUNT,
                    "gasPrice": 1_000_000_000_u64, "gasLimit": 0, "chainID": "D", "version": 1,
                }))
                .answer(json!({ "data": {}, "error": "", "code": "successful" }))
                .reads(),
        )
        .post(
            &at("/transaction/send"),
            send,
            About::new("Node: send a signed transaction")
                .at(["key"])
                .body(json!({
                    "nonce": 0, "value": "0", "receiver": ACCOUNT, "sender": ACCOUNT,
                    "gasPrice": 1_000_000_000_u64, "gasLimit": 50_000, "chainID": "D",
                    "version": 1, "signature": "00",
                }))
                .answer(json!({ "data": {}, "error": "", "code": "successful" })),
        )
        .get(
            &at("/transaction/{hash}"),
            transaction,
            About::new("Node: a transaction by its hash").at(["key", HASH]),
        )
        .with_state(multiversx)
}

fn good(data: Value) -> Json<Value> {
    Json(json!({ "data": data, "error": "", "code": "successful" }))
}

fn bad(error: String) -> (StatusCode, Json<Value>) {
    let body = json!({ "data": null, "error": error, "code": "bad_request" });
    (StatusCode::BAD_REQUEST, Json(body))
}

fn read(address: &str) -> Result<String, (StatusCode, Json<Value>)> {
    let known = Address::read(address).map(|address| address.text());
    known.ok_or_else(|| bad(format!("invalid address: {}", address.escape_debug())))
}

async fn config() -> Json<Value> {
    good(json!({ "config": {
        "erd_chain_id": CHAIN_ID,
        "erd_denomination": DECIMALS,
        "erd_gas_per_data_byte": gas::DATA_BYTE,
        "erd_gas_price_modifier": "0.01",
        "erd_latest_tag_software_version": "sandbox",
        "erd_min_gas_limit": gas::MIN_LIMIT,
        "erd_min_gas_price": gas::MIN_PRICE,
        "erd_min_transaction_version": 1,
        "erd_num_shards_without_meta": 1,
        "erd_round_duration": 6000,
    } }))
}

async fn account(State(multiversx): Desk, Path((_key, address)): Path<(String, String)>) -> Answer {
    let address = read(&address)?;
    let ledger = multiversx.ledger();
    let balance = ledger.accounts.balance(&Asset::Coin, &address).to_string();
    let nonce = ledger.nonce(&address);
    let account = json!({ "address": address, "nonce": nonce, "balance": balance });
    Ok(good(json!({ "account": account })))
}

async fn nonce(State(multiversx): Desk, Path((_key, address)): Path<(String, String)>) -> Answer {
    let nonce = multiversx.ledger().nonce(&read(&address)?);
    Ok(good(json!({ "nonce": nonce })))
}

async fn balance(State(multiversx): Desk, Path((_key, address)): Path<(String, String)>) -> Answer {
    let balance = multiversx.ledger().accounts.balance(&Asset::Coin, &read(&address)?);
    Ok(good(json!({ "balance": balance.to_string() })))
}

async fn token_balance(
    State(multiversx): Desk,
    Path((_key, address, token)): Path<(String, String, String)>,
) -> Answer {
    let address = read(&address)?;
    let balance = match token == TOKEN {
        true => multiversx.ledger().accounts.balance(&test_token(), &address),
        false => 0,
    };
    let balance = balance.to_string();
    let data = json!({ "tokenIdentifier": token, "balance": balance, "properties": "" });
    Ok(good(json!({ "tokenData": data })))
}

/// The gas that a transaction needs; 0 and a reason where it would fail.
async fn cost(
    State(multiversx): Desk,
    Path(_key): Path<String>,
    Json(body): Json<Value>,
) -> Answer {
    let tx = Transaction::from_json(&body).map_err(bad)?;
    let cost = multiversx.ledger().cost(&tx);
    let (units, words) = match cost {
        Ok(units) => (units, String::new()),
        Err(words) => (0, words),
    };
    Ok(good(json!({
        "txGasUnits": units, "returnMessage": words, "smartContractResults": null,
    })))
}

async fn send(
    State(multiversx): Desk,
    Path(_key): Path<String>,
    Json(body): Json<Value>,
) -> Answer {
    let (_, outcome) = multiversx.send(&body.to_string());
    outcome.map(|hash| good(json!({ "txHash": hash }))).map_err(bad)
}

async fn transaction(
    State(multiversx): Desk,
    Path((_key, hash)): Path<(String, String)>,
) -> Answer {
    let found = multiversx.ledger().transaction(&hash);
    let found = found.ok_or_else(|| bad("transaction not found".to_owned()))?;
    Ok(good(json!({ "transaction": found })))
}
