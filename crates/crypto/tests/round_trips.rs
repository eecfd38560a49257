//! Encodings with two directions: whatever is written is read as it was, and a text is read in one form only.

#![allow(clippy::unwrap_used)]

use kms_core::{Mnemonic, Seed};
use kms_crypto::base58::{self, Alphabet};
use kms_crypto::bip32::{ExtendedKey, ExtendedPublicKey, HARDENED, XpubVersion};
use kms_crypto::{base32, bip39, ed25519_bip32, family_seed, secp256k1, wif, words25};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bytes_survive_base58_and_base32(bytes in vec(any::<u8>(), 0..90)) {
        for alphabet in [Alphabet::BITCOIN, Alphabet::XRPL] {
            let text = base58::encode(&bytes, alphabet);
            prop_assert!(*base58::decode(&text, alphabet).unwrap() == bytes);
        }
        prop_assert!(*base32::decode(&base32::encode(&bytes)).unwrap() == bytes);
    }

    #[test]
    fn a_text_that_is_read_is_the_one_that_is_written(text in "[1-9A-HJ-NP-Za-km-z]{0,52}|[A-Z2-7]{0,60}") {
        if let Ok(bytes) = base58::decode(&text, Alphabet::BITCOIN) {
            prop_assert!(*base58::encode(&bytes, Alphabet::BITCOIN) == text);
        }
        if let Ok(bytes) = base32::decode(&text) {
            prop_assert!(*base32::encode(&bytes) == text);
        }
    }

    #[test]
    fn keys_survive_wif(bytes: [u8; 32], version in 1_u8.., compressed: bool) {
        let Ok(mut key) = secp256k1::PrivateKey::from_bytes(&bytes) else { return Ok(()) };
        if !compressed {
            key = key.uncompressed();
        }
        let text = wif::encode(&key, version);
        let (found, again) = wif::decode(text.expose_secret()).unwrap();
        prop_assert_eq!((found, again.public()), (version, key.public()));
        again.expose_bytes(|again| assert_eq!(again, &bytes));
        let more = format!("1{}", text.expose_secret());
        prop_assert!(wif::decode(&more).is_err(), "one key has two texts");
    }

    #[test]
    fn family_seeds_lead_to_one_key(seed: [u8; 16]) {
        let text = family_seed::encode_ed25519(&seed);
        let key = family_seed::decode(text.expose_secret()).unwrap();
        let raw = base58::decode(text.expose_secret(), Alphabet::XRPL).unwrap();
        prop_assert!(key.ed25519().is_ok() && raw[3..19] == seed);
    }

    #[test]
    fn extended_ed25519_keys_survive_their_bytes(entropy: [u8; 32], path in vec(any::<u32>(), 0..4)) {
        let key = ed25519_bip32::ExtendedKey::master(&entropy).derive(&path);
        let private = key.private_key();
        let again = private.expose_bytes(ed25519_bip32::PrivateKey::from_bytes).unwrap();
        prop_assert_eq!(again.public(), private.public());
        let public = ed25519_bip32::ExtendedPublicKey::from_bytes(&key.public_bytes()).unwrap();
        prop_assert_eq!(public.child(7), Some(key.child(7).private_key().public()));
        prop_assert_eq!(public.child(HARDENED), None);
    }

    #[test]
    fn what_is_below_an_xpub_is_below_its_key(seed: [u8; 32], at in 0..HARDENED, index in 0..HARDENED) {
        let seed = Seed::init_with_mut(|out| out[..32].copy_from_slice(&seed));
        let key = ExtendedKey::derive(&seed, &[HARDENED, at]).unwrap();
        for version in [XpubVersion::XPUB, XpubVersion::TPUB] {
            let public = ExtendedPublicKey::read(&key.xpub(version)).unwrap();
            let child = key.child(index).unwrap().private_key().public();
            prop_assert_eq!(public.child(index).unwrap(), child);
            prop_assert!(public.child(index | HARDENED).is_err());
        }
    }

    /// Few of them have the right checksum; those are read, and none panics.
    #[test]
    fn words_are_read_or_refused(words in vec(select(WORDS), 0..27)) {
        let mnemonic = || Mnemonic::new(words.join(" "));
        prop_assert!(words25::decode(&mnemonic()).is_err() || words.len() == 25);
        prop_assert_eq!(bip39::check(&mnemonic()).is_ok(), bip39::entropy(&mnemonic()).is_ok());
    }
}

const WORDS: &[&str] = &["abandon", "about", "art", "invest", "zoo", "zebra", "bitcoin", ""];
