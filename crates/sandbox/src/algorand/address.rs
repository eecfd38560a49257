//! Addresses: Base32 of a public key and four bytes of its hash.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha512_256};

use crate::error::ApiError;

/// What an account is known by.
pub(super) type Key = [u8; 32];

/// How many bytes of the hash follow the key.
pub(super) const CHECKSUM: usize = 4;

/// The last bytes of the key's hash.
pub(super) fn checksum(key: &Key) -> [u8; CHECKSUM] {
    *Sha512_256::digest(key).last_chunk().expect("the hash has 32 bytes")
}

/// The address of a key.
pub(super) fn write(key: &Key) -> String {
    BASE32_NOPAD.encode(&[&key[..], &checksum(key)].concat())
}

/// Reads an address with its checksum.
pub(super) fn read(property: &str, text: &str) -> Result<Key, ApiError> {
    let bytes = BASE32_NOPAD.decode(text.as_bytes()).unwrap_or_default();
    let key = bytes.first_chunk().filter(|key| bytes[32..] == checksum(key));
    key.copied().ok_or_else(|| {
        let reason = "it is no address of Algorand: 58 letters and digits with a checksum";
        ApiError::invalid(property, text.into(), reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_round_trip_with_their_checksum() {
        let text = "KWAJNI5PKSSNAHHSOCXUCRKIIELD7CFWRO2FV4DZY5TZKLCCZKVV45Y5YI";
        assert_eq!(write(&read("to", text).unwrap()), text);
        assert!(read("to", &text.replace("KWA", "KWB")).is_err());
        assert!(read("to", "").is_err());
    }
}
