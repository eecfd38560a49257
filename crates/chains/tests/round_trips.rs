//! What every chain writes, it reads as it was: keys, addresses, extended public keys.

#![allow(clippy::unwrap_used)]

use kms_chains::registry::CHAINS;
use kms_chains::{Addresses, WalletField};
use kms_core::{KeyText, Network, Wallet, WalletJson};
use kms_crypto::{Entropy, EntropyError};
use proptest::prelude::*;
use proptest::sample::select;

/// Bytes out of the test in place of the operating system's.
struct Given([u8; 32], usize);

impl Entropy for Given {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        for byte in bytes {
            *byte = self.0[self.1 % 32].wrapping_add(u8::try_from(self.1 / 32).unwrap());
            self.1 += 1;
        }
        Ok(())
    }
}

fn networks() -> impl Strategy<Value = Network> {
    select(&[Network::Mainnet, Network::Testnet][..])
}

proptest! {
    // Chains with mnemonics take 2048 rounds of PBKDF2 for each.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn new_wallets_are_read_back(seed: [u8; 32], network in networks(), index in 0..1_u32 << 31) {
        for chain in CHAINS {
            let ticker = chain.spec().ticker.0;
            let made = chain.generate(&mut Given(seed, 0), network).unwrap();
            let mut wallet = Wallet {
                id: "6d78dad2-518f-4e76-8255-8f1df0de6886".parse().unwrap(),
                ticker: ticker.to_owned(),
                network,
                mnemonic: None,
                seed: None,
                key: None,
                xpub: None,
                address: None,
                json: WalletJson::new(String::new()),
            };
            for field in made.fields {
                match field {
                    WalletField::Mnemonic(words) => wallet.mnemonic = Some(words),
                    WalletField::PrivateKey(key) | WalletField::Secret(key) => wallet.key = Some(key),
                    WalletField::Xpub(xpub) => wallet.xpub = Some(xpub),
                    WalletField::Address(address) => wallet.address = Some(address),
                }
            }
            if let Some(key) = &wallet.key {
                let key = chain.parse(key, network).unwrap();
                let own = chain.address(&key.public(), network).unwrap();
                prop_assert_eq!(wallet.address.as_ref(), Some(&own), "{}", ticker);
            }
            if let (Some(words), Some(addresses)) = (&wallet.mnemonic, Addresses::of(*chain, &wallet).unwrap()) {
                let key = chain.derive(&chain.seed(words).unwrap(), index, network).unwrap();
                let own = chain.address(&key.public(), network).unwrap();
                prop_assert_eq!(addresses.at(*chain, index).unwrap(), own, "{}", ticker);
            }
        }
    }

    #[test]
    fn keys_and_their_addresses_are_read_back(seed: [u8; 64], network in networks(), index in 0..1_u32 << 31) {
        for chain in CHAINS {
            let ticker = chain.spec().ticker.0;
            let seed = kms_core::Seed::init_with_mut(|out| out.copy_from_slice(&seed));
            let Ok(key) = chain.derive(&seed, index, network) else { continue };
            let text = chain.format(&key, network).unwrap();
            let again = chain.parse(&text, network).unwrap();
            prop_assert_eq!(key.public(), again.public(), "{}", ticker);
            let own = chain.address(&key.public(), network).unwrap();
            let spellings = chain.spellings(&own, network).unwrap();
            prop_assert!(spellings.contains(&own), "{} {} {:?}", ticker, own, spellings);
        }
    }

    #[test]
    fn other_texts_are_refused_without_being_repeated(text in "[ -~]{16,80}|[0-9a-f]{60,70}|[1-9A-Za-z]{20,60}", network in networks()) {
        for chain in CHAINS {
            let refused = [
                chain.parse(&KeyText::new(text.clone()), network).err(),
                chain.derive_public(&text, 0).err(),
            ];
            for error in refused.into_iter().flatten() {
                prop_assert!(!error.to_string().contains(text.trim()), "{}", error);
            }
        }
    }
}
