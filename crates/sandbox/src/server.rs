//! The endpoints put together, and the listener.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use axum::routing::get;
use axum::{Json, Router, middleware};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::door::door;
use crate::endpoints::{Endpoints, document};
use crate::error::ApiError;
use crate::faults::{FaultSettings, Lines, Switch, inject};
use crate::history::remember;
use crate::pending::PendingList;
use crate::sandbox::{BODY_LIMIT, Sandbox};
pub use crate::settings::{Memory, Settings};
use crate::{api, page};

/// All endpoints. What a state file holds is executed first; a second router knows of no file.
///
/// # Errors
/// The state file holds what can't be executed.
pub(crate) async fn router(sandbox: &Arc<Sandbox>) -> Result<Router> {
    let (router, described) = endpoints(sandbox).apart();
    let document = document(&described);
    let past = sandbox.take_past();
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
        .layer(middleware::from_fn_with_state(Arc::clone(sandbox), inject))
        .layer(middleware::from_fn_with_state(Arc::clone(sandbox), door))
        // It has a door of its own.
        .merge(page::routes(sandbox)))
}

/// Every endpoint with its description, but for the descriptions themselves.
fn endpoints(sandbox: &Arc<Sandbox>) -> Endpoints {
    let mut endpoints = api::routes(sandbox).with_state(Arc::clone(sandbox));
    for chain in &sandbox.chains {
        endpoints = endpoints.merge(Arc::clone(chain).routes(Arc::clone(&sandbox.pending)));
    }
    endpoints
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
        let service = router(&sandbox).await?.into_make_service_with_connect_info::<Switch>();
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
