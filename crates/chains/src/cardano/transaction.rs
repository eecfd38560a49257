//! Transactions: checked, to be signed, signed, combined.

use async_trait::async_trait;
use kms_core::{
    Digest, Intent, Network, Node, NodeError, Sequence, SignedTransaction, TransactionHash,
};
use kms_crypto::PublicKey as AnyPublicKey;
use kms_crypto::ed25519::PublicKey;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Transaction;
use super::intent::intent;
use super::operations::Operations;
use super::rosetta::Rosetta;
use crate::chain::{Signed, Unsigned};
use crate::error::{FinishError, SignError};
use crate::signing::SigningKeys;

/// A key that signs, and what the server calls its part.
pub(super) struct Signer {
    pub(super) key: PublicKey,
    pub(super) payload: Value,
}

/// A transaction that lacks only its signatures.
pub(super) struct CardanoTransaction {
    pub(super) network: Network,
    pub(super) operations: Operations,
    /// The server's text, for its next step.
    pub(super) text: String,
    pub(super) transaction: Transaction,
    pub(super) signers: Vec<Signer>,
}

impl CardanoTransaction {
    fn sign_for(&self, signer: &Signer, keys: &SigningKeys) -> Result<[u8; 64], SignError> {
        let wanted = AnyPublicKey::Ed25519(signer.key);
        let key = keys.all().iter().find(|key| key.public() == wanted);
        let key = key.ok_or(SignError::OtherKey)?.ed25519_extended()?;
        Ok(key.sign(&self.transaction.hash())?)
    }
}

impl Unsigned for CardanoTransaction {
    fn intent(&self) -> Intent {
        intent(&self.operations, self.network)
    }

    fn digest(&self) -> Digest {
        Digest(self.transaction.hash())
    }

    /// None: transactions exclude each other by the outputs they spend.
    fn sequence(&self) -> Option<Sequence> {
        None
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let (mut signatures, mut parts) = (Vec::new(), Vec::new());
        for signer in &self.signers {
            let signature = self.sign_for(signer, keys)?;
            signatures.push((signer.key.0, signature));
            parts.push(json!({
                "signing_payload": signer.payload,
                "public_key": {"hex_bytes": hex::encode(signer.key.0), "curve_type": "edwards25519"},
                "signature_type": "ed25519",
                "hex_bytes": hex::encode(signature),
            }));
        }
        Ok(Box::new(ToCombine {
            network: self.network,
            request: json!({"unsigned_transaction": self.text, "signatures": parts}),
            own: SignedTransaction {
                data: self.transaction.assemble(&signatures),
                hash: TransactionHash(hex::encode(self.transaction.hash())),
            },
        }))
    }
}

/// Signed, and put together here; what is sent is what the server makes of it.
struct ToCombine {
    network: Network,
    request: Value,
    own: SignedTransaction,
}

/// The same as the journal has it.
#[derive(Deserialize)]
struct Kept {
    request: Value,
    transaction: String,
}

impl ToCombine {
    /// What an earlier run has kept.
    fn read(kept: &str, network: Network) -> Option<Self> {
        let Kept { request, transaction: data } = serde_json::from_str(kept).ok()?;
        let hash = TransactionHash(hex::encode(Transaction::read(&data).ok()?.hash()));
        Some(Self { network, request, own: SignedTransaction { data, hash } })
    }
}

/// Takes up what was signed and not combined.
pub(super) fn take_up(kept: &str, network: Network) -> Option<Box<dyn Signed>> {
    ToCombine::read(kept, network).map(|signed| Box::new(signed) as Box<dyn Signed>)
}

#[async_trait]
impl Signed for ToCombine {
    fn transaction(&self) -> &SignedTransaction {
        &self.own
    }

    fn kept(&self) -> String {
        json!({"request": self.request, "transaction": self.own.data}).to_string()
    }

    async fn finish(self: Box<Self>, node: &dyn Node) -> Result<SignedTransaction, FinishError> {
        let question = "combined transaction";
        let failed = |source| FinishError::Node { question, source };
        let body = Rosetta { node, network: self.network }.request(self.request);
        let answer = node.node_post("/construction/combine", &body).await.map_err(failed)?;
        let text = answer["signed_transaction"].as_str().unwrap_or_default();
        let malformed = |words| failed(NodeError::Malformed(words));
        let combined = Transaction::read(text).map_err(malformed)?;
        let own = Transaction::read(&self.own.data).map_err(malformed)?;
        if !combined.does_the_same_as(&own) {
            return Err(malformed("it is another transaction than the one that was signed".into()));
        }
        Ok(SignedTransaction { data: text.to_owned(), hash: self.own.hash })
    }
}
