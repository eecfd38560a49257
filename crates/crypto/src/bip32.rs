//! Hierarchical deterministic keys over secp256k1 (BIP-32).
//!
//! Written here rather than taken from a library because the keys in between must be wiped too.

use bitcoin::base58;
use bitcoin::hashes::{Hash as _, hash160};
use bitcoin::secp256k1::{PublicKey, Scalar, SecretKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kms_core::Seed;
use sha2::Sha512;
use zeroize::{Zeroize as _, Zeroizing};

use crate::secp256k1::{self, CURVE, PrivateKey};

/// Indexes from here on derive hardened children.
pub const HARDENED: u32 = 1 << 31;

/// The most characters of 82 bytes in Base58.
const LONGEST: usize = 113;

/// A derivation that has no result; happens for one key in 2^127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key exists at index {0}; use the next one")]
pub struct NoSuchChild(pub u32);

/// A text that is no extended public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not an extended public key")]
pub struct NotAnXpub;

/// What tells extended public keys of different networks apart when they are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XpubVersion(pub [u8; 4]);

impl XpubVersion {
    /// `xpub…`
    pub const XPUB: Self = Self([0x04, 0x88, 0xb2, 0x1e]);
    /// `tpub…`
    pub const TPUB: Self = Self([0x04, 0x35, 0x87, 0xcf]);
}

/// A private key with its chain code: the root of a subtree. Wiped when dropped.
pub struct ExtendedKey {
    secret: SecretKey,
    chain_code: Zeroizing<[u8; 32]>,
    depth: u8,
    parent: [u8; 4],
    child: u32,
}

impl ExtendedKey {
    /// The key at `path` below the master key of `seed`. Elements from [`HARDENED`] on are hardened.
    ///
    /// # Errors
    /// No key exists there (one in 2^127).
    pub fn derive(seed: &Seed, path: &[u32]) -> Result<Self, NoSuchChild> {
        let mut key = Self::master(seed)?;
        for &index in path {
            key = key.child(index)?;
        }
        Ok(key)
    }

    fn master(seed: &Seed) -> Result<Self, NoSuchChild> {
        let digest = hmac_sha512(b"Bitcoin seed", &[seed.expose_secret()]);
        let secret = SecretKey::from_slice(&digest[..32]).map_err(|_| NoSuchChild(0))?;
        Ok(Self { secret, chain_code: right_half(&digest), depth: 0, parent: [0; 4], child: 0 })
    }

    /// The child at `index`.
    ///
    /// # Errors
    /// No key exists there (one in 2^127).
    pub fn child(&self, index: u32) -> Result<Self, NoSuchChild> {
        let public = self.public().serialize();
        let digest = if index >= HARDENED {
            let secret = Zeroizing::new(self.secret.secret_bytes());
            let parts: [&[u8]; 3] = [&[0], secret.as_slice(), &index.to_be_bytes()];
            hmac_sha512(self.chain_code.as_slice(), &parts)
        } else {
            hmac_sha512(self.chain_code.as_slice(), &[&public, &index.to_be_bytes()])
        };
        let mut tweak = [0; 32];
        tweak.copy_from_slice(&digest[..32]);
        let scalar = Scalar::from_be_bytes(tweak);
        tweak.zeroize();
        let secret = scalar
            .ok()
            .and_then(|tweak| self.secret.add_tweak(&tweak).ok())
            .ok_or(NoSuchChild(index))?;
        let mut parent = [0; 4];
        parent.copy_from_slice(&hash160::Hash::hash(&public).to_byte_array()[..4]);
        let depth = self.depth.saturating_add(1);
        Ok(Self { secret, chain_code: right_half(&digest), depth, parent, child: index })
    }

    /// The private key at this node.
    pub fn private_key(&self) -> PrivateKey {
        let bytes = Zeroizing::new(self.secret.secret_bytes());
        PrivateKey::from_bytes(&bytes).expect("a derived key is a valid key")
    }

    /// The extended public key of this node, as text.
    pub fn xpub(&self, version: XpubVersion) -> String {
        let mut bytes = Vec::with_capacity(78);
        bytes.extend_from_slice(&version.0);
        bytes.push(self.depth);
        bytes.extend_from_slice(&self.parent);
        bytes.extend_from_slice(&self.child.to_be_bytes());
        bytes.extend_from_slice(self.chain_code.as_slice());
        bytes.extend_from_slice(&self.public().serialize());
        base58::encode_check(&bytes)
    }

    fn public(&self) -> PublicKey {
        self.secret.public_key(&CURVE)
    }
}

impl Drop for ExtendedKey {
    fn drop(&mut self) {
        self.secret.non_secure_erase();
    }
}

/// A public key with its chain code: from it the public keys of all children that are not hardened can be
/// derived.
#[derive(Clone, Debug)]
pub struct ExtendedPublicKey {
    point: PublicKey,
    chain_code: [u8; 32],
}

impl ExtendedPublicKey {
    /// Reads what [`ExtendedKey::xpub`] writes, under any version.
    ///
    /// # Errors
    /// It is something else.
    pub fn read(text: &str) -> Result<Self, NotAnXpub> {
        // Reading Base58 takes the square of the length.
        let short = Some(text).filter(|text| text.len() <= LONGEST).ok_or(NotAnXpub)?;
        let bytes = base58::decode_check(short).map_err(|_| NotAnXpub)?;
        let bytes: [u8; 78] = bytes.try_into().map_err(|_| NotAnXpub)?;
        let point = PublicKey::from_slice(&bytes[45..]).map_err(|_| NotAnXpub)?;
        let mut chain_code = [0; 32];
        chain_code.copy_from_slice(&bytes[13..45]);
        Ok(Self { point, chain_code })
    }

    /// The public key of the child at `index`.
    ///
    /// # Errors
    /// The child is hardened, or no key exists there (one in 2^127).
    pub fn child(&self, index: u32) -> Result<secp256k1::PublicKey, NoSuchChild> {
        if index >= HARDENED {
            return Err(NoSuchChild(index));
        }
        let parts: [&[u8]; 2] = [&self.point.serialize(), &index.to_be_bytes()];
        let digest = hmac_sha512(&self.chain_code, &parts);
        let mut tweak = [0; 32];
        tweak.copy_from_slice(&digest[..32]);
        let point = Scalar::from_be_bytes(tweak)
            .ok()
            .and_then(|tweak| self.point.add_exp_tweak(&CURVE, &tweak).ok())
            .ok_or(NoSuchChild(index))?;
        Ok(secp256k1::PublicKey::of_point(point))
    }
}

pub(crate) fn hmac_sha512(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let mut mac = Hmac::<Sha512>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

fn right_half(digest: &[u8; 64]) -> Zeroizing<[u8; 32]> {
    let mut half = Zeroizing::new([0; 32]);
    half.copy_from_slice(&digest[32..]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bip39;
    use kms_core::Mnemonic;

    /// The account that every BIP-44 tool shows for this mnemonic.
    #[test]
    fn account_of_the_well_known_mnemonic() {
        let words = "abandon ".repeat(11) + "about";
        let seed = bip39::seed(&Mnemonic::new(words));
        let path = [44 | HARDENED, 60 | HARDENED, HARDENED, 0];
        let account = ExtendedKey::derive(&seed, &path).unwrap();
        assert_eq!(
            account.xpub(XpubVersion::XPUB),
            "xpub6EF8jXqFeFEW5bwMU7RpQtHkzE4KJxcqJtvkCjJumzW8CPpacXkb92ek4WzLQXjL93HycJwTPUAcuNxCqFPKKU5m5Z2Vq4nCyh5CyPeBFFr"
        );
        let key = account.child(0).unwrap().private_key();
        key.expose_bytes(|bytes| {
            assert_eq!(
                hex::encode(bytes),
                "1ab42cc412b618bdea3a599e3c9bae199ebf030895b039e9db1e30dafb12b727"
            );
        });
    }

    /// The same tree by rust-bitcoin's own implementation.
    #[test]
    fn agrees_with_an_independent_implementation() {
        use bitcoin::bip32::{ChildNumber, Xpriv, Xpub};
        for n in 0..32_u8 {
            let seed = Seed::init_with_mut(|s| s.fill(n.wrapping_mul(37)));
            let path = [u32::from(n) | HARDENED, 7, 1000 | HARDENED, u32::from(n) * 1_000_003];
            let theirs = Xpriv::new_master(bitcoin::NetworkKind::Main, seed.expose_secret())
                .unwrap()
                .derive_priv(&CURVE, &path.map(ChildNumber::from))
                .unwrap();
            let ours = ExtendedKey::derive(&seed, &path).unwrap();
            assert_eq!(ours.secret, theirs.private_key);
            assert_eq!(ours.xpub(XpubVersion::XPUB), Xpub::from_priv(&CURVE, &theirs).to_string());
        }
    }

    #[test]
    fn public_children_are_those_of_the_private_keys() {
        let seed = Seed::init_with_mut(|seed| seed.fill(9));
        let account = ExtendedKey::derive(&seed, &[44 | HARDENED, HARDENED, 0]).unwrap();
        let public = ExtendedPublicKey::read(&account.xpub(XpubVersion::TPUB)).unwrap();
        for index in [0, 1, 1000, HARDENED - 1] {
            let child = account.child(index).unwrap().private_key().public();
            assert_eq!(public.child(index), Ok(child), "{index}");
        }
        assert_eq!(public.child(HARDENED), Err(NoSuchChild(HARDENED)));
    }

    #[test]
    fn what_is_no_xpub_is_refused() {
        let seed = Seed::init_with_mut(|seed| seed.fill(9));
        let xpub = ExtendedKey::derive(&seed, &[]).unwrap().xpub(XpubVersion::XPUB);
        for bad in [String::new(), xpub[1..].to_owned(), xpub.replace('x', "X")] {
            assert_eq!(ExtendedPublicKey::read(&bad).err(), Some(NotAnXpub), "{bad}");
        }
    }
}
