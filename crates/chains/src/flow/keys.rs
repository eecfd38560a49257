//! Keys, and the public keys that stand where other chains have addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::bip32::XpubVersion;
use kms_crypto::{Entropy, PrivateKey, PublicKey, bip39, secp256k1};
use zeroize::Zeroizing;

use super::{Flow, TICKER};
use crate::chain::KeyScheme;
use crate::error::KeyError;
use crate::hex_key;
use crate::keys;
use crate::new_wallet::NewWallet;

/// SLIP-44. The testnet uses it too.
const COIN_TYPE: u32 = 539;
/// Nobody has a key that begins with so many zeros: shorter texts are cut short.
const FEWEST_DIGITS: usize = 56;
const NOT_A_PUBLIC_KEY: &str =
    "is not a public key of 128 digits, which Flow's wallets have; its accounts are made on chain";

impl KeyScheme for Flow {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        self.import(bip39::generate(entropy)?, network)
    }

    fn import(&self, mnemonic: Mnemonic, _network: Network) -> Result<NewWallet, KeyError> {
        let seed = bip39::seed(&mnemonic);
        let account = hex_key::account(&seed, COIN_TYPE)?;
        let xpub = account.xpub(XpubVersion::XPUB);
        Ok(NewWallet::with_xpub(mnemonic, xpub, seed))
    }

    fn derive(&self, seed: &Seed, index: u32, _network: Network) -> Result<PrivateKey, KeyError> {
        hex_key::derive(TICKER, seed, COIN_TYPE, index)
    }

    /// Keys were stored without the zeros in front, so a few digits may be missing there.
    fn parse(&self, text: &KeyText, _network: Network) -> Result<PrivateKey, KeyError> {
        let given = text.expose_secret();
        let digits = given.strip_prefix("0x").or(given.strip_prefix("0X")).unwrap_or(given);
        if !(FEWEST_DIGITS..64).contains(&digits.len()) {
            return hex_key::parse(TICKER, text);
        }
        let mut padded = Zeroizing::new(String::with_capacity(64));
        (digits.len()..64).for_each(|_| padded.push('0'));
        padded.push_str(digits);
        hex_key::parse(TICKER, &KeyText::new(padded.to_string()))
    }

    fn format(&self, key: &PrivateKey, _network: Network) -> Result<KeyText, KeyError> {
        let whole = key.secp256k1()?.expose_bytes(|bytes| hex_key::write("", bytes));
        let digits = whole.expose_secret();
        let zeros = digits.len() - digits.trim_start_matches('0').len();
        // Shorter ones could not be read again.
        Ok(KeyText::new(digits[zeros.min(64 - FEWEST_DIGITS)..].to_owned()))
    }

    /// The public key without its first byte, 128 digits.
    fn address(&self, key: &PublicKey, _network: Network) -> Result<String, KeyError> {
        Ok(hex::encode(&key.secp256k1()?.to_uncompressed()[1..]))
    }

    /// Reads the public key with `0x` or the 04 of its SEC 1 form in front as well.
    fn spellings(&self, text: &str, network: Network) -> Result<Vec<String>, KeyError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let digits = digits.strip_prefix("04").filter(|_| digits.len() == 130).unwrap_or(digits);
        let key = hex::decode(format!("04{digits}")).ok();
        let key = key.and_then(|bytes| secp256k1::PublicKey::from_bytes(&bytes));
        let key = key.filter(|_| digits.len() == 128);
        let key = key.ok_or_else(|| keys::not_an_address(TICKER, NOT_A_PUBLIC_KEY))?;
        Ok(vec![self.address(&PublicKey::Secp256k1(key), network)?])
    }

    fn derive_public(&self, xpub: &str, index: u32) -> Result<Option<PublicKey>, KeyError> {
        keys::below_xpub(TICKER, xpub, index)
    }
}
