//! Private keys in Base58Check, with a version byte: the "wallet import format" of Bitcoin's chains.
//!
//! Written here rather than taken from a library because everything in between must be wiped.
//!
//! <https://en.bitcoin.it/wiki/Wallet_import_format>

use kms_core::KeyText;
use zeroize::Zeroizing;

use crate::hash::sha256d;
use crate::secp256k1::{NotAKey, PrivateKey};

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Version, key, the mark of a compressed public key, checksum.
const LONG: usize = 1 + 32 + 1 + 4;
/// The same without the mark.
const SHORT: usize = LONG - 1;
/// The most characters that [`LONG`] bytes make.
const MAX_TEXT: usize = 52;
const COMPRESSED: u8 = 1;

/// Why a text is no key in this format. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WifError {
    /// A character outside the Base58 alphabet.
    #[error("it has a character that is not in the Base58 alphabet")]
    Character,
    /// Too short or too long, or without the mark where one must be.
    #[error("it has not the length of a WIF key")]
    Length,
    /// The last four bytes do not fit the rest.
    #[error("its checksum is wrong: a character is mistyped")]
    Checksum,
    /// The number is none.
    #[error(transparent)]
    NotAKey(#[from] NotAKey),
}

/// Reads a key; also tells its version byte, which says for which chain and network it was written.
///
/// # Errors
/// The text is damaged, or no key.
pub fn decode(text: &str) -> Result<(u8, PrivateKey), WifError> {
    // A zero in front would make a second text of the same number.
    if text.len() > MAX_TEXT || text.starts_with(char::from(ALPHABET[0])) {
        return Err(WifError::Length);
    }
    let mut number = Zeroizing::new([0_u8; LONG]);
    for character in text.bytes() {
        let digit = ALPHABET.iter().position(|c| *c == character).ok_or(WifError::Character)?;
        let mut carry = u32::try_from(digit).expect("there are 58 digits");
        for byte in number.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry != 0 {
            return Err(WifError::Length);
        }
    }
    // No version byte in use is zero, so what stands in front of a short form is.
    let bytes = if number[0] == 0 { &number[1..] } else { &number[..] };
    let (body, checksum) = bytes.split_at(bytes.len() - 4);
    if sha256d(body)[..4] != *checksum {
        return Err(WifError::Checksum);
    }
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(&body[1..33]);
    match body[33..] {
        [] => Ok((body[0], PrivateKey::from_bytes(&key)?.uncompressed())),
        [COMPRESSED] => Ok((body[0], PrivateKey::from_bytes(&key)?)),
        _ => Err(WifError::Length),
    }
}

/// Writes a key with a version byte other than zero.
pub fn encode(key: &PrivateKey, version: u8) -> KeyText {
    let mut bytes = Zeroizing::new([0_u8; LONG]);
    bytes[0] = version;
    key.expose_bytes(|key| bytes[1..33].copy_from_slice(key));
    bytes[33] = COMPRESSED;
    let length = if key.public().is_compressed() { LONG } else { SHORT };
    let checksum = sha256d(&bytes[..length - 4]);
    bytes[length - 4..length].copy_from_slice(&checksum[..4]);
    let mut digits = Zeroizing::new([0_u8; MAX_TEXT]);
    for byte in &bytes[..length] {
        let mut carry = u32::from(*byte);
        for digit in digits.iter_mut().rev() {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58).to_le_bytes()[0];
            carry /= 58;
        }
    }
    let mut text = String::with_capacity(MAX_TEXT);
    let significant = digits.iter().skip_while(|digit| **digit == 0);
    text.extend(significant.map(|digit| char::from(ALPHABET[usize::from(*digit)])));
    KeyText::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Bitcoin wiki, and the same key compressed.
    const LONG_FORM: &str = "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ";
    const KEY: &str = "0c28fca386c7a227600b2fe50b7cae11ec86d3bf1fbe471be89827e19d72aa1d";
    const SHORT_FORM: &str = "KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617";

    #[test]
    fn both_forms_round_trip() {
        for (text, compressed) in [(LONG_FORM, false), (SHORT_FORM, true)] {
            let (version, key) = decode(text).unwrap();
            assert_eq!(version, 0x80);
            key.expose_bytes(|bytes| assert_eq!(hex::encode(bytes), KEY));
            assert_eq!(key.public().is_compressed(), compressed);
            assert_eq!(encode(&key, version).expose_secret(), text);
        }
    }

    #[test]
    fn damage_is_told_by_kind() {
        let mistyped = LONG_FORM.replace("5HueC", "5HueD");
        for (text, error) in [
            (mistyped.as_str(), WifError::Checksum),
            ("0OIl", WifError::Character),
            ("", WifError::Checksum),
            (&SHORT_FORM.repeat(2), WifError::Length),
            (&"z".repeat(52), WifError::Length),
            (&format!("1{LONG_FORM}"), WifError::Length),
        ] {
            assert_eq!(decode(text).err(), Some(error), "{text}");
        }
    }
}
