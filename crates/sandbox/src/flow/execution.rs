//! What the network's executors check, in their words and with their error codes.

use k256::ecdsa::signature::hazmat::PrehashVerifier as _;
use k256::ecdsa::{Signature, VerifyingKey};

use super::address::Address;
use super::ledger::{FULL_WEIGHT, Ledger};
use super::message::{AccountSignature, Payload, digest};
use super::transaction::SignedTransaction;

/// Where a signature stands, with the code of one that does not hold.
#[derive(Clone, Copy)]
enum Part {
    Payload,
    Envelope,
}

impl Part {
    fn invalid(self, signature: &AccountSignature, words: &str) -> String {
        let (code, part) = match self {
            Self::Payload => (1008, "payload"),
            Self::Envelope => (1009, "envelope"),
        };
        let AccountSignature { address, key, .. } = signature;
        let address = address.digits();
        format!(
            "[Error Code: {code}] invalid {part} key: public key {key} on account {address} does \
             not have a valid signature: {words}"
        )
    }
}

/// Whether a signature (r and s) of a public key (x and y on secp256k1) holds. A high S is one too.
pub(super) fn holds(key: &[u8; 64], digest: &[u8; 32], signature: &[u8]) -> bool {
    let sec1 = [&[4][..], key].concat();
    let (Ok(key), Ok(signature)) =
        (VerifyingKey::from_sec1_bytes(&sec1), Signature::from_slice(signature))
    else {
        return false;
    };
    let signature = signature.normalize_s().unwrap_or(signature);
    key.verify_prehash(digest, &signature).is_ok()
}

impl Ledger {
    /// Checks signatures, then the sequence number. The sequence number is used up only if both are
    /// right.
    pub(super) fn verify(&self, transaction: &SignedTransaction) -> Result<(), String> {
        let SignedTransaction { payload, payload_signatures, envelope_signatures, .. } =
            transaction;
        let message = digest(&payload.encode());
        for signature in payload_signatures {
            self.verify_signature(Part::Payload, signature, &message)?;
        }
        let envelope = payload.envelope(payload_signatures).unwrap_or_default();
        let message = digest(&envelope);
        for signature in envelope_signatures {
            self.verify_signature(Part::Envelope, signature, &message)?;
        }
        check_proposer(payload, payload_signatures.iter().chain(envelope_signatures))?;
        self.check_weight("payer", payload.payer, envelope_signatures)?;
        for authorizer in &payload.authorizers {
            // The payer's signature of the envelope covers the payload too.
            let signatures =
                if *authorizer == payload.payer { envelope_signatures } else { payload_signatures };
            self.check_weight("authorizer", *authorizer, signatures)?;
        }
        self.check_sequence(payload)
    }

    fn verify_signature(
        &self,
        part: Part,
        signature: &AccountSignature,
        digest: &[u8; 32],
    ) -> Result<(), String> {
        let key = self.key(signature.address, signature.key);
        let key = key.ok_or_else(|| part.invalid(signature, "account public key not found"))?;
        if holds(&key.public, digest, &signature.bytes) {
            return Ok(());
        }
        Err(part.invalid(signature, "signature is not valid"))
    }

    fn check_weight(
        &self,
        role: &str,
        address: Address,
        signatures: &[AccountSignature],
    ) -> Result<(), String> {
        let of_account = signatures.iter().filter(|signature| signature.address == address);
        let keys = of_account.filter_map(|signature| self.key(address, signature.key));
        let weight: u32 = keys.map(|key| key.weight).sum();
        if weight >= FULL_WEIGHT {
            return Ok(());
        }
        let address = address.digits();
        Err(format!(
            "[Error Code: 1055] authorization failed for account {address}: {role} account does not \
             have sufficient signatures ({weight} < {FULL_WEIGHT})"
        ))
    }

    fn check_sequence(&self, payload: &Payload) -> Result<(), String> {
        let Payload { proposer, proposal_key, sequence, .. } = payload;
        let expected = self.key(*proposer, *proposal_key).map_or(0, |key| key.sequence);
        if *sequence == expected {
            return Ok(());
        }
        let proposer = proposer.digits();
        Err(format!(
            "[Error Code: 1007] invalid proposal key: public key {proposal_key} on account \
             {proposer} has sequence number {expected}, but given {sequence}"
        ))
    }
}

fn check_proposer<'a>(
    payload: &Payload,
    mut signatures: impl Iterator<Item = &'a AccountSignature>,
) -> Result<(), String> {
    let Payload { proposer, proposal_key, .. } = payload;
    if signatures.any(|one| one.address == *proposer && one.key == *proposal_key) {
        return Ok(());
    }
    let proposer = proposer.digits();
    Err(format!(
        "[Error Code: 1006] invalid proposal key: public key {proposal_key} on account {proposer} \
         does not have a valid signature: signature is missing"
    ))
}
