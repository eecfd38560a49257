//! The keys that sign a transaction, and what the wallets that hold them must be.

use kms_crypto::{PrivateKey, PublicKey};

use crate::error::SignError;

/// How a chain takes the wallets that a transaction names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalletRule {
    /// Each must have a key: a mnemonic needs an index.
    EachSigns,
    /// A wallet that holds a mnemonic and was named without an index is passed over.
    PassesOverMnemonics,
    /// Each must hold a mnemonic.
    MnemonicsOnly,
}

/// The keys of one transaction, in signing order. Wiped when dropped.
#[derive(Debug)]
pub struct SigningKeys(Vec<PrivateKey>);

impl SigningKeys {
    /// Takes the keys over.
    pub fn new(keys: Vec<PrivateKey>) -> Self {
        Self(keys)
    }

    /// The public halves, in the same order.
    pub fn public(&self) -> Vec<PublicKey> {
        self.0.iter().map(PrivateKey::public).collect()
    }

    /// All of them.
    pub fn all(&self) -> &[PrivateKey] {
        &self.0
    }

    /// The one key of a transaction that has a single signer.
    ///
    /// # Errors
    /// There is not exactly one.
    pub fn only(&self) -> Result<&PrivateKey, SignError> {
        match &self.0[..] {
            [key] => Ok(key),
            keys => Err(SignError::KeyCount { expected: 1, found: keys.len() }),
        }
    }
}
