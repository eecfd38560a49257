//! Addresses: 20 bytes in Bech32.

use bech32::{Bech32, Hrp};
use kms_core::Network;
use kms_crypto::hash::hash160;
use kms_crypto::secp256k1::PublicKey;

/// An account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address(pub(super) [u8; 20]);

fn prefix(network: Network) -> Hrp {
    Hrp::parse_unchecked(match network {
        Network::Mainnet => "bnb",
        Network::Testnet => "tbnb",
    })
}

impl Address {
    pub(super) fn of(key: &PublicKey) -> Self {
        Self(hash160(&key.to_compressed()))
    }

    /// Reads an address of `network`.
    pub(super) fn read(text: &str, network: Network) -> Option<Self> {
        let decoded = bech32::primitives::decode::CheckedHrpstring::new::<Bech32>(text).ok()?;
        if decoded.hrp() != prefix(network) {
            return None;
        }
        Some(Self(decoded.byte_iter().collect::<Vec<u8>>().try_into().ok()?))
    }

    pub(super) fn write(self, network: Network) -> String {
        bech32::encode::<Bech32>(prefix(network), &self.0).expect("20 bytes are short enough")
    }
}
