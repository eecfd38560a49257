//! The bytes that are signed and hashed: RLP lists, one in the other, and a tag in front.
//!
//! <https://developers.flow.com/build/cadence/basics/transactions#signing-a-transaction>

use alloy_rlp::{Encodable, Header};

use super::address::Address;
use super::sha3_256;

/// In front of everything that is signed, padded with zeros to 32 bytes.
const TAG: &[u8; 21] = b"FLOW-V0.0-transaction";
const TAG_LENGTH: usize = 32;

/// What proposer and authorizers sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Payload {
    pub(super) script: Vec<u8>,
    /// JSON-Cadence.
    pub(super) arguments: Vec<Vec<u8>>,
    pub(super) reference_block: [u8; 32],
    pub(super) gas_limit: u64,
    pub(super) proposer: Address,
    pub(super) proposal_key: u32,
    pub(super) sequence: u64,
    pub(super) payer: Address,
    pub(super) authorizers: Vec<Address>,
}

/// A signature of a key of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AccountSignature {
    pub(super) address: Address,
    pub(super) key: u32,
    pub(super) bytes: Vec<u8>,
}

impl Payload {
    /// As an RLP list.
    pub(super) fn encode(&self) -> Vec<u8> {
        let addresses = |list: &[Address]| -> Vec<u8> {
            list.iter().flat_map(|address| item(&address.0[..])).collect()
        };
        let arguments: Vec<u8> =
            self.arguments.iter().flat_map(|argument| item(&argument[..])).collect();
        list(&[
            item(&self.script[..]),
            list(&[arguments]),
            item(&self.reference_block[..]),
            item(&self.gas_limit),
            item(&self.proposer.0[..]),
            item(&self.proposal_key),
            item(&self.sequence),
            item(&self.payer.0[..]),
            list(&[addresses(&self.authorizers)]),
        ])
    }

    /// Who signs, each once: proposer, payer, authorizers.
    pub(super) fn signers(&self) -> Vec<Address> {
        let mut signers = Vec::new();
        for address in [self.proposer, self.payer].iter().chain(&self.authorizers) {
            if !signers.contains(address) {
                signers.push(*address);
            }
        }
        signers
    }

    /// A list of signatures, by signer and key; none where somebody signed who should not.
    fn signatures(&self, signatures: &[AccountSignature]) -> Option<Vec<u8>> {
        let signers = self.signers();
        let mut items = Vec::new();
        for signature in signatures {
            let signer = signers.iter().position(|signer| *signer == signature.address)?;
            let parts = [item(&signer), item(&signature.key), item(&signature.bytes[..])];
            items.push(((signer, signature.key), list(&parts)));
        }
        items.sort();
        let items: Vec<_> = items.into_iter().map(|(_, item)| item).collect();
        Some(list(&items))
    }

    /// What the payer signs, as an RLP list.
    pub(super) fn envelope(&self, signatures: &[AccountSignature]) -> Option<Vec<u8>> {
        Some(list(&[self.encode(), self.signatures(signatures)?]))
    }

    /// The hash of the whole transaction.
    pub(super) fn id(
        &self,
        of_payload: &[AccountSignature],
        of_envelope: &[AccountSignature],
    ) -> Option<[u8; 32]> {
        let parts = [self.encode(), self.signatures(of_payload)?, self.signatures(of_envelope)?];
        Some(sha3_256(&list(&parts)))
    }
}

/// What is signed of a message: SHA3-256 of it with the tag in front.
pub(super) fn digest(message: &[u8]) -> [u8; 32] {
    let mut tagged = TAG.to_vec();
    tagged.resize(TAG_LENGTH, 0);
    tagged.extend_from_slice(message);
    sha3_256(&tagged)
}

/// The RLP list behind the tag, if there is one and nothing else.
pub(super) fn untagged(message: &[u8]) -> Option<&[u8]> {
    let (tag, message) = message.split_at_checked(TAG_LENGTH)?;
    let (text, zeros) = tag.split_at(TAG.len());
    let mut rest = message;
    let content = Header::decode_bytes(&mut rest, true).ok()?;
    let whole = text == TAG && zeros.iter().all(|zero| *zero == 0) && rest.is_empty();
    (whole && !content.is_empty()).then_some(message)
}

fn item<T: Encodable + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    value.encode(&mut out);
    out
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let content = items.concat();
    let mut out = Vec::new();
    Header { list: true, payload_length: content.len() }.encode(&mut out);
    out.extend_from_slice(&content);
    out
}
