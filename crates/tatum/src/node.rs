//! The questions a chain may ask: its node and the rest of the API, both behind the gateway.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use kms_core::{ChainSpec, Network, Node, NodeError, NodeHost};
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::client::{Call, Client};
use crate::error::ApiError;

/// The node of one chain. Questions are repeated when they get no answer.
#[derive(Debug)]
pub struct ChainNode<'a> {
    client: &'a Client,
    spec: &'a ChainSpec,
    /// The id of the last JSON-RPC request.
    id: AtomicU64,
    once: bool,
    /// Where a node is asked that is not the chain's own.
    second: Option<&'a Url>,
}

impl<'a> ChainNode<'a> {
    /// The node of the chain `spec`, asked through `client`.
    pub fn new(client: &'a Client, spec: &'a ChainSpec) -> Self {
        Self { client, spec, id: AtomicU64::new(0), once: false, second: None }
    }

    /// The same, but nothing is repeated: what is said of a call is said of the only one that there was.
    pub fn once(client: &'a Client, spec: &'a ChainSpec) -> Self {
        Self { once: true, ..Self::new(client, spec) }
    }

    /// The second node of the chain, where the settings name one. It gets no API key, and shares nothing with
    /// the first.
    pub fn second(client: &'a Client, spec: &'a ChainSpec) -> Option<Self> {
        let second = client.settings().second_nodes.get(spec.ticker.0)?;
        Some(Self { second: Some(second), ..Self::new(client, spec) })
    }

    async fn ask(&self, mut call: Call) -> Result<Vec<u8>, ApiError> {
        if self.second.is_some() {
            call = call.of_another_host();
        }
        if self.once { self.client.ask_once(&call).await } else { self.client.ask(&call).await }
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
        read(&self.ask(call).await?)
    }

    /// Asks the chain's own node. Whether behind the API or elsewhere, the key is in no header.
    async fn ask_node(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, NodeError> {
        let settings = self.client.settings();
        let url = match (self.second, &self.spec.node) {
            (Some(node), _) => below(node.clone(), path),
            (None, NodeHost::Gateway(base)) => {
                let base =
                    self.client.url_with(base.get(settings.network), &[self.client.api_key()]);
                below(base, path)
            }
            (None, NodeHost::Outside { setting, url }) => match settings.nodes.get(setting) {
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
        let answer = self.ask(call).await?;
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
        let url = match self.second {
            Some(node) => node.clone(),
            None => {
                // Every node that speaks JSON-RPC has the same path on both networks.
                let path = self.spec.node.gateway_path(Network::Mainnet);
                let outside = || NodeError::Unreachable("it is outside the API".to_owned());
                self.client.url_with(path.ok_or_else(outside)?, &[self.client.api_key()])
            }
        };
        let call = self.client.call(Method::POST, url).of_chain(self.spec.ticker);
        let call = call.with_key_in_path_only().json(&body);
        let mut answer = read(&self.ask(call).await?)?;
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

    async fn post_once(&self, path: &str, body: &Value) -> Result<Value, NodeError> {
        Self::once(self.client, self.spec).post(path, body).await
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
