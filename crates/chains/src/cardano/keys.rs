//! Keys and addresses.

use kms_core::{KeyText, Mnemonic, Network, Seed};
use kms_crypto::bip32::HARDENED;
use kms_crypto::ed25519_bip32::{ExtendedKey, ExtendedPublicKey, PrivateKey as ExtendedPrivateKey};
use kms_crypto::{Entropy, PrivateKey, PublicKey, bip39};
use zeroize::Zeroizing;

use super::{Cardano, TICKER, address};
use crate::chain::KeyScheme;
use crate::error::KeyError;
use crate::hex_key;
use crate::keys;
use crate::new_wallet::NewWallet;

/// Purpose, coin, account, role: all of them hardened.
const PATH: [u32; 4] = [1852 | HARDENED, 1815 | HARDENED, HARDENED, HARDENED];

const ACCEPTED: &str = "128 hexadecimal digits (kL and kR), with or without 0x, or the 256 of older versions, \
                        which begin with them";

impl KeyScheme for Cardano {
    fn generate(&self, entropy: &mut dyn Entropy, network: Network) -> Result<NewWallet, KeyError> {
        self.import(bip39::generate(entropy)?, network)
    }

    fn import(&self, mnemonic: Mnemonic, _network: Network) -> Result<NewWallet, KeyError> {
        let seed = self.seed(&mnemonic)?;
        let xpub = hex::encode(role(&seed)?.public_bytes());
        Ok(NewWallet::with_xpub(mnemonic, xpub, seed))
    }

    /// The entropy behind the words, with its length in front: the master key is made of it, not of the seed
    /// of BIP-39.
    fn seed(&self, mnemonic: &Mnemonic) -> Result<Seed, KeyError> {
        let entropy = bip39::entropy(mnemonic)?;
        let length = u8::try_from(entropy.len()).expect("at most 32 bytes");
        Ok(Seed::init_with_mut(|seed| {
            seed[0] = length;
            seed[1..=entropy.len()].copy_from_slice(&entropy);
        }))
    }

    fn knows_seed(&self, seed: &Seed) -> bool {
        entropy(seed).is_some()
    }

    fn derive(&self, seed: &Seed, index: u32, _network: Network) -> Result<PrivateKey, KeyError> {
        hex_key::check_index(TICKER, index)?;
        Ok(PrivateKey::Ed25519Extended(role(seed)?.child(index).private_key()))
    }

    fn parse(&self, text: &KeyText, _network: Network) -> Result<PrivateKey, KeyError> {
        let text = text.expose_secret();
        let digits = text.strip_prefix("0x").or(text.strip_prefix("0X")).unwrap_or(text);
        let own = match digits.len() {
            256 if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => &digits[..128],
            _ => digits,
        };
        let mut bytes = Zeroizing::new([0; 64]);
        hex::decode_to_slice(own, bytes.as_mut_slice())
            .map_err(|_| not_a_key("it is not 128 hexadecimal digits"))?;
        let key = ExtendedPrivateKey::from_bytes(&bytes)
            .map_err(|problem| not_a_key(&problem.to_string()))?;
        Ok(PrivateKey::Ed25519Extended(key))
    }

    fn format(&self, key: &PrivateKey, _network: Network) -> Result<KeyText, KeyError> {
        Ok(key.ed25519_extended()?.expose_bytes(|bytes| hex_key::write("", bytes)))
    }

    fn address(&self, key: &PublicKey, network: Network) -> Result<String, KeyError> {
        Ok(address::of_key(key.ed25519()?, network))
    }

    /// Of an address with a part for staking, only the part that pays counts.
    fn spellings(&self, text: &str, network: Network) -> Result<Vec<String>, KeyError> {
        let wrong = |reason: String| keys::not_an_address(TICKER, reason);
        let bytes = address::read(text, network);
        let bytes = bytes.map_err(|_| wrong(format!("is not one of Cardano on {network}")))?;
        let paying = address::payment_key(&bytes);
        let hash = paying.ok_or_else(|| wrong("is not one of a key of this kind".to_owned()))?;
        Ok(vec![address::of_key_hash(hash, network)])
    }

    fn derive_public(&self, xpub: &str, index: u32) -> Result<Option<PublicKey>, KeyError> {
        let mut bytes = [0; 64];
        let read = hex::decode_to_slice(xpub, &mut bytes).ok();
        let node = read.and_then(|()| ExtendedPublicKey::from_bytes(&bytes));
        let node = node.ok_or(KeyError::NotAnXpub { chain: TICKER })?;
        hex_key::check_index(TICKER, index)?;
        Ok(node.child(index).map(PublicKey::Ed25519))
    }
}

/// The entropy in a seed of [`KeyScheme::seed`]; nothing for every other seed.
fn entropy(seed: &Seed) -> Option<&[u8]> {
    let (length, rest) = seed.expose_secret().split_first()?;
    let (entropy, zeros) = rest.split_at_checked(usize::from(*length))?;
    let whole = matches!(length, 16 | 20 | 24 | 28 | 32) && zeros.iter().all(|byte| *byte == 0);
    whole.then_some(entropy)
}

/// The key at [`PATH`], whose children are the addresses.
fn role(seed: &Seed) -> Result<ExtendedKey, KeyError> {
    let entropy = entropy(seed).ok_or_else(|| not_a_key("its seed is that of another chain"))?;
    Ok(ExtendedKey::master(entropy).derive(&PATH))
}

fn not_a_key(reason: &str) -> KeyError {
    KeyError::NotAKey { chain: TICKER, reason: reason.to_owned(), accepted: ACCEPTED }
}
