//! The listener, the checks at the door, and the endpoints put together.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::chain::Chain;
use crate::endpoints::{Endpoints, document};
use crate::error::ApiError;
use crate::faults::{FaultSettings, Faults, Lines, Switch, inject};
use crate::history::{Past, remember};
use crate::page::Page;
use crate::pending::PendingList;
pub use crate::settings::{Memory, Settings};
use crate::{api, chains, clock, http, page};

/// A poll for 25,000 wallets is a body of one megabyte.
pub(crate) const BODY_LIMIT: usize = 16 << 20;

/// The API with everything behind it.
pub struct Sandbox {
    pub(crate) pending: Arc<PendingList>,
    pub(crate) chains: Vec<Arc<dyn Chain>>,
    pub(crate) faults: Faults,
    pub(crate) page: Page,
    api_key: Option<String>,
    past: Mutex<Option<Past>>,
}

impl Sandbox {
    /// Opens the ledgers of all chains.
    pub async fn open(settings: Settings) -> Result<Arc<Self>> {
        let past = Past::open(&settings.memory)?;
        let chains = match &past {
            Some(past) => clock::at(past.origin.beginning(), chains::open(&settings)).await?,
            None => chains::open(&settings).await?,
        };
        Ok(Arc::new(Self {
            pending: Arc::default(),
            chains,
            faults: Faults::new(settings.faults),
            page: Page::new(settings.page),
            api_key: settings.api_key,
            past: Mutex::new(past),
        }))
    }

    /// All endpoints. What a state file holds is executed first; a second router knows of no file.
    ///
    /// # Errors
    /// The state file holds what can't be executed.
    pub async fn router(self: &Arc<Self>) -> Result<Router> {
        let (router, described) = self.endpoints().apart();
        let document = document(&described);
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner).take();
        let router = match past {
            Some(past) => {
                let history = past.repeat(&router, &described).await?;
                router.layer(middleware::from_fn_with_state(Arc::new(history), remember))
            }
            None => router,
        };
        Ok(router
            .route("/openapi.json", get(async move || Json(document)))
            .fallback(async |method: Method, uri: Uri| {
                ApiError::not_found(format!("Cannot {method} {}", uri.path()))
            })
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .layer(middleware::from_fn_with_state(Arc::clone(self), inject))
            .layer(middleware::from_fn_with_state(Arc::clone(self), door))
            // It has a door of its own.
            .merge(page::routes(self)))
    }

    /// Every endpoint with its description, but for the descriptions themselves.
    fn endpoints(self: &Arc<Self>) -> Endpoints {
        let mut endpoints = api::routes(self).with_state(Arc::clone(self));
        for chain in &self.chains {
            endpoints = endpoints.merge(Arc::clone(chain).routes(Arc::clone(&self.pending)));
        }
        endpoints
    }

    pub(crate) fn chain(&self, ticker: &str) -> Result<&Arc<dyn Chain>, ApiError> {
        self.chains.iter().find(|chain| chain.ticker() == ticker).ok_or_else(|| {
            let served: Vec<_> = self.chains.iter().map(|chain| chain.ticker()).collect();
            let served = served.join(", ");
            ApiError::invalid("chain", ticker.into(), format!("the sandbox serves {served}"))
        })
    }

    /// The only API key that is accepted, if there is one.
    pub(crate) fn api_key(&self) -> Option<&str> {
        self.api_key.as_deref()
    }

    fn check_key(&self, headers: &HeaderMap, path: &str) -> Result<(), ApiError> {
        if !path.starts_with("/v3/") {
            return Ok(());
        }
        let header = headers.get("x-api-key").and_then(|value| value.to_str().ok());
        let given = header.or_else(|| key_in_path(path)).unwrap_or_default();
        if given.is_empty() {
            return Err(ApiError::unauthorized("no API key; send one in the header x-api-key"));
        }
        if self.api_key.as_deref().is_some_and(|key| key != given) {
            return Err(ApiError::unauthorized(
                "another API key than the one given to the sandbox with --apiKey; send that one",
            ));
        }
        Ok(())
    }
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

async fn door(State(sandbox): State<Arc<Sandbox>>, request: Request, next: Next) -> Response {
    let (headers, path) = (request.headers(), request.uri().path());
    let allowed = check_caller(headers).and_then(|()| sandbox.check_key(headers, path));
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

/// A sandbox that listens.
pub struct Running {
    address: SocketAddr,
    sandbox: Arc<Sandbox>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Opens a sandbox and listens on loopback; port 0 takes a free one.
    pub async fn start(settings: Settings, port: u16) -> Result<Self> {
        let sandbox = Sandbox::open(settings).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.with_context(|| {
            format!("port {port} can't be had on 127.0.0.1; give another one with --port")
        })?;
        let address = listener.local_addr().context("the listener has no address")?;
        sandbox.page.bind(address);
        let service = sandbox.router().await?.into_make_service_with_connect_info::<Switch>();
        let server = tokio::spawn(async move { axum::serve(Lines(listener), service).await });
        Ok(Self { address, sandbox, server })
    }

    /// Where it listens, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The page, with the token that opens it.
    pub fn page_url(&self) -> String {
        self.sandbox.page.url()
    }

    /// Its list of pending transactions, past HTTP.
    pub fn pending(&self) -> &PendingList {
        &self.sandbox.pending
    }

    /// Puts other faults in place.
    pub fn set_faults(&self, settings: FaultSettings) {
        self.sandbox.faults.set(settings);
    }

    /// How often each fault has struck.
    pub fn faults_struck(&self) -> BTreeMap<String, u64> {
        self.sandbox.faults.struck()
    }

    /// Waits for its end, which only an error brings.
    pub async fn wait(mut self) -> Result<()> {
        (&mut self.server).await.context("the server stopped")?.context("the server stopped")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}
