//! Addresses: Bech32 of the public key with the prefix `erd`.

use bech32::{Bech32, Hrp};

use crate::error::ApiError;

/// The public key of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address(pub(super) [u8; 32]);

const PREFIX: Hrp = Hrp::parse_unchecked("erd");

/// What addresses of contracts begin with.
const CONTRACT: [u8; 8] = [0; 8];

impl Address {
    /// Reads an address.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (prefix, bytes) = bech32::decode(text).ok()?;
        let address = Self(bytes.try_into().ok()?);
        // Decoding takes Bech32m and capitals too; writing gives the one spelling there is.
        (prefix == PREFIX && address.text() == text).then_some(address)
    }

    /// Reads one of a request.
    pub(super) fn of_request(property: &str, text: &str) -> Result<Self, ApiError> {
        let reason = "an address is erd1 and 58 more characters in Bech32; copy it again";
        Self::read(text).ok_or_else(|| ApiError::invalid(property, text.into(), reason))
    }

    pub(super) fn text(&self) -> String {
        bech32::encode::<Bech32>(PREFIX, &self.0).expect("32 bytes are short enough for Bech32")
    }

    /// Whether a contract lives there, or would.
    pub(super) fn is_contract(&self) -> bool {
        self.0.starts_with(&CONTRACT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_good_addresses_are_read() {
        let text = "erd1uxjk2r4rnhdtjz4xqzzytj02hg9td2muvsv884nh0s2r9r84t73q2mscne";
        let address = Address::read(text).unwrap();
        assert_eq!((address.text().as_str(), address.is_contract()), (text, false));
        assert_eq!(Address::read(&text.replace("mscne", "mscnf")), None);
        assert_eq!(Address::read(&text.to_uppercase()), None);
        assert_eq!(Address::read("bnb1yjql9tj9xpszlvmq7ez6a7tdurawd8s9fsgjln"), None);
        let system = "erd1qqqqqqqqqqqqqqqpqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqzllls8a5w6u";
        assert!(Address::read(system).unwrap().is_contract());
    }
}
