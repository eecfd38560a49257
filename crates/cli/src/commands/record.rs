//! From a wallet to the record that is stored: its JSON in the old program's order of members, and
//! what is kept with it so that signing and looking up are fast.

use kms_chains::{Chain, NewWallet, WalletField, registry};
use kms_core::{KeyText, Mnemonic, Network, Seed, SignatureId, Wallet, WalletJson};
use kms_crypto::{Entropy, EntropyError, PublicKey, bip39, hash};
use kms_keystore::{Extras, NewRecord};
use zeroize::Zeroizing;

use crate::json::Object;

/// Keeps the identities of mnemonics apart from every other use of their seeds.
const MNEMONIC_IDENTITY: &[u8] = b"tatum-kms/mnemonic-identity/v1\0";

/// The operating system's randomness.
pub(super) struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|error| EntropyError(error.to_string()))
    }
}

/// A signature id that nobody has: a random UUID.
fn new_id() -> Result<SignatureId, EntropyError> {
    let mut bytes = [0; 16];
    OsEntropy.fill(&mut bytes)?;
    let id = uuid::Builder::from_random_bytes(bytes).into_uuid().to_string();
    Ok(id.parse().expect("a UUID consists of hex digits and hyphens"))
}

/// The record of a wallet that was just made or imported.
pub(super) fn from_wallet(
    chain: &dyn Chain,
    network: Network,
    wallet: &NewWallet,
) -> Result<NewRecord, EntropyError> {
    let (mut mnemonic, mut key, mut address) = (None, None, None);
    let mut object =
        Object::with_capacity(wallet.fields.iter().map(|field| field.expose_secret().len()).sum());
    for field in &wallet.fields {
        object = object.text(field.name(), field.expose_secret());
        match field {
            WalletField::Mnemonic(text) => mnemonic = Some(text),
            WalletField::PrivateKey(text) | WalletField::Secret(text) => key = Some(text),
            WalletField::Address(text) => address = Some(text.as_str()),
            WalletField::Xpub(_) => {}
        }
    }
    let extras = extras(Some(chain), network, mnemonic, key, address);
    record(chain, network, object, extras)
}

/// The record of a single private key, kept as it was typed.
pub(super) fn from_key(
    chain: &dyn Chain,
    network: Network,
    key: &KeyText,
    public: &PublicKey,
    address: &str,
) -> Result<NewRecord, EntropyError> {
    let text = key.expose_secret();
    let object = Object::with_capacity(text.len()).text("privateKey", text);
    let extras =
        Extras { seed: None, address: Some(address.to_owned()), identity: Some(public.to_bytes()) };
    record(chain, network, object, extras)
}

fn record(
    chain: &dyn Chain,
    network: Network,
    object: Object,
    extras: Extras,
) -> Result<NewRecord, EntropyError> {
    let ticker = chain.spec().ticker.0;
    let json = object.text("chain", ticker).flag("testnet", network.is_testnet()).finish();
    // Copied to its exact length, since shrinking would leave an unwiped original behind.
    let json = WalletJson::new(String::from(json.as_str()));
    Ok(NewRecord { id: new_id()?, ticker: ticker.to_owned(), network, json, extras })
}

/// What is kept with a wallet of an old file when the file is upgraded.
pub(super) fn extras_of(wallet: &Wallet) -> Extras {
    extras(
        registry::find(&wallet.ticker).ok(),
        wallet.network,
        wallet.mnemonic.as_ref(),
        wallet.key.as_ref(),
        wallet.address.as_deref(),
    )
}

