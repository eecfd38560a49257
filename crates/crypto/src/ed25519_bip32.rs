//! Hierarchical keys over Ed25519 with soft children (BIP32-Ed25519), and their signatures, as Cardano uses
//! them. Master keys are those of Icarus (CIP-3).
//!
//! A key is a scalar kL and a nonce key kR; its signatures are ordinary Ed25519 signatures.
//!
//! <https://input-output-hk.github.io/adrestia/static/Ed25519_BIP.pdf>,
//! <https://cips.cardano.org/cip/CIP-3>

use std::fmt;

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use sha2::{Digest as _, Sha512};
use zeroize::Zeroizing;

use crate::bip32::{HARDENED, hmac_sha512};
use crate::ed25519::PublicKey;
use crate::secp256k1::FaultySignature;

/// Bytes that are no extended key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its first half is not a scalar of an extended Ed25519 key")]
pub struct NotAnExtendedKey;

/// A private key: kL and kR, 64 bytes. Wiped when dropped.
pub struct PrivateKey {
    bytes: Box<Zeroizing<[u8; 64]>>,
    public: PublicKey,
}

impl PrivateKey {
    /// The key with these 64 bytes.
    ///
    /// # Errors
    /// kL is not a multiple of 8 between 2^254 and 2^255.
    pub fn from_bytes(bytes: &[u8; 64]) -> Result<Self, NotAnExtendedKey> {
        if bytes[0] & 7 != 0 || bytes[31] & 0xc0 != 0x40 {
            return Err(NotAnExtendedKey);
        }
        let public = PublicKey(EdwardsPoint::mul_base(&scalar(bytes)).compress().to_bytes());
        Ok(Self { bytes: Box::new(Zeroizing::new(*bytes)), public })
    }

    /// The public half: an ordinary Ed25519 key.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// Gives kL and kR to `use_bytes`.
    pub fn expose_bytes<T>(&self, use_bytes: impl FnOnce(&[u8; 64]) -> T) -> T {
        use_bytes(&self.bytes)
    }

    /// Signs a message of any length and verifies the signature before it is handed out. The nonce comes of
    /// kR and the message.
    ///
    /// # Errors
    /// The signature does not verify: faulty hardware.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], FaultySignature> {
        let nonce = Zeroizing::new(hash(&[&self.bytes[32..], message]));
        let point = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
        let challenge = hash(&[&point, &self.public.0, message]);
        let secret = Zeroizing::new(scalar(&self.bytes));
        let response = (challenge * *secret + *nonce).to_bytes();
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&point);
        signature[32..].copy_from_slice(&response);
        let good = self.public.verify(message, &signature);
        if good { Ok(signature) } else { Err(FaultySignature) }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("public", &self.public()).finish_non_exhaustive()
    }
}

/// A private key with its chain code: the root of a subtree. Wiped when dropped.
pub struct ExtendedKey {
    key: Box<Zeroizing<[u8; 64]>>,
    chain_code: Zeroizing<[u8; 32]>,
}

impl ExtendedKey {
    /// The Icarus master key of a mnemonic's entropy: PBKDF2-HMAC-SHA512 with an empty password, 4096 rounds.
    pub fn master(entropy: &[u8]) -> Self {
        let mut bytes = Zeroizing::new([0; 96]);
        pbkdf2::pbkdf2_hmac::<Sha512>(&[], entropy, 4096, bytes.as_mut_slice());
        bytes[0] &= 0xf8;
        bytes[31] &= 0x1f;
        bytes[31] |= 0x40;
        let (mut key, mut chain_code) =
            (Box::new(Zeroizing::new([0; 64])), Zeroizing::new([0; 32]));
        key.copy_from_slice(&bytes[..64]);
        chain_code.copy_from_slice(&bytes[64..]);
        Self { key, chain_code }
    }

    /// The key at `path` below this one. Elements from [`HARDENED`] on are hardened.
    pub fn derive(mut self, path: &[u32]) -> Self {
        for index in path {
            self = self.child(*index);
        }
        self
    }

    /// The child at `index`.
    pub fn child(&self, index: u32) -> Self {
        let (tags, public) = if index >= HARDENED {
            ([0, 1], None)
        } else {
            ([2, 3], Some(self.private_key().public().0))
        };
        let material: &[u8] = public.as_ref().map_or(self.key.as_slice(), <[u8; 32]>::as_slice);
        let index = index.to_le_bytes();
        let code = self.chain_code.as_slice();
        let tweak = hmac_sha512(code, &[&tags[..1], material, &index]);
        let next = hmac_sha512(code, &[&tags[1..], material, &index]);
        let mut key = Box::new(Zeroizing::new([0; 64]));
        // kL + 8 * the first 28 bytes of the tweak; kR + its second half. Both modulo 2^256.
        add(&mut key[..32], &self.key[..32], eightfold(&tweak).as_slice());
        add(&mut key[32..], &self.key[32..], &tweak[32..]);
        let mut chain_code = Zeroizing::new([0; 32]);
        chain_code.copy_from_slice(&next[32..]);
        Self { key, chain_code }
    }

    /// The private key at this node.
    pub fn private_key(&self) -> PrivateKey {
        PrivateKey::from_bytes(&self.key).expect("a derived key keeps its form")
    }

    /// Public key and chain code, 64 bytes: from them the public keys of all soft children can be derived.
    pub fn public_bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.private_key().public().0);
        bytes[32..].copy_from_slice(self.chain_code.as_slice());
        bytes
    }
}

