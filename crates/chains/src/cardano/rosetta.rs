//! The questions to the Rosetta server.

use kms_core::{Network, Node, NodeError};
use serde_json::{Value, json};

use crate::error::PrepareError;

/// How long the transaction is valid, in slots of a second.
const RELATIVE_TTL: u64 = 1_000;

/// The server that puts transactions together.
pub(super) struct Rosetta<'a> {
    pub(super) node: &'a dyn Node,
    pub(super) network: Network,
}

impl Rosetta<'_> {
    /// A request body, which begins with the network.
    pub(super) fn request(&self, members: Value) -> Value {
        let network = match self.network {
            Network::Mainnet => "mainnet",
            Network::Testnet => "preprod",
        };
        let mut body = json!({"network_identifier": {"blockchain": "cardano", "network": network}});
        if let (Some(body), Value::Object(members)) = (body.as_object_mut(), members) {
            body.extend(members);
        }
        body
    }

    /// Preprocess, metadata, payloads: each gets what the one before has answered.
    pub(super) async fn unsigned(&self, operations: &Value) -> Result<Value, PrepareError> {
        let first = json!({"operations": operations, "metadata": {"relative_ttl": RELATIVE_TTL}});
        let options = self.ask("options", "/construction/preprocess", first).await?;
        let mut metadata = self.ask("metadata", "/construction/metadata", options).await?;
        metadata["operations"] = operations.clone();
        self.ask("unsigned transaction", "/construction/payloads", metadata).await
    }

    async fn ask(
        &self,
        question: &'static str,
        path: &str,
        members: Value,
    ) -> Result<Value, PrepareError> {
        let answer = self.node.node_post(path, &self.request(members)).await;
        match answer.map_err(|e| PrepareError::unanswered(question, e))? {
            answer @ Value::Object(_) => Ok(answer),
            _ => Err(PrepareError::unanswered(
                question,
                NodeError::Malformed("it is not an object".to_owned()),
            )),
        }
    }
}
