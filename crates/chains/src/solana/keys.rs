//! Keys and addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::base58::{self, Alphabet};
use kms_crypto::{Entropy, PrivateKey, PublicKey, bip39, ed25519, slip10};
use zeroize::Zeroizing;

use super::{Solana, text};
use crate::chain::{Chain as _, KeyScheme};
use crate::error::KeyError;
use crate::keys;
use crate::new_wallet::NewWallet;

const COIN_TYPE: u32 = 501;
const HIGHEST_INDEX: u32 = (1 << 31) - 1;
const HEX_DIGITS: usize = 128;
const ACCEPTED: &str = "Base58 of seed and public key (64 bytes) or of the seed alone (32), 128 hexadecimal digits, \
                        and the JSON list of 64 or 32 numbers of solana-keygen";

impl KeyScheme for Solana {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        self.import(bip39::generate(entropy)?, network)
    }

    /// The key at index 0 stands beside the mnemonic.
    fn import(&self, mnemonic: Mnemonic, network: Network) -> Result<NewWallet, KeyError> {
        keys::wallet_with_first_key(self, mnemonic, network)
    }

    /// At `m/44'/501'/0'/0'/index'`.
    fn derive(&self, seed: &Seed, index: u32, _network: Network) -> Result<PrivateKey, KeyError> {
        if index > HIGHEST_INDEX {
            let chain = self.spec().ticker.0;
            return Err(KeyError::Index { chain, index, highest: HIGHEST_INDEX });
        }
        Ok(PrivateKey::Ed25519(slip10::derive(seed, &[44, COIN_TYPE, 0, 0, index])))
    }

    fn parse(&self, text: &KeyText, _network: Network) -> Result<PrivateKey, KeyError> {
        let text = text.expose_secret();
        let not_a_key = |reason: &str| {
            let (chain, reason) = (self.spec().ticker.0, reason.to_owned());
            KeyError::NotAKey { chain, reason, accepted: ACCEPTED }
        };
        let bytes = if text.len() == HEX_DIGITS {
            hex::decode(text).map(Zeroizing::new).map_err(|_| not_a_key("it is not hexadecimal"))?
        } else if let Some(list) = text.trim().strip_prefix('[') {
            read_list(list).ok_or_else(|| not_a_key("it is not a list of 64 or 32 bytes"))?
        } else {
            let decoded = base58::decode(text, Alphabet::BITCOIN);
            decoded.map_err(|problem| not_a_key(&problem.to_string()))?
        };
        key_of(&bytes).map(PrivateKey::Ed25519).map_err(not_a_key)
    }

    /// Base58 of seed and public key.
    fn format(&self, key: &PrivateKey, _network: Network) -> Result<KeyText, KeyError> {
        let key = key.ed25519()?;
        let mut bytes = Zeroizing::new([0; 64]);
        key.expose_seed(|seed| bytes[..32].copy_from_slice(seed));
        bytes[32..].copy_from_slice(&key.public().0);
        Ok(KeyText::new(String::from(base58::encode(bytes.as_slice(), Alphabet::BITCOIN).as_str())))
    }

    fn address(&self, key: &PublicKey, _network: Network) -> Result<String, KeyError> {
        Ok(text(&key.ed25519()?.0))
    }

    fn spellings(&self, given: &str, _network: Network) -> Result<Vec<String>, KeyError> {
        let bytes = base58::decode(given, Alphabet::BITCOIN).ok();
        let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(&bytes[..]).ok());
        let wrong = "is not one of Solana: write 32 bytes in Base58";
        let key = key.ok_or_else(|| keys::not_an_address(self.spec().ticker.0, wrong))?;
        Ok(vec![text(&key)])
    }
}

/// The key of a seed, with or without its public key behind it.
///
/// # Errors
/// What is wrong, without the key.
pub(super) fn key_of(bytes: &[u8]) -> Result<ed25519::PrivateKey, &'static str> {
    const LENGTH: &str = "it has neither 64 nor 32 bytes";
    let (seed, public) = bytes.split_first_chunk().ok_or(LENGTH)?;
    let key = ed25519::PrivateKey::from_seed(seed);
    match public.len() {
        0 => Ok(key),
        32 if *public == key.public().0 => Ok(key),
        32 => Err("its second half is not the public key of its first"),
        _ => Err(LENGTH),
    }
}

/// The numbers of a JSON list, whose bracket has been taken off. Read by hand so that nothing stays behind.
fn read_list(list: &str) -> Option<Zeroizing<Vec<u8>>> {
    let numbers = list.strip_suffix(']')?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    for number in numbers.split(',') {
        let number = number.trim();
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || bytes.len() == 64 {
            return None;
        }
        bytes.push(number.parse().ok()?);
    }
    Some(bytes)
}
