//! Transactions: complete, to be signed, signed.

use kms_core::{Digest, Intent, Network, Sequence, SignedTransaction, TransactionHash};
use kms_crypto::ed25519::PublicKey;
use kms_crypto::hash::sha256;
use serde_json::{Value, json};

use super::body::Body;
use super::intent::intent;
use crate::chain::{Signed, Unsigned};
use crate::error::SignError;
use crate::signing::SigningKeys;

/// A transaction that lacks only its signature.
pub(super) struct EgldTransaction {
    network: Network,
    signer: PublicKey,
    body: Body,
}

impl EgldTransaction {
    pub(super) fn new(network: Network, signer: PublicKey, body: Body) -> Self {
        Self { network, signer, body }
    }
}

impl Unsigned for EgldTransaction {
    fn intent(&self) -> Intent {
        intent(&self.body, self.network)
    }

    /// SHA-256 of the JSON: Ed25519 signs the text itself.
    fn digest(&self) -> Digest {
        Digest(sha256(&self.body.signing_bytes()))
    }

    fn sequence(&self) -> Option<Sequence> {
        Some(Sequence { account: self.body.sender.to_bech32(), number: self.body.nonce })
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let key = keys.only()?.ed25519()?;
        if key.public() != self.signer {
            return Err(SignError::OtherKey);
        }
        let signature = key.sign(&self.body.signing_bytes())?;
        let mut json = self.body.json();
        json.insert("signature".to_owned(), json!(hex::encode(signature)));
        Ok(Box::new(SignedTransaction {
            data: Value::Object(json).to_string(),
            hash: TransactionHash(hex::encode(self.body.hash(&signature))),
        }))
    }
}
