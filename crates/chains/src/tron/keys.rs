//! Keys and addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::bip32::XpubVersion;
use kms_crypto::{Entropy, PrivateKey, PublicKey, bip39};

use super::address::Address;
use super::{TICKER, Tron};
use crate::chain::KeyScheme;
use crate::error::KeyError;
use crate::hex_key;
use crate::keys;
use crate::new_wallet::NewWallet;

/// SLIP-44. The testnets use it too.
const COIN_TYPE: u32 = 195;
const NOT_AN_ADDRESS: &str =
    "is not one of TRON: write T and 33 characters, or 42 digits beginning with 41";

impl KeyScheme for Tron {
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

    fn parse(&self, text: &KeyText, _network: Network) -> Result<PrivateKey, KeyError> {
        hex_key::parse(TICKER, text)
    }

    fn format(&self, key: &PrivateKey, _network: Network) -> Result<KeyText, KeyError> {
        Ok(key.secp256k1()?.expose_bytes(|bytes| hex_key::write("", bytes)))
    }

    fn address(&self, key: &PublicKey, _network: Network) -> Result<String, KeyError> {
        Ok(Address::of(key.secp256k1()?).to_base58())
    }

    fn spellings(&self, text: &str, _network: Network) -> Result<Vec<String>, KeyError> {
        let address = Address::read(text);
        let address = address.ok_or_else(|| keys::not_an_address(TICKER, NOT_AN_ADDRESS))?;
        Ok(vec![address.to_base58()])
    }

    fn derive_public(&self, xpub: &str, index: u32) -> Result<Option<PublicKey>, KeyError> {
        keys::below_xpub(TICKER, xpub, index)
    }
}
