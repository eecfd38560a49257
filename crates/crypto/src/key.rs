//! Keys of whatever curve a chain signs with.

use crate::secp256k1;

/// A private key. Not `Clone`; wiped when dropped; `Debug` shows the public half only.
#[derive(Debug)]
pub enum PrivateKey {
    /// For ECDSA over secp256k1.
    Secp256k1(secp256k1::PrivateKey),
}

impl PrivateKey {
    /// The public half.
    pub fn public(&self) -> PublicKey {
        match self {
            Self::Secp256k1(key) => PublicKey::Secp256k1(key.public()),
        }
    }
}

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// For ECDSA over secp256k1.
    Secp256k1(secp256k1::PublicKey),
}

impl PublicKey {
    /// The key in its standard encoding (SEC 1 compressed, 33 bytes): equal for equal keys.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Secp256k1(key) => key.to_compressed().to_vec(),
        }
    }
}
