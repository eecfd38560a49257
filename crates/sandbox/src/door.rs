//! The checks at the door: who calls, with which key.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::error::ApiError;
use crate::http;
use crate::sandbox::Sandbox;

fn check_key(sandbox: &Sandbox, headers: &HeaderMap, path: &str) -> Result<(), ApiError> {
    if !path.starts_with("/v3/") {
        return Ok(());
    }
    let header = headers.get("x-api-key").and_then(|value| value.to_str().ok());
    let given = header.or_else(|| key_in_path(path)).unwrap_or_default();
    if given.is_empty() {
        return Err(ApiError::unauthorized("no API key; send one in the header x-api-key"));
    }
    if sandbox.api_key().is_some_and(|key| key != given) {
        return Err(ApiError::unauthorized(
            "another API key than the one given to the sandbox with --apiKey; send that one",
        ));
    }
    Ok(())
}

/// Node calls carry the key in the path: behind the name of the chain where all chains share the
/// endpoint, and else behind `web3` or `node`.
pub(crate) fn key_in_path(path: &str) -> Option<&str> {
    let mut segments = path.strip_prefix("/v3/")?.split('/');
    match (segments.next()?, segments.next()?) {
        ("blockchain", "node") => segments.nth(1),
        (_, "web3" | "node") => segments.next(),
        _ => None,
    }
}

pub(crate) async fn door(
    State(sandbox): State<Arc<Sandbox>>,
    request: Request,
    next: Next,
) -> Response {
    let (headers, path) = (request.headers(), request.uri().path());
    let allowed = check_caller(headers).and_then(|()| check_key(&sandbox, headers, path));
    let method = request.method().clone();
    // The route, not the path: paths of node calls hold the API key.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = match allowed {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    tracing::info!(%method, route, status = response.status().as_u16());
    response.headers_mut().insert("x-tatum-sandbox", HeaderValue::from_static("testnet"));
    response
}

/// A page of the web can make a browser call loopback, under a name of its own that resolves there.
/// It can't forge these two headers.
fn check_caller(headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(header::HOST).unwrap_or_default();
    if !is_loopback_url(&format!("http://{host}")) {
        return Err(ApiError::forbidden(format!(
            "the sandbox answers on loopback only, not as `{}`; use http://127.0.0.1",
            host.escape_debug()
        )));
    }
    if text(header::ORIGIN).is_some_and(|origin| !is_loopback_url(origin)) {
        return Err(ApiError::forbidden("the sandbox answers no page from elsewhere"));
    }
    Ok(())
}

fn is_loopback_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| http::is_loopback(&url))
}
