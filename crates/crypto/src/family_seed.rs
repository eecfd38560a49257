//! Family seeds: the 16 bytes from which the accounts of the XRP Ledger have their keys.
//!
//! A seed is written in Base58 with a checksum. Its prefix says which curve it is for: `s…` secp256k1,
//! `sEd…` Ed25519.
//!
//! <https://xrpl.org/docs/concepts/accounts/cryptographic-keys#key-derivation>

use bitcoin::secp256k1::{Scalar, SecretKey};
use kms_core::KeyText;
use zeroize::{Zeroize as _, Zeroizing};

use crate::base58::{self, Alphabet, Base58Error};
use crate::hash::{sha256d, sha512_half};
use crate::secp256k1::CURVE;
use crate::{PrivateKey, ed25519, secp256k1};

const SECP256K1: &[u8] = &[0x21];
const ED25519: &[u8] = &[0x01, 0xe1, 0x4b];
const SEED: usize = 16;
const CHECKSUM: usize = 4;

/// Why a text is no family seed. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FamilySeedError {
    /// It is not in Base58.
    #[error(transparent)]
    Base58(#[from] Base58Error),
    /// The last four bytes do not fit the rest.
    #[error("its checksum is wrong: a character is mistyped")]
    Checksum,
    /// It is something else than a seed: an address, a public key.
    #[error("it is not a family seed, which begins with s or sEd")]
    Prefix,
}

/// The account key that a family seed leads to.
///
/// # Errors
/// The text is damaged, or no family seed.
pub fn decode(text: &str) -> Result<PrivateKey, FamilySeedError> {
    let bytes = base58::decode(text, Alphabet::XRPL)?;
    let split = bytes.len().checked_sub(CHECKSUM).ok_or(FamilySeedError::Prefix)?;
    let (body, checksum) = bytes.split_at(split);
    if sha256d(body)[..CHECKSUM] != *checksum {
        return Err(FamilySeedError::Checksum);
    }
    let seed_after = |prefix: &[u8]| body.strip_prefix(prefix).filter(|seed| seed.len() == SEED);
    if let Some(seed) = seed_after(ED25519) {
        return Ok(PrivateKey::Ed25519(ed25519_key(seed)));
    }
    let seed = seed_after(SECP256K1).ok_or(FamilySeedError::Prefix)?;
    Ok(PrivateKey::Secp256k1(secp256k1_key(seed)))
}

/// Writes the seed of an Ed25519 account, `sEd…`.
pub fn encode_ed25519(seed: &[u8; SEED]) -> KeyText {
    let mut bytes = Zeroizing::new([0_u8; ED25519.len() + SEED + CHECKSUM]);
    let (body, checksum) = bytes.split_at_mut(ED25519.len() + SEED);
    body[..ED25519.len()].copy_from_slice(ED25519);
    body[ED25519.len()..].copy_from_slice(seed);
    checksum.copy_from_slice(&sha256d(body)[..CHECKSUM]);
    KeyText::new(String::from(base58::encode(bytes.as_slice(), Alphabet::XRPL).as_str()))
}

fn ed25519_key(seed: &[u8]) -> ed25519::PrivateKey {
    ed25519::PrivateKey::from_seed(&Zeroizing::new(sha512_half(&[seed])))
}

/// The first account of the family: the family's own key, and one that its public half leads to, added.
fn secp256k1_key(seed: &[u8]) -> secp256k1::PrivateKey {
    let mut family = first_key(&[seed]);
    let public = family.public_key(&CURVE).serialize();
    let mut account = first_key(&[&public, &[0; 4]]);
    let scalar = Scalar::from(account);
    let mut sum = family.add_tweak(&scalar).expect("no seed is known to lead to zero");
    let mut bytes = Zeroizing::new(sum.secret_bytes());
    let key = secp256k1::PrivateKey::from_bytes(&bytes).expect("a sum of keys is a key");
    bytes.zeroize();
    for key in [&mut family, &mut account, &mut sum] {
        key.non_secure_erase();
    }
    key
}

/// The first hash of `parts` and a counter that is a private key.
fn first_key(parts: &[&[u8]]) -> SecretKey {
    (0_u32..)
        .find_map(|counter| {
            let counter = counter.to_be_bytes();
            let candidate = Zeroizing::new(sha512_half(&[parts, &[&counter]].concat()));
            SecretKey::from_slice(candidate.as_slice()).ok()
        })
        .expect("almost every number is a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of the passphrase "masterpassphrase", and its account key, as published by ripple.
    #[test]
    fn the_genesis_account() {
        let key = decode("snoPBrXtMeMyMHUVTgbuqAfg1SUTb").unwrap();
        assert_eq!(
            format!("{:?}", key.public().secp256k1().unwrap()),
            "0330e7fc9d56bb25d6893ba3f317ae5bcf33b3291bd63db32654a313222f7fd020"
        );
    }

    #[test]
    fn seeds_for_ed25519_round_trip() {
        let text = encode_ed25519(&[7; 16]);
        assert!(text.expose_secret().starts_with("sEd"), "it must be told by its prefix");
        assert!(decode(text.expose_secret()).unwrap().ed25519().is_ok());
    }

    #[test]
    fn damage_and_other_things_are_refused() {
        for (text, error) in [
            ("snoPBrXtMeMyMHUVTgbuqAfg1SUTc", FamilySeedError::Checksum),
            ("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", FamilySeedError::Prefix),
            ("snoPBrXtMeMyMHUVTgbuqAfg1SUT0", FamilySeedError::Base58(Base58Error::Character)),
            ("", FamilySeedError::Prefix),
        ] {
            assert_eq!(decode(text).err(), Some(error), "{text}");
        }
    }
}
