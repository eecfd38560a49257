//! Base58 without a checksum, for secrets: every buffer in between is wiped.
//!
//! <https://datatracker.ietf.org/doc/html/draft-msporny-base58-03>

use zeroize::Zeroizing;

/// The 58 digits of a number, in their order.
#[derive(Clone, Copy, Debug)]
pub struct Alphabet(&'static [u8; 58]);

impl Alphabet {
    /// Of Bitcoin and of Solana.
    pub const BITCOIN: Self = Self(b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");
    /// Of the XRP Ledger.
    pub const XRPL: Self = Self(b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz");
}

/// Why a text is not in Base58. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Base58Error {
    /// A character outside the alphabet.
    #[error("it has a character that is not in the Base58 alphabet")]
    Character,
    /// Longer than anything that is read here: 128 characters.
    #[error("it is too long")]
    TooLong,
}

/// No text that is read here is longer, and reading takes the square of the length.
const MAX_TEXT: usize = 128;

/// Reads a text of at most 128 characters. Leading zero digits are zero bytes.
///
/// # Errors
/// A character outside the alphabet, or too many of them.
pub fn decode(text: &str, alphabet: Alphabet) -> Result<Zeroizing<Vec<u8>>, Base58Error> {
    if text.len() > MAX_TEXT {
        return Err(Base58Error::TooLong);
    }
    let mut number = Zeroizing::new([0_u8; MAX_TEXT]);
    for character in text.bytes() {
        let digit = alphabet.0.iter().position(|c| *c == character);
        let digit = digit.ok_or(Base58Error::Character)?;
        let mut carry = u32::try_from(digit).expect("there are 58 digits");
        for byte in number.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
    }
    let zeros = text.bytes().take_while(|c| *c == alphabet.0[0]).count();
    let first = number.iter().position(|byte| *byte != 0).unwrap_or(MAX_TEXT);
    let mut bytes = Zeroizing::new(Vec::with_capacity(zeros + MAX_TEXT - first));
    bytes.resize(zeros, 0);
    bytes.extend_from_slice(&number[first..]);
    Ok(bytes)
}

/// Writes bytes. Zero bytes in front are zero digits.
pub fn encode(bytes: &[u8], alphabet: Alphabet) -> Zeroizing<String> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    // A byte is less than 1.37 digits.
    let mut digits = Zeroizing::new(vec![0_u8; bytes.len() * 137 / 100 + 1]);
    for byte in &bytes[zeros..] {
        let mut carry = u32::from(*byte);
        for digit in digits.iter_mut().rev() {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58).to_le_bytes()[0];
            carry /= 58;
        }
    }
    let significant = digits.iter().skip_while(|digit| **digit == 0);
    let mut text = Zeroizing::new(String::with_capacity(zeros + digits.len()));
    text.extend(std::iter::repeat_n(char::from(alphabet.0[0]), zeros));
    text.extend(significant.map(|digit| char::from(alphabet.0[usize::from(*digit)])));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of draft-msporny-base58-03.
    #[test]
    fn the_published_vectors() {
        for (bytes, text) in [
            (&b"Hello World!"[..], "2NEpo7TZRRrLZSi2U"),
            (
                &b"The quick brown fox jumps over the lazy dog."[..],
                "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
            ),
            (&[0, 0, 0x28, 0x7f, 0xb4, 0xcd][..], "11233QC4"),
            (&[][..], ""),
        ] {
            assert_eq!(encode(bytes, Alphabet::BITCOIN).as_str(), text);
            assert_eq!(decode(text, Alphabet::BITCOIN).unwrap().as_slice(), bytes);
        }
    }

    #[test]
    fn other_characters_and_long_texts_are_refused() {
        assert_eq!(decode("0", Alphabet::BITCOIN), Err(Base58Error::Character));
        assert_eq!(decode("é", Alphabet::XRPL), Err(Base58Error::Character));
        assert_eq!(decode(&"1".repeat(129), Alphabet::BITCOIN), Err(Base58Error::TooLong));
    }
}
