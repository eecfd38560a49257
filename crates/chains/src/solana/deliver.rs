//! Sending to the node, and finding out what became of it.
//!
//! <https://solana.com/docs/rpc/http/sendtransaction>, <https://solana.com/docs/rpc/http/gettransaction>

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_core::{Expiry, Node, NodeError, Outcome, SignedTransaction, TransactionHash};
use serde_json::{Value, json};

use super::message::Key;
use super::{Solana, text};
use crate::delivery::{LookUp, Submit, Validity};

/// Blocks beyond the last valid one until nobody can doubt that a transaction is gone: about a minute.
const MARGIN: u64 = 150;
/// Blocks for which nodes are trusted to remember what they have executed: about twelve hours.
const MEMORY: u64 = 108_000;
/// Errors that a node answers with before it passes a transaction on: it was simulated and failed, its signatures
/// are wrong, the node is behind, it can't read it.
const NOT_PASSED_ON: [i64; 9] =
    [-32002, -32003, -32005, -32006, -32013, -32015, -32600, -32601, -32602];
/// Where a nonce account has its nonce: behind version, state and authority.
const NONCE: std::ops::Range<usize> = 40..72;

/// Until a block height.
pub(super) fn expiry_at(last_valid: u64) -> Expiry {
    Expiry(format!("height:{last_valid}"))
}

/// Until the nonce of an account is another.
pub(super) fn expiry_of_nonce(account: &Key, nonce: &Key) -> Expiry {
    Expiry(format!("nonce:{}:{}", text(account), text(nonce)))
}

#[async_trait]
impl Submit for Solana {
    async fn submit(&self, signed: &SignedTransaction, node: &dyn Node) -> Outcome {
        let options = json!({"encoding": "base64", "preflightCommitment": "confirmed"});
        let sent = node.rpc("sendTransaction", json!([signed.data, options])).await;
        match sent {
            Ok(Value::String(hash)) if hash == signed.hash.0 => Outcome::Sent { completed: false },
            Ok(_) => Outcome::Unknown { reason: "the node answered with another hash".to_owned() },
            Err(NodeError::Rpc { message, .. }) if message.contains("already been processed") => {
                Outcome::Sent { completed: false }
            }
            Err(error) => {
                let reason = error.to_string();
                if is_refusal(&error) {
                    Outcome::Refused { reason }
                } else {
                    Outcome::Unknown { reason }
                }
            }
        }
    }

    /// Found means confirmed: two thirds of the stake have voted for its block.
    async fn look_up(&self, hash: &TransactionHash, node: &dyn Node) -> LookUp {
        let options = json!({"commitment": "confirmed", "maxSupportedTransactionVersion": 0});
        let answer = match node.rpc("getTransaction", json!([hash.0, options])).await {
            Ok(answer) => answer,
            Err(error) => return LookUp::CannotTell(error),
        };
        if answer.is_null() {
            return LookUp::NotFound;
        }
        match answer.pointer("/meta/err") {
            Some(Value::Null) => LookUp::Found { failed: None },
            Some(error) => LookUp::Found { failed: Some(error.to_string()) },
            None => LookUp::CannotTell(malformed("it does not say how the transaction ended")),
        }
    }

    async fn validity(&self, expiry: &Expiry, node: &dyn Node) -> Result<Validity, NodeError> {
        if let Some(last_valid) = expiry.0.strip_prefix("height:") {
            let last_valid: u64 =
                last_valid.parse().map_err(|_| malformed("the recorded height is no number"))?;
            let params = json!([{"commitment": "finalized"}]);
            let height = node.rpc("getBlockHeight", params).await?;
            let height = height.as_u64().ok_or_else(|| malformed("it is no block height"))?;
            return Ok(Validity::at(height, last_valid, MARGIN, MEMORY));
        }
        let nonce = expiry.0.strip_prefix("nonce:").and_then(|rest| rest.split_once(':'));
        let (account, signed) = nonce.ok_or_else(|| malformed("the recorded expiry is damaged"))?;
        let is_current = nonce_of(account, node).await?.is_some_and(|current| current == signed);
        Ok(if is_current { Validity::Valid } else { Validity::Expired })
    }
}

/// Whether a node that answers so has kept the transaction to itself. Spent credits and bad API keys are no
/// refusal: the same bytes may be sent again.
fn is_refusal(error: &NodeError) -> bool {
    match error {
        NodeError::Rpc { code, .. } => NOT_PASSED_ON.contains(code),
        NodeError::Status { status, .. } => matches!(status, 400 | 404 | 405 | 413 | 415 | 422),
        NodeError::Unreachable(_) | NodeError::Malformed(_) => false,
    }
}

/// The nonce that an account holds now; nothing if there is no such account any more.
async fn nonce_of(account: &str, node: &dyn Node) -> Result<Option<String>, NodeError> {
    let options = json!({"commitment": "finalized", "encoding": "base64"});
    let answer = node.rpc("getAccountInfo", json!([account, options])).await?;
    match answer.get("value") {
        Some(Value::Null) => return Ok(None),
        Some(_) => {}
        None => return Err(malformed("it says nothing of the account")),
    }
    let data = answer.pointer("/value/data/0").and_then(Value::as_str);
    let bytes = data.and_then(|data| STANDARD.decode(data).ok());
    let nonce: Option<Key> = bytes.and_then(|bytes| bytes.get(NONCE)?.try_into().ok());
    nonce.map(|nonce| Some(text(&nonce))).ok_or_else(|| malformed("it is no nonce account"))
}

fn malformed(what: &str) -> NodeError {
    NodeError::Malformed(what.to_owned())
}
