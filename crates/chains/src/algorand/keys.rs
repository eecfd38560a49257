//! Keys and addresses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::{Entropy, PrivateKey, PublicKey, base32, ed25519, words25};
use zeroize::Zeroizing;

use super::{Algorand, address};
use crate::chain::{Chain as _, KeyScheme};
use crate::error::KeyError;
use crate::keys;
use crate::new_wallet::NewWallet;

const ACCEPTED: &str = "Base32 or Base64 of seed and public key (103 or 88 characters) or of the seed alone \
                        (52 or 44), and Algorand's 25 words";

impl KeyScheme for Algorand {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(seed.as_mut_slice())?;
        self.wallet(&seed, network)
    }

    fn check_mnemonic(&self, mnemonic: &Mnemonic) -> Result<(), KeyError> {
        words25::decode(mnemonic)?;
        Ok(())
    }

    /// The words are the key, so that only the key is stored, as in wallets that are generated.
    fn import(&self, mnemonic: Mnemonic, network: Network) -> Result<NewWallet, KeyError> {
        self.wallet(&*words25::decode(&mnemonic)?, network)
    }

    fn derive(&self, _seed: &Seed, _index: u32, _network: Network) -> Result<PrivateKey, KeyError> {
        Err(KeyError::NotDerived(self.spec().ticker.0))
    }

    fn parse(&self, text: &KeyText, _network: Network) -> Result<PrivateKey, KeyError> {
        let bytes = self.read(text)?;
        let (seed, public) = bytes.split_first_chunk().ok_or_else(|| self.wrong_length())?;
        let key = ed25519::PrivateKey::from_seed(seed);
        match public {
            [] => Ok(PrivateKey::Ed25519(key)),
            public if *public == key.public().0 => Ok(PrivateKey::Ed25519(key)),
            public if public.len() == 32 => {
                Err(self.not_a_key("its second half is not the public key of its first"))
            }
            _ => Err(self.wrong_length()),
        }
    }

    /// Base32 of seed and public key, 103 characters.
    fn format(&self, key: &PrivateKey, _network: Network) -> Result<KeyText, KeyError> {
        let key = key.ed25519()?;
        let mut bytes = Zeroizing::new([0; 64]);
        key.expose_seed(|seed| bytes[..32].copy_from_slice(seed));
        bytes[32..].copy_from_slice(&key.public().0);
        Ok(KeyText::new(String::from(base32::encode(bytes.as_slice()).as_str())))
    }

    fn address(&self, key: &PublicKey, _network: Network) -> Result<String, KeyError> {
        Ok(address::write(&key.ed25519()?.0))
    }

    fn spellings(&self, text: &str, _network: Network) -> Result<Vec<String>, KeyError> {
        let key = address::read(text);
        let key = key.map_err(|reason| keys::not_an_address(self.spec().ticker.0, reason))?;
        Ok(vec![address::write(&key)])
    }
}

impl Algorand {
    fn wallet(&self, seed: &[u8; 32], network: Network) -> Result<NewWallet, KeyError> {
        let key = PrivateKey::Ed25519(ed25519::PrivateKey::from_seed(seed));
        keys::wallet_of_secret(self, &key, network)
    }

    /// The length tells the forms apart.
    fn read(&self, text: &KeyText) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let exposed = text.expose_secret();
        match exposed.len() {
            103 | 52 => base32::decode(exposed).map_err(|e| self.not_a_key(&e.to_string())),
            88 | 44 => {
                let mut bytes = Zeroizing::new(vec![0; 66]);
                let length = STANDARD.decode_slice(exposed, &mut bytes[..]);
                let length = length.map_err(|_| self.not_a_key("it is not Base64"))?;
                bytes.truncate(length);
                Ok(bytes)
            }
            _ if exposed.trim().contains(' ') => {
                let words = Mnemonic::new(exposed.to_owned());
                let seed = words25::decode(&words).map_err(|e| self.not_a_key(&e.to_string()))?;
                Ok(Zeroizing::new(seed.to_vec()))
            }
            _ => Err(self.wrong_length()),
        }
    }

    fn wrong_length(&self) -> KeyError {
        self.not_a_key("it has the length of none of its forms")
    }

    fn not_a_key(&self, reason: &str) -> KeyError {
        let (chain, reason) = (self.spec().ticker.0, reason.to_owned());
        KeyError::NotAKey { chain, reason, accepted: ACCEPTED }
    }
}
