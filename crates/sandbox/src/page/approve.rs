//! The approval server that the daemon asks: `--externalUrl` is `/approve` at the sandbox.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;

use super::approvals::{Asked, Decision};
use super::mac::Signed;
use super::wallets::Key;
use super::{APPROVAL_PATH, Page, guard};
use crate::error::ApiError;
use crate::pending::{Draft, PendingTransaction};
use crate::sandbox::Sandbox;

pub(super) fn routes() -> Router<Arc<Sandbox>> {
    let path = format!("{APPROVAL_PATH}/{{id}}");
    Router::new()
        .route(&path, get(question).post(question))
        .layer(middleware::from_fn(guard::no_browser))
}

async fn question(
    State(sandbox): State<Arc<Sandbox>>,
    Path(id): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let page = &sandbox.page;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (digest, nonce) = (text("x-kms-digest"), text("x-kms-nonce").unwrap_or_default());
    let (content, intent) = (text("x-kms-content-digest"), text("x-kms-intent"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    if let Some(proof) = &page.proof {
        let host = text(header::HOST.as_str()).unwrap_or_default();
        let signed = Signed {
            method: method.as_str(),
            url: &format!("http://{host}{uri}"),
            time: text("x-kms-time").unwrap_or_default(),
            nonce,
            digest: digest.unwrap_or_default(),
            content: content.unwrap_or_default(),
            intent: intent.unwrap_or_default(),
            body: &body,
            signature: text("x-kms-signature").unwrap_or_default(),
        };
        if let Err(error) = proof.check(&signed, now.as_secs()) {
            tracing::warn!("a question was turned away: {error}");
            return ApiError::unauthorized(&error.to_string()).into_response();
        }
    }
    let pending = match sandbox.pending.get(&id) {
        Ok(pending) => pending,
        Err(error) => return error.into_response(),
    };
    let text = |part: Option<&str>| part.map(str::to_owned);
    let at = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
    let asked = Asked { digest: text(digest), content: text(content), intent: text(intent), at };
    learn(page, &pending, intent);
    let Some(decision) = page.approvals.ask(&id, asked) else {
        // Neither yes nor no: the daemon asks again.
        return (StatusCode::TOO_EARLY, "not decided yet\n").into_response();
    };
    tracing::info!(transaction = id, ?decision, "the daemon was answered");
    let status = match decision {
        Decision::Approve => StatusCode::NO_CONTENT,
        Decision::Deny => StatusCode::FORBIDDEN,
    };
    let Some(proof) = &page.proof else { return status.into_response() };
    let tag = proof.answer(nonce, &id, digest.unwrap_or_default(), decision);
    (status, [("x-kms-approval", tag)]).into_response()
}

/// Who pays is the address of the one key that signs.
fn learn(page: &Page, pending: &PendingTransaction, intent: Option<&str>) {
    let intent: Option<Value> = intent.and_then(|text| serde_json::from_str(text).ok());
    let Some(from) = intent.as_ref().and_then(|intent| intent["from"].as_array()) else { return };
    if let ([key], [from]) = (keys(&pending.draft).as_slice(), from.as_slice())
        && let Some(address) = from.as_str()
    {
        page.wallets.learn(key.clone(), address);
    }
}

/// The keys that sign, each once.
pub(super) fn keys(draft: &Draft) -> Vec<Key> {
    let key =
        |id: &String, index| Key { chain: draft.chain.clone(), signature_id: id.clone(), index };
    let mut keys: Vec<_> = match &draft.signatures {
        Some(signers) => signers.iter().map(|signer| key(&signer.id, signer.index)).collect(),
        None => draft.hashes.iter().map(|id| key(id, draft.index)).collect(),
    };
    keys.sort();
    keys.dedup();
    keys
}
