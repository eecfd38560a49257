//! What every chain writes, it reads as it was: keys, addresses, extended public keys. And what is signed for
//! Ethereum is what was asked for, when it is read back.

#![allow(clippy::unwrap_used)]

mod support;

use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_eips::eip2718::Decodable2718 as _;
use alloy_primitives::U256;
use kms_chains::registry::CHAINS;
use kms_chains::{Addresses, WalletField};
use kms_core::{KeyText, Network, Wallet, WalletJson};
use kms_crypto::{Entropy, EntropyError};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

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

#[test]
fn keys_with_many_zeros_in_front_are_read_back() {
    for chain in CHAINS {
        let text = KeyText::new("0".repeat(44) + "80000800807daec00be9");
        let Ok(key) = chain.parse(&text, Network::Testnet) else { continue };
        let written = chain.format(&key, Network::Testnet).unwrap();
        let again = chain.parse(&written, Network::Testnet).unwrap();
        assert_eq!(key.public(), again.public(), "{}", chain.spec().ticker.0);
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ethereum_transactions_say_what_was_asked_for(
        (to, value) in any::<([u8; 20], [u8; 31])>(),
        data in vec(any::<u8>(), 0..300),
        (nonce, gas) in (0..u64::MAX, 60_000..10_000_000_u64),
        (price, tip) in (1..1_u128 << 60, 0..1_u128 << 60),
        keys in vec(any::<[u8; 32]>(), 0..4),
        kind in 0..3,
    ) {
        let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        let value = U256::from_be_slice(&value);
        let mut payload = json!({
            "to": hex(&to), "value": value.to_string(), "data": hex(&data), "nonce": nonce,
            "gasLimit": gas.to_string(), "chainId": 1,
        });
        match kind {
            2 => {
                payload["maxFeePerGas"] = (price + tip).to_string().into();
                payload["maxPriorityFeePerGas"] = tip.to_string().into();
            }
            _ => payload["gasPrice"] = price.to_string().into(),
        }
        if kind > 0 {
            let keys: Vec<_> = keys.iter().map(|key| hex(key)).collect();
            payload["accessList"] = json!([{"address": hex(&to), "storageKeys": keys}]);
            payload["type"] = kind.into();
        }
        let key = "0x".to_owned() + &"46".repeat(32);
        let prepared = support::prepare("ETH", Network::Mainnet, &[&key], &payload.to_string());
        let signed = prepared.unwrap().sign();
        let bytes = hex::decode(signed.data.trim_start_matches("0x")).unwrap();
        let mut rest = &bytes[..];
        let read = TxEnvelope::decode_2718(&mut rest).unwrap();
        prop_assert!(rest.is_empty());
        prop_assert_eq!(format!("{:#x}", read.tx_hash()), signed.hash.0);
        prop_assert!(read.to().unwrap() == to);
        prop_assert_eq!((read.value(), read.nonce(), read.gas_limit()), (value, nonce, gas));
        prop_assert_eq!(read.input(), &data);
        prop_assert_eq!(read.chain_id(), Some(1));
        match kind {
            2 => prop_assert_eq!(
                (read.max_fee_per_gas(), read.max_priority_fee_per_gas()), (price + tip, Some(tip))
            ),
            _ => prop_assert_eq!(read.gas_price(), Some(price)),
        }
        let list = read.access_list().map_or(0, |list| list.0.iter().map(|one| one.storage_keys.len()).sum());
        prop_assert_eq!(list, if kind > 0 { keys.len() } else { 0 });
    }
}
