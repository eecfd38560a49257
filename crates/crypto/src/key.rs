//! Keys of whatever curve a chain signs with.

use crate::{ed25519, ed25519_bip32, secp256k1};

/// A key of another curve than the chain signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key is for another curve than the chain's")]
pub struct WrongCurve;

/// A private key. Not `Clone`; wiped when dropped; `Debug` shows the public half only.
#[derive(Debug)]
pub enum PrivateKey {
    /// For ECDSA over secp256k1.
    Secp256k1(secp256k1::PrivateKey),
    /// For Ed25519.
    Ed25519(ed25519::PrivateKey),
    /// For Ed25519, with a scalar of its own in place of a seed.
    Ed25519Extended(ed25519_bip32::PrivateKey),
}

impl PrivateKey {
    /// The public half.
    pub fn public(&self) -> PublicKey {
        match self {
            Self::Secp256k1(key) => PublicKey::Secp256k1(key.public()),
            Self::Ed25519(key) => PublicKey::Ed25519(key.public()),
            Self::Ed25519Extended(key) => PublicKey::Ed25519(key.public()),
        }
    }

    /// The key, if it is for secp256k1.
    ///
    /// # Errors
    /// It is for another curve.
    pub fn secp256k1(&self) -> Result<&secp256k1::PrivateKey, WrongCurve> {
        match self {
            Self::Secp256k1(key) => Ok(key),
            _ => Err(WrongCurve),
        }
    }

    /// The key, if it is for Ed25519.
    ///
    /// # Errors
    /// It is for another curve.
    pub fn ed25519(&self) -> Result<&ed25519::PrivateKey, WrongCurve> {
        match self {
            Self::Ed25519(key) => Ok(key),
            _ => Err(WrongCurve),
        }
    }

    /// The key, if it is an extended one for Ed25519.
    ///
    /// # Errors
    /// It is another kind of key.
    pub fn ed25519_extended(&self) -> Result<&ed25519_bip32::PrivateKey, WrongCurve> {
        match self {
            Self::Ed25519Extended(key) => Ok(key),
            _ => Err(WrongCurve),
        }
    }
}

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// For ECDSA over secp256k1.
    Secp256k1(secp256k1::PublicKey),
    /// For Ed25519.
    Ed25519(ed25519::PublicKey),
}

impl PublicKey {
    /// The key in its standard encoding (SEC 1 compressed, 33 bytes; RFC 8032, 32 bytes): equal for equal
    /// keys.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Secp256k1(key) => key.to_compressed().to_vec(),
            Self::Ed25519(key) => key.0.to_vec(),
        }
    }

    /// The key, if it is for secp256k1.
    ///
    /// # Errors
    /// It is for another curve.
    pub fn secp256k1(&self) -> Result<&secp256k1::PublicKey, WrongCurve> {
        match self {
            Self::Secp256k1(key) => Ok(key),
            Self::Ed25519(_) => Err(WrongCurve),
        }
    }

    /// The key, if it is for Ed25519.
    ///
    /// # Errors
    /// It is for another curve.
    pub fn ed25519(&self) -> Result<&ed25519::PublicKey, WrongCurve> {
        match self {
            Self::Ed25519(key) => Ok(key),
            Self::Secp256k1(_) => Err(WrongCurve),
        }
    }
}
