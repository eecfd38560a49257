//! Keys and addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::bip32::XpubVersion;
use kms_crypto::{Entropy, PrivateKey, PublicKey, bip39};

use super::address::Address;
use super::{TICKER, Tron};
use crate::chain::KeyScheme;
use crate::error::KeyError;
use crate::hex_key;
use crate::keys::{NewWallet, WalletField};

/// SLIP-44. The testnets use it too.
const COIN_TYPE: u32 = 195;

impl KeyScheme for Tron {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        self.import(bip39::generate(entropy)?, network)
    }

    fn import(&self, mnemonic: Mnemonic, _network: Network) -> Result<NewWallet, KeyError> {
        let account = hex_key::account(&bip39::seed(&mnemonic), COIN_TYPE)?;
        let xpub = account.xpub(XpubVersion::XPUB);
        Ok(NewWallet { fields: vec![WalletField::Mnemonic(mnemonic), WalletField::Xpub(xpub)] })
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
}
