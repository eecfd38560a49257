//! Transactions as the access node takes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::address::Address;
use super::message::{AccountSignature, Payload};

/// The most computation that a transaction may use.
const GAS_LIMIT: u64 = 9_999;

/// A transaction whose signatures have not been verified.
#[derive(Clone, Debug)]
pub(super) struct SignedTransaction {
    pub(super) payload: Payload,
    pub(super) payload_signatures: Vec<AccountSignature>,
    pub(super) envelope_signatures: Vec<AccountSignature>,
    pub(super) id: [u8; 32],
}

/// Numbers are texts, as everywhere in this API.
#[derive(Deserialize)]
struct Body {
    script: String,
    arguments: Vec<String>,
    reference_block_id: String,
    gas_limit: String,
    payer: String,
    proposal_key: ProposalKey,
    authorizers: Vec<String>,
    payload_signatures: Vec<Signature>,
    envelope_signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct ProposalKey {
    address: String,
    key_index: String,
    sequence_number: String,
}

#[derive(Deserialize)]
struct Signature {
    address: String,
    key_index: String,
    signature: String,
}

impl SignedTransaction {
    /// Reads the body of `/v1/transactions`. The errors are those of the access node.
    pub(super) fn read(body: Value) -> Result<Self, String> {
        let body: Body = serde_json::from_value(body).map_err(|error| error.to_string())?;
        let proposal = &body.proposal_key;
        let payload = Payload {
            script: base64(&body.script, "script")?,
            arguments: body
                .arguments
                .iter()
                .map(|argument| base64(argument, "argument"))
                .collect::<Result<_, _>>()?,
            reference_block: block(&body.reference_block_id)?,
            gas_limit: number(&body.gas_limit, "gas limit")?,
            proposer: address(&proposal.address)?,
            proposal_key: number(&proposal.key_index, "key index")?,
            sequence: number(&proposal.sequence_number, "sequence number")?,
            payer: address(&body.payer)?,
            authorizers: body
                .authorizers
                .iter()
                .map(|text| address(text))
                .collect::<Result<_, _>>()?,
        };
        if payload.gas_limit > GAS_LIMIT {
            let limit = payload.gas_limit;
            return Err(format!("gas limit ({limit}) exceeds the maximum gas limit ({GAS_LIMIT})"));
        }
        let (of_payload, of_envelope) =
            (signatures(&body.payload_signatures)?, signatures(&body.envelope_signatures)?);
        check_distinct(of_payload.iter().chain(&of_envelope))?;
        let id = payload.id(&of_payload, &of_envelope);
        let id = id.ok_or("signature by an account that is not proposer, payer or authorizer")?;
        Ok(Self { payload, payload_signatures: of_payload, envelope_signatures: of_envelope, id })
    }

    /// Its hash.
    pub(super) fn hash(&self) -> String {
        hex::encode(self.id)
    }
}

fn check_distinct<'a>(all: impl Iterator<Item = &'a AccountSignature>) -> Result<(), String> {
    let mut known = Vec::new();
    for AccountSignature { address, key, .. } in all {
        if known.contains(&(address, key)) {
            let address = address.digits();
            return Err(format!("duplicated signature for key (address: {address}, index: {key})"));
        }
        known.push((address, key));
    }
    Ok(())
}

fn signatures(list: &[Signature]) -> Result<Vec<AccountSignature>, String> {
    let read = |signature: &Signature| {
        Ok(AccountSignature {
            address: address(&signature.address)?,
            key: number(&signature.key_index, "key index")?,
            bytes: base64(&signature.signature, "signature")?,
        })
    };
    list.iter().map(read).collect()
}

fn base64(text: &str, what: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text).map_err(|_| format!("invalid {what} encoding"))
}

fn number<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("invalid {what}: value must be an unsigned 64 bit integer"))
}

fn address(text: &str) -> Result<Address, String> {
    Address::parse(text).ok_or_else(|| "invalid address".to_owned())
}

