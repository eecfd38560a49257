//! Addresses: `41` and the 20 bytes that Ethereum would have, as Base58Check or as hex.

use bitcoin::base58;

use crate::error::ApiError;

/// An address with its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address([u8; 21]);

/// The first byte on all networks.
const PREFIX: u8 = 0x41;

impl Address {
    /// The address whose last 20 bytes these are.
    pub(super) const fn of(account: [u8; 20]) -> Self {
        let mut bytes = [PREFIX; 21];
        let mut at = 0;
        while at < account.len() {
            bytes[at + 1] = account[at];
            at += 1;
        }
        Self(bytes)
    }

    /// Reads either spelling.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = match hex::decode(text) {
            Ok(bytes) => bytes,
            Err(_) => base58::decode_check(text).ok()?,
        };
        let bytes: [u8; 21] = bytes.try_into().ok()?;
        (bytes[0] == PREFIX).then_some(Self(bytes))
    }

    /// Reads one of a request.
    pub(super) fn of_request(property: &str, text: &str) -> Result<Self, ApiError> {
        let reason = "an address is T and 33 more characters in Base58Check; copy it again";
        Self::read(text).ok_or_else(|| ApiError::invalid(property, text.into(), reason))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn hex(&self) -> String {
        hex::encode(self.0)
    }

    pub(super) fn base58(&self) -> String {
        base58::encode_check(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        let text = "TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc";
        let address = Address::read(text).unwrap();
        assert_eq!(address.base58(), text);
        assert_eq!(address.hex(), "4145a7e401402df9f539e66ca697a33c7f450de3c0");
        assert_eq!(Address::read(&address.hex()), Some(address));
        for bad in
            ["", "TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzd", "4045a7e401402df9f539e66ca697a33c7f450de3c0"]
        {
            assert_eq!(Address::read(bad), None, "{bad}");
        }
    }
}
