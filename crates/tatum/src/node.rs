//! The questions a chain may ask: its node and the rest of the API, both behind the gateway.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use kms_core::{ChainSpec, Network, Node, NodeError, NodeHost};
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::client::Client;
use crate::error::ApiError;

/// The node of one chain. Questions are repeated when they get no answer.
#[derive(Debug)]
pub struct ChainNode<'a> {
    client: &'a Client,
    spec: &'a ChainSpec,
    /// The id of the last JSON-RPC request.
    id: AtomicU64,
}

impl<'a> ChainNode<'a> {
    /// The node of the chain `spec`, asked through `client`.
    pub fn new(client: &'a Client, spec: &'a ChainSpec) -> Self {
        Self { client, spec, id: AtomicU64::new(0) }
    }

    async fn json(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, NodeError> {
        let mut call = self.client.call(method, self.client.url(path)).of_chain(self.spec.ticker);
        if let Some(body) = body {
            call = call.json(body);
        }
        read(&self.client.ask(&call).await?)
    }

    /// Asks the chain's own node. Whether behind the API or elsewhere, the key is in no header.
    async fn ask_node(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, NodeError> {
        let settings = self.client.settings();
        let url = match &self.spec.node {
            NodeHost::Gateway(base) => {
                let base =
                    self.client.url_with(base.get(settings.network), &[self.client.api_key()]);
                below(base, path)
            }
            NodeHost::Outside { setting, url } => match settings.nodes.get(setting) {
                Some(node) => below(node.clone(), path),
                None => {
                    let node: Result<Url, _> = url.get(settings.network).parse();
                    below(node.map_err(|e| NodeError::Unreachable(e.to_string()))?, path)
                }
            },
        };
        let call = self.client.call(method, url).of_chain(self.spec.ticker);
        let mut call = call.with_key_in_path_only();
        if let Some(body) = body {
            call = call.json(body);
        }
        let answer = self.client.ask(&call).await?;
        let text = || String::from_utf8(answer.clone()).map(Value::String);
        serde_json::from_slice(&answer)
            .or_else(|_| text())
            .map_err(|_| NodeError::Malformed("it is neither JSON nor text".to_owned()))
    }
}

/// The URL of `path`, which may have a query, below `base`.
fn below(mut base: Url, path: &str) -> Url {
    let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
    base.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    base.set_query(query);
    base
}

#[async_trait]
impl Node for ChainNode<'_> {
    async fn rpc(&self, method: &str, params: Value) -> Result<Value, NodeError> {
        let id = self.id.fetch_add(1, Ordering::Relaxed) + 1;
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        // Every node that speaks JSON-RPC has the same path on both networks.
        let path = self.spec.node.gateway_path(Network::Mainnet);
        let path =
            path.ok_or_else(|| NodeError::Unreachable("it is outside the API".to_owned()))?;
        let url = self.client.url_with(path, &[self.client.api_key()]);
        let call = self.client.call(Method::POST, url).of_chain(self.spec.ticker);
        let call = call.with_key_in_path_only().json(&body);
        let mut answer = read(&self.client.ask(&call).await?)?;
        if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
            let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
            let code = error.get("code").and_then(Value::as_i64).unwrap_or_default();
            return Err(NodeError::Rpc { code, message: self.client.foreign(message) });
        }
        match answer.get_mut("result") {
            Some(result) => Ok(result.take()),
            None => Err(NodeError::Malformed("there is no `result` in it".to_owned())),
        }
    }

    async fn get(&self, path: &str) -> Result<Value, NodeError> {
        self.json(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, NodeError> {
        self.json(Method::POST, path, Some(body)).await
    }

    async fn node_get(&self, path: &str) -> Result<Value, NodeError> {
        self.ask_node(Method::GET, path, None).await
    }

    async fn node_post(&self, path: &str, body: &Value) -> Result<Value, NodeError> {
        self.ask_node(Method::POST, path, Some(body)).await
    }
}

fn read(body: &[u8]) -> Result<Value, NodeError> {
    serde_json::from_slice(body).map_err(|_| NodeError::Malformed("it is not JSON".to_owned()))
}

impl From<ApiError> for NodeError {
    fn from(error: ApiError) -> Self {
        let message = error.to_string();
        match error {
            ApiError::NotSent(words) | ApiError::NoAnswer(words) => Self::Unreachable(words),
            ApiError::RateLimited { .. } => Self::Status { status: 429, message },
            ApiError::CreditsUsedUp(_) => Self::Status { status: 403, message },
            ApiError::Status { status, message } => Self::Status { status, message },
            ApiError::Sandbox | ApiError::TooLarge { .. } => Self::Malformed(message),
            ApiError::Malformed(words) => Self::Malformed(words),
        }
    }
}
