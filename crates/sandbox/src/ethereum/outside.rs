//! A node that runs elsewhere on this machine, such as Foundry's anvil.

use std::time::Duration;

use alloy_primitives::{Address, Bytes, U256};
use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use serde_json::{Value, json};
use url::Url;

use super::node::{Node, RpcError, quantity};
use super::spec::Spec;
use super::transaction::SignedTransaction;
use crate::http;

const RECEIPT_ATTEMPTS: u32 = 200;
const RECEIPT_PAUSE: Duration = Duration::from_millis(50);

/// A client of the node.
pub(super) struct OutsideNode {
    url: Url,
    client: reqwest::Client,
    faucet: String,
}

impl OutsideNode {
    /// Goes to the node and sees that it is a test network with an account to give from.
    pub(super) async fn open(spec: &Spec, url: Url) -> Result<Self> {
        let mut node = Self { client: http::client()?, faucet: String::new(), url };
        let shown = node.url.clone();
        let chain_id = node
            .call("eth_chainId", json!([]))
            .await
            .and_then(|id| quantity(&id))
            .with_context(|| format!("the node at {shown} can't be used"))?;
        let expected = spec.chain_id;
        if chain_id != U256::from(expected) {
            bail!(
                "the node at {shown} is chain {chain_id}, the sandbox stands for {expected}; \
                 start the node with that chain id"
            );
        }
        let accounts = node.call("eth_accounts", json!([])).await?;
        node.faucet = accounts[0].as_str().map(str::to_owned).with_context(|| {
            format!("the node at {shown} has no account of its own; use a development node")
        })?;
        Ok(node)
    }

    async fn post(&self, request: &Value) -> reqwest::Result<Value> {
        self.client.post(self.url.clone()).json(request).send().await?.json().await
    }
}

#[async_trait]
impl Node for OutsideNode {
    async fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut answer = self.post(&request).await.map_err(|error| {
            RpcError::new(format!("no answer from {}: {}", self.url, error.without_url()))
        })?;
        let error = answer["error"].take();
        if error.is_null() {
            return Ok(answer["result"].take());
        }
        Err(RpcError {
            code: error["code"].as_i64().unwrap_or(-32_000),
            message: error["message"].as_str().unwrap_or("no message").to_owned(),
            data: error.get("data").cloned(),
        })
    }

    async fn send(&self, _transaction: SignedTransaction, text: &str) -> Result<String, RpcError> {
        let hash = self.call("eth_sendRawTransaction", json!([text])).await?;
        Ok(hash.as_str().unwrap_or_default().to_owned())
    }

    async fn send_from_faucet(
        &self,
        to: Option<Address>,
        value: U256,
        data: Bytes,
    ) -> Result<Value, RpcError> {
        let mut transaction =
            json!({ "from": self.faucet, "value": format!("{value:#x}"), "data": data });
        if let Some(to) = to {
            transaction["to"] = json!(to);
        }
        let hash = self.call("eth_sendTransaction", json!([transaction])).await?;
        for _ in 0..RECEIPT_ATTEMPTS {
            let receipt = self.call("eth_getTransactionReceipt", json!([hash])).await?;
            if !receipt.is_null() {
                return Ok(receipt);
            }
            tokio::time::sleep(RECEIPT_PAUSE).await;
        }
        Err(RpcError::new(format!("the node made no block for {hash}; let it mine at once")))
    }
}
