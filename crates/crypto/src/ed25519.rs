//! Ed25519 (RFC 8032): deterministic, over the message itself.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};

use crate::secp256k1::FaultySignature;

/// A private key: the 32-byte seed of RFC 8032, with its public key. Wiped when dropped.
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// The key with this seed. Every seed is a key.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Gives the 32-byte seed to `use_seed`.
    pub fn expose_seed<T>(&self, use_seed: impl FnOnce(&[u8; 32]) -> T) -> T {
        use_seed(self.0.as_bytes())
    }

    /// Signs a message of any length and verifies the signature before it is handed out.
    ///
    /// Does not hash, prefix or domain-separate; the algorithm hashes twice itself.
    ///
    /// # Errors
    /// The signature does not verify: faulty hardware.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], FaultySignature> {
        let signature = self.0.sign(message);
        let verified = self.0.verifying_key().verify_strict(message, &signature);
        verified.map(|()| signature.to_bytes()).map_err(|_| FaultySignature)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("public", &self.public()).finish_non_exhaustive()
    }
}

/// A public key as it is written: 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Whether `signature` of `message` was made with this key. Refuses weak keys and second forms.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        let key = VerifyingKey::from_bytes(&self.0);
        key.is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn the_example_of_rfc_8032() {
        let mut seed = [0; 32];
        let text = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        hex::decode_to_slice(text, &mut seed).unwrap();
        let key = PrivateKey::from_seed(&seed);
        let signature = key.sign(&[0x72]).unwrap();
        assert_eq!(
            hex::encode(signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
        assert!(key.public().verify(&[0x72], &signature));
        assert!(!key.public().verify(&[0x73], &signature));
    }

    #[test]
    fn debug_output_shows_the_public_key_only() {
        let shown = format!("{:?}", PrivateKey::from_seed(&[7; 32]));
        assert!(!shown.contains("0707"), "{shown}");
    }
}
