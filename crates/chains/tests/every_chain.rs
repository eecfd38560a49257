//! What holds for every chain of the registry.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::HashSet;

use kms_chains::registry::{CHAINS, UnknownChain, find};
use kms_chains::{NewWallet, WalletField};
use kms_core::{KeyText, Mnemonic, Network, NodeHost};
use kms_crypto::{Entropy, EntropyError, PrivateKey};
use serde_json::Value;

/// A counter in place of the operating system.
struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(31).wrapping_add(7);
            *byte = self.0;
        }
        Ok(())
    }
}

const NETWORKS: [Network; 2] = [Network::Mainnet, Network::Testnet];

fn field<'a>(wallet: &'a NewWallet, name: &str) -> Option<&'a str> {
    wallet.fields.iter().find(|field| field.name() == name).map(WalletField::expose_secret)
}

#[test]
fn tickers_are_unique_and_found_in_any_letter_case() {
    let mut seen = HashSet::new();
    for chain in CHAINS {
        let ticker = chain.spec().ticker.0;
        assert!(seen.insert(ticker), "{ticker} is there twice");
        assert_eq!(find(&ticker.to_lowercase()).unwrap().spec().ticker.0, ticker);
    }
    let unknown = find("nosuch").err().unwrap().to_string();
    assert!(seen.iter().all(|ticker| unknown.contains(ticker)), "{unknown}");
    assert!(matches!(find("usdt"), Err(UnknownChain::Token { token: "USDT", .. })));
}

#[test]
fn paths_and_caps_are_set() {
    for chain in CHAINS {
        let spec = chain.spec();
        for network in NETWORKS {
            let (address, start) = match &spec.node {
                NodeHost::Gateway(path) => (path.get(network), "/v3/"),
                NodeHost::Outside { url, .. } => (url.get(network), "https://"),
            };
            assert!(address.starts_with(start) && !address.ends_with('/'), "{spec:?}");
        }
        assert!(spec.broadcast_path.ends_with("/broadcast"), "{spec:?}");
        assert!(spec.fee_cap > 0, "{spec:?}");
    }
}

#[test]
fn every_chain_has_recorded_wallets_and_cases() {
    for chain in CHAINS {
        let ticker = chain.spec().ticker.0;
        assert!(!support::wallets(ticker)["cases"].as_array().unwrap().is_empty(), "{ticker}");
        assert!(!support::cases(ticker).is_empty(), "{ticker}");
    }
}

#[test]
fn key_text_round_trips() {
    for chain in CHAINS {
        for network in NETWORKS {
            let wallet = chain.generate(&mut Counting(1), network).unwrap();
            let shown = format!("{wallet:?}");
            let mut keys = Vec::new();
            if let Some(words) = field(&wallet, "mnemonic") {
                let seed = chain.seed(&Mnemonic::new(words.to_owned())).unwrap();
                let derive = |index| chain.derive(&seed, index, network).unwrap();
                keys.extend([0, 1, 2_147_483_647].map(derive));
                assert!(!shown.contains(words), "{shown}");
            }
            if let Some(text) = field(&wallet, "privateKey").or(field(&wallet, "secret")) {
                let key = chain.parse(&KeyText::new(text.to_owned()), network).unwrap();
                let address = chain.address(&key.public(), network).unwrap();
                assert_eq!(Some(address.as_str()), field(&wallet, "address"));
                assert!(!shown.contains(text), "{shown}");
                keys.push(key);
            }
            assert!(!keys.is_empty());
            for key in keys {
                let text = chain.format(&key, network).unwrap();
                let again = chain.parse(&text, network).unwrap();
                assert_eq!(key.public(), again.public());
                assert_eq!(
                    chain.format(&again, network).unwrap().expose_secret(),
                    text.expose_secret()
                );
                let shown = format!("{key:?} {text:?} {wallet:?}");
                let digits = text.expose_secret().trim_start_matches("0x");
                assert!(!shown.contains(digits), "{shown}");
            }
        }
    }
}

