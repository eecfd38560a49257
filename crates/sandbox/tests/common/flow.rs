//! Keys and transactions of Flow, with RLP written down item by item.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k256::ecdsa::signature::hazmat::PrehashSigner as _;
use k256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha3::{Digest as _, Sha3_256};

use super::{Answer, Api, text};

pub(crate) const NODE: &str = "/sandbox/FLOW/node/v1";

/// A transfer in Cadence 1.0.
pub(crate) const TRANSFER: &str = "import FungibleToken from 0x9a0766d93b6608b7
import FlowToken from 0x7e60df042a9c0868
transaction(amount: UFix64, to: Address) {
  let v: @{FungibleToken.Vault}
  prepare(s: auth(BorrowValue) &Account) {
    self.v <- s.storage.borrow<auth(FungibleToken.Withdraw) &FlowToken.Vault>(from: /storage/flowTokenVault)!.withdraw(amount: amount)
  }
  execute {
    getAccount(to).capabilities.borrow<&{FungibleToken.Receiver}>(/public/flowTokenReceiver)!.deposit(from: <-self.v)
  }
}";

/// A key of secp256k1.
pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new(byte: u8) -> Self {
        Self(SigningKey::from_slice(&[byte; 32]).unwrap())
    }

    /// x and y.
    pub(crate) fn public(&self) -> String {
        hex::encode(&self.0.verifying_key().to_encoded_point(false).as_bytes()[1..])
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign_prehash(&Sha3_256::digest(message)).unwrap();
        signature.to_bytes().to_vec()
    }
}

/// What a transaction is made of.
#[derive(Clone)]
pub(crate) struct Transfer {
    pub(crate) script: String,
    pub(crate) amount: String,
    pub(crate) to: String,
    pub(crate) from: String,
    pub(crate) reference: String,
    pub(crate) api: String,
    pub(crate) proposal_key: u8,
    pub(crate) sequence: u8,
}

/// An RLP string or, with `0xc0`, list.
fn rlp(offset: u8, content: &[u8]) -> Vec<u8> {
    match (content, content.len()) {
        ([byte @ 0..0x80], _) if offset == 0x80 => vec![*byte],
        (_, length @ 0..56) => [&[offset + u8::try_from(length).unwrap()], content].concat(),
        (_, length) => {
            let digits = length.to_be_bytes();
            let digits = &digits[digits.iter().position(|byte| *byte > 0).unwrap()..];
            let head = offset + 55 + u8::try_from(digits.len()).unwrap();
            [&[head], digits, content].concat()
        }
    }
}

fn item(content: &[u8]) -> Vec<u8> {
    rlp(0x80, content)
}

/// A number below 256.
fn number(value: u8) -> Vec<u8> {
    if value == 0 { item(&[]) } else { item(&[value]) }
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    rlp(0xc0, &items.concat())
}

fn tagged(message: &[u8]) -> Vec<u8> {
    [b"FLOW-V0.0-transaction\0\0\0\0\0\0\0\0\0\0\0", message].concat()
}

fn digits(text: &str) -> Vec<u8> {
    hex::decode(text.trim_start_matches("0x")).unwrap()
}

impl Transfer {
    fn arguments(&self) -> [String; 2] {
        [
            json!({ "type": "UFix64", "value": self.amount }).to_string(),
            json!({ "type": "Address", "value": self.to }).to_string(),
        ]
    }

    fn payload(&self) -> Vec<u8> {
        list(&[
            item(self.script.as_bytes()),
            list(&self.arguments().map(|argument| item(argument.as_bytes()))),
            item(&digits(&self.reference)),
            item(&9_999_u16.to_be_bytes()),
            item(&digits(&self.api)),
            number(self.proposal_key),
            number(self.sequence),
            item(&digits(&self.api)),
            list(&[item(&digits(&self.from))]),
        ])
    }

    fn signature(signer: u8, key: u8, bytes: &[u8]) -> Vec<u8> {
        list(&[number(signer), number(key), item(bytes)])
    }