impl fmt::Debug for ExtendedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtendedKey")
            .field("public", &self.private_key().public())
            .finish_non_exhaustive()
    }
}

/// A public key with its chain code: from it the public keys of all soft children can be derived.
#[derive(Clone, Debug)]
pub struct ExtendedPublicKey {
    bytes: [u8; 32],
    point: EdwardsPoint,
    chain_code: [u8; 32],
}

impl ExtendedPublicKey {
    /// Reads what [`ExtendedKey::public_bytes`] gives; nothing if its first half is no point of the curve.
    pub fn from_bytes(bytes: &[u8; 64]) -> Option<Self> {
        let (mut key, mut chain_code) = ([0; 32], [0; 32]);
        key.copy_from_slice(&bytes[..32]);
        chain_code.copy_from_slice(&bytes[32..]);
        let point = CompressedEdwardsY(key).decompress()?;
        Some(Self { bytes: key, point, chain_code })
    }

    /// The public key of the soft child at `index`; nothing for a hardened one.
    pub fn child(&self, index: u32) -> Option<PublicKey> {
        if index >= HARDENED {
            return None;
        }
        let tweak = hmac_sha512(&self.chain_code, &[&[2], &self.bytes, &index.to_le_bytes()]);
        let scalar = Scalar::from_bytes_mod_order(*eightfold(&tweak));
        Some(PublicKey((self.point + EdwardsPoint::mul_base(&scalar)).compress().to_bytes()))
    }
}

/// 8 times the first 28 bytes of a tweak, which is what a child adds to kL.
fn eightfold(tweak: &[u8; 64]) -> Zeroizing<[u8; 32]> {
    let mut product = Zeroizing::new([0; 32]);
    let mut carry = 0;
    for (out, byte) in product.iter_mut().zip(&tweak[..28]) {
        *out = byte << 3 | carry;
        carry = byte >> 5;
    }
    product[28] = carry;
    product
}

/// kL as a scalar.
fn scalar(key: &[u8; 64]) -> Scalar {
    let mut bytes = Zeroizing::new([0; 32]);
    bytes.copy_from_slice(&key[..32]);
    Scalar::from_bytes_mod_order(*bytes)
}

fn hash(parts: &[&[u8]]) -> Scalar {
    let mut hash = Sha512::new();
    for part in parts {
        hash.update(part);
    }
    let wide = Zeroizing::new(<[u8; 64]>::from(hash.finalize()));
    Scalar::from_bytes_mod_order_wide(&wide)
}

/// The sum of two little-endian numbers, without its last carry.
fn add(out: &mut [u8], a: &[u8], b: &[u8]) {
    let mut carry = 0;
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        let sum = u16::from(*a) + u16::from(*b) + carry;
        *out = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIP-3, Icarus: "eight country switch draw meat scout mystery blade tip drift useless good keep usage title".
    #[test]
    fn the_master_key_of_cip_3() {
        let entropy = hex::decode("46e62370a138a182a498b8e2885bc032379ddf38").unwrap();
        let master = ExtendedKey::master(&entropy);
        assert_eq!(
            hex::encode(master.key.as_slice()) + &hex::encode(master.chain_code.as_slice()),
            "c065afd2832cd8b087c4d9ab7011f481ee1e0721e78ea5dd609f3ab3f156d245\
             d176bd8fd4ec60b4731c3918a2a72a0226c0cd119ec35b47e4d55884667f552a\
             23f7fdcd4a10c6cd2c7393ac61d877873e248f417634aa3d812af327ffe9d620"
        );
    }

    #[test]
    fn signatures_are_those_of_ed25519() {
        let key = ExtendedKey::master(&[7; 32]).derive(&[1852 | HARDENED, 5]).private_key();
        let signature = key.sign(b"message").unwrap();
        assert!(key.public().verify(b"message", &signature));
        assert!(!key.public().verify(b"massage", &signature));
        assert_eq!(key.sign(b"message").unwrap(), signature);
        assert_ne!(key.sign(b"another").unwrap()[..32], signature[..32]);
    }

    #[test]
    fn public_children_are_those_of_the_private_keys() {
        let node = ExtendedKey::master(&[7; 32]).derive(&[1852 | HARDENED, HARDENED]);
        let public = ExtendedPublicKey::from_bytes(&node.public_bytes()).unwrap();
        for index in [0, 1, 1000, HARDENED - 1] {
            let child = node.child(index).private_key().public();
            assert_eq!(public.child(index), Some(child), "{index}");
        }
        assert_eq!(public.child(HARDENED), None);
        // No point of the curve has the y coordinate 2: its x would be the root of a number that has none.
        let mut nowhere = [0; 64];
        nowhere[0] = 2;
        assert!(ExtendedPublicKey::from_bytes(&nowhere).is_none());
    }

    #[test]
    fn bytes_of_another_form_are_no_keys() {
        let good = ExtendedKey::master(&[7; 16]);
        for (place, value) in [(0, 1), (31, 0x80), (31, 0x20)] {
            let mut bytes = **good.key;
            bytes[place] = value;
            assert_eq!(PrivateKey::from_bytes(&bytes).err(), Some(NotAnExtendedKey));
        }
    }

    #[test]
    fn debug_output_shows_the_public_key_only() {
        let key = ExtendedKey::master(&[7; 16]).private_key();
        let digits = key.expose_bytes(|bytes| hex::encode(bytes));
        let shown = format!("{key:?}");
        assert!(!shown.contains(&digits[..32]) && !shown.contains(&digits[64..]), "{shown}");
    }
}
