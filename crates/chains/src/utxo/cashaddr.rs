//! CashAddr: five bits to a character and a checksum of 40 bits that covers the prefix.
//!
//! <https://github.com/bitcoincashorg/bitcoincash.org/blob/master/spec/cashaddr.md>

use bech32::Fe32;
use bech32::primitives::iter::{ByteIterExt as _, Fe32IterExt as _};

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const CHECKSUM_DIGITS: usize = 8;

/// The address with its prefix. `version` holds the kind and the size of the hash.
pub(in crate::utxo) fn encode(prefix: &str, version: u8, hash: &[u8]) -> String {
    let bytes = std::iter::once(version).chain(hash.iter().copied());
    let mut digits: Vec<u8> = bytes.bytes_to_fes().map(|digit| digit.to_u8()).collect();
    let checksum = checksum(prefix, &digits);
    digits.extend((0..8).rev().map(|i| (checksum >> (5 * i) & 31).to_le_bytes()[0]));
    let text = digits.iter().map(|digit| char::from(ALPHABET[usize::from(*digit)]));
    format!("{prefix}:{}", text.collect::<String>())
}

/// Version byte and hash of an address, which may come without its prefix; nothing if it is none.
pub(in crate::utxo) fn decode(prefix: &str, text: &str) -> Option<(u8, Vec<u8>)> {
    let mixed = text.chars().any(|c| c.is_ascii_lowercase())
        && text.chars().any(|c| c.is_ascii_uppercase());
    let body = match text.split_once(':') {
        Some((given, body)) => Some(body).filter(|_| given.eq_ignore_ascii_case(prefix))?,
        None => text,
    };
    // The digits are those of Bech32.
    let digits = body.chars().map(|c| Fe32::from_char(c).ok());
    let digits: Vec<Fe32> = digits.collect::<Option<_>>()?;
    let (hash, sum) = digits.split_at_checked(digits.len().checked_sub(CHECKSUM_DIGITS)?)?;
    let values: Vec<u8> = hash.iter().map(|digit| digit.to_u8()).collect();
    let found = sum.iter().fold(0, |sum, digit| sum << 5 | u64::from(digit.to_u8()));
    let mut bytes = hash.iter().copied().fes_to_bytes();
    let version = bytes.next()?;
    let hash: Vec<u8> = bytes.collect();
    // Bits behind the last byte make another text, with a checksum of its own, of the same address.
    let same = || encode(prefix, version, &hash).ends_with(&body.to_ascii_lowercase());
    (!mixed && found == checksum(prefix, &values) && same()).then_some((version, hash))
}

/// The remainder of prefix, separator and digits over the code's generator.
fn checksum(prefix: &str, digits: &[u8]) -> u64 {
    const GENERATOR: [u64; 5] =
        [0x98_f2bc_8e61, 0x79_b76d_99e2, 0xf3_3e5f_b3c4, 0xae_2eab_e2a8, 0x1e_4f43_e470];
    let prefix = prefix.bytes().map(|byte| byte & 31).chain([0]);
    let mut remainder: u64 = 1;
    for digit in prefix.chain(digits.iter().copied()).chain([0; 8]) {
        let top = remainder >> 35;
        remainder = (remainder & 0x07_ffff_ffff) << 5 ^ u64::from(digit);
        for (i, generator) in GENERATOR.iter().enumerate() {
            if top >> i & 1 == 1 {
                remainder ^= generator;
            }
        }
    }
    remainder ^ 1
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::any;

    use super::*;

    proptest::proptest! {
        #[test]
        fn hashes_survive(version: u8, hash in vec(any::<u8>(), 0..65)) {
            let text = encode("bitcoincash", version, &hash);
            assert_eq!(decode("bitcoincash", &text), Some((version, hash)));
        }
    }

    #[test]
    fn bits_behind_the_last_byte_must_be_zero() {
        let mut digits: Vec<u8> =
            [0; 21].into_iter().bytes_to_fes().map(|digit| digit.to_u8()).collect();
        for (last, expected) in [(0, true), (1, false)] {
            *digits.last_mut().unwrap() = last;
            let sum = checksum("bchtest", &digits);
            let sum = (0..8).rev().map(|i| (sum >> (5 * i) & 31).to_le_bytes()[0]);
            let text =
                digits.iter().copied().chain(sum).map(|d| char::from(ALPHABET[usize::from(d)]));
            assert_eq!(decode("bchtest", &text.collect::<String>()).is_some(), expected);
        }
    }

    /// The table of larger test vectors in the specification, 20 bytes.
    #[test]
    fn addresses_are_those_of_the_specification() {
        let hash = hex::decode("f5bf48b397dae70be82b3cca4793f8eb2b6cdac9").unwrap();
        for (prefix, version, address) in [
            ("bitcoincash", 0, "bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2"),
            ("bchtest", 8, "bchtest:pr6m7j9njldwwzlg9v7v53unlr4jkmx6eyvwc0uz5t"),
        ] {
            assert_eq!(encode(prefix, version, &hash), address);
            let (_, bare) = address.split_once(':').unwrap();
            for same in [address, bare, &address.to_uppercase()] {
                assert_eq!(decode(prefix, same), Some((version, hash.clone())), "{same}");
            }
            let damaged = bare.replace('j', "J");
            for bad in
                ["", "q", &bare[1..], &format!("other:{bare}"), &bare.replace("7j", "7k"), &damaged]
            {
                assert_eq!(decode(prefix, bad), None, "{bad}");
            }
        }
    }
}
