//! Keys and addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::{Entropy, PrivateKey, PublicKey, bip39, ed25519, slip10};

use super::address::Address;
use super::{MultiversX, TICKER};
use crate::chain::KeyScheme;
use crate::error::KeyError;
use crate::hex_key;
use crate::keys;
use crate::new_wallet::{NewWallet, WalletField};

impl KeyScheme for MultiversX {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        self.import(bip39::generate(entropy)?, network)
    }

    /// There is no extended public key: every child is hardened.
    fn import(&self, mnemonic: Mnemonic, _network: Network) -> Result<NewWallet, KeyError> {
        Ok(NewWallet { fields: vec![WalletField::Mnemonic(mnemonic)], seed: None })
    }

    fn derive(&self, seed: &Seed, index: u32, network: Network) -> Result<PrivateKey, KeyError> {
        hex_key::check_index(TICKER, index)?;
        // SLIP-44; 1 stands for the testnets of all coins.
        let coin_type = match network {
            Network::Mainnet => 508,
            Network::Testnet => 1,
        };
        Ok(PrivateKey::Ed25519(slip10::derive(seed, &[44, coin_type, 0, 0, index])))
    }

    fn parse(&self, text: &KeyText, _network: Network) -> Result<PrivateKey, KeyError> {
        let seed = hex_key::read(TICKER, text)?;
        Ok(PrivateKey::Ed25519(ed25519::PrivateKey::from_seed(&seed)))
    }

    fn format(&self, key: &PrivateKey, _network: Network) -> Result<KeyText, KeyError> {
        Ok(key.ed25519()?.expose_seed(|seed| hex_key::write("", seed)))
    }

    fn address(&self, key: &PublicKey, _network: Network) -> Result<String, KeyError> {
        Ok(Address::of(key.ed25519()?).to_bech32())
    }

    fn spellings(&self, text: &str, _network: Network) -> Result<Vec<String>, KeyError> {
        let wrong = || keys::not_an_address(TICKER, "is not one of MultiversX: write erd1…");
        Ok(vec![Address::read(text).ok_or_else(wrong)?.to_bech32()])
    }
}
