//! Mnemonics (BIP-39).

use kms_core::{Mnemonic, Seed};
use sha2::Sha512;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{Entropy, EntropyError};

/// What is wrong with a mnemonic that was typed in. Holds none of its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MnemonicError {
    /// Not 12, 15, 18, 21 or 24 words.
    #[error("the mnemonic has {0} words, it must have 12, 15, 18, 21 or 24")]
    WordCount(usize),
    /// A word outside the English list.
    #[error("word {0} of the mnemonic is not in the English BIP-39 list")]
    UnknownWord(usize),
    /// The words are right, their checksum is not.
    #[error("the checksum of the mnemonic is wrong: a word is mistyped or out of place")]
    Checksum,
}

/// A new mnemonic of 24 English words (256 bits).
///
/// # Errors
/// The source of randomness failed.
pub fn generate(entropy: &mut dyn Entropy) -> Result<Mnemonic, EntropyError> {
    let mut bytes = Zeroizing::new([0; 32]);
    entropy.fill(bytes.as_mut_slice())?;
    let mut mnemonic =
        ::bip39::Mnemonic::from_entropy(bytes.as_slice()).expect("32 bytes make 24 words");
    let text = mnemonic.to_string();
    mnemonic.zeroize();
    Ok(Mnemonic::new(text))
}

/// Checks words and checksum against the English list.
///
/// # Errors
/// What is wrong, by position.
pub fn check(mnemonic: &Mnemonic) -> Result<(), MnemonicError> {
    entropy(mnemonic).map(drop)
}

/// The 16 to 32 random bytes that a mnemonic stands for, after [`check`]ing it.
///
/// # Errors
/// As [`check`].
pub fn entropy(mnemonic: &Mnemonic) -> Result<Zeroizing<Vec<u8>>, MnemonicError> {
    let text = Zeroizing::new(mnemonic.expose_secret().nfkd().collect::<String>());
    match ::bip39::Mnemonic::parse_in_normalized(::bip39::Language::English, &text) {
        Ok(mut parsed) => {
            let entropy = Zeroizing::new(parsed.to_entropy());
            parsed.zeroize();
            Ok(entropy)
        }
        Err(::bip39::Error::BadWordCount(count)) => Err(MnemonicError::WordCount(count)),
        Err(::bip39::Error::UnknownWord(index)) => Err(MnemonicError::UnknownWord(index + 1)),
        Err(_) => Err(MnemonicError::Checksum),
    }
}

/// The seed of a mnemonic, without a passphrase: PBKDF2-HMAC-SHA512, 2048 rounds.
///
/// Neither words nor checksum are looked at: case and spacing change the seed, as in every wallet
/// that Tatum KMS has ever stored.
pub fn seed(mnemonic: &Mnemonic) -> Seed {
    let text = Zeroizing::new(mnemonic.expose_secret().nfkd().collect::<String>());
    Seed::init_with_mut(|seed| {
        pbkdf2::pbkdf2_hmac::<Sha512>(text.as_bytes(), b"mnemonic", 2048, seed);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mnemonic(text: &str) -> Mnemonic {
        Mnemonic::new(text.to_owned())
    }

    #[test]
    fn seed_of_the_well_known_mnemonic() {
        let words = "abandon ".repeat(11) + "about";
        assert_eq!(
            hex::encode(seed(&mnemonic(&words)).expose_secret()),
            "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1\
             9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4"
        );
    }

    #[test]
    fn imports_are_checked_without_naming_words() {
        assert_eq!(check(&mnemonic(&("abandon ".repeat(11) + "about"))), Ok(()));
        assert_eq!(check(&mnemonic("abandon about")), Err(MnemonicError::WordCount(2)));
        assert_eq!(
            check(&mnemonic(&("abandon ".repeat(11) + "bitcoin"))),
            Err(MnemonicError::UnknownWord(12))
        );
        assert_eq!(
            check(&mnemonic(&("abandon ".repeat(11) + "abandon"))),
            Err(MnemonicError::Checksum)
        );
    }

    #[test]
    fn a_new_mnemonic_has_24_valid_words() {
        struct Fixed;
        impl Entropy for Fixed {
            fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
                bytes.fill(0);
                Ok(())
            }
        }
        let new = generate(&mut Fixed).unwrap();
        assert_eq!(new.expose_secret(), "abandon ".repeat(23) + "art");
        assert_eq!(check(&new), Ok(()));
    }
}
