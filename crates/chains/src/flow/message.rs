//! The bytes that are signed and hashed.
//!
//! Payload, envelope and the whole are RLP lists, one in the other; what is signed has a tag in front.
//! <https://developers.flow.com/build/cadence/basics/transactions#signing-a-transaction>

use alloy_rlp::Encodable as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_crypto::hash::sha3_256;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::evm::transaction::rlp_list;

/// In front of everything that is signed, padded with zeros.
const TAG: &[u8] = b"FLOW-V0.0-transaction";
/// The most computation that a transaction may use.
const GAS_LIMIT: u64 = 9_999;
/// The key of the account that signs as authorizer.
const AUTHORIZER_KEY: u32 = 0;

/// A key of an account of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AccountKey {
    pub(super) address: [u8; 8],
    pub(super) index: u32,
}

/// Everything that the authorizer signs.
#[derive(Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) script: String,
    /// Compact JSON.
    pub(super) arguments: Vec<String>,
    pub(super) reference_block: [u8; 32],
    pub(super) proposer: AccountKey,
    pub(super) sequence: u64,
    pub(super) payer: AccountKey,
    pub(super) authorizer: [u8; 8],
}

/// The signatures of the payload.
pub(super) struct PayloadSignatures {
    pub(super) proposer: Vec<u8>,
    pub(super) authorizer: [u8; 64],
}

impl Message {
    /// The payload as an RLP list.
    fn payload(&self) -> Vec<u8> {
        let mut items = Vec::new();
        self.script.as_bytes().encode(&mut items);
        let arguments: Vec<u8> = self.arguments.iter().flat_map(|a| rlp(a.as_bytes())).collect();
        items.extend_from_slice(&rlp_list(&arguments));
        self.reference_block.as_slice().encode(&mut items);
        GAS_LIMIT.encode(&mut items);
        self.proposer.address.as_slice().encode(&mut items);
        self.proposer.index.encode(&mut items);
        self.sequence.encode(&mut items);
        self.payer.address.as_slice().encode(&mut items);
        items.extend_from_slice(&rlp_list(&rlp(&self.authorizer)));
        rlp_list(&items)
    }

    /// What proposer and authorizer sign.
    pub(super) fn payload_message(&self) -> Vec<u8> {
        tagged(&self.payload())
    }

    /// The hash that the authorizer signs.
    pub(super) fn digest(&self) -> [u8; 32] {
        sha3_256(&self.payload_message())
    }

    /// Who signs, in the order of the list that the network makes: proposer, payer, authorizer, none twice.
    fn signers(&self) -> Vec<[u8; 8]> {
        let mut signers = Vec::new();
        for address in [self.proposer.address, self.payer.address, self.authorizer] {
            if !signers.contains(&address) {
                signers.push(address);
            }
        }
        signers
    }

    /// An entry of a list of signatures.
    fn signature(&self, address: [u8; 8], key: u32, bytes: &[u8]) -> Vec<u8> {
        let place = self.signers().iter().position(|signer| *signer == address);
        let mut items = Vec::new();
        place.expect("only signers sign").encode(&mut items);
        key.encode(&mut items);
        bytes.encode(&mut items);
        rlp_list(&items)
    }

    fn payload_signatures(&self, signatures: &PayloadSignatures) -> Vec<u8> {
        let proposer =
            self.signature(self.proposer.address, self.proposer.index, &signatures.proposer);
        // The proposer is never the authorizer, so this is the order of signer and key.
        let authorizer = self.signature(self.authorizer, AUTHORIZER_KEY, &signatures.authorizer);
        rlp_list(&[proposer, authorizer].concat())
    }

    /// What the payer signs.
    pub(super) fn envelope_message(&self, signatures: &PayloadSignatures) -> Vec<u8> {
        tagged(&rlp_list(&[self.payload(), self.payload_signatures(signatures)].concat()))
    }

    /// The hash of the whole transaction.
    pub(super) fn hash(&self, signatures: &PayloadSignatures, payer: &[u8]) -> [u8; 32] {
        let envelope = rlp_list(&self.signature(self.payer.address, self.payer.index, payer));
        let parts = [self.payload(), self.payload_signatures(signatures), envelope];
        sha3_256(&rlp_list(&parts.concat()))
    }

    /// The transaction as the access node takes it.
    pub(super) fn json(&self, signatures: &PayloadSignatures, payer: &[u8]) -> Value {
        let signature = |address: [u8; 8], key: u32, bytes: &[u8]| {
            json!({
                "address": hex::encode(address),
                "key_index": key.to_string(),
                "signature": STANDARD.encode(bytes),
            })
        };
        let arguments: Vec<String> = self.arguments.iter().map(|a| STANDARD.encode(a)).collect();
        json!({
            "script": STANDARD.encode(&self.script),
            "arguments": arguments,
            "reference_block_id": hex::encode(self.reference_block),
            "gas_limit": GAS_LIMIT.to_string(),
            "payer": hex::encode(self.payer.address),
            "proposal_key": {
                "address": hex::encode(self.proposer.address),
                "key_index": self.proposer.index.to_string(),
                "sequence_number": self.sequence.to_string(),
            },
            "authorizers": [hex::encode(self.authorizer)],
            "payload_signatures": [
                signature(self.proposer.address, self.proposer.index, &signatures.proposer),
                signature(self.authorizer, AUTHORIZER_KEY, &signatures.authorizer),
            ],
            "envelope_signatures": [signature(self.payer.address, self.payer.index, payer)],
        })
    }
}

fn rlp(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    bytes.encode(&mut out);
    out
}

fn tagged(message: &[u8]) -> Vec<u8> {
    let mut out = TAG.to_vec();
    out.resize(32, 0);
    out.extend_from_slice(message);
    out
}
