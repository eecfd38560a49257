//! The signatures of proposer and payer, which the API makes after us.

use async_trait::async_trait;
use kms_core::{Node, NodeError, SignedTransaction, TransactionHash};
use serde::Deserialize;
use serde_json::{Value, json};

use super::message::{Message, PayloadSignatures};
use crate::chain::Signed;
use crate::error::FinishError;

/// What stands in front of the hash of a transaction whose own is not known yet.
pub(super) const INCOMPLETE: &str = "payload:";

/// Signed by the authorizer.
pub(super) struct ToComplete {
    message: Message,
    authorizer: [u8; 64],
    own: SignedTransaction,
}

/// The same as the journal has it.
#[derive(Deserialize)]
struct Kept {
    message: Message,
    authorizer: String,
}

impl ToComplete {
    pub(super) fn new(message: &Message, authorizer: [u8; 64]) -> Self {
        let copy = Message {
            script: message.script.clone(),
            arguments: message.arguments.clone(),
            ..*message
        };
        // The hash covers the signatures to come; till then the journal has that of the payload.
        let own = SignedTransaction {
            data: json!({
                "payload": hex::encode(message.payload_message()),
                "signature": hex::encode(authorizer),
            })
            .to_string(),
            hash: TransactionHash(format!("{INCOMPLETE}{}", hex::encode(message.digest()))),
        };
        Self { message: copy, authorizer, own }
    }

    /// What an earlier run has kept.
    pub(super) fn read(kept: &str) -> Option<Self> {
        let Kept { message, authorizer } = serde_json::from_str(kept).ok()?;
        Some(Self::new(&message, hex::decode(&authorizer).ok()?.try_into().ok()?))
    }

    async fn complete(&self, node: &dyn Node) -> Result<SignedTransaction, FinishError> {
        let payload = self.message.payload_message();
        let proposer = sign("proposer's signature", &payload, false, node).await?;
        let signatures = PayloadSignatures { proposer, authorizer: self.authorizer };
        let envelope = self.message.envelope_message(&signatures);
        let payer = sign("payer's signature", &envelope, true, node).await?;
        Ok(SignedTransaction {
            data: self.message.json(&signatures, &payer).to_string(),
            hash: TransactionHash(hex::encode(self.message.hash(&signatures, &payer))),
        })
    }
}

#[async_trait]
impl Signed for ToComplete {
    fn transaction(&self) -> &SignedTransaction {
        &self.own
    }

    fn kept(&self) -> String {
        json!({"message": self.message, "authorizer": hex::encode(self.authorizer)}).to_string()
    }

    /// If that fails the proposal key is not given back: it is needed when this is tried again. Whatever comes
    /// of the tries has the same number of that key, so that one of them at most can be executed.
    async fn finish(self: Box<Self>, node: &dyn Node) -> Result<SignedTransaction, FinishError> {
        self.complete(node).await
    }
}

/// A signature of an account of the API.
async fn sign(
    question: &'static str,
    message: &[u8],
    is_payer: bool,
    node: &dyn Node,
) -> Result<Vec<u8>, FinishError> {
    let failed = |source| FinishError::Node { question, source };
    let body = json!({"data": hex::encode(message), "isPayer": is_payer});
    let answer = node.post("/v3/flow/sign", &body).await.map_err(failed)?;
    let signature = answer["signature"].as_str().and_then(|digits| hex::decode(digits).ok());
    signature.filter(|bytes| bytes.len() == 64).ok_or_else(|| {
        failed(NodeError::Malformed("there is no `signature` of 64 bytes in it".to_owned()))
    })
}

/// Tells the API that its proposal key is free again, and of which transaction, if there is one. If it does not
/// listen, nothing is lost: it frees its keys itself in the end. Told twice, it would free the key of whoever has it then,
/// and two transactions would get the same sequence number.
pub(super) async fn release(hash: &str, key: u32, node: &dyn Node) {
    let body: Value = json!({"txData": hash, "proposalKey": key});
    // Nobody depends on the answer.
    let _answer = node.post_once("/v3/flow/broadcast", &body).await;
}
