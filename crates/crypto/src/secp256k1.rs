//! ECDSA over secp256k1, deterministic (RFC 6979, SHA-256, no extra data) and with low S.
//!
//! By libsecp256k1, whose signatures are byte-identical to those of the JavaScript libraries.

use std::fmt;
use std::sync::LazyLock;

use bitcoin::secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use bitcoin::secp256k1::{All, Message, Secp256k1, SecretKey};
use zeroize::Zeroize;

pub(crate) static CURVE: LazyLock<Secp256k1<All>> = LazyLock::new(Secp256k1::new);

/// The 32 bytes are not a secp256k1 private key: zero, or not below the order of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number is zero or too large for a secp256k1 private key")]
pub struct NotAKey;

/// A signature did not verify under the signer's own key: the machine computed wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature just made does not verify; this machine computes wrong, do not use it")]
pub struct FaultySignature;

/// A private key together with its public key.
pub struct PrivateKey {
    pub(crate) secret: SecretKey,
    public: PublicKey,
}

impl PrivateKey {
    /// The key with the big-endian number `bytes`.
    ///
    /// # Errors
    /// The number is zero or not below the group order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, NotAKey> {
        let secret = SecretKey::from_slice(bytes).map_err(|_| NotAKey)?;
        let public = PublicKey { point: secret.public_key(&CURVE), compressed: true };
        Ok(Self { secret, public })
    }

    /// The same key, whose public half is written uncompressed: another address on Bitcoin's chains.
    pub fn uncompressed(mut self) -> Self {
        self.public.compressed = false;
        self
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// Gives the 32 bytes of the key to `use_bytes` and wipes the copy afterwards.
    pub fn expose_bytes<T>(&self, use_bytes: impl FnOnce(&[u8; 32]) -> T) -> T {
        let mut bytes = self.secret.secret_bytes();
        let result = use_bytes(&bytes);
        bytes.zeroize();
        result
    }

    /// Signs a 32-byte digest and verifies the signature before it is handed out.
    ///
    /// Does not hash, prefix or domain-separate.
    ///
    /// # Errors
    /// The signature does not verify: faulty hardware.
    pub fn sign_digest(&self, digest: &[u8; 32]) -> Result<Signature, FaultySignature> {
        let message = Message::from_digest(*digest);
        let recoverable = CURVE.sign_ecdsa_recoverable(&message, &self.secret);
        CURVE
            .verify_ecdsa(&message, &recoverable.to_standard(), &self.public.point)
            .map_err(|_| FaultySignature)?;
        Ok(Signature::from_recoverable(&recoverable))
    }

    /// As [`sign_digest`](Self::sign_digest), the same signature in DER.
    ///
    /// # Errors
    /// The signature does not verify: faulty hardware.
    pub fn sign_digest_der(&self, digest: &[u8; 32]) -> Result<Vec<u8>, FaultySignature> {
        let message = Message::from_digest(*digest);
        let signature = CURVE.sign_ecdsa(&message, &self.secret);
        CURVE
            .verify_ecdsa(&message, &signature, &self.public.point)
            .map_err(|_| FaultySignature)?;
        Ok(signature.serialize_der().to_vec())
    }
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.secret.non_secure_erase();
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("public", &self.public()).finish_non_exhaustive()
    }
}

/// A point of the curve, and the form in which scripts have it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    pub(crate) point: bitcoin::secp256k1::PublicKey,
    compressed: bool,
}

impl PublicKey {
    /// Reads the SEC 1 forms of 33 and 65 bytes; nothing if it is no point of the curve.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let point = bitcoin::secp256k1::PublicKey::from_slice(bytes).ok()?;
        Some(Self { point, compressed: bytes.len() == 33 })
    }

    /// The key at a point, in the compressed form.
    pub(crate) fn of_point(point: bitcoin::secp256k1::PublicKey) -> Self {
        Self { point, compressed: true }
    }

    /// SEC 1 compressed form, 33 bytes.
    pub fn to_compressed(&self) -> [u8; 33] {
        self.point.serialize()
    }

    /// SEC 1 uncompressed form, 65 bytes beginning with 04.
    pub fn to_uncompressed(&self) -> [u8; 65] {
        self.point.serialize_uncompressed()
    }

    /// Whether the key is written compressed; all keys are but those that were read otherwise.
    pub fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// The form in which scripts have the key.
    pub fn to_script_form(&self) -> Vec<u8> {
        if self.compressed {
            self.to_compressed().to_vec()
        } else {
            self.to_uncompressed().to_vec()
        }
    }

    /// Whether `der` is a strict DER signature with low S that this key made of `digest`.
    pub fn verify_der(&self, digest: &[u8; 32], der: &[u8]) -> bool {
        let Ok(signature) = bitcoin::secp256k1::ecdsa::Signature::from_der(der) else {
            return false;
        };
        let strict = signature.serialize_der()[..] == *der;
        strict
            && CURVE.verify_ecdsa(&Message::from_digest(*digest), &signature, &self.point).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.point)
    }
}

