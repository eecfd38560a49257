//! Base32 (RFC 4648) in capitals and without padding, for secrets: nothing stays behind unwiped.

use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Why a text is not in Base32. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Base32Error {
    /// A character outside the alphabet.
    #[error("it has a character other than A to Z and 2 to 7")]
    Character,
    /// No number of bytes has this length, or the bits behind the last byte are not zero.
    #[error("it is cut short, or a character at its end is wrong")]
    End,
}

/// Reads a text strictly: one text for each sequence of bytes.
///
/// # Errors
/// A character outside the alphabet (padding included), or bits left over.
pub fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, Base32Error> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8));
    let mut waiting = Zeroizing::new((0_u32, 0_u32));
    for character in text.bytes() {
        let digit = ALPHABET.iter().position(|c| *c == character).ok_or(Base32Error::Character)?;
        waiting.0 = waiting.0 << 5 | u32::try_from(digit).expect("there are 32 digits");
        waiting.1 += 5;
        if waiting.1 >= 8 {
            waiting.1 -= 8;
            bytes.push((waiting.0 >> waiting.1).to_le_bytes()[0]);
            waiting.0 &= (1 << waiting.1) - 1;
        }
    }
    if waiting.1 >= 5 || waiting.0 != 0 { Err(Base32Error::End) } else { Ok(bytes) }
}

/// Writes bytes.
pub fn encode(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().div_ceil(5) * 8));
    let digit = |bits: u32| char::from(ALPHABET[(bits & 31) as usize]);
    let mut waiting = Zeroizing::new((0_u32, 0_u32));
    for byte in bytes {
        waiting.0 = waiting.0 << 8 | u32::from(*byte);
        waiting.1 += 8;
        while waiting.1 >= 5 {
            waiting.1 -= 5;
            text.push(digit(waiting.0 >> waiting.1));
        }
        waiting.0 &= (1 << waiting.1) - 1;
    }
    if waiting.1 > 0 {
        text.push(digit(waiting.0 << (5 - waiting.1)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn the_vectors_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(encode(bytes.as_bytes()).as_str(), text);
            assert_eq!(decode(text).unwrap().as_slice(), bytes.as_bytes());
        }
    }

    #[test]
    fn only_one_text_stands_for_the_bytes() {
        for (bad, error) in [
            ("MZ", Base32Error::End),
            ("MYA", Base32Error::End),
            ("M", Base32Error::End),
            ("my", Base32Error::Character),
            ("MY==", Base32Error::Character),
            ("M0", Base32Error::Character),
        ] {
            assert_eq!(decode(bad), Err(error), "{bad}");
        }
    }
}
