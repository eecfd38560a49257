//! Addresses: RIPEMD-160 of SHA-256 of a public key, in Bech32.

use std::fmt;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Hrp};
use bitcoin::hashes::{Hash as _, hash160};

use crate::error::ApiError;

/// What addresses of the testnet start with.
const HRP: Hrp = Hrp::parse_unchecked("tbnb");

/// An account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address(pub(super) [u8; 20]);

impl Address {
    /// The account of a public key of 33 bytes.
    pub(super) fn of_key(key: &[u8; 33]) -> Self {
        Self(hash160::Hash::hash(key).to_byte_array())
    }

    /// Reads an address of the testnet.
    pub(super) fn read(text: &str) -> Result<Self, ApiError> {
        let decoded = CheckedHrpstring::new::<Bech32>(text).ok();
        let decoded = decoded.filter(|decoded| decoded.hrp() == HRP);
        let bytes = decoded.map(|decoded| decoded.byte_iter().collect::<Vec<_>>());
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or_else(|| {
            let reason = "it is no address of BNB on the test network; copy it again";
            ApiError::invalid("address", text.into(), reason)
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech32::encode::<Bech32>(HRP, &self.0).expect("20 bytes are short enough"))
    }
}

/// The address of a compressed public key on the testnet.
pub fn address_of(key: &[u8; 33]) -> String {
    Address::of_key(key).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_its_address() {
        // From a recorded run.
        let mut key = [0; 33];
        let digits = "031d74df3c9cd8366de7badd71a7a0ed08e40384204f36dc95384037f8051204e9";
        hex::decode_to_slice(digits, &mut key).unwrap();
        let address = "tbnb1whzkdmrd6q3d8znrwda24pdzzmtnlauw9h624e";
        assert_eq!(address_of(&key), address);
        assert_eq!(Address::read(address).unwrap(), Address::of_key(&key));
        for bad in ["", "bnb1xyz", &address.replace("24e", "24f"), &address[1..]] {
            assert!(Address::read(bad).is_err(), "{bad}");
        }
    }
}
