//! Mnemonics of 25 words, as Algorand has them: 24 words of 11 bits for the 32-byte seed, one as checksum.
//!
//! The words are those of BIP-39, but neither the bit order nor the checksum is: the bytes are read from
//! the lowest bit on, and the last word is made of the first two bytes of the SHA-512/256 of the seed.
//! Nothing is derived; the mnemonic is the key.
//!
//! <https://developer.algorand.org/docs/get-details/accounts/#transformation-private-key-to-25-word-mnemonic>

use kms_core::Mnemonic;
use zeroize::Zeroizing;

use crate::hash::sha512_256;

/// What is wrong with a mnemonic. Holds none of its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Words25Error {
    /// Not 25 words.
    #[error("the mnemonic has {0} words, it must have 25")]
    WordCount(usize),
    /// A word outside the English list.
    #[error("word {0} of the mnemonic is not in the English BIP-39 list")]
    UnknownWord(usize),
    /// The words are right, their checksum is not.
    #[error("the checksum of the mnemonic is wrong: a word is mistyped or out of place")]
    Checksum,
}

const WORDS: usize = 25;
const BITS: u32 = 11;

/// The seed that 25 words stand for.
///
/// # Errors
/// What is wrong, by position.
pub fn decode(mnemonic: &Mnemonic) -> Result<Zeroizing<[u8; 32]>, Words25Error> {
    let list = ::bip39::Language::English.word_list();
    let count = mnemonic.expose_secret().split_whitespace().count();
    if count != WORDS {
        return Err(Words25Error::WordCount(count));
    }
    let mut numbers = Zeroizing::new([0_u32; WORDS]);
    let words = mnemonic.expose_secret().split_whitespace();
    for (place, (number, word)) in numbers.iter_mut().zip(words).enumerate() {
        let found = list.binary_search(&word).map_err(|_| Words25Error::UnknownWord(place + 1))?;
        *number = u32::try_from(found).expect("the list has 2048 words");
    }
    // 24 words have 264 bits, and the seed 256: the byte above must be zero.
    let mut bytes = Zeroizing::new([0_u8; 33]);
    let mut waiting = Zeroizing::new((0_u32, 0_u32));
    let mut place = 0;
    for number in &numbers[..WORDS - 1] {
        waiting.0 |= number << waiting.1;
        waiting.1 += BITS;
        while waiting.1 >= 8 {
            bytes[place] = waiting.0.to_le_bytes()[0];
            place += 1;
            waiting.0 >>= 8;
            waiting.1 -= 8;
        }
    }
    let mut seed = Zeroizing::new([0; 32]);
    seed.copy_from_slice(&bytes[..32]);
    if bytes[32] != 0 || numbers[WORDS - 1] != checksum(&seed) {
        return Err(Words25Error::Checksum);
    }
    Ok(seed)
}

fn checksum(seed: &[u8; 32]) -> u32 {
    let hash = sha512_256(seed);
    (u32::from(hash[0]) | u32::from(hash[1]) << 8) & ((1 << BITS) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mnemonic(text: &str) -> Mnemonic {
        Mnemonic::new(text.to_owned())
    }

    /// 32 zero bytes, as every Algorand library writes them.
    #[test]
    fn the_seed_of_zeros() {
        let words = "abandon ".repeat(24) + "invest";
        assert_eq!(decode(&mnemonic(&words)).unwrap().as_slice(), [0; 32]);
    }

    #[test]
    fn damage_is_told_by_kind_without_naming_words() {
        let words = |last: &str| "abandon ".repeat(24) + last;
        assert_eq!(decode(&mnemonic(&words("about"))).err(), Some(Words25Error::Checksum));
        assert_eq!(decode(&mnemonic(&words("bitcoin"))).err(), Some(Words25Error::UnknownWord(25)));
        assert_eq!(decode(&mnemonic("abandon")).err(), Some(Words25Error::WordCount(1)));
        let overflow = "abandon ".repeat(23) + "zoo invest";
        assert_eq!(decode(&mnemonic(&overflow)).err(), Some(Words25Error::Checksum));
    }
}
