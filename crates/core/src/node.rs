//! The one port through which a chain may ask the network.

use async_trait::async_trait;
use serde_json::Value;

/// What a chain may ask before it signs: the Tatum gateway in production, a script in tests.
///
/// Every method is a question. Nothing that goes through here moves money, but for the signed bytes of chains
/// whose transactions are sent to their node, once they are in the journal.
#[async_trait]
pub trait Node: Send + Sync {
    /// Calls a JSON-RPC method of the chain's node and returns its `result`.
    async fn rpc(&self, method: &str, params: Value) -> Result<Value, NodeError>;

    /// Gets a path of the API, for example `/v3/blockchain/fee/ETH`, and returns the JSON body.
    async fn get(&self, path: &str) -> Result<Value, NodeError>;

    /// Posts JSON to a path of the API that only answers a question, and returns the JSON body.
    async fn post(&self, path: &str, body: &Value) -> Result<Value, NodeError>;

    /// The same, where a second time would do harm: nothing is repeated, whatever becomes of the answer.
    async fn post_once(&self, path: &str, body: &Value) -> Result<Value, NodeError> {
        self.post(path, body).await
    }

    /// Gets a path of the chain's own node, for example `/blocks/best`, and returns the JSON body. The path
    /// follows what [`NodeHost`](crate::NodeHost) says: the gateway's path and the API key, or the address of the node.
    async fn node_get(&self, path: &str) -> Result<Value, NodeError> {
        Err(NodeError::Unreachable(format!("the node is not connected, so {path} can't be asked")))
    }

    /// As [`node_get`](Self::node_get), with a JSON body. A plain text in the answer comes as a JSON string.
    async fn node_post(&self, path: &str, _body: &Value) -> Result<Value, NodeError> {
        Err(NodeError::Unreachable(format!("the node is not connected, so {path} can't be asked")))
    }
}

/// Why a question got no answer. Texts hold no API key.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// No answer within the time allowed, or no connection.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// The API answered with an error status.
    #[error("the API answered {status}: {message}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// What the body says, shortened, control characters escaped.
        message: String,
    },
    /// The node answered with a JSON-RPC error.
    #[error("the node answered with error {code}: {message}")]
    Rpc {
        /// The JSON-RPC error code.
        code: i64,
        /// The node's words, shortened, control characters escaped.
        message: String,
    },
    /// The answer is not what the protocol says.
    #[error("the answer makes no sense: {0}")]
    Malformed(String),
}
