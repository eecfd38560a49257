//! Signed transactions: read, and their signatures checked over the bytes as they came.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stellar_xdr::{
    AccountId, DecoratedSignature, Limits, MuxedAccount, Operation, Preconditions, PublicKey,
    ReadXdr as _, TimeBounds, Transaction, TransactionEnvelope, Uint256, WriteXdr as _,
};

use crate::chain::Identity;

/// The test network's name, whose hash every signature covers.
const PASSPHRASE: &str = "Test SDF Network ; September 2015";

/// The kind of envelope, as XDR writes it: ENVELOPE_TYPE_TX.
const ENVELOPE_TX: [u8; 4] = [0, 0, 0, 2];

/// Longer than any transaction.
const LIMITS: Limits = Limits { depth: 200, len: 1 << 20 };

const MALFORMED: &str = "Transaction Malformed";

/// A transaction and what signs it.
#[derive(Clone, Debug)]
pub(super) struct SignedTransaction {
    pub(super) transaction: Transaction,
    pub(super) signatures: Vec<DecoratedSignature>,
    pub(super) hash: [u8; 32],
}

impl SignedTransaction {
    /// Reads the Base64 of a broadcast. The errors are Horizon's, where it has one.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let malformed = |_| MALFORMED.to_owned();
        let bytes = STANDARD.decode(text).map_err(|_| MALFORMED.to_owned())?;
        let envelope = TransactionEnvelope::from_xdr(&bytes, LIMITS).map_err(malformed)?;
        let TransactionEnvelope::Tx(envelope) = envelope else {
            let words = "tx_not_supported: the sandbox takes envelopes of version 1 only";
            return Err(words.to_owned());
        };
        let length = envelope.tx.to_xdr(LIMITS).map_err(malformed)?.len();
        let as_it_came = &bytes[ENVELOPE_TX.len()..][..length];
        let hash = Sha256::new()
            .chain_update(Sha256::digest(PASSPHRASE))
            .chain_update(ENVELOPE_TX)
            .chain_update(as_it_came)
            .finalize()
            .into();
        let signatures = envelope.signatures.to_vec();
        Ok(Self { transaction: envelope.tx, signatures, hash })
    }

    /// As the network writes it.
    pub(super) fn hash_text(&self) -> String {
        hex::encode(self.hash)
    }

    /// Whose sequence it uses and who pays its fee.
    pub(super) fn source(&self) -> String {
        account(&self.transaction.source_account)
    }

    /// Who acts in an operation.
    pub(super) fn source_of(&self, operation: &Operation) -> String {
        operation.source_account.as_ref().map_or_else(|| self.source(), account)
    }

    /// When it is valid; none where it always is, or an error for conditions that are not served.
    pub(super) fn time_bounds(&self) -> Result<Option<&TimeBounds>, &'static str> {
        match &self.transaction.cond {
            Preconditions::None => Ok(None),
            Preconditions::Time(bounds) => Ok(Some(bounds)),
            Preconditions::V2(_) => Err("tx_not_supported"),
        }
    }

    /// Which of the signatures are those of an account's own key.
    pub(super) fn signatures_of(&self, address: &str) -> Vec<usize> {
        let Ok(AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(key)))) = address.parse() else {
            return Vec::new();
        };
        let Ok(verifying) = VerifyingKey::from_bytes(&key) else { return Vec::new() };
        let holds = |one: &DecoratedSignature| {
            one.hint.0 == key[28..]
                && Signature::from_slice(one.signature.as_slice())
                    .is_ok_and(|signature| verifying.verify_strict(&self.hash, &signature).is_ok())
        };
        let numbered = self.signatures.iter().enumerate();
        numbered.filter(|(_, one)| holds(one)).map(|(index, _)| index).collect()
    }

    /// What it says of itself.
    pub(super) fn identity(&self) -> Identity {
        Identity {
            hash: self.hash_text(),
            sender: Some(self.source()),
            nonce: u64::try_from(self.transaction.seq_num.0).ok(),
            inputs: Vec::new(),
        }
    }

    /// As Horizon shows it, but for what became of it.
    pub(super) fn view(&self) -> Value {
        json!({
            "hash": self.hash_text(), "source_account": self.source(),
            "source_account_sequence": self.transaction.seq_num.0.to_string(),
            "max_fee": self.transaction.fee.to_string(),
            "operation_count": self.transaction.operations.len(),
        })
    }
}

/// The account behind an address that may be one of many of it.
pub(super) fn account(muxed: &MuxedAccount) -> String {
    let key = match muxed {
        MuxedAccount::Ed25519(key) => key.clone(),
        MuxedAccount::MuxedEd25519(muxed) => muxed.ed25519.clone(),
    };
    AccountId(PublicKey::PublicKeyTypeEd25519(key)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A payment of 12.3456789 XLM, signed by stellar-base for the test network.
    const PAYMENT: &str = include_str!("../../tests/fixtures/xlm-payment.txt");

    #[test]
    fn what_others_have_signed_is_read() {
        let signed = SignedTransaction::read(PAYMENT.trim()).unwrap();
        let source = "GCC7BVODY5JNM7PQK4QR3WKAUNZQSH5SYRJP64BXOMTZAYZ53JV5BZIX";
        assert_eq!((signed.source().as_str(), signed.signatures_of(source)), (source, vec![0]));
        let other = "GASEQVGBDX5RKP775QRPCEGG7ZG5EOVNLNXRRTID6LR5R3QJMAYJ3ZEO";
        assert!(signed.signatures_of(other).is_empty());
    }

    #[test]
    fn no_byte_of_it_can_be_changed() {
        let bytes = STANDARD.decode(PAYMENT.trim()).unwrap();
        let source = "GCC7BVODY5JNM7PQK4QR3WKAUNZQSH5SYRJP64BXOMTZAYZ53JV5BZIX";
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let read = SignedTransaction::read(&STANDARD.encode(changed));
            assert!(
                read.map_or(true, |signed| signed.signatures_of(source).is_empty()),
                "byte {at}"
            );
            assert!(
                SignedTransaction::read(&STANDARD.encode(&bytes[..at])).is_err(),
                "cut at {at}"
            );
        }
    }
}
