//! What is signed, and the two forms of it: the text that is signed, the bytes that are hashed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_crypto::hash::blake2b_256;
use serde_json::{Map, Value, json};

use super::address::Address;
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
    pub(super) fn json(&self) -> Map<String, Value> {
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

    pub(super) fn signing_bytes(&self) -> Vec<u8> {
        Value::Object(self.json()).to_string().into_bytes()
    }

    /// The hash of the signed transaction.
    pub(super) fn hash(&self, signature: &[u8]) -> [u8; 32] {
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
