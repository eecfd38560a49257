//! Encodings: what is read is written as it was, and what is written is read.

use kms_core::Mnemonic;
use kms_crypto::base58::{self, Alphabet};
use kms_crypto::{base32, bip32, bip39, ed25519_bip32, family_seed, wif, words25};

use crate::sentence;

/// The target: the first byte chooses, the others are the text or the bytes.
pub fn fuzz(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice % 8 {
        0 => bytes(rest),
        1 => text(rest, base58_text),
        2 => text(rest, base32_text),
        3 => text(rest, wif_text),
        4 => text(rest, |text| told(family_seed::decode(text), text)),
        5 => text(rest, |text| told(words25::decode(&Mnemonic::new(text.to_owned())), text)),
        6 => text(rest, |text| told(bip39::entropy(&Mnemonic::new(text.to_owned())), text)),
        _ => text(rest, |text| told(bip32::ExtendedPublicKey::read(text), text)),
    }
}

fn text(data: &[u8], check: impl FnOnce(&str)) {
    let _ = str::from_utf8(data).map(check);
}

/// A refusal says nothing of the text.
fn told<T, E: std::fmt::Display>(read: Result<T, E>, text: &str) {
    if let Err(error) = read {
        sentence::check_secret(&error.to_string(), text);
    }
}

fn bytes(data: &[u8]) {
    let data = &data[..data.len().min(90)];
    for alphabet in [Alphabet::BITCOIN, Alphabet::XRPL] {
        let text = base58::encode(data, alphabet);
        assert_eq!(base58::decode(&text, alphabet).as_deref().map(Vec::as_slice), Ok(data));
    }
    assert_eq!(base32::decode(&base32::encode(data)).as_deref().map(Vec::as_slice), Ok(data));
    if let Ok(key) = data.try_into()
        && let Ok(key) = ed25519_bip32::PrivateKey::from_bytes(key)
    {
        key.expose_bytes(|bytes| assert_eq!(bytes, data, "an extended key comes back"));
    }
    let _ = data.try_into().ok().and_then(ed25519_bip32::ExtendedPublicKey::from_bytes);
}

fn base58_text(text: &str) {
    let text = &text[..text.floor_char_boundary(300)];
    for alphabet in [Alphabet::BITCOIN, Alphabet::XRPL] {
        match base58::decode(text, alphabet) {
            Ok(bytes) => assert_eq!(base58::encode(&bytes, alphabet).as_str(), text),
            error => told(error, text),
        }
    }
}

fn base32_text(text: &str) {
    match base32::decode(text) {
        Ok(bytes) => assert_eq!(base32::encode(&bytes).as_str(), text),
        error => told(error, text),
    }
}

fn wif_text(text: &str) {
    match wif::decode(text) {
        Ok((version, key)) => assert_eq!(wif::encode(&key, version).expose_secret(), text),
        error => told(error, text),
    }
}