fn extras(
    chain: Option<&dyn Chain>,
    network: Network,
    mnemonic: Option<&Mnemonic>,
    key: Option<&KeyText>,
    address: Option<&str>,
) -> Extras {
    let of_words = mnemonic.map(bip39::seed);
    let public = key.and_then(|key| chain?.parse(key, network).ok()).map(|key| key.public());
    let of_key = public.as_ref().and_then(|public| chain?.address(public, network).ok());
    let of_seed = of_words.as_ref().map(|seed| {
        let mut text = Zeroizing::new(Vec::with_capacity(128));
        text.extend_from_slice(MNEMONIC_IDENTITY);
        text.extend_from_slice(seed.expose_secret());
        hash::sha256(&text).to_vec()
    });
    Extras {
        address: address.map(ToOwned::to_owned).or(of_key),
        identity: public.map(|public| public.to_bytes()).or(of_seed),
        seed: mnemonic.zip(of_words).and_then(|(words, seed)| seed_of(chain, words, seed)),
    }
}

/// The seed that keys of `chain` are derived from: that of BIP-39, unless the chain makes its own of the
/// words. Nothing where the words are none of its words; the commands and the daemon say so then.
fn seed_of(chain: Option<&dyn Chain>, words: &Mnemonic, of_bip39: Seed) -> Option<Seed> {
    match chain {
        Some(chain) if !chain.knows_seed(&of_bip39) => chain.seed(words).ok(),
        _ => Some(of_bip39),
    }
}

/// What is printed about a wallet that was stored: its id and what is public, the address first.
pub(super) fn announcement(id: &SignatureId, wallet: &NewWallet) -> Zeroizing<String> {
    let public = |name: &str| {
        let mut fields = wallet.fields.iter();
        let field = fields.find(|field| field.is_public() && field.name() == name);
        field.map(WalletField::expose_secret)
    };
    Object::with_capacity(512)
        .text("signatureId", id.as_str())
        .maybe("address", public("address"))
        .maybe("xpub", public("xpub"))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_in_the_order_of_the_old_program() {
        let chain = registry::find("eth").unwrap();
        let mnemonic = Mnemonic::new("abandon ".repeat(11) + "about");
        let wallet = chain.import(mnemonic, Network::Testnet).unwrap();
        let record = from_wallet(chain, Network::Testnet, &wallet).unwrap();
        let json = record.json.expose_secret();
        assert!(json.starts_with(r#"{"xpub":"xpub6"#), "{json}");
        assert!(json.ends_with(r#" about","chain":"ETH","testnet":true}"#), "{json}");
        assert!(record.extras.seed.is_some() && record.extras.address.is_none());
    }

    #[test]
    fn the_seed_that_is_kept_is_the_one_that_keys_come_from() {
        let words = Mnemonic::new("abandon ".repeat(11) + "about");
        let of = |ticker: &str, words: &Mnemonic| {
            let chain = registry::find(ticker).unwrap();
            (chain, extras(Some(chain), Network::Testnet, Some(words), None, None))
        };
        let (ada, of_ada) = of("ADA", &words);
        let (eth, of_eth) = of("ETH", &words);
        for (chain, extras) in [(ada, &of_ada), (eth, &of_eth)] {
            let (kept, made) = (extras.seed.as_ref().unwrap(), chain.seed(&words).unwrap());
            assert_eq!(kept.expose_secret(), made.expose_secret());
            assert!(chain.knows_seed(kept));
        }
        assert_eq!(of_ada.identity, of_eth.identity);
        assert!(of("ADA", &Mnemonic::new("no such words".to_owned())).1.seed.is_none());
    }

    #[test]
    fn the_same_key_is_known_on_every_chain_and_network() {
        let key = KeyText::new("0x".to_owned() + &"11".repeat(32));
        let identity = |ticker: &str, network| {
            let chain = registry::find(ticker).unwrap();
            extras(Some(chain), network, None, Some(&key), None).identity.unwrap()
        };
        assert_eq!(identity("ETH", Network::Mainnet), identity("BSC", Network::Testnet));
    }

    #[test]
    fn an_old_record_that_is_no_key_is_kept_without_extras() {
        let key = KeyText::new("not a key".to_owned());
        let found = extras(registry::find("ETH").ok(), Network::Mainnet, None, Some(&key), None);
        assert!(found.identity.is_none() && found.address.is_none() && found.seed.is_none());
    }
}