#[test]
fn what_is_no_key_is_refused_without_being_repeated() {
    for chain in CHAINS {
        for bad in [
            "",
            "deadbeef-secret",
            &"0".repeat(64),
            &"f".repeat(64),
            &"12".repeat(31),
            &"12".repeat(33),
            &format!("{} ", "12".repeat(32)),
            &"é".repeat(32),
        ] {
            let read = chain.parse(&KeyText::new(bad.to_owned()), Network::Mainnet);
            if matches!(read, Ok(PrivateKey::Ed25519(_))) && bad.len() == 64 {
                // Every seed of 32 bytes is a key.
                continue;
            }
            if chain.spec().ticker.0 == "FLOW" && bad.len() == 62 {
                // Its keys are written without the zeros in front, so two digits may be missing.
                continue;
            }
            let error = read.err();
            let error = error.unwrap_or_else(|| panic!("{} took {bad:?}", chain.spec().ticker));
            let shown = format!("{error} {error:?}");
            assert!(bad.is_empty() || !shown.contains(bad), "{shown}");
        }
    }
}

#[test]
fn recorded_wallets_come_out_the_same() {
    for chain in CHAINS {
        let ticker = chain.spec().ticker.0;
        let recorded = support::wallets(ticker);
        let honoured = |case: &&Value| {
            case["mnemonicHonoured"] != false && case["errors"].get("wallet").is_none()
        };
        for case in recorded["cases"].as_array().unwrap().iter().filter(honoured) {
            let network = Network::from_testnet(case["testnet"].as_bool().unwrap());
            let mnemonic = Mnemonic::new(case["mnemonic"].as_str().unwrap().to_owned());
            let seed = chain.seed(&mnemonic).unwrap();
            let wallet = chain.import(mnemonic, network).unwrap();
            let object = case["wallet"].as_object().unwrap();
            let names: Vec<_> = wallet.fields.iter().map(WalletField::name).collect();
            let expected: Vec<_> = object.keys().map(String::as_str).collect();
            assert_eq!([&names[..], &["chain", "testnet"]].concat(), expected, "{ticker}");
            for name in names {
                assert_eq!(field(&wallet, name), object[name].as_str(), "{ticker} {name}");
            }
            for member in ["addresses", "privateKeys"] {
                // Where the old program printed addresses of another key, or asked the API for them.
                let right = ["addressOfPrivateKey", "enterpriseAddressComputed"];
                let right = right.into_iter().find(|right| case.get(*right).is_some());
                let list = if member == "addresses" { right.unwrap_or(member) } else { member };
                for (index, text) in case[list].as_object().into_iter().flatten() {
                    let stored = field(&wallet, "privateKey").or(field(&wallet, "secret"));
                    let key = match stored {
                        Some(text) => chain.parse(&KeyText::new(text.to_owned()), network),
                        None => chain.derive(&seed, index.parse().unwrap(), network),
                    };
                    let key = key.unwrap();
                    let found = match member {
                        "addresses" => chain.address(&key.public(), network).unwrap(),
                        _ => chain.format(&key, network).unwrap().expose_secret().to_owned(),
                    };
                    assert_eq!(found, text.as_str().unwrap(), "{ticker} {member} {index}");
                }
            }
        }
    }
}

/// Wallets that the old program made at random, those included that it stored in place of the mnemonic it was
/// given.
#[test]
fn recorded_keys_lead_to_the_recorded_addresses() {
    for chain in CHAINS {
        let ticker = chain.spec().ticker.0;
        let recorded = support::wallets(ticker);
        let lists = ["cases", "samples"].map(|name| recorded[name].as_array().cloned());
        for object in lists.into_iter().flatten().flatten().map(|case| case["wallet"].clone()) {
            let member = |name: &str| object[name].as_str().map(str::to_owned);
            let (Some(text), Some(address)) =
                (member("privateKey").or(member("secret")), member("address"))
            else {
                continue;
            };
            let network = Network::from_testnet(object["testnet"].as_bool().unwrap());
            let key = chain.parse(&KeyText::new(text.clone()), network).unwrap();
            assert_eq!(chain.address(&key.public(), network).unwrap(), address, "{ticker}");
            if let Some(words) = member("mnemonic") {
                let seed = chain.seed(&Mnemonic::new(words)).unwrap();
                let derived = chain.derive(&seed, 0, network).unwrap();
                assert_eq!(derived.public(), key.public(), "{ticker}");
            }
            let generated = chain.generate(&mut Counting(1), network).unwrap();
            let names: Vec<_> = generated.fields.iter().map(WalletField::name).collect();
            let expected: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!([&names[..], &["chain", "testnet"]].concat(), expected, "{ticker}");
        }
    }
}
