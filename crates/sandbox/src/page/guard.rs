//! Who gets to the page: nothing under another name (DNS rebinding), nothing that another page sends,
//! nobody without the token; and the headers that keep the browser from doing more than it has to.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Page;
use crate::error::ApiError;
use crate::sandbox::Sandbox;

/// For scripts that have no cookies.
static TOKEN: HeaderName = HeaderName::from_static("x-sandbox-token");

/// Nothing but what the sandbox itself serves, and no text that becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-tatum-sandbox"), "testnet"),
];

/// Checks under which name the page is asked for, and puts the headers on every answer.
pub(super) async fn at_the_door(
    State(sandbox): State<Arc<Sandbox>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match check_host(request.headers(), sandbox.page.port()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Lets in who has the token. What changes something must come from the page, or from a script, which
/// has no cookies.
pub(super) async fn with_token(
    State(sandbox): State<Arc<Sandbox>>,
    request: Request,
    next: Next,
) -> Response {
    match check(&sandbox.page, request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Keeps browsers away from where the daemon asks.
pub(super) async fn no_browser(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let mut response = if check_host(headers, 0).is_err()
        || headers.contains_key(header::ORIGIN)
        || headers.contains_key("sec-fetch-site")
    {
        ApiError::forbidden("only a daemon on this machine is answered here").into_response()
    } else {
        next.run(request).await
    };
    response.headers_mut().insert("x-tatum-sandbox", HeaderValue::from_static("testnet"));
    response
}

/// Whether a cookie of this request opens the page.
pub(super) fn has_cookie(page: &Page, headers: &HeaderMap) -> bool {
    let name = cookie_name(page);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .any(|(given, value)| given == name && page.token.is(value))
}

/// The cookie that the token of the URL becomes.
pub(super) fn cookie(page: &Page) -> String {
    let (name, token) = (cookie_name(page), page.token.expose());
    format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict")
}

/// Browsers keep cookies by host, whatever the port: two sandboxes must not take each other's.
fn cookie_name(page: &Page) -> String {
    format!("tatum-sandbox-{}", page.port())
}

fn check(page: &Page, method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    let by_header = text(headers, &TOKEN).is_some_and(|given| page.token.is(given));
    if !by_header && !has_cookie(page, headers) {
        return Err(ApiError::unauthorized(
            "the page needs its token; open the URL that tatum-sandbox has printed",
        ));
    }
    let host = text(headers, &header::HOST).unwrap_or_default();
    let origin = text(headers, &header::ORIGIN);
    let own = origin.map(|origin| origin == format!("http://{host}"));
    let reads = method == Method::GET || method == Method::HEAD;
    if own == Some(false) || (own.is_none() && !reads && !by_header) {
        return Err(ApiError::forbidden("only the sandbox's own page may ask for that"));
    }
    Ok(())
}

/// The address the sandbox is bound to, with its port where one is given, or `localhost` with any.
fn check_host(headers: &HeaderMap, port: u16) -> Result<(), ApiError> {
    let host = text(headers, &header::HOST).unwrap_or_default();
    let (name, given) =
        host.rsplit_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let is_number = given.is_none_or(|given| given.parse::<u16>().is_ok());
    let bound = name == "127.0.0.1" && (port == 0 || given == Some(&port.to_string()));
    if is_number && (bound || name.eq_ignore_ascii_case("localhost")) {
        return Ok(());
    }
    Err(ApiError::forbidden(format!(
        "the page is not served as `{}`; open the URL that tatum-sandbox has printed",
        host.escape_debug()
    )))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"))
}