/// An ECDSA signature with low S, and the parity of the point R, from which the key can be recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Big-endian.
    pub r: [u8; 32],
    /// Big-endian, at most half the group order.
    pub s: [u8; 32],
    /// Whether the y coordinate of R is odd.
    pub odd_y: bool,
}

impl Signature {
    fn from_recoverable(signature: &RecoverableSignature) -> Self {
        let (id, compact) = signature.serialize_compact();
        let (mut r, mut s) = ([0; 32], [0; 32]);
        r.copy_from_slice(&compact[..32]);
        s.copy_from_slice(&compact[32..]);
        // Bit 1 (R's x above the order) happens for one signature in 2^127 and has no place on chain.
        Self { r, s, odd_y: id.to_i32() & 1 == 1 }
    }

    /// The key that made this signature of `digest`, if there is one.
    pub fn recover(&self, digest: &[u8; 32]) -> Option<PublicKey> {
        let mut compact = [0; 64];
        compact[..32].copy_from_slice(&self.r);
        compact[32..].copy_from_slice(&self.s);
        let id = RecoveryId::from_i32(i32::from(self.odd_y)).ok()?;
        let signature = RecoverableSignature::from_compact(&compact, id).ok()?;
        let point = CURVE.recover_ecdsa(&Message::from_digest(*digest), &signature).ok()?;
        Some(PublicKey { point, compressed: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> PrivateKey {
        let mut bytes = [0; 32];
        bytes[31] = number;
        PrivateKey::from_bytes(&bytes).unwrap()
    }

    /// The vectors that bitcoinjs, trezor and RustCrypto share for RFC 6979 over secp256k1.
    #[test]
    fn signatures_are_those_of_rfc_6979() {
        let digest = crate::hash::sha256(b"Satoshi Nakamoto");
        let signature = key(1).sign_digest(&digest).unwrap();
        assert_eq!(
            hex::encode(signature.r) + &hex::encode(signature.s),
            "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8\
             2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"
        );
        assert_eq!(signature.recover(&digest), Some(key(1).public()));
        let der = key(1).sign_digest_der(&digest).unwrap();
        let parts = [&hex::decode("3045022100").unwrap()[..], &signature.r, &[2, 32], &signature.s];
        assert_eq!(der, parts.concat());
        assert!(key(1).public().verify_der(&digest, &der));
        assert!(!key(2).public().verify_der(&digest, &der));
        assert!(!key(1).public().verify_der(&digest, &der[..der.len() - 1]));
    }

    #[test]
    fn a_key_keeps_the_form_it_was_read_in() {
        let (short, long) = (key(1), key(1).uncompressed());
        assert_ne!(short.public(), long.public());
        for key in [short.public(), long.public()] {
            assert_eq!(PublicKey::from_bytes(&key.to_script_form()), Some(key));
        }
        assert_eq!(long.public().to_script_form().len(), 65);
        assert_eq!(PublicKey::from_bytes(&[2; 32]), None);
    }

    #[test]
    fn numbers_outside_the_group_are_no_keys() {
        assert_eq!(PrivateKey::from_bytes(&[0; 32]).err(), Some(NotAKey));
        assert_eq!(PrivateKey::from_bytes(&[0xff; 32]).err(), Some(NotAKey));
    }

    #[test]
    fn debug_output_shows_the_public_key_only() {
        let shown = format!("{:?}", key(1));
        assert!(shown.contains("0279be667e"), "{shown}");
        assert!(!shown.contains("0000000000000001"), "{shown}");
    }
}
