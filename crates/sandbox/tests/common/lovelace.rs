//! Keys and transfers of Cardano, written down byte by byte.

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest as _};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use tatum_sandbox::cardano::{enterprise_address, read_address};

use super::{Answer, Api, text};

/// A key and its enterprise address.
pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new(byte: u8) -> Self {
        Self(SigningKey::from_bytes(&[byte; 32]))
    }

    pub(crate) fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    pub(crate) fn address(&self) -> String {
        enterprise_address(&self.public())
    }

    pub(crate) fn sign(&self, hash: &[u8]) -> [u8; 64] {
        self.0.sign(hash).to_bytes()
    }
}

/// A transfer: what is spent, who gets how much, the fee, the time to live.
#[derive(Clone)]
pub(crate) struct Transfer {
    pub(crate) inputs: Vec<(String, u8)>,
    pub(crate) outputs: Vec<(Vec<u8>, u32)>,
    pub(crate) fee: u32,
    pub(crate) ttl: u32,
}

impl Transfer {
    /// Spends one output for one recipient.
    pub(crate) fn of(input: &str, to: &str, lovelace: u32, fee: u32) -> Self {
        let outputs = vec![(read_address(to).unwrap(), lovelace)];
        Self { inputs: vec![(input.to_owned(), 0)], outputs, fee, ttl: u32::MAX }
    }

    fn body(&self) -> Vec<u8> {
        let number = |value: u32| [&[0x1a][..], &value.to_be_bytes()].concat();
        let count = |items: usize| 0x80 | u8::try_from(items).unwrap();
        let mut out = vec![0xa4, 0x00, count(self.inputs.len())];
        for (hash, place) in &self.inputs {
            out.extend([0x82, 0x58, 32]);
            out.extend(hex::decode(hash).unwrap());
            out.push(*place);
        }
        out.extend([0x01, count(self.outputs.len())]);
        for (address, lovelace) in &self.outputs {
            out.extend([0x82, 0x58, u8::try_from(address.len()).unwrap()]);
            out.extend(address);
            out.extend(number(*lovelace));
        }
        [out, vec![0x02], number(self.fee), vec![0x03], number(self.ttl)].concat()
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        Blake2b::<U32>::digest(self.body()).into()
    }

    /// The bytes that are sent, with a witness of each key.
    pub(crate) fn signed(&self, keys: &[&Key]) -> Vec<u8> {
        let mut out = [vec![0x84], self.body()].concat();
        out.extend([0xa1, 0x00, 0x80 | u8::try_from(keys.len()).unwrap()]);
        for key in keys {
            out.extend([0x82, 0x58, 32]);
            out.extend(key.public());
            out.extend([0x58, 64]);
            out.extend(key.sign(&self.hash()));
        }
        out.extend([0xf5, 0xf6]);
        out
    }
}

impl Api {
    /// Gives a key an output; the hash of its transaction.
    pub(crate) async fn ada(&self, key: &Key, amount: &str) -> String {
        let body = json!({ "address": key.address(), "amount": amount });
        let (status, answer) = self.post("/sandbox/ADA/faucet", body).await;
        assert_eq!(status, 200, "{answer}");
        text(&answer["txId"])
    }

    pub(crate) async fn send_ada(&self, bytes: &[u8], id: Option<&str>) -> Answer {
        let mut body = json!({ "txData": hex::encode(bytes) });
        if let Some(id) = id {
            body["signatureId"] = id.into();
        }
        self.post("/v3/ada/broadcast", body).await
    }

    /// Lovelace at the address of a key.
    pub(crate) async fn lovelace(&self, key: &Key) -> String {
        text(&self.get(&format!("/v3/ada/account/{}", key.address())).await.1[0]["value"])
    }

    /// A step of Rosetta's construction.
    pub(crate) async fn rosetta(&self, step: &str, mut body: Value) -> Answer {
        body["network_identifier"] = json!({ "blockchain": "cardano", "network": "preprod" });
        let node = "/v3/blockchain/node/cardano-preprod/key";
        self.post(&format!("{node}/construction/{step}"), body).await
    }
}
