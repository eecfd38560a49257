//! `/v3/offchain/…`: withdrawals from virtual accounts. The sandbox keeps no such accounts: any id will do.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ledger::{Answer, Desk, Open, send, settle};
use crate::endpoints::{About, Endpoints, PENDING_ID};
use crate::error::ApiError;
use crate::pending::{Draft, new_id};
use crate::request::ApiJson;
use crate::sandbox::Sandbox;

pub(super) fn routes() -> Endpoints<Arc<Sandbox>> {
    let transfer = json!({
        "senderAccountId": PENDING_ID, "address": "0x3535353535353535353535353535353535353535",
        "amount": "1.5", "nonce": 0, "gasLimit": "21000", "gasPrice": "20", "index": 0,
    });
    let signed = json!({
        "currency": "ETH", "withdrawalId": PENDING_ID, "txData": "0x00", "signatureId": PENDING_ID,
    });
    Endpoints::new("offchain")
        .post(
            "/v3/offchain/{chain}/transfer",
            queue,
            About::queues(
                "Queue a withdrawal from a virtual account, of which any id will do; on chains with \
                 outputs `from` names the deposit addresses",
                transfer,
                &["nonce", "gasLimit", "gasPrice", "index"],
            )
            .at(["ethereum"])
            .answer(json!({ "id": PENDING_ID, "signatureId": PENDING_ID, "completed": false })),
        )
        .post(
            "/v3/offchain/withdrawal/broadcast",
            withdraw,
            About::new("Send the signed transaction of a withdrawal")
                .body(signed)
                .optional(&["signatureId"])
                .answer(json!({ "txId": "0xabc", "completed": true })),
        )
}

/// The API's names of chains in addresses are other ones than in bodies.
async fn queue(
    State(sandbox): Desk,
    Path(path): Path<String>,
    ApiJson(body): ApiJson<Value>,
) -> Answer {
    let mut leaving = sandbox.chains.iter().filter(|chain| chain.has_withdrawals());
    let chain = leaving.clone().find(|chain| chain.path() == path).ok_or_else(|| {
        let names: Vec<_> = leaving.by_ref().map(|chain| chain.path()).collect();
        let reason = format!("withdrawals leave over {}", names.join(", "));
        ApiError::invalid("chain", path.as_str().into(), reason)
    })?;
    if body["senderAccountId"].as_str().is_none_or(str::is_empty) {
        let reason = "the id of a virtual account is needed; the sandbox takes any";
        return Err(ApiError::invalid("senderAccountId", body["senderAccountId"].clone(), reason));
    }
    let id = new_id();
    let draft = Draft { withdrawal_id: Some(id.clone()), ..chain.withdrawal(body).await? };
    let pending = sandbox.pending.add(draft);
    Ok(Json(json!({ "id": id, "signatureId": pending, "completed": false })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Withdrawal {
    currency: String,
    withdrawal_id: String,
    tx_data: String,
    signature_id: Option<String>,
}

async fn withdraw(State(sandbox): Desk, open: Open, ApiJson(body): ApiJson<Withdrawal>) -> Answer {
    let chain = sandbox.chain(&body.currency)?;
    if let Some(id) = &body.signature_id {
        let known = sandbox.pending.get(id)?;
        if known.draft.withdrawal_id.as_deref() != Some(&body.withdrawal_id) {
            return Err(ApiError::refused(
                "withdrawal.missing",
                format!("No such withdrawal with id '{}'.", body.withdrawal_id),
            ));
        }
    }
    let id = body.signature_id.as_deref();
    let tx_id = send(chain.as_ref(), &sandbox.pending, &body.tx_data, id).await?;
    let completed = settle(chain.as_ref(), &sandbox.pending, id, &tx_id, open.is_some());
    Ok(Json(json!({ "txId": tx_id, "completed": completed })))
}
