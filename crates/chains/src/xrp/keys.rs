//! Keys and addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::bip32::{ExtendedKey, HARDENED};
use kms_crypto::{Entropy, PrivateKey, PublicKey, ed25519, family_seed, secp256k1};
use zeroize::{Zeroize as _, Zeroizing};

use super::Xrp;
use super::address::{AccountId, Address};
use crate::chain::{Chain as _, KeyScheme};
use crate::error::KeyError;
use crate::keys;
use crate::new_wallet::{NewWallet, WalletField};

const COIN_TYPE: u32 = 144;
const HIGHEST_INDEX: u32 = HARDENED - 1;
const ACCEPTED: &str =
    "a family seed (s… or sEd…), and 64 hexadecimal digits behind 00 (secp256k1) or ED (Ed25519)";
/// What stands before the digits of a key that has no seed.
const SECP256K1: &str = "00";
const ED25519: &str = "ED";
const RAW_LEN: usize = 66;

impl KeyScheme for Xrp {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        let mut seed = Zeroizing::new([0; 16]);
        entropy.fill(seed.as_mut_slice())?;
        let secret = family_seed::encode_ed25519(&seed);
        let address = self.address(&self.parse(&secret, network)?.public(), network)?;
        let fields = vec![WalletField::Address(address), WalletField::Secret(secret)];
        Ok(NewWallet { fields, seed: None })
    }

    /// The key at index 0 stands beside the mnemonic.
    fn import(&self, mnemonic: Mnemonic, network: Network) -> Result<NewWallet, KeyError> {
        keys::wallet_with_first_key(self, mnemonic, network)
    }

    /// At `m/44'/144'/0'/0/index`.
    fn derive(&self, seed: &Seed, index: u32, _network: Network) -> Result<PrivateKey, KeyError> {
        if index > HIGHEST_INDEX {
            let chain = self.spec().ticker.0;
            return Err(KeyError::Index { chain, index, highest: HIGHEST_INDEX });
        }
        let path = [44 | HARDENED, COIN_TYPE | HARDENED, HARDENED, 0, index];
        Ok(PrivateKey::Secp256k1(ExtendedKey::derive(seed, &path)?.private_key()))
    }

    fn parse(&self, text: &KeyText, _network: Network) -> Result<PrivateKey, KeyError> {
        let text = text.expose_secret();
        let raw = |prefix: &str| {
            let digits = text.get(prefix.len()..).filter(|_| text.len() == RAW_LEN)?;
            text[..prefix.len()].eq_ignore_ascii_case(prefix).then_some(digits)
        };
        if let Some(digits) = raw(SECP256K1) {
            let key = secp256k1::PrivateKey::from_bytes(&*self.read_hex(digits)?);
            let key = key.map_err(|problem| self.not_a_key(&problem.to_string()))?;
            return Ok(PrivateKey::Secp256k1(key));
        }
        if let Some(digits) = raw(ED25519) {
            let seed = self.read_hex(digits)?;
            return Ok(PrivateKey::Ed25519(ed25519::PrivateKey::from_seed(&seed)));
        }
        family_seed::decode(text).map_err(|problem| self.not_a_key(&problem.to_string()))
    }

    /// A key does not know the seed it came from, so it is written in hexadecimal, behind its curve.
    fn format(&self, key: &PrivateKey, _network: Network) -> Result<KeyText, KeyError> {
        Ok(match key {
            PrivateKey::Secp256k1(key) => key.expose_bytes(|bytes| write_hex(SECP256K1, bytes)),
            key => key.ed25519()?.expose_seed(|bytes| write_hex(ED25519, bytes)),
        })
    }

    fn address(&self, key: &PublicKey, _network: Network) -> Result<String, KeyError> {
        Ok(AccountId::of(key).to_classic())
    }

    /// Reads X-addresses too; their tag says nothing about the key.
    fn spellings(&self, text: &str, network: Network) -> Result<Vec<String>, KeyError> {
        let address = Address::read(text, network);
        let address = address.map_err(|e| keys::not_an_address(self.spec().ticker.0, e))?;
        Ok(vec![address.account.to_classic()])
    }
}

impl Xrp {
    fn read_hex(&self, digits: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits, bytes.as_mut_slice())
            .map_err(|_| self.not_a_key("it has other characters than hexadecimal digits"))?;
        Ok(bytes)
    }

    fn not_a_key(&self, reason: &str) -> KeyError {
        let (chain, reason) = (self.spec().ticker.0, reason.to_owned());
        KeyError::NotAKey { chain, reason, accepted: ACCEPTED }
    }
}

fn write_hex(prefix: &str, bytes: &[u8; 32]) -> KeyText {
    let mut digits = [0; 64];
    hex::encode_to_slice(bytes, &mut digits).expect("32 bytes are 64 digits");
    digits.make_ascii_uppercase();
    let mut text = String::with_capacity(RAW_LEN);
    text.push_str(prefix);
    text.push_str(std::str::from_utf8(&digits).expect("hexadecimal digits are ASCII"));
    digits.zeroize();
    KeyText::new(text)
}
