//! Keys and addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::bip32::{ExtendedKey, HARDENED};
use kms_crypto::{Entropy, PrivateKey, PublicKey, bip39, secp256k1, wif};
use zeroize::Zeroizing;

use super::Utxo;
use crate::chain::{Chain as _, KeyScheme};
use crate::error::KeyError;
use crate::keys;
use crate::new_wallet::NewWallet;

const HEX_DIGITS: usize = 64;

impl KeyScheme for Utxo {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        self.import(bip39::generate(entropy)?, network)
    }

    fn import(&self, mnemonic: Mnemonic, network: Network) -> Result<NewWallet, KeyError> {
        let seed = bip39::seed(&mnemonic);
        let account = self.account(&seed, network)?;
        let xpub = account.xpub(*self.xpub.get(network));
        Ok(NewWallet::with_xpub(mnemonic, xpub, seed))
    }

    /// Indexes from 2^31 on are hardened children, as in every wallet that Tatum KMS has served.
    fn derive(&self, seed: &Seed, index: u32, network: Network) -> Result<PrivateKey, KeyError> {
        let key = self.account(seed, network)?.child(index)?;
        Ok(PrivateKey::Secp256k1(key.private_key()))
    }

    fn parse(&self, text: &KeyText, network: Network) -> Result<PrivateKey, KeyError> {
        let text = text.expose_secret();
        if self.rules.hex_keys && text.len() == HEX_DIGITS {
            return self.parse_hex(text);
        }
        let (version, key) =
            wif::decode(text).map_err(|problem| self.not_a_key(&problem.to_string()))?;
        let versions = self.wif.get(network);
        if version != versions.own && !versions.foreign.contains(&version) {
            return Err(self.not_a_key(&format!("it is not written for {network}")));
        }
        Ok(PrivateKey::Secp256k1(key))
    }

    fn key_warning(&self, text: &KeyText, network: Network) -> Option<String> {
        let text = text.expose_secret();
        if self.rules.hex_keys && text.len() == HEX_DIGITS {
            let what = "the key is written in hexadecimal, which does not tell chain or network";
            return Some(what.to_owned());
        }
        let (version, _key) = wif::decode(text).ok()?;
        let foreign = self.wif.get(network).foreign.contains(&version);
        foreign.then(|| format!("the key is not written for {network}; it signs all the same"))
    }

    fn format(&self, key: &PrivateKey, network: Network) -> Result<KeyText, KeyError> {
        Ok(wif::encode(key.secp256k1()?, self.wif.get(network).own))
    }

    fn address(&self, key: &PublicKey, network: Network) -> Result<String, KeyError> {
        Ok(self.prefixes.get(network).of_key(key.secp256k1()?, self.rules.own_address))
    }

    /// Reads every kind of address of a key, whichever the commands print.
    fn spellings(&self, text: &str, network: Network) -> Result<Vec<String>, KeyError> {
        let spellings = self.prefixes.get(network).spellings(text, self.rules.own_address);
        spellings.map_err(|reason| {
            let reason = format!("{reason} of {} on {network}", self.spec().name);
            keys::not_an_address(self.spec().ticker.0, reason)
        })
    }

    fn derive_public(&self, xpub: &str, index: u32) -> Result<Option<PublicKey>, KeyError> {
        keys::below_xpub(self.spec().ticker.0, xpub, index)
    }
}

impl Utxo {
    /// The key at `m/44'/coin'/0'/0`, whose children are the addresses.
    fn account(&self, seed: &Seed, network: Network) -> Result<ExtendedKey, KeyError> {
        let coin_type = self.coin_types.get(network);
        Ok(ExtendedKey::derive(seed, &[44 | HARDENED, coin_type | HARDENED, HARDENED, 0])?)
    }

    fn parse_hex(&self, digits: &str) -> Result<PrivateKey, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits, bytes.as_mut_slice())
            .map_err(|_| self.not_a_key("it is not 64 hexadecimal digits"))?;
        let key = secp256k1::PrivateKey::from_bytes(&bytes)
            .map_err(|problem| self.not_a_key(&problem.to_string()))?;
        Ok(PrivateKey::Secp256k1(key))
    }

    fn not_a_key(&self, reason: &str) -> KeyError {
        let accepted = if self.rules.hex_keys {
            "WIF, and 64 hexadecimal digits without 0x"
        } else {
            "WIF of the wallet's network"
        };
        KeyError::NotAKey { chain: self.spec().ticker.0, reason: reason.to_owned(), accepted }
    }
}
