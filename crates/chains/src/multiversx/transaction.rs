//! Transactions: complete, to be signed, signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_core::{Digest, Intent, Network, Sequence, SignedTransaction, TransactionHash};
use kms_crypto::ed25519::PublicKey;
use kms_crypto::hash::{blake2b_256, sha256};
use serde_json::{Map, Value, json};

use super::address::Address;
use super::intent::intent;
use crate::chain::{Signed, Unsigned};
use crate::error::SignError;
use crate::keys::SigningKeys;
use crate::protobuf::{write_bytes, write_field};

/// Everything that is signed.
pub(super) struct Body {
    pub(super) nonce: u64,
    /// In base units.
    pub(super) value: u128,
    pub(super) receiver: Address,
    pub(super) sender: Address,
    pub(super) gas_price: u64,
    pub(super) gas_limit: u64,
    pub(super) data: String,
    pub(super) chain_id: String,
    pub(super) version: u32,
}

impl Body {
    /// The members in the order in which they are signed.
    fn json(&self) -> Map<String, Value> {
        let mut json = Map::new();
        let mut put = |name: &str, value: Value| json.insert(name.to_owned(), value);
        put("nonce", json!(self.nonce));
        put("value", json!(self.value.to_string()));
        put("receiver", json!(self.receiver.to_bech32()));
        put("sender", json!(self.sender.to_bech32()));
        put("gasPrice", json!(self.gas_price));
        put("gasLimit", json!(self.gas_limit));
        if !self.data.is_empty() {
            put("data", json!(STANDARD.encode(&self.data)));
        }
        put("chainID", json!(self.chain_id));
        put("version", json!(self.version));
        json
    }

    fn signing_bytes(&self) -> Vec<u8> {
        Value::Object(self.json()).to_string().into_bytes()
    }

    /// The hash of the signed transaction.
    fn hash(&self, signature: &[u8]) -> [u8; 32] {
        let mut out = Vec::new();
        write_field(&mut out, 1, self.nonce);
        write_bytes(&mut out, 2, &signed_magnitude(self.value));
        write_bytes(&mut out, 3, &self.receiver.0);
        write_bytes(&mut out, 5, &self.sender.0);
        write_field(&mut out, 7, self.gas_price);
        write_field(&mut out, 8, self.gas_limit);
        if !self.data.is_empty() {
            write_bytes(&mut out, 9, self.data.as_bytes());
        }
        write_bytes(&mut out, 10, self.chain_id.as_bytes());
        write_field(&mut out, 11, u64::from(self.version));
        write_bytes(&mut out, 12, signature);
        blake2b_256(&out)
    }
}

/// A number as the network writes it: a byte for its sign, then the magnitude; zero has a byte of its own.
fn signed_magnitude(value: u128) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeros = bytes.iter().take(15).take_while(|byte| **byte == 0).count();
    [&[0], &bytes[zeros..]].concat()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_byte_for_their_sign() {
        assert_eq!(signed_magnitude(0), [0, 0]);
        assert_eq!(signed_magnitude(0xff), [0, 0xff]);
        assert_eq!(signed_magnitude(0x0100), [0, 1, 0]);
        assert_eq!(signed_magnitude(u128::MAX).len(), 17);
    }
}
