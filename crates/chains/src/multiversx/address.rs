//! Addresses: a public key, or the 32 bytes that stand for a contract.

use bech32::{Bech32, Hrp};
use kms_crypto::ed25519::PublicKey;

const PREFIX: &str = "erd";

/// An account or a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address(pub(super) [u8; 32]);

impl Address {
    pub(super) fn of(key: &PublicKey) -> Self {
        Self(key.0)
    }

    /// Reads `erd1…`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let decoded = bech32::primitives::decode::CheckedHrpstring::new::<Bech32>(text).ok()?;
        if decoded.hrp() != Hrp::parse_unchecked(PREFIX) {
            return None;
        }
        let bytes: Vec<u8> = decoded.byte_iter().collect();
        Some(Self(bytes.try_into().ok()?))
    }

    /// `erd1…`
    pub(super) fn to_bech32(self) -> String {
        bech32::encode::<Bech32>(Hrp::parse_unchecked(PREFIX), &self.0)
            .expect("32 bytes are short enough")
    }

    /// Whether a contract lives there rather than a key: eight zero bytes at the beginning.
    pub(super) fn is_contract(self) -> bool {
        self.0.starts_with(&[0; 8])
    }
}
