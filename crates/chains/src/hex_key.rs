//! Keys that are written as hexadecimal digits, on the chains that copied Bitcoin's derivation from
//! Ethereum's wallets: `m/44'/coin'/0'/0/index`.

use kms_core::{KeyText, Seed};
use kms_crypto::bip32::{ExtendedKey, HARDENED};
use kms_crypto::{PrivateKey, secp256k1};
use zeroize::{Zeroize as _, Zeroizing};

use crate::error::KeyError;

/// The highest index whose child is not hardened.
pub(crate) const HIGHEST_INDEX: u32 = HARDENED - 1;

/// What an error lists as accepted.
pub(crate) const ACCEPTED: &str = "64 hexadecimal digits, with or without 0x";

/// The node at `m/44'/coin'/0'/0`, whose children are the addresses.
///
/// # Errors
/// No key exists there (one in 2^127).
pub(crate) fn account(seed: &Seed, coin_type: u32) -> Result<ExtendedKey, KeyError> {
    Ok(ExtendedKey::derive(seed, &[44 | HARDENED, coin_type | HARDENED, HARDENED, 0])?)
}

/// The key at `index` below that node.
///
/// # Errors
/// The index stands for a hardened child, to which no address leads.
pub(crate) fn derive(
    chain: &'static str,
    seed: &Seed,
    coin_type: u32,
    index: u32,
) -> Result<PrivateKey, KeyError> {
    check_index(chain, index)?;
    let key = account(seed, coin_type)?.child(index)?;
    Ok(PrivateKey::Secp256k1(key.private_key()))
}

/// Refuses indexes from 2^31 on.
///
/// # Errors
/// The index and the highest that is allowed.
pub(crate) fn check_index(chain: &'static str, index: u32) -> Result<(), KeyError> {
    if index > HIGHEST_INDEX {
        return Err(KeyError::Index { chain, index, highest: HIGHEST_INDEX });
    }
    Ok(())
}

/// The 32 bytes behind 64 digits, with or without `0x`.
///
/// # Errors
/// Which forms are accepted.
pub(crate) fn read(chain: &'static str, text: &KeyText) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let text = text.expose_secret();
    let digits = text.strip_prefix("0x").or(text.strip_prefix("0X")).unwrap_or(text);
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, bytes.as_mut_slice())
        .map_err(|_| not_a_key(chain, "it is not 64 hexadecimal digits"))?;
    Ok(bytes)
}

/// The key over secp256k1 behind 64 digits.
///
/// # Errors
/// Which forms are accepted, or that the number is outside the group.
pub(crate) fn parse(chain: &'static str, text: &KeyText) -> Result<PrivateKey, KeyError> {
    let bytes = read(chain, text)?;
    let key = secp256k1::PrivateKey::from_bytes(&bytes)
        .map_err(|problem| not_a_key(chain, &problem.to_string()))?;
    Ok(PrivateKey::Secp256k1(key))
}

/// Digits behind a prefix; what is left behind on the way is wiped.
pub(crate) fn write(prefix: &str, bytes: &[u8]) -> KeyText {
    let mut digits = vec![0; bytes.len() * 2];
    hex::encode_to_slice(bytes, &mut digits).expect("twice as many digits as bytes");
    let mut text = String::with_capacity(prefix.len() + digits.len());
    text.push_str(prefix);
    text.push_str(std::str::from_utf8(&digits).expect("hexadecimal digits are ASCII"));
    digits.zeroize();
    KeyText::new(text)
}

fn not_a_key(chain: &'static str, reason: &str) -> KeyError {
    KeyError::NotAKey { chain, reason: reason.to_owned(), accepted: ACCEPTED }
}