    /// Lets the API propose and pay for what a key has signed; the body for the access node.
    pub(crate) async fn signed(&self, api: &Api, key: &Key) -> Value {
        let payload = self.payload();
        let proposer = api.flow_signature(&tagged(&payload), false).await;
        let own = key.sign(&tagged(&payload));
        let signatures =
            list(&[Self::signature(0, self.proposal_key, &proposer), Self::signature(1, 0, &own)]);
        let envelope = list(&[payload, signatures]);
        let payer = api.flow_signature(&tagged(&envelope), true).await;
        let signature = |address: &str, key: u8, bytes: &[u8]| {
            json!({
                "address": address.trim_start_matches("0x"), "key_index": key.to_string(),
                "signature": STANDARD.encode(bytes),
            })
        };
        json!({
            "script": STANDARD.encode(&self.script),
            "arguments": self.arguments().map(|argument| STANDARD.encode(argument)),
            "reference_block_id": self.reference, "gas_limit": "9999",
            "payer": self.api.trim_start_matches("0x"),
            "proposal_key": {
                "address": self.api.trim_start_matches("0x"),
                "key_index": self.proposal_key.to_string(),
                "sequence_number": self.sequence.to_string(),
            },
            "authorizers": [self.from.trim_start_matches("0x")],
            "payload_signatures": [
                signature(&self.api, self.proposal_key, &proposer), signature(&self.from, 0, &own),
            ],
            "envelope_signatures": [signature(&self.api, 0, &payer)],
        })
    }
}

impl Api {
    async fn flow_signature(&self, message: &[u8], is_payer: bool) -> Vec<u8> {
        let body = json!({ "data": hex::encode(message), "isPayer": is_payer });
        let (status, answer) = self.post("/v3/flow/sign", body).await;
        assert_eq!(status, 200, "{answer}");
        digits(&text(&answer["signature"]))
    }

    /// Opens an account with a key.
    pub(crate) async fn flow_account(&self, public: &str, amount: &str) -> String {
        let body = json!({ "publicKey": public, "amount": amount });
        let (status, answer) = self.post("/sandbox/FLOW/account", body).await;
        assert_eq!(status, 200, "{answer}");
        text(&answer["address"])
    }

    pub(crate) async fn flow_balance(&self, address: &str) -> String {
        text(&self.get(&format!("/v3/flow/account/{address}")).await.1["balance"])
    }

    /// What a client finds out before it signs a transfer.
    pub(crate) async fn flow_transfer(&self, from: &str, to: &str, amount: &str) -> Transfer {
        let payer = self.get("/v3/flow/proposal/true").await.1;
        let proposal = self.get("/v3/flow/proposal/false").await.1;
        assert_eq!((&payer["keyId"], &payer["address"]), (&json!(0), &proposal["address"]));
        let api = text(&proposal["address"]);
        let key = proposal["keyId"].as_u64().unwrap();
        let block = self.get(&format!("{NODE}/blocks?height=final&expand=payload")).await.1;
        let path = format!("{NODE}/accounts/{}?block_height=sealed", &api[2..]);
        let account = self.get(&path).await.1;
        let key_of_account = &account["keys"][usize::try_from(key).unwrap()];
        Transfer {
            script: TRANSFER.to_owned(),
            amount: amount.to_owned(),
            to: to.to_owned(),
            from: from.to_owned(),
            reference: text(&block[0]["header"]["id"]),
            api,
            proposal_key: u8::try_from(key).unwrap(),
            sequence: text(&key_of_account["sequence_number"]).parse().unwrap(),
        }
    }

    pub(crate) async fn send_flow(&self, body: &Value) -> Answer {
        self.post(&format!("{NODE}/transactions"), body.clone()).await
    }

    /// Sends what the access node takes; what became of it.
    pub(crate) async fn flow_result(&self, body: &Value) -> Value {
        let (status, answer) = self.send_flow(body).await;
        assert_eq!(status, 200, "{answer}");
        let path = format!("{NODE}/transaction_results/{}", text(&answer["id"]));
        let result = self.get(&path).await.1;
        assert_eq!(result["status"], "Sealed", "{result}");
        result
    }
}
