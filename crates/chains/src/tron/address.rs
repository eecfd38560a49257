//! Addresses: `41` and 20 bytes.

use bitcoin::base58;
use kms_crypto::secp256k1::PublicKey;

use crate::evm::address::Address as Account;

/// The first byte of an address on all of TRON's networks.
const VERSION: u8 = 0x41;
/// The most characters of 25 bytes in Base58.
const LONGEST: usize = 35;

/// An account or a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address([u8; 21]);

impl Address {
    /// The address of a key: Ethereum's, behind the version byte.
    pub(super) fn of(key: &PublicKey) -> Self {
        Self::of_account(Account::of(key))
    }

    /// The address of what a contract calls by its 20 bytes.
    pub(super) fn of_account(account: Account) -> Self {
        let mut bytes = [VERSION; 21];
        bytes[1..].copy_from_slice(&account.0);
        Self(bytes)
    }

    /// The address that these bytes are.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 21] = bytes.try_into().ok()?;
        (bytes[0] == VERSION).then_some(Self(bytes))
    }

    /// Reads both spellings: Base58Check, and 42 digits beginning with 41.
    pub(super) fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let bytes = match hex::decode(digits) {
            Ok(bytes) => bytes,
            // Reading Base58 takes the square of the length, and the length is the sender's choice.
            Err(_) if text.len() > LONGEST => return None,
            Err(_) => base58::decode_check(text).ok()?,
        };
        Self::from_bytes(&bytes)
    }

    /// `T…`
    pub(super) fn to_base58(self) -> String {
        base58::encode_check(&self.0)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        let address = Address::read("TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc").unwrap();
        assert_eq!(address.to_base58(), "TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc");
        let digits = hex::encode(address.as_bytes());
        assert_eq!(digits, "4145a7e401402df9f539e66ca697a33c7f450de3c0");
        assert_eq!(Address::read(&digits), Some(address));
        assert_eq!(Address::read(&digits.replacen("41", "a0", 1)), None);
        assert_eq!(Address::read("TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzd"), None);
        assert_eq!(Address::read(&digits[2..]), None);
        assert_eq!(Address::read(""), None);
        assert_eq!(Address::read(&"T".repeat(1 << 20)), None);
    }
}
