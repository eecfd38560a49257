//! Keys and addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::bip32::{ExtendedKey, HARDENED, XpubVersion};
use kms_crypto::{Entropy, PrivateKey, PublicKey, bip39, secp256k1};
use zeroize::{Zeroize as _, Zeroizing};

use super::Evm;
use super::address::{Address, AddressError};
use crate::chain::{Chain as _, KeyScheme};
use crate::error::KeyError;
use crate::keys;
use crate::new_wallet::{NewWallet, WalletField};

/// SLIP-44: coin type 1 stands for the testnets of all coins.
const TESTNET_COIN_TYPE: u32 = 1;
const HIGHEST_INDEX: u32 = HARDENED - 1;
const ACCEPTED: &str = "64 hexadecimal digits, with or without 0x";

impl KeyScheme for Evm {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        self.import(bip39::generate(entropy)?, network)
    }

    fn import(&self, mnemonic: Mnemonic, network: Network) -> Result<NewWallet, KeyError> {
        let seed = bip39::seed(&mnemonic);
        let account = self.account(&seed, network)?;
        let xpub = account.xpub(XpubVersion::XPUB);
        let fields = vec![WalletField::Xpub(xpub), WalletField::Mnemonic(mnemonic)];
        Ok(NewWallet { fields, seed: Some(seed) })
    }

    fn derive(&self, seed: &Seed, index: u32, network: Network) -> Result<PrivateKey, KeyError> {
        if index > HIGHEST_INDEX {
            let chain = self.spec().ticker.0;
            return Err(KeyError::Index { chain, index, highest: HIGHEST_INDEX });
        }
        let key = self.account(seed, network)?.child(index)?;
        Ok(PrivateKey::Secp256k1(key.private_key()))
    }

    fn parse(&self, text: &KeyText, _network: Network) -> Result<PrivateKey, KeyError> {
        let text = text.expose_secret();
        let text = text.strip_prefix("0x").or(text.strip_prefix("0X")).unwrap_or(text);
        let (digits, owner) = match text.split_once("0x00") {
            Some((digits, owner)) if text.len() == WALLET_KEY_LEN => (digits, Some(owner)),
            _ => (text, None),
        };
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits, bytes.as_mut_slice())
            .map_err(|_| self.not_a_key("it is not 64 hexadecimal digits"))?;
        let key = secp256k1::PrivateKey::from_bytes(&bytes)
            .map_err(|problem| self.not_a_key(&problem.to_string()))?;
        if owner
            .is_some_and(|owner| !Address::of(&key.public()).to_hex().eq_ignore_ascii_case(owner))
        {
            return Err(self.not_a_key("the address behind the key is not the key's own"));
        }
        Ok(PrivateKey::Secp256k1(key))
    }

    fn format(&self, key: &PrivateKey, _network: Network) -> Result<KeyText, KeyError> {
        Ok(key.secp256k1()?.expose_bytes(|bytes| {
            let mut digits = [0; 64];
            hex::encode_to_slice(bytes, &mut digits).expect("32 bytes are 64 digits");
            let mut text = String::with_capacity(66);
            text.push_str("0x");
            text.push_str(std::str::from_utf8(&digits).expect("hexadecimal digits are ASCII"));
            digits.zeroize();
            KeyText::new(text)
        }))
    }

    fn address(&self, key: &PublicKey, _network: Network) -> Result<String, KeyError> {
        Ok(self.rules.spelling.write(&Address::of(key.secp256k1()?)))
    }

    fn spellings(&self, text: &str, _network: Network) -> Result<Vec<String>, KeyError> {
        let spelling = self.rules.spelling;
        let address = spelling.read(text);
        let not_one = |e: AddressError| keys::not_an_address(self.spec().ticker.0, e.to_string());
        let address = address.map_err(not_one)?;
        Ok(vec![spelling.write(&address)])
    }

    fn derive_public(&self, xpub: &str, index: u32) -> Result<Option<PublicKey>, KeyError> {
        keys::below_xpub(self.spec().ticker.0, xpub, index)
    }
}

/// A "Klaytn wallet key": key, `0x00`, `0x` and the address.
const WALLET_KEY_LEN: usize = 64 + 4 + 42;

impl Evm {
    /// The key at `m/44'/coin'/0'/0`, whose children are the addresses.
    fn account(&self, seed: &Seed, network: Network) -> Result<ExtendedKey, KeyError> {
        let coin_type = match network {
            Network::Mainnet => self.coin_type,
            Network::Testnet => TESTNET_COIN_TYPE,
        };
        Ok(ExtendedKey::derive(seed, &[44 | HARDENED, coin_type | HARDENED, HARDENED, 0])?)
    }

    fn not_a_key(&self, reason: &str) -> KeyError {
        let (chain, reason) = (self.spec().ticker.0, reason.to_owned());
        KeyError::NotAKey { chain, reason, accepted: ACCEPTED }
    }
}
