//! The endpoints only Solana has.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::program::associated_account;
use super::{DECIMALS, Solana, key, request};
use crate::accounts::Asset;
use crate::amount;
use crate::endpoints::{About, Endpoints};
use crate::error::ApiError;
use crate::pending::PendingList;
use crate::request::ApiJson;

type Answer = Result<Json<Value>, ApiError>;

#[derive(Clone)]
struct Desk {
    solana: Arc<Solana>,
    pending: Arc<PendingList>,
}

/// A transaction and an account of the examples.
const ID: &str =
    "5h6xBEauJ3PK6SWCZ1PGjBvj8vDdWG3KpwATGy1ARAXFSDwt8GFXM7W5Ncn16wmqokgpiKRLuS83KUxyZyv2sUYv";
const ACCOUNT: &str = "FZAKmjFnvDjdLVsEVaeMzFnsdT2Txyj9JqJbUqCmyBrU";

pub(super) fn routes(solana: Arc<Solana>, pending: Arc<PendingList>) -> Endpoints {
    Endpoints::new("SOL")
        .post(
            "/v3/solana/transaction",
            transfer,
            About::queues(
                "Queue a transfer of SOL",
                json!({
                    "from": ACCOUNT, "to": ACCOUNT, "amount": "1.5", "feePayer": ACCOUNT,
                    "feePayerSignatureId": "0d8a1ba4-6e0b-4b60-a4c7-0c5d0a3b2f11", "index": 0,
                }),
                &["feePayer", "feePayerSignatureId", "index"],
            ),
        )
        .get(
            "/v3/solana/transaction/{id}",
            transaction,
            About::new("A transaction by its id").at([ID]),
        )
        .get(
            "/v3/solana/account/balance/{address}",
            balance,
            About::new("What an account holds, in SOL")
                .at([ACCOUNT])
                .answer(json!({ "balance": "1.5" })),
        )
        .get(
            "/v3/solana/block/current",
            height,
            About::new("The height of the last block").answer(json!(1)),
        )
        .get(
            "/v3/blockchain/token/balance/SOL/{contract}/{address}",
            token_balance,
            About::new("What an owner holds of a token, in its smallest units")
                .at([ACCOUNT, ACCOUNT])
                .answer(json!({ "balance": "1500000" })),
        )
        .with_state(Desk { solana, pending })
}

async fn transfer(State(desk): State<Desk>, ApiJson(body): ApiJson<Value>) -> Answer {
    let draft = request::transfer(body)?;
    Ok(Json(json!({ "signatureId": desk.pending.add(draft) })))
}

async fn transaction(State(desk): State<Desk>, Path(id): Path<String>) -> Answer {
    let ledger = desk.solana.ledger();
    let known = ledger.state.accounts.transaction(&id);
    known.cloned().map(Json).ok_or_else(|| ApiError::not_found("Transaction not found."))
}

async fn balance(State(desk): State<Desk>, Path(address): Path<String>) -> Answer {
    let lamports = desk.solana.ledger().state.lamports(&key::read("address", &address)?);
    Ok(Json(json!({ "balance": amount::show(lamports, DECIMALS) })))
}

async fn height(State(desk): State<Desk>) -> Json<Value> {
    Json(desk.solana.ledger().height().into())
}

/// In the smallest units, of the account that belongs to an owner and a token.
async fn token_balance(
    State(desk): State<Desk>,
    Path((contract, address)): Path<(String, String)>,
) -> Answer {
    let mint = key::read("contractAddress", &contract)?;
    let account = associated_account(&key::read("address", &address)?, &mint);
    let ledger = desk.solana.ledger();
    let asset = Asset::Token(key::write(&mint));
    let units = ledger.state.accounts.balance(&asset, &key::write(&account));
    Ok(Json(json!({ "balance": units.to_string() })))
}
