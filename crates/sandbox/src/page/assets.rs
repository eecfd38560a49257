//! The page itself. Nothing is built, and nothing comes from elsewhere.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::guard;
use crate::sandbox::Sandbox;

const PAGE: &str = include_str!("assets/index.html");

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, type and content of what the page loads. There is no secret in it.
const FILES: [(&str, &str, &str); 7] = [
    ("/page/app.js", SCRIPT, include_str!("assets/app.js")),
    ("/page/dom.js", SCRIPT, include_str!("assets/dom.js")),
    ("/page/table.js", SCRIPT, include_str!("assets/table.js")),
    ("/page/detail.js", SCRIPT, include_str!("assets/detail.js")),
    ("/page/transfer.js", SCRIPT, include_str!("assets/transfer.js")),
    ("/page/style.css", "text/css; charset=utf-8", include_str!("assets/style.css")),
    ("/page/icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
];

pub(super) fn routes() -> Router<Arc<Sandbox>> {
    let mut router = Router::new().route("/", get(index));
    for (path, kind, content) in FILES {
        router = router.route(path, get(async move || ([(header::CONTENT_TYPE, kind)], content)));
    }
    router
}

#[derive(Deserialize)]
struct Opening {
    token: Option<String>,
}

/// The token of the URL becomes a cookie, so that the URL need not be kept.
async fn index(
    State(sandbox): State<Arc<Sandbox>>,
    Query(opening): Query<Opening>,
    headers: HeaderMap,
) -> Response {
    let page = &sandbox.page;
    let html = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], PAGE);
    if opening.token.is_some_and(|token| page.token.is(&token)) {
        return ([(header::SET_COOKIE, guard::cookie(page))], html).into_response();
    }
    if guard::has_cookie(page, &headers) {
        return html.into_response();
    }
    let words = "This is a tatum-sandbox. Its page opens with the URL that it printed when it was \
                 started: http://127.0.0.1:…/?token=…\n";
    (StatusCode::UNAUTHORIZED, words).into_response()
}
