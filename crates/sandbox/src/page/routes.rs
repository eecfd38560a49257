//! The page's endpoints.

use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde_json::{Value, json};

use super::approvals::{Decision, Mode};
use super::{APPROVAL_PATH, approve, assets, guard, view};
use crate::error::ApiError;
use crate::kms::API_KEY;
use crate::request::ApiJson;
use crate::sandbox::Sandbox;
use crate::transfer::{Sender, Wish};

type Desk = State<Arc<Sandbox>>;
type Answer = Result<Json<Value>, ApiError>;

/// The page, what it asks for, and the approval server.
pub(crate) fn routes(sandbox: &Arc<Sandbox>) -> Router {
    let state = || Arc::clone(sandbox);
    let own = Router::new()
        .route("/page/state", get(state_of_all))
        .route("/page/setup", get(setup))
        .route("/page/transfer", post(transfer))
        .route("/page/faucet", post(fund))
        .route("/page/decision", post(decide))
        .route("/page/mode", post(set_mode))
        .layer(middleware::from_fn_with_state(state(), guard::with_token));
    let page = assets::routes()
        .merge(own)
        .layer(middleware::from_fn_with_state(state(), guard::at_the_door));
    page.merge(approve::routes()).with_state(state())
}

async fn state_of_all(State(sandbox): Desk) -> Json<Value> {
    Json(view::state(&sandbox))
}

/// What stays the same until the sandbox ends.
async fn setup(State(sandbox): Desk) -> Json<Value> {
    let base = sandbox.page.base();
    let chains = sandbox.chains.iter().map(|chain| {
        let form = chain.transfer_form();
        json!({
            "ticker": chain.ticker(),
            "canSend": form.is_some(),
            "needsSender": form.as_ref().is_some_and(|form| form.sender != Sender::Wallet),
            "hasMemo": form.is_some_and(|form| form.memo.is_some()),
        })
    });
    let chains: Value = chains.collect();
    Json(json!({
        "base": base, "approvalUrl": format!("{base}{APPROVAL_PATH}"), "chains": chains,
        "isSigned": sandbox.page.proof.is_some(), "version": env!("CARGO_PKG_VERSION"),
    }))
}

/// Asks for a transfer at the sandbox's own API, as an application does.
async fn transfer(State(sandbox): Desk, ApiJson(wish): ApiJson<Wish>) -> Answer {
    let chain = sandbox.chain(&wish.chain)?;
    let form = chain.transfer_form().ok_or_else(|| {
        ApiError::not_found(format!("the page has no transfer for {}", wish.chain))
    })?;
    let (path, body) = (format!("/v3/{}/transaction", chain.path()), form.body(&wish));
    let (status, answer) = ask(&sandbox, &path, &body).await?;
    let Some(id) = answer["signatureId"].as_str().filter(|_| status == 200) else {
        return Err(refusal(&answer));
    };
    sandbox.page.wishes.keep(id, wish);
    Ok(Json(json!({ "id": id, "path": path, "body": body })))
}

/// Asks the sandbox as an application does: status and body of the answer.
async fn ask(sandbox: &Sandbox, path: &str, body: &Value) -> Result<(u16, Value), ApiError> {
    let asked = async {
        let key = sandbox.api_key().unwrap_or(API_KEY);
        let url = format!("{}{path}", sandbox.page.base());
        let request = crate::http::client()?.post(url).header("x-api-key", key).json(body);
        let answer = request.send().await.context("the sandbox does not answer itself")?;
        let status = answer.status().as_u16();
        anyhow::Ok((status, answer.json().await.context("the API gave no JSON")?))
    };
    asked.await.map_err(|error| ApiError::broken(format!("{error:#}")))
}

/// What the API says is wrong, in one sentence.
fn refusal(answer: &Value) -> ApiError {
    let first = &answer["data"][0];
    let reason = first["constraints"].as_object().and_then(|all| all.values().next());
    let message = match (first["property"].as_str(), reason.and_then(Value::as_str)) {
        (Some(property), Some(reason)) => format!("{property}: {reason}"),
        _ => answer["message"].as_str().unwrap_or("the API refused it").to_owned(),
    };
    ApiError::refused("page.refused", message)
}

#[derive(Deserialize)]
struct Funding {
    chain: String,
    address: String,
    amount: String,
}

/// Asks the sandbox's own faucet: what a state file keeps comes in over its endpoints.
async fn fund(State(sandbox): Desk, ApiJson(funding): ApiJson<Funding>) -> Answer {
    let path = format!("/sandbox/{}/faucet", sandbox.chain(&funding.chain)?.ticker());
    let body = json!({ "address": funding.address, "amount": funding.amount });
    let (status, answer) = ask(&sandbox, &path, &body).await?;
    if status == 200 { Ok(Json(answer)) } else { Err(refusal(&answer)) }
}

#[derive(Deserialize)]
struct Judgement {
    id: String,
    /// Of the question that the person saw.
    key: String,
    decision: Decision,
}

async fn decide(State(sandbox): Desk, ApiJson(body): ApiJson<Judgement>) -> Answer {
    let decided = sandbox.page.approvals.decide(&body.id, &body.key, body.decision);
    decided.map_err(|error| ApiError::refused("page.decision", error.to_string()))?;
    tracing::info!(transaction = body.id, decision = ?body.decision, "decided at the page");
    Ok(Json(json!({ "id": body.id })))
}

#[derive(Deserialize)]
struct NewMode {
    mode: Mode,
}

async fn set_mode(State(sandbox): Desk, ApiJson(body): ApiJson<NewMode>) -> Answer {
    sandbox.page.approvals.set_mode(body.mode);
    Ok(Json(json!({ "mode": body.mode })))
}
