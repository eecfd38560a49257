//! Classic addresses.

use bitcoin::hashes::{Hash as _, hash160};
use bs58::Alphabet;

use crate::error::ApiError;

/// What stands before the account's id.
const VERSION: u8 = 0;

/// Writes the id of an account.
pub(super) fn write(id: &[u8; 20]) -> String {
    bs58::encode(id).with_alphabet(Alphabet::RIPPLE).with_check_version(VERSION).into_string()
}

/// Reads an address with its checksum.
pub(super) fn read(property: &str, text: &str) -> Result<String, ApiError> {
    let decoded = bs58::decode(text).with_alphabet(Alphabet::RIPPLE).with_check(Some(VERSION));
    match decoded.into_vec() {
        Ok(bytes) if bytes.len() == 21 => Ok(text.to_owned()),
        _ => {
            let reason = "it is no classic address of the XRP Ledger: r and Base58 with a checksum";
            Err(ApiError::invalid(property, text.into(), reason))
        }
    }
}

/// The account of a public key of 33 bytes.
pub(super) fn of_key(key: &[u8]) -> String {
    write(&hash160::Hash::hash(key).to_byte_array())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From <https://xrpl.org/docs/concepts/accounts/addresses>.
    #[test]
    fn the_documented_key_has_the_documented_address() {
        let key = "ed9434799226374926eda3b54b1b461b4abf7237962eae18528fea67595397fa32";
        let address = of_key(&hex::decode(key).unwrap());
        assert_eq!(address, "rDTXLQ7ZKZVKz33zJbHjgVShjsBnqMBhmN");
        assert!(read("to", &address).is_ok());
        assert!(read("to", "rDTXLQ7ZKZVKz33zJbHjgVShjsBnqMBhmM").is_err());
        assert!(read("to", "").is_err());
    }
}
