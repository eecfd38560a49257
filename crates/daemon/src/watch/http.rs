//! The small server behind `--listen`: three pages, nothing that can be changed.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::{health, metrics};
use crate::status::Status;

/// The server could not begin.
#[derive(Debug, thiserror::Error)]
#[error("--listen {address} can't be used: {source}; choose another address or port")]
pub struct ListenError {
    address: SocketAddr,
    source: io::Error,
}

/// An address that is listened at; nobody is answered yet.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Takes the address. Port 0 takes a free one.
    ///
    /// # Errors
    /// It is in use, or none of this machine's.
    pub async fn bind(address: SocketAddr) -> Result<Self, ListenError> {
        let failed = |source| ListenError { address, source };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "others can see the metrics: --listen is no loopback address");
        }
        Ok(Self { socket, address })
    }

    /// The address, with its port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is dropped.
    pub async fn serve(self, status: Arc<Status>) {
        let pages = Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(readyz))
            .route("/metrics", get(show_metrics))
            .with_state(status)
            .layer(from_fn_with_state(self.address.ip(), guard));
        if let Err(error) = axum::serve(self.socket, pages).await {
            tracing::error!("health and metrics are not shown any more: {error}");
        }
    }
}

async fn readyz(State(status): State<Arc<Status>>) -> Response {
    match health::trouble(&status) {
        None => "ready\n".into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn show_metrics(State(status): State<Arc<Status>>) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, kind)], metrics::render(&status)).into_response()
}

/// GET only, and only by an address: a page in a browser can point a name of its own at this machine, and
/// would then be taken for one of ours.
async fn guard(State(bound): State<IpAddr>, request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if !is_ours(request.headers(), bound) {
        return (StatusCode::FORBIDDEN, "ask by the address, not by a name\n").into_response();
    }
    next.run(request).await
}

/// Whether the Host header is `localhost`, a loopback address, or the address that is listened at; any
/// address where all are.
fn is_ours(headers: &HeaderMap, bound: IpAddr) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Some(name) = host.to_str().ok().and_then(without_port) else { return false };
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let literal = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    let Ok(ip) = literal.parse::<IpAddr>() else { return false };
    ip.is_loopback() || ip == bound || bound.is_unspecified()
}

fn without_port(host: &str) -> Option<&str> {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => {
            port.bytes().all(|byte| byte.is_ascii_digit()).then_some(name)
        }
        _ => Some(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_refused_and_addresses_of_ours_are_not() {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        let of = |host: &str, bound: IpAddr| {
            let headers = HeaderMap::from_iter([(HOST, host.parse().unwrap())]);
            is_ours(&headers, bound)
        };
        for good in ["127.0.0.1", "127.0.0.1:9464", "localhost:1", "LOCALHOST", "[::1]:80", "[::1]"]
        {
            assert!(of(good, loopback), "{good}");
        }
        for bad in
            ["evil.example", "localhost.evil.example:9464", "10.0.0.1", "127.0.0.1:x", "", ":80"]
        {
            assert!(!of(bad, loopback), "{bad}");
        }
        assert!(of("10.0.0.1:9464", "10.0.0.1".parse().unwrap()));
        assert!(of("10.0.0.1", "0.0.0.0".parse().unwrap()));
        assert!(!of("evil.example", "0.0.0.0".parse().unwrap()));
        assert!(!is_ours(&HeaderMap::new(), loopback));
        let mut two = HeaderMap::new();
        two.append(HOST, "localhost".parse().unwrap());
        two.append(HOST, "evil.example".parse().unwrap());
        assert!(!is_ours(&two, loopback));
    }
}
