//! Signed transactions: read, and tied to the account whose key signed.

use alloy_primitives::{B256, Signature};
use serde_json::Value;

use super::address::Address;
use super::raw::Raw;
use crate::chain::Identity;

/// A transaction and its signatures, as they were broadcast.
#[derive(Clone, Debug)]
pub(super) struct SignedTransaction {
    pub(super) raw: Raw,
    /// SHA-256 of the protobuf.
    pub(super) id: [u8; 32],
    pub(super) signatures: Vec<Vec<u8>>,
    /// The members `raw_data` and `signature`, to be shown.
    pub(super) json: Value,
}

/// The permissions that every account has: the owner's, and the one for everyday use. Both have the
/// account's own key alone.
const PERMISSIONS: [i64; 2] = [0, 2];

impl SignedTransaction {
    /// Reads the JSON of a broadcast.
    ///
    /// Nodes look at `raw_data` alone. Here `raw_data_hex` and `txID` have to agree with it: a
    /// transaction that says two things was not meant.
    pub(super) fn read(tx_data: &str) -> Result<Self, String> {
        let json: Value = serde_json::from_str(tx_data)
            .map_err(|error| format!("the transaction is not JSON: {error}"))?;
        let visible = json["visible"].as_bool().unwrap_or_default();
        let raw = Raw::read(&json["raw_data"], visible)
            .map_err(|reason| format!("the transaction can't be read: {reason}"))?;
        let id = raw.id();
        for (name, expected) in
            [("raw_data_hex", hex::encode(raw.bytes())), ("txID", hex::encode(id))]
        {
            if json[name].as_str().is_some_and(|found| found != expected) {
                return Err(format!("`{name}` is not that of `raw_data`, which is {expected}"));
            }
        }
        let signatures = json["signature"].as_array().map(Vec::as_slice).unwrap_or_default();
        let read = |text: &Value| text.as_str().and_then(|text| hex::decode(text).ok());
        let signatures: Option<Vec<_>> = signatures.iter().map(read).collect();
        let signatures = signatures.ok_or("a signature is not hex")?;
        Ok(Self { raw, id, signatures, json })
    }

    /// What it says of itself.
    pub(super) fn identity(&self) -> Identity {
        Identity {
            hash: hex::encode(self.id),
            sender: Some(self.raw.action.owner().base58()),
            nonce: None,
            inputs: Vec::new(),
        }
    }

    /// The size as a whole, with room for a result, which is what bandwidth is counted by.
    pub(super) fn bandwidth(&self) -> u64 {
        const RESULT: usize = 64;
        // Both fields have a number of one byte; a transaction of 128 bytes has a length of two.
        let raw = self.raw.bytes().len();
        let signatures: usize = self.signatures.iter().map(|signature| signature.len() + 2).sum();
        let lengths = if raw < 128 { 2 } else { 3 };
        u64::try_from(raw + lengths + signatures + RESULT).unwrap_or(u64::MAX)
    }

    /// Checks the signature against the owner's account. The errors are those of java-tron.
    pub(super) fn check_signature(&self) -> Result<(), String> {
        if self.signatures.is_empty() {
            return Err("miss sig or contract".to_owned());
        }
        if !PERMISSIONS.contains(&self.raw.permission) {
            return Err("permission isn't exit".to_owned());
        }
        let [signature] = self.signatures.as_slice() else {
            let count = self.signatures.len();
            return Err(format!(
                "Signature count is {count} more than key counts of permission : 1"
            ));
        };
        let signer = self.signer(signature)?;
        if signer != self.raw.action.owner() {
            return Err(format!(
                "{} is signed by {} but it is not contained of permission.",
                hex::encode(signature),
                signer.base58()
            ));
        }
        Ok(())
    }

    fn signer(&self, signature: &[u8]) -> Result<Address, String> {
        let Some(bytes) = signature.first_chunk::<65>() else {
            return Err(format!("Signature size is {}", signature.len()));
        };
        let header = bytes[64];
        let unrecoverable = || "Could not recover public key from signature".to_owned();
        if !matches!(header, 0 | 1 | 27 | 28) {
            return Err(format!("Header byte out of range: {header}"));
        }
        let signature = Signature::from_raw_array(bytes).map_err(|_| unrecoverable())?;
        let signer = signature.recover_address_from_prehash(&B256::from(self.id));
        Ok(Address::of(signer.map_err(|_| unrecoverable())?.into_array()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signed by Tatum KMS 8.0.1.
    const RECORDED: &str = r#"{"visible":false,"txID":"0994c3310a0e23b462431556e78286fec49297fb14a49d2a709cc7941b2a9791","raw_data_hex":"0a025e4b2208a1b2c3d4e5f6071840e0a4eeb6b7335a67080112630a2d747970652e676f6f676c65617069732e636f6d2f70726f746f636f6c2e5472616e73666572436f6e747261637412320a154115fbd75ce67b392a4b9d5ea166da1df8c950b75b12154145a7e401402df9f539e66ca697a33c7f450de3c018e0c65b7080d0eab6b733","raw_data":{"contract":[{"parameter":{"value":{"to_address":"4145a7e401402df9f539e66ca697a33c7f450de3c0","owner_address":"4115fbd75ce67b392a4b9d5ea166da1df8c950b75b","amount":1500000},"type_url":"type.googleapis.com/protocol.TransferContract"},"type":"TransferContract"}],"ref_block_bytes":"5e4b","ref_block_hash":"a1b2c3d4e5f60718","expiration":1767225660000,"timestamp":1767225600000},"signature":["8640955b9119541374249fe4c568cc4d28373f715c8f77f392c556f2012fde2d61ba42effc190d42b09063e62ff8c53d54805af171295c3c3a16bf3afc6c014b1C"]}"#;

    #[test]
    fn a_recorded_signature_is_the_owners() {
        let tx = SignedTransaction::read(RECORDED).unwrap();
        let sender = Some("TByStKogS9xQfgNj8X5siFs8QP1hujHTJX".to_owned());
        assert_eq!(tx.identity().sender, sender);
        assert_eq!(tx.check_signature(), Ok(()));
        // Bytes of the raw data and of the signature, both with tag and length, and 64.
        assert_eq!(tx.bandwidth(), 133 + 3 + 67 + 64);
    }

    #[test]
    fn only_permissions_that_every_account_has_may_sign() {
        for (permission, expected) in [(2, "is signed by"), (1, "permission isn't exit")] {
            let mut json: Value = serde_json::from_str(RECORDED).unwrap();
            json["raw_data"]["contract"][0]["Permission_id"] = permission.into();
            for name in ["raw_data_hex", "txID"] {
                json.as_object_mut().unwrap().remove(name);
            }
            let words = SignedTransaction::read(&json.to_string()).unwrap().check_signature();
            assert!(words.unwrap_err().contains(expected));
        }
    }
}
