//! Addresses (CIP-19): a header byte and hashes in Bech32, or those of the Byron era in Base58.

use std::fmt;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Hrp};
use bitcoin::base58;
use blake2::digest::consts::U28;
use blake2::{Blake2b, Digest as _};

use crate::error::ApiError;

/// What addresses of test networks start with.
const HRP: Hrp = Hrp::parse_unchecked("addr_test");
/// The header of an enterprise address of a key on a test network.
const ENTERPRISE: u8 = 0x60;
/// What the header of every address of a main network ends with.
const MAINNET: u8 = 1;
/// The header of a Byron address, which is a CBOR list of two.
const BYRON: u8 = 0x82;

/// An address as it stands in transactions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address(pub(super) Vec<u8>);

impl Address {
    /// The enterprise address of a key.
    pub(super) fn of_key(key: &[u8; 32]) -> Self {
        Self([&[ENTERPRISE][..], &key_hash(key)].concat())
    }

    /// Reads an address to which something can be sent on the test network.
    pub(super) fn read(text: &str) -> Result<Self, ApiError> {
        let read = Self::from_bech32(text).or_else(|| Self::from_base58(text));
        read.ok_or_else(|| {
            let reason = "it is no address of ADA on the test network; copy it again";
            ApiError::invalid("address", text.into(), reason)
        })
    }

    fn from_bech32(text: &str) -> Option<Self> {
        let decoded = CheckedHrpstring::new::<Bech32>(text).ok()?;
        let address = Self(decoded.byte_iter().collect());
        (decoded.hrp() == HRP && address.is_of_testnet()).then_some(address)
    }

    fn from_base58(text: &str) -> Option<Self> {
        let bytes = base58::decode(text).ok()?;
        (bytes.first() == Some(&BYRON)).then_some(Self(bytes))
    }

    /// Whether it has a form of the test network to which something can be sent.
    pub(super) fn is_of_testnet(&self) -> bool {
        let Some(header) = self.0.first() else { return false };
        let length = self.0.len();
        match header >> 4 {
            // A key or a script, and a key or a script for staking.
            0..=3 => length == 57 && header & 0xf == 0,
            // The latter by a pointer.
            4 | 5 => (30..=47).contains(&length) && header & 0xf == 0,
            // Neither.
            6 | 7 => length == 29 && header & 0xf == 0,
            _ => *header == BYRON,
        }
    }

    /// Whether it is one of the main network.
    pub(super) fn is_of_mainnet(&self) -> bool {
        self.0.first().is_some_and(|header| header >> 4 < 8 && header & 0xf == MAINNET)
    }

    /// The hash of the key that has to sign for what is there; none where it is a script.
    pub(super) fn payment_key(&self) -> Option<[u8; 28]> {
        let header = *self.0.first()?;
        let is_key = header >> 4 < 8 && header & 0x10 == 0;
        self.0.get(1..29)?.try_into().ok().filter(|_| is_key)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.first() == Some(&BYRON) {
            return f.write_str(&base58::encode(&self.0));
        }
        f.write_str(&bech32::encode::<Bech32>(HRP, &self.0).map_err(|_| fmt::Error)?)
    }
}

/// BLAKE2b-224 of a public key.
pub(super) fn key_hash(key: &[u8; 32]) -> [u8; 28] {
    Blake2b::<U28>::digest(key).into()
}

/// The enterprise address of a public key on the test network.
pub fn enterprise_address(key: &[u8; 32]) -> String {
    Address::of_key(key).to_string()
}

/// The bytes of an address of the test network, as they stand in transactions; none if it is not one.
pub fn read_address(text: &str) -> Option<Vec<u8>> {
    Address::read(text).ok().map(|address| address.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_its_address() {
        // From a recorded run.
        let mut key = [0; 32];
        let digits = "54351db94c6205b88497cf9dd13d3d3d729ac8a7a1f691336bcf42ba86884701";
        hex::decode_to_slice(digits, &mut key).unwrap();
        let text = "addr_test1vrdwcc22qpxazv6svq7ncdlct5t7jrcjzlaxq0vvns2j2fggpuy5s";
        assert_eq!(enterprise_address(&key), text);
        let address = Address::read(text).unwrap();
        assert_eq!(address.payment_key(), Some(key_hash(&key)));
        // The examples of CIP-19 for the main network.
        for bad in [
            "addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8",
            "stake1uyehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gh6ffgw",
            &text[1..],
            "",
        ] {
            assert!(Address::read(bad).is_err(), "{bad}");
        }
        let script = Address([&[0x70][..], &[7; 28]].concat());
        assert_eq!((script.payment_key(), script.is_of_testnet()), (None, true));
    }
}
