//! Keys and addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::{Entropy, PrivateKey, PublicKey, ed25519, slip10};
use zeroize::Zeroizing;

use super::Stellar;
use super::strkey::{self, Kind};
use crate::chain::{Chain as _, KeyScheme};
use crate::error::KeyError;
use crate::keys;
use crate::new_wallet::NewWallet;

const COIN_TYPE: u32 = 148;
const HIGHEST_INDEX: u32 = (1 << 31) - 1;
const ACCEPTED: &str = "a seed as strkey: 56 characters, the first of them S";

impl KeyScheme for Stellar {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(seed.as_mut_slice())?;
        let key = PrivateKey::Ed25519(ed25519::PrivateKey::from_seed(&seed));
        keys::wallet_of_secret(self, &key, network)
    }

    /// The key at index 0 stands beside the mnemonic.
    fn import(&self, mnemonic: Mnemonic, network: Network) -> Result<NewWallet, KeyError> {
        keys::wallet_with_first_key(self, mnemonic, network)
    }

    /// At `m/44'/148'/index'` (SEP-0005).
    fn derive(&self, seed: &Seed, index: u32, _network: Network) -> Result<PrivateKey, KeyError> {
        if index > HIGHEST_INDEX {
            let chain = self.spec().ticker.0;
            return Err(KeyError::Index { chain, index, highest: HIGHEST_INDEX });
        }
        Ok(PrivateKey::Ed25519(slip10::derive(seed, &[44, COIN_TYPE, index])))
    }

    fn parse(&self, text: &KeyText, _network: Network) -> Result<PrivateKey, KeyError> {
        let seed = strkey::decode(text.expose_secret(), Kind::Seed).map_err(|problem| {
            let (chain, reason) = (self.spec().ticker.0, problem.to_string());
            KeyError::NotAKey { chain, reason, accepted: ACCEPTED }
        })?;
        Ok(PrivateKey::Ed25519(ed25519::PrivateKey::from_seed(&seed)))
    }

    fn format(&self, key: &PrivateKey, _network: Network) -> Result<KeyText, KeyError> {
        Ok(key.ed25519()?.expose_seed(|seed| {
            KeyText::new(String::from(strkey::encode(seed, Kind::Seed).as_str()))
        }))
    }

    fn address(&self, key: &PublicKey, _network: Network) -> Result<String, KeyError> {
        Ok(strkey::encode(&key.ed25519()?.0, Kind::Account).as_str().to_owned())
    }

    fn spellings(&self, text: &str, _network: Network) -> Result<Vec<String>, KeyError> {
        let account = strkey::decode(text, Kind::Account).map_err(|problem| {
            let reason = format!("is not one of Stellar (G…): {problem}");
            keys::not_an_address(self.spec().ticker.0, reason)
        })?;
        Ok(vec![strkey::encode(&account, Kind::Account).as_str().to_owned()])
    }
}
