//! Sending to the access node, and finding out what became of it.
//!
//! <https://developers.flow.com/http-api>

use async_trait::async_trait;
use kms_core::{Expiry, Node, NodeError, Outcome, SignedTransaction, TransactionHash};
use serde_json::Value;

use super::Flow;
use super::expiry;
use super::finish::{INCOMPLETE, release};
use crate::delivery::{LookUp, Submit, Validity};
use crate::number::whole;

/// Blocks beyond its expiry until nobody can doubt that it is gone.
const MARGIN: u64 = 600;
/// Blocks for which nodes are trusted to remember what they have executed: about twelve hours.
const MEMORY: u64 = 43_200;

#[async_trait]
impl Submit for Flow {
    async fn submit(&self, signed: &SignedTransaction, node: &dyn Node) -> Outcome {
        if signed.hash.0.starts_with(INCOMPLETE) {
            let reason = "it was signed here, but the API has not completed it".to_owned();
            return Outcome::Unknown { reason };
        }
        let Ok(body) = serde_json::from_str(&signed.data) else {
            return Outcome::Unknown { reason: "the recorded transaction is damaged".to_owned() };
        };
        match node.node_post("/v1/transactions", &body).await {
            Ok(answer) if answer["id"].as_str() == Some(signed.hash.0.as_str()) => {
                Outcome::Sent { completed: false }
            }
            Ok(_) => Outcome::Unknown { reason: "the node answered with another hash".to_owned() },
            Err(NodeError::Status { status: 400, message }) => Outcome::Refused { reason: message },
            Err(error) => Outcome::Unknown { reason: error.to_string() },
        }
    }

    /// Found means sealed: it was executed, and its result is agreed upon.
    async fn look_up(&self, hash: &TransactionHash, node: &dyn Node) -> LookUp {
        if hash.0.starts_with(INCOMPLETE) {
            let words = "the transaction was never completed here, so its hash is not known";
            return LookUp::CannotTell(NodeError::Malformed(words.to_owned()));
        }
        let answer = node.node_get(&format!("/v1/transaction_results/{}", hash.0)).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(NodeError::Status { status: 404, .. }) => return LookUp::NotFound,
            Err(error) => return LookUp::CannotTell(error),
        };
        let status = answer["status"].as_str().unwrap_or_default();
        match status.to_ascii_lowercase().as_str() {
            "sealed" => LookUp::Found { failed: failure(&answer) },
            "pending" | "finalized" | "executed" | "expired" | "unknown" => LookUp::NotFound,
            _ => {
                let words = "it does not say what became of the transaction".to_owned();
                LookUp::CannotTell(NodeError::Malformed(words))
            }
        }
    }

    async fn validity(&self, expiry: &Expiry, node: &dyn Node) -> Result<Validity, NodeError> {
        let malformed = |words: &str| NodeError::Malformed(words.to_owned());
        let last = expiry::last_block(expiry)
            .ok_or_else(|| malformed("the recorded expiry is damaged"))?;
        let answer = node.node_get("/v1/blocks?height=sealed").await?;
        let height = whole(&answer[0]["header"]["height"]);
        let height = height.ok_or_else(|| malformed("there is no block with `height` in it"))?;
        Ok(Validity::at(height, last, MARGIN, MEMORY))
    }

    /// Gives the proposal key of the API back.
    async fn settled(&self, signed: &SignedTransaction, node: &dyn Node) {
        let data: Value = serde_json::from_str(&signed.data).unwrap_or_default();
        let index = whole(&data["proposal_key"]["key_index"]);
        if let Some(index) = index.and_then(|index| u32::try_from(index).ok()) {
            release(&signed.hash.0, index, node).await;
        }
    }
}

/// Why an executed transaction had no effect but its fee, if so.
fn failure(answer: &Value) -> Option<String> {
    let message = answer["error_message"].as_str().unwrap_or_default();
    let code = whole(&answer["status_code"]).unwrap_or(0);
    if message.is_empty() && code == 0 {
        return None;
    }
    let words: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: String = words.chars().take(300).collect();
    Some(if words.is_empty() { format!("status {code}") } else { words })
}
