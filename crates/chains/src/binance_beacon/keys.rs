//! Keys and addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::{Entropy, PrivateKey, PublicKey, secp256k1};
use zeroize::Zeroizing;

use super::address::Address;
use super::{BeaconChain, TICKER};
use crate::chain::KeyScheme;
use crate::error::KeyError;
use crate::hex_key;
use crate::keys;
use crate::new_wallet::{NewWallet, WalletField};

impl KeyScheme for BeaconChain {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        let key = loop {
            let mut bytes = Zeroizing::new([0; 32]);
            entropy.fill(bytes.as_mut_slice())?;
            // One number in 2^127 is no key.
            if let Ok(key) = secp256k1::PrivateKey::from_bytes(&bytes) {
                break key;
            }
        };
        let address = Address::of(&key.public()).write(network);
        let text = key.expose_bytes(|bytes| hex_key::write("", bytes));
        let fields = vec![WalletField::Address(address), WalletField::PrivateKey(text)];
        Ok(NewWallet { fields, seed: None })
    }

    /// Refused: the old program threw the mnemonic away and stored a random key in its place.
    fn import(&self, _mnemonic: Mnemonic, _network: Network) -> Result<NewWallet, KeyError> {
        Err(KeyError::NotDerived(TICKER))
    }

    fn derive(&self, _seed: &Seed, _index: u32, _net: Network) -> Result<PrivateKey, KeyError> {
        Err(KeyError::NotDerived(TICKER))
    }

    fn parse(&self, text: &KeyText, _network: Network) -> Result<PrivateKey, KeyError> {
        hex_key::parse(TICKER, text)
    }

    fn format(&self, key: &PrivateKey, _network: Network) -> Result<KeyText, KeyError> {
        Ok(key.secp256k1()?.expose_bytes(|bytes| hex_key::write("", bytes)))
    }

    fn address(&self, key: &PublicKey, network: Network) -> Result<String, KeyError> {
        Ok(Address::of(key.secp256k1()?).write(network))
    }

    fn spellings(&self, text: &str, network: Network) -> Result<Vec<String>, KeyError> {
        let wrong = || {
            let reason =
                format!("is not one of BNB Beacon Chain on {network}: write bnb1… or tbnb1…");
            keys::not_an_address(TICKER, reason)
        };
        Ok(vec![Address::read(text, network).ok_or_else(wrong)?.write(network)])
    }
}
