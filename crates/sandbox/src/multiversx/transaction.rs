//! Signed transactions: read from JSON, and verified against the sender's address, which is its key.

use alloy_primitives::keccak256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::CHAIN_ID;
use super::address::Address;
use super::gas;
use crate::chain::Identity;
use crate::protobuf::Message;

/// Of `options`: what is signed is the Keccak-256 of the JSON.
const SIGNED_HASH: u32 = 1;

/// A transaction as it is broadcast.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    nonce: u64,
    value: String,
    receiver: String,
    sender: String,
    #[serde(default)]
    gas_price: u64,
    #[serde(default)]
    gas_limit: u64,
    data: Option<String>,
    #[serde(default)]
    signature: String,
    #[serde(rename = "chainID", default)]
    chain_id: String,
    #[serde(default)]
    version: u32,
    #[serde(default)]
    options: u32,
}

/// A transaction whose members can be read.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    pub(super) nonce: u64,
    /// In the smallest units.
    pub(super) value: u128,
    pub(super) receiver: Address,
    pub(super) sender: Address,
    pub(super) gas_price: u64,
    pub(super) gas_limit: u64,
    pub(super) data: Vec<u8>,
    chain_id: String,
    version: u32,
    options: u32,
    signature: Vec<u8>,
}

impl Transaction {
    /// Reads the JSON of a broadcast. The errors are those of the network's nodes.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let body: Value =
            serde_json::from_str(text).map_err(|error| format!("validation error: {error}"))?;
        Self::from_json(&body)
    }

    /// The same for JSON that has been read, with a signature or without.
    pub(super) fn from_json(body: &Value) -> Result<Self, String> {
        for name in ["senderUsername", "receiverUsername", "guardian", "relayer"] {
            if body[name].as_str().is_some_and(|text| !text.is_empty()) {
                return Err(format!("validation error: the sandbox knows no `{name}`"));
            }
        }
        let body = Body::deserialize(body).map_err(|error| format!("validation error: {error}"))?;
        let failed = |words: &str| format!("transaction generation failed: {words}");
        let address = |text: &str, whose: &str| {
            let words = format!("could not create {whose} address from provided param");
            Address::read(text).ok_or_else(|| failed(&words))
        };
        let digits = body.value.bytes().all(|byte| byte.is_ascii_digit());
        let value = body.value.parse().ok().filter(|_| digits);
        let data = STANDARD.decode(body.data.unwrap_or_default());
        Ok(Self {
            nonce: body.nonce,
            value: value.ok_or_else(|| failed("invalid value"))?,
            receiver: address(&body.receiver, "receiver")?,
            sender: address(&body.sender, "sender")?,
            gas_price: body.gas_price,
            gas_limit: body.gas_limit,
            data: data.map_err(|error| format!("validation error: {error}"))?,
            chain_id: body.chain_id,
            version: body.version,
            options: body.options,
            signature: hex::decode(&body.signature)
                .map_err(|_| failed("could not fetch signature bytes"))?,
        })
    }

    /// Checks all that needs no ledger.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.version == 0 || (self.version == 1 && self.options != 0) {
            return Err("invalid transaction version");
        }
        if self.options & !SIGNED_HASH != 0 {
            return Err("the sandbox knows no guardians; leave their option out");
        }
        if self.signature.is_empty() {
            return Err("nil signature");
        }
        if self.chain_id != CHAIN_ID {
            return Err("invalid chain ID");
        }
        if self.gas_price < gas::MIN_PRICE {
            return Err("insufficient gas price in tx");
        }
        if self.gas_limit < gas::of_data(self.data.len()) {
            return Err("insufficient gas limit in tx");
        }
        if self.gas_limit >= gas::BLOCK_LIMIT {
            return Err("more gas was provided than gas limit per block");
        }
        self.verify()
    }

    fn verify(&self) -> Result<(), &'static str> {
        let invalid = "ed25519: invalid signature";
        let key = VerifyingKey::from_bytes(&self.sender.0).map_err(|_| "invalid public key")?;
        let signature = Signature::from_slice(&self.signature).map_err(|_| invalid)?;
        let json = Value::from(self.members()).to_string();
        let message = match self.options & SIGNED_HASH {
            0 => json.into_bytes(),
            _ => keccak256(json).to_vec(),
        };
        key.verify(&message, &signature).map_err(|_| invalid)
    }

    /// What is signed: these members in this order, without a space.
    fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
        put("nonce", self.nonce.into());
        put("value", self.value.to_string().into());
        put("receiver", self.receiver.text().into());
        put("sender", self.sender.text().into());
        put("gasPrice", self.gas_price.into());
        put("gasLimit", self.gas_limit.into());
        if !self.data.is_empty() {
            put("data", STANDARD.encode(&self.data).into());
        }
        put("chainID", self.chain_id.as_str().into());
        put("version", self.version.into());
        if self.options != 0 {
            put("options", self.options.into());
        }
        members
    }

    /// BLAKE2b-256 of the transaction as protobuf.
    pub(super) fn hash(&self) -> String {
        let number = |value: u64| value.cast_signed();
        let mut value = vec![0];
        let digits = self.value.to_be_bytes();
        let zeros = digits.iter().take_while(|byte| **byte == 0).count().min(15);
        // A byte for the sign, then the magnitude, which for zero is one byte too.
        value.extend_from_slice(&digits[zeros..]);
        let bytes = Message::default()
            .number(1, number(self.nonce))
            .bytes(2, value)
            .bytes(3, self.receiver.0)
            .bytes(5, self.sender.0)
            .number(7, number(self.gas_price))
            .number(8, number(self.gas_limit))
            .bytes(9, &self.data)
            .bytes(10, &self.chain_id)
            .number(11, self.version.into())
            .bytes(12, &self.signature)
            .number(13, self.options.into())
            .finish();
        hex::encode(Blake2b::<U32>::digest(bytes))
    }

    /// What it says of itself.
    pub(super) fn identity(&self) -> Identity {
        Identity {
            hash: self.hash(),
            sender: Some(self.sender.text()),
            nonce: Some(self.nonce),
            inputs: Vec::new(),
        }
    }

    /// The members as the API shows them.
    pub(super) fn view(&self) -> Value {
        let mut view = Value::from(self.members());
        view["hash"] = self.hash().into();
        view["type"] = "normal".into();
        view["signature"] = hex::encode(&self.signature).into();
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signed by Tatum KMS 8.0.1.
    const RECORDED: &str = r#"{"nonce":7,"value":"0","receiver":"erd1uxjk2r4rnhdtjz4xqzzytj02hg9td2muvsv884nh0s2r9r84t73q2mscne","sender":"erd10uad9rh3v9jhdp2twcfey5qj2d0cnh9u76xv0xf5yzgkx43aaaysdu3vv5","gasPrice":1000000000,"gasLimit":500000,"data":"RVNEVFRyYW5zZmVyQDQxNGM0MzJkMzYzMjM1MzgzMTMyQGM=","chainID":"D","version":1,"signature":"f0e01ec4e596fb8c55e027c882a5c812d9d4e0749b86a7f30dbc380a9d3e7f26e736a77d37774dd8689df14f0fe4f52d9f6fa0f38a10332fc2e96fd22f0b7b08"}"#;

    #[test]
    fn a_recorded_signature_holds_and_no_other() {
        let tx = Transaction::read(RECORDED).unwrap();
        assert_eq!(tx.data, b"ESDTTransfer@414c432d363235383132@c");
        assert_eq!(tx.check(), Ok(()));
        let other = Transaction::read(&RECORDED.replace("500000,", "500001,")).unwrap();
        assert_eq!(other.check(), Err("ed25519: invalid signature"));
    }

    #[test]
    fn values_are_plain_digits() {
        for value in ["NaN", "-1", "+1", "1.5", "", "1e18"] {
            let text = RECORDED.replace(r#""value":"0""#, &format!(r#""value":"{value}""#));
            let words = Transaction::read(&text).unwrap_err();
            assert_eq!(words, "transaction generation failed: invalid value", "{value}");
        }
    }
}
