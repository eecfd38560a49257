//! Where faults strike: between the door and the endpoints.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Endpoint, Fault, Rule, Switch, body};
use crate::error::ApiError;
use crate::sandbox::{BODY_LIMIT, Sandbox};

/// Names a fault for one request, and behind a semicolon for how many of its kind.
const HEADER: &str = "x-sandbox-fault";

/// The words the API has for it; there is no error code.
const CREDITS: &str = "You have reached the limit of 10000 credits for your plan. Upgrade your \
                       plan or wait until the credits are renewed.";

const WEB_PAGE: &str = "<html><head><title>502 Bad Gateway</title></head><body></body></html>";

/// Asks a broadcast to leave its pending transaction open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeaveOpen;

/// Asks a poll to hand out again what was completed last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HandOutAgain;

/// Answers a request, or does to it what the dice say.
pub(crate) async fn inject(
    State(sandbox): State<Arc<Sandbox>>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut endpoint = Endpoint::of(request.method(), request.uri().path());
    if endpoint == Some(Endpoint::Rpc) && request.method() == Method::POST {
        let submission;
        (request, submission) = read_ahead(request, &sandbox).await;
        endpoint = if submission { Some(Endpoint::Broadcast) } else { endpoint };
    }
    if endpoint.is_some() {
        pause(sandbox.faults.latency()).await;
    }
    let rule = match asked_for(&sandbox, &request) {
        Some(Ok(rule)) => Some(rule),
        Some(Err(refusal)) => return refusal.into_response(),
        None => endpoint.and_then(|endpoint| sandbox.faults.draw(endpoint)),
    };
    let Some(rule) = rule else { return next.run(request).await };
    let line = request.extensions().get::<ConnectInfo<Switch>>().map(|info| info.0.clone());
    tracing::info!(fault = %rule.fault, at = endpoint.map(tracing::field::display), "on purpose");
    match rule.fault {
        Fault::Unheard => return hang_up(line),
        Fault::Status(status) if !rule.executed => return refusal(status, &rule),
        Fault::Credits => return refusal(403, &rule),
        Fault::FailedTrue => _ = request.extensions_mut().insert(LeaveOpen),
        Fault::Redeliver => _ = request.extensions_mut().insert(HandOutAgain),
        _ => {}
    }
    let answer = next.run(request).await;
    distort(answer, &rule, line).await
}

/// Whether a question to a node is none, but a transaction; and the request, to be read once more.
async fn read_ahead(request: Request, sandbox: &Sandbox) -> (Request, bool) {
    let (head, body) = request.into_parts();
    // What is too long is nothing, which is refused further on.
    let body = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    let (path, json) = (head.uri.path(), serde_json::from_slice(&body).unwrap_or_default());
    let submission = sandbox.chains.iter().any(|chain| chain.is_submission(path, &json));
    (Request::from_parts(head, Body::from(body)), submission)
}

/// What the request wishes for itself, or one like it has wished for it.
fn asked_for(sandbox: &Sandbox, request: &Request) -> Option<Result<Rule, ApiError>> {
    let kind = (request.method().clone(), request.uri().path().to_owned());
    let Some(header) = request.headers().get(HEADER) else {
        return sandbox.faults.promised(&kind).map(Ok);
    };
    let text = header.to_str().unwrap_or_default();
    let refused = |reason: String| ApiError::invalid(HEADER, text.into(), reason);
    let (rule, count) = text.split_once(';').unwrap_or((text, "1"));
    let Some(count) = count.trim().parse::<u64>().ok().filter(|count| *count > 0) else {
        return Some(Err(refused("behind the semicolon stands for how many requests".to_owned())));
    };
    let rule = rule.trim().parse::<Rule>().map_err(|error| refused(error.to_string()));
    if let Ok(rule) = &rule {
        sandbox.faults.promise(kind, rule.clone(), count - 1);
    }
    Some(rule)
}

/// What becomes of the answer to a request that was executed.
async fn distort(answer: Response, rule: &Rule, line: Option<Switch>) -> Response {
    match rule.fault {
        Fault::LostReply => hang_up(line),
        Fault::Status(status) => refusal(status, rule),
        Fault::NotJson => ([(CONTENT_TYPE, "text/html")], WEB_PAGE).into_response(),
        Fault::WrongJson => Json(wrong_json()).into_response(),
        Fault::HugeBody => {
            let json = HeaderValue::from_static("application/json");
            ([(CONTENT_TYPE, json)], body::huge(rule.megabytes)).into_response()
        }
        Fault::Slow => {
            pause(rule.delay).await;
            answer
        }
        Fault::Reset => reset(answer).await,
        Fault::Duplicate => duplicate(answer).await,
        _ => answer,
    }
}

/// Closes the connection; without one, as in a unit test, there is at least no whole answer.
fn hang_up(line: Option<Switch>) -> Response {
    if let Some(line) = line {
        line.cut();
    }
    body::broken(&Bytes::new()).into_response()
}

fn refusal(status: u16, rule: &Rule) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let words = match rule.fault {
        Fault::Credits => CREDITS,
        _ => "Not this time: a fault on purpose.",
    };
    let body = json!({ "statusCode": status.as_u16(), "message": words });
    let mut answer = (status, Json(body)).into_response();
    if let Some(seconds) = rule.retry_after {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    answer
}

/// Announces the whole body and sends half of it.
async fn reset(answer: Response) -> Response {
    let (mut head, bytes) = taken_apart(answer).await;
    head.headers.insert(CONTENT_LENGTH, bytes.len().max(1).into());
    Response::from_parts(head, body::broken(&bytes))
}

/// Everything twice, the second time in the opposite order.
async fn duplicate(answer: Response) -> Response {
    let (mut head, bytes) = taken_apart(answer).await;
    head.headers.remove(CONTENT_LENGTH);
    let body = match serde_json::from_slice(&bytes) {
        Ok(Value::Array(mut items)) => {
            let again: Vec<_> = items.iter().rev().cloned().collect();
            items.extend(again);
            Body::from(Value::from(items).to_string())
        }
        _ => Body::from(bytes),
    };
    Response::from_parts(head, body)
}

async fn taken_apart(answer: Response) -> (axum::http::response::Parts, Bytes) {
    let (head, body) = answer.into_parts();
    // A body of the sandbox's own, which is in memory already.
    (head, to_bytes(body, usize::MAX).await.unwrap_or_default())
}

/// Every name that an answer of the API has, with something else behind it.
fn wrong_json() -> Value {
    json!({ "txId": 7, "failed": "no", "result": { "unexpected": [true] }, "data": null })
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}