fn block(text: &str) -> Result<[u8; 32], String> {
    let mut id = [0; 32];
    hex::decode_to_slice(text, &mut id).map_err(|_| "invalid reference block ID")?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::flow::message::digest;

    /// A recorded run, with its hash.
    fn recorded() -> (Value, &'static str) {
        let body = json!({
            "script": "dHJhbnNhY3Rpb24oYW1vdW50OiBVRml4NjQsIHRvOiBBZGRyZXNzLCBtZW1vOiBTdHJpbmcpIHsKICBwcmVwYXJlKHNpZ25lcjogYXV0aChCb3Jyb3dWYWx1ZSkgJkFjY291bnQpIHt9CiAgZXhlY3V0ZSB7IGxvZyhtZW1vKSB9Cn0=",
            "arguments": [
                "eyJ0eXBlIjoiVUZpeDY0IiwidmFsdWUiOiIxLjUwMDAwMDAwIn0=",
                "eyJ0eXBlIjoiQWRkcmVzcyIsInZhbHVlIjoiMHhmYmI0NzBkZmM5ZTRmN2UwIn0=",
                "eyJ0eXBlIjoiU3RyaW5nIiwidmFsdWUiOiJjYWbDqSBcInFcIiA8Jj4ifQ==",
            ],
            "reference_block_id": "11a1e6aa84fa1a312f94e3dae77c01ca2ca552d1fef75d9b5f9db3e50b08b3ee",
            "gas_limit": "9999",
            "payer": "19c951b39b31c8ea",
            "proposal_key": { "address": "19c951b39b31c8ea", "key_index": "17", "sequence_number": "5" },
            "authorizers": ["dafa90626f3d0e69"],
            "payload_signatures": [
                { "address": "19c951b39b31c8ea", "key_index": "17", "signature": "oaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGysrKysrKysrKysrKysrKysrKysrKysrKysrKysrKysg==" },
                { "address": "dafa90626f3d0e69", "key_index": "0", "signature": "RoqjUo13RCV00OGEtpTZaTV9eZq2aiC7UJ1RpX37A+nSmmLdjpt7Ij0zhxr0i+kG3jls7HRMO4GVAnJ/4C2HqQ==" },
            ],
            "envelope_signatures": [
                { "address": "19c951b39b31c8ea", "key_index": "42", "signature": "w8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1A==" },
            ],
        });
        (body, "7226e01e8201b79306e16bd224592c67d4fa99f59c7f2d332f88188c1eb125f3")
    }

    #[test]
    fn a_recorded_transaction_has_its_hash_and_its_signature_holds() {
        let (body, hash) = recorded();
        let transaction = SignedTransaction::read(body).unwrap();
        assert_eq!(transaction.hash(), hash);
        let mut key = [0; 64];
        let digits = "3058ba639a59e0bd022db4dd0a500699dd778480eaa65c73f984a12652c19b579a35d19fbcc395cbeb522e1b89c681ddbe15fb44d5e689baa3e9aab377e2764e";
        hex::decode_to_slice(digits, &mut key).unwrap();
        let message = transaction.payload.encode();
        let signature = &transaction.payload_signatures[1].bytes;
        assert!(super::super::execution::holds(&key, &digest(&message), signature));
        assert!(!super::super::execution::holds(&key, &digest(&message[1..]), signature));
    }

    #[test]
    fn what_the_access_node_can_not_read_is_refused() {
        for (pointer, value, words) in [
            ("/script", json!("!"), "invalid script encoding"),
            ("/gas_limit", json!("10000"), "gas limit (10000) exceeds"),
            ("/gas_limit", json!(9999), "invalid type"),
            ("/payer", json!("0x12"), "invalid address"),
            ("/authorizers/0", json!("dafa90626f3d0e60"), "signature by an account"),
            ("/payload_signatures/0/address", json!("dafa90626f3d0e60"), "signature by an account"),
            ("/payload_signatures/0/key_index", json!("42"), "duplicated signature for key"),
            ("/reference_block_id", json!("11"), "invalid reference block ID"),
        ] {
            let (mut body, _) = recorded();
            *body.pointer_mut(pointer).unwrap() = value;
            let error = SignedTransaction::read(body).unwrap_err();
            assert!(error.starts_with(words), "{pointer}: {error}");
        }
    }
}
