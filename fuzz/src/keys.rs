//! Keys, mnemonics, addresses and extended public keys of every chain, as people type them in.
//!
//! An input has the [parts](crate::parts) chain, flags (the network; then what the text is to be), and one text.

use kms_core::{KeyText, Mnemonic};

use crate::transaction::{chain, network};
use crate::{parts, sentence};

/// What the bits above the first of the flags say that a text is.
pub const KINDS: [fn(u8, u8, &str); 4] = [key, address, xpub, mnemonic];

/// The target.
pub fn fuzz(data: &[u8]) {
    let Some((chain, flags, texts)) = parts::split(data) else { return };
    let kind = KINDS[usize::from(flags >> 1) % KINDS.len()];
    kind(chain, flags, texts.first().copied().unwrap_or_default());
}

/// A private key: written as it is printed it is the same key, and its address is one of the chain.
fn key(chain: u8, flags: u8, text: &str) {
    let (chain, network) = (self::chain(chain), network(flags));
    let _ = chain.key_warning(&KeyText::new(text.to_owned()), network).map(|warning| {
        sentence::check_secret(&warning, text);
    });
    let key = match chain.parse(&KeyText::new(text.to_owned()), network) {
        Ok(key) => key,
        Err(error) => return sentence::check_secret(&error.to_string(), text),
    };
    let written = chain.format(&key, network).expect("a key of the chain can be written");
    let again = chain.parse(&written, network).expect("what is printed can be read");
    let twice = chain.format(&again, network).expect("a key of the chain can be written");
    assert_eq!(written.expose_secret(), twice.expose_secret());
    let own = chain.address(&key.public(), network).expect("a key of the chain has an address");
    let same = chain.address(&again.public(), network).expect("so has the same key");
    let spellings = chain.spellings(&own, network).expect("an address of ours is one");
    assert!(spellings.contains(&own), "{own} is spelled {spellings:?}");
    assert!(own == same || spellings.contains(&same), "the key printed has another address");
}

/// An address: how it is spelled does not change when it is spelled again.
fn address(chain: u8, flags: u8, text: &str) {
    let (chain, network) = (self::chain(chain), network(flags));
    match chain.spellings(text, network) {
        Ok(spellings) => {
            assert!(!spellings.is_empty(), "an address without a spelling");
            for one in &spellings {
                let again = chain.spellings(one, network).expect("a spelling is an address");
                assert!(again.contains(one), "{one} is spelled {again:?}");
            }
        }
        Err(error) => sentence::check(&error.to_string(), &[text]),
    }
}

/// An extended public key: its children have addresses, and what says no to one says no to all.
fn xpub(chain: u8, flags: u8, text: &str) {
    let (chain, network) = (self::chain(chain), network(flags));
    for index in [0, 1, (1 << 31) - 1, 1 << 31, u32::MAX] {
        match chain.derive_public(text, index) {
            Ok(Some(key)) => {
                assert!(index < 1 << 31, "a hardened child of a public key");
                chain.address(&key, network).expect("a key of the chain has an address");
            }
            Ok(None) => {}
            Err(error) => sentence::check(&error.to_string(), &[text]),
        }
    }
}

/// A mnemonic that passes for one makes a wallet.
fn mnemonic(chain: u8, flags: u8, text: &str) {
    let (chain, network) = (self::chain(chain), network(flags));
    let mnemonic = Mnemonic::new(text.to_owned());
    if let Err(error) = chain.check_mnemonic(&mnemonic) {
        return sentence::check_secret(&error.to_string(), text);
    }
    match chain.import(mnemonic, network) {
        Ok(wallet) => assert!(!wallet.fields.is_empty()),
        Err(error) => sentence::check_secret(&error.to_string(), text),
    }
}
