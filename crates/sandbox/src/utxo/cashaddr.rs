//! CashAddr: Base32 with a checksum of 40 bits over the prefix and the payload.
//!
//! <https://github.com/bitcoincashorg/bitcoincash.org/blob/master/spec/cashaddr.md>

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATORS: [u64; 5] =
    [0x98_f2bc_8e61, 0x79_b76d_99e2, 0xf3_3e5f_b3c4, 0xae_2eab_e2a8, 0x1e_4f43_e470];
const CHECKSUM_LENGTH: usize = 8;

/// Writes a version byte and a hash as an address with its prefix.
pub(super) fn encode(prefix: &str, version: u8, hash: &[u8; 20]) -> String {
    let mut bytes = vec![version];
    bytes.extend_from_slice(hash);
    let mut digits = to_digits(&bytes);
    digits.extend(checksum(prefix, &digits));
    let text = digits.iter().map(|digit| char::from(ALPHABET[usize::from(*digit)]));
    format!("{prefix}:{}", text.collect::<String>())
}

/// Reads an address, whose prefix may be left out; the version byte and the hash.
pub(super) fn decode(prefix: &str, text: &str) -> Option<(u8, [u8; 20])> {
    let is_upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_upper && text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let payload = match text.split_once(':') {
        Some((given, payload)) => (given == prefix).then_some(payload)?,
        None => &text,
    };
    let position = |byte| ALPHABET.iter().position(|letter| *letter == byte);
    let digits: Option<Vec<_>> =
        payload.bytes().map(|byte| u8::try_from(position(byte)?).ok()).collect();
    let digits = digits?;
    let (data, given) = digits.split_at_checked(digits.len().checked_sub(CHECKSUM_LENGTH)?)?;
    if checksum(prefix, data) != given {
        return None;
    }
    let bytes = from_digits(data)?;
    let (version, hash) = bytes.split_first()?;
    Some((*version, hash.try_into().ok()?))
}

fn checksum(prefix: &str, digits: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let prefix = prefix.bytes().map(|byte| byte & 31);
    let all = prefix.chain([0]).chain(digits.iter().copied()).chain([0; CHECKSUM_LENGTH]);
    let mut state = 1_u64;
    for digit in all {
        let top = state >> 35;
        state = ((state & 0x07_ffff_ffff) << 5) ^ u64::from(digit);
        for (bit, generator) in GENERATORS.iter().enumerate() {
            if (top >> bit) & 1 == 1 {
                state ^= generator;
            }
        }
    }
    let state = state ^ 1;
    std::array::from_fn(|index| {
        (state >> (5 * (CHECKSUM_LENGTH - 1 - index))).to_le_bytes()[0] & 31
    })
}

/// Bytes as numbers of 5 bits, filled up with zeros.
fn to_digits(bytes: &[u8]) -> Vec<u8> {
    let bits: Vec<u8> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1)).collect();
    bits.chunks(5)
        .map(|chunk| (0..5).fold(0, |sum, at| (sum << 1) | chunk.get(at).copied().unwrap_or(0)))
        .collect()
}

/// The bytes again; none where what filled them up isn't less than a digit of zeros.
fn from_digits(digits: &[u8]) -> Option<Vec<u8>> {
    let bits: Vec<u8> =
        digits.iter().flat_map(|digit| (0..5).rev().map(move |bit| (digit >> bit) & 1)).collect();
    let (whole, rest) = bits.split_at(bits.len() / 8 * 8);
    if rest.len() >= 5 || rest.contains(&1) {
        return None;
    }
    Some(whole.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| (sum << 1) | bit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the specification.
    const ADDRESS: &str = "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a";
    const HASH: &str = "76a04053bda0a88bda5177b86a15c3b29f559873";

    #[test]
    fn the_address_of_the_specification_round_trips() {
        let hash: [u8; 20] = hex::decode(HASH).unwrap().try_into().unwrap();
        assert_eq!(encode("bitcoincash", 0, &hash), ADDRESS);
        assert_eq!(decode("bitcoincash", ADDRESS), Some((0, hash)));
        let bare = ADDRESS.split_once(':').unwrap().1;
        assert_eq!(decode("bitcoincash", bare), Some((0, hash)));
        assert_eq!(decode("bitcoincash", &ADDRESS.to_uppercase()), Some((0, hash)));
    }

    #[test]
    fn damaged_and_foreign_addresses_are_none() {
        let damaged = ADDRESS.replace("6a", "6q");
        let mixed = ADDRESS.replace("qpm", "Qpm");
        for text in [&damaged, &mixed, "", ":", "bitcoincash:", "bitcoincash:q"] {
            assert_eq!(decode("bitcoincash", text), None, "{text}");
        }
        assert_eq!(decode("bchtest", ADDRESS), None);
    }
}
