//! What a node is to the sandbox: Ethereum's JSON-RPC, and an account with coins to give away.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256};
use async_trait::async_trait;
use serde_json::{Value, json};

use super::spec::Spec;
use super::transaction::SignedTransaction;

/// What clients may ask. Methods that sign or change the node itself are not among them.
const SERVED: &[&str] = &[
    "eth_blockNumber",
    "eth_call",
    "eth_chainId",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_gasPrice",
    "eth_getBalance",
    "eth_getBlockByNumber",
    "eth_getCode",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_maxPriorityFeePerGas",
    "eth_sendRawTransaction",
    "net_version",
];

/// A ledger that answers JSON-RPC.
#[async_trait]
pub(super) trait Node: Send + Sync {
    /// Calls a method.
    async fn call(&self, method: &str, params: Value) -> Result<Value, RpcError>;

    /// Takes a transaction that has been read from `text`, and gives its hash.
    async fn send(&self, transaction: SignedTransaction, text: &str) -> Result<String, RpcError>;

    /// Lets fees be paid in a token, on chains that allow that.
    fn take_fees_in(&self, _token: Address) {}

    /// The nonces on chain by sender, in the order of the blocks; none where the ledger is not the
    /// sandbox's own.
    fn nonces(&self) -> Option<BTreeMap<Address, Vec<u64>>> {
        None
    }

    /// Sends from an account that is rich, and waits for the receipt.
    async fn send_from_faucet(
        &self,
        to: Option<Address>,
        value: U256,
        data: Bytes,
    ) -> Result<Value, RpcError>;
}

/// A JSON-RPC error.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct RpcError {
    pub(super) code: i64,
    pub(super) message: String,
    pub(super) data: Option<Value>,
}

impl RpcError {
    /// The server's refusal.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { code: -32_000, message: message.into(), data: None }
    }

    /// Parameters that can't be read.
    pub(super) fn params(message: impl Into<String>) -> Self {
        Self { code: -32_602, message: message.into(), data: None }
    }

    /// A method that is not served.
    pub(super) fn method(name: &str) -> Self {
        let message = format!("the method {} does not exist/is not available", name.escape_debug());
        Self { code: -32_601, message, data: None }
    }
}

/// Answers a JSON-RPC request, or a batch of them.
pub(super) async fn answer(spec: &Spec, node: &dyn Node, request: Value) -> Value {
    let Value::Array(batch) = request else {
        return answer_one(spec, node, request).await;
    };
    let mut answers = Vec::with_capacity(batch.len());
    for request in batch {
        answers.push(answer_one(spec, node, request).await);
    }
    answers.into()
}

async fn answer_one(spec: &Spec, node: &dyn Node, mut request: Value) -> Value {
    let id = request["id"].take();
    let params = request["params"].take();
    let params = if params.is_null() { json!([]) } else { params };
    let asked = request["method"].as_str().unwrap_or_default();
    let method = spec.method(asked);
    let result = if SERVED.contains(&method.as_ref()) {
        node.call(&method, params).await
    } else {
        Err(RpcError::method(asked))
    };
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(RpcError { code, message, data }) => {
            let mut error = json!({ "code": code, "message": message });
            if let Some(data) = data {
                error["data"] = data;
            }
            json!({ "jsonrpc": "2.0", "id": id, "error": error })
        }
    }
}

/// Reads a number as JSON-RPC writes it.
pub(super) fn quantity(value: &Value) -> Result<U256, RpcError> {
    value
        .as_str()
        .and_then(|text| text.strip_prefix("0x"))
        .and_then(|digits| U256::from_str_radix(digits, 16).ok())
        .ok_or_else(|| RpcError::params(format!("{value} is no number; send 0x and hex digits")))
}
