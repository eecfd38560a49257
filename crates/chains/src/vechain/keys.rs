//! Keys and addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::bip32::XpubVersion;
use kms_crypto::{Entropy, PrivateKey, PublicKey, bip39};

use super::{TICKER, VeChain};
use crate::chain::KeyScheme;
use crate::error::KeyError;
use crate::evm::address::{Address, Spelling};
use crate::hex_key;
use crate::keys;
use crate::new_wallet::{NewWallet, WalletField};

/// SLIP-44; 1 stands for the testnets of all coins.
fn coin_type(network: Network) -> u32 {
    match network {
        Network::Mainnet => 818,
        Network::Testnet => 1,
    }
}

impl KeyScheme for VeChain {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        self.import(bip39::generate(entropy)?, network)
    }

    fn import(&self, mnemonic: Mnemonic, network: Network) -> Result<NewWallet, KeyError> {
        let seed = bip39::seed(&mnemonic);
        let account = hex_key::account(&seed, coin_type(network))?;
        let xpub = account.xpub(XpubVersion::XPUB);
        let fields = vec![WalletField::Xpub(xpub), WalletField::Mnemonic(mnemonic)];
        Ok(NewWallet { fields, seed: Some(seed) })
    }

    fn derive(&self, seed: &Seed, index: u32, network: Network) -> Result<PrivateKey, KeyError> {
        hex_key::derive(TICKER, seed, coin_type(network), index)
    }

    fn parse(&self, text: &KeyText, _network: Network) -> Result<PrivateKey, KeyError> {
        hex_key::parse(TICKER, text)
    }

    fn format(&self, key: &PrivateKey, _network: Network) -> Result<KeyText, KeyError> {
        Ok(key.secp256k1()?.expose_bytes(|bytes| hex_key::write("0x", bytes)))
    }

    fn address(&self, key: &PublicKey, _network: Network) -> Result<String, KeyError> {
        Ok(Address::of(key.secp256k1()?).to_hex())
    }

    fn spellings(&self, text: &str, _network: Network) -> Result<Vec<String>, KeyError> {
        let address = Spelling::Hex.read(text);
        let address = address.map_err(|e| keys::not_an_address(TICKER, e.to_string()))?;
        Ok(vec![address.to_hex()])
    }

    fn derive_public(&self, xpub: &str, index: u32) -> Result<Option<PublicKey>, KeyError> {
        keys::below_xpub(TICKER, xpub, index)
    }
}
