//! What holds for every chain of the registry.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::HashSet;

use kms_chains::registry::{CHAINS, UnknownChain, find};
use kms_chains::{Addresses, Chain, NewWallet, WalletField};
use kms_core::{KeyText, Mnemonic, Network, NodeHost, Wallet, WalletJson};
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

/// They are looked for in a text in lower case.
#[test]
fn words_for_what_a_node_has_already_are_in_lower_case_and_about_nothing_else() {
    let about_others = [
        "tefpast_seq",
        "nonce too low",
        "lowernonceintransaction",
        "txn-mempool-conflict",
        "dup_transaction_error: transaction already exists.",
        "bad sequence number",
        "lease already used",
    ];
    for chain in CHAINS {
        for words in chain.known_already() {
            assert_eq!(*words, words.to_lowercase(), "{}", chain.spec().ticker.0);
            assert!(about_others.iter().all(|other| !other.contains(words)), "{words}");
        }
    }
}

#[test]
fn a_refusal_because_of_the_one_before_is_told_from_others() {
    let too_early = [
        ("BNB", "the API answered 403: Invalid sequence. Got 5, expected 4 (bnb.broadcast.failed)"),
        ("XRP", "the API answered 403: Broadcast failed. terPRE_SEQ (xrp.broadcast.failed)"),
        ("ETH", "the API answered 403: Nonce too high. Expected nonce to be 4 but got 5."),
        ("EGLD", "transaction generation failed: higher nonce in transaction"),
    ];
    let too_late = [
        ("BNB", "Invalid sequence. Got 4, expected 5"),
        ("BNB", "Invalid sequence. Got 4, expected 4"),
        ("BNB", "Invalid sequence. Got , expected 4"),
        ("XRP", "Broadcast failed. tefPAST_SEQ"),
        ("ETH", "nonce too low"),
        ("EGLD", "lower nonce in transaction"),
    ];
    for (ticker, reason) in too_early {
        assert!(find(ticker).unwrap().is_too_early(reason), "{reason}");
    }
    assert!(CHAINS.iter().all(|chain| !chain.is_too_early("insufficient funds")));
    for (ticker, reason) in too_late {
        assert!(!find(ticker).unwrap().is_too_early(reason), "{reason}");
    }
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

/// What a store hands out for a wallet of `chain` that has just been made.
fn stored(chain: &dyn Chain, network: Network) -> Wallet {
    let wallet = chain.generate(&mut Counting(3), network).unwrap();
    let text = |name: &str| field(&wallet, name).map(str::to_owned);
    Wallet {
        id: "1".parse().unwrap(),
        ticker: chain.spec().ticker.0.to_owned(),
        network,
        mnemonic: text("mnemonic").map(Mnemonic::new),
        seed: None,
        key: text("privateKey").or(text("secret")).map(KeyText::new),
        xpub: text("xpub"),
        address: text("address"),
        json: WalletJson::new("{}".to_owned()),
    }
}

#[test]
fn addresses_need_no_secret_where_the_wallet_has_an_xpub() {
    for chain in CHAINS {
        for network in NETWORKS {
            let wallet = stored(*chain, network);
            let ticker = chain.spec().ticker.0;
            let Some(addresses) = Addresses::of(*chain, &wallet).unwrap() else {
                assert!(wallet.key.is_some(), "{ticker}");
                continue;
            };
            let by_xpub = format!("{addresses:?}").contains("Xpub");
            assert_eq!(by_xpub, wallet.xpub.is_some(), "{ticker}");
            let seed = chain.seed(wallet.mnemonic.as_ref().unwrap()).unwrap();
            for index in [0, 1, 1000, Addresses::HIGHEST_INDEX] {
                let key = chain.derive(&seed, index, network).unwrap();
                let address = chain.address(&key.public(), network).unwrap();
                assert_eq!(addresses.at(*chain, index).unwrap(), address, "{ticker} {index}");
            }
            assert!(addresses.at(*chain, Addresses::HIGHEST_INDEX + 1).is_err(), "{ticker}");
            let mut odd = stored(*chain, network);
            odd.xpub = odd.xpub.map(|_| "nonsense".to_owned());
            let by_seed = Addresses::of(*chain, &odd).unwrap().unwrap();
            assert_eq!(by_seed.at(*chain, 7).unwrap(), addresses.at(*chain, 7).unwrap());
        }
    }
}

#[test]
fn addresses_are_read_as_they_are_written() {
    for chain in CHAINS {
        for network in NETWORKS {
            let wallet = stored(*chain, network);
            let own = match Addresses::of(*chain, &wallet).unwrap() {
                Some(addresses) => addresses.at(*chain, 5).unwrap(),
                None => wallet.address.unwrap(),
            };
            let ticker = chain.spec().ticker.0;
            assert_eq!(chain.spellings(&own, network).unwrap(), [own.as_str()], "{ticker}");
            for bad in ["", " ", "address", &own[1..], &format!("{own}1"), &own.replace('a', "b")] {
                let read = chain.spellings(bad, network);
                assert!(
                    !read.is_ok_and(|read| read.contains(&own)) || *bad == own,
                    "{ticker} {bad}"
                );
            }
        }
    }
}

/// The same address in the ways in which other programs write it.
#[test]
fn other_spellings_of_an_address_are_read() {
    for (ticker, network, given, own) in [
        (
            "ETH",
            Network::Mainnet,
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        ),
        (
            "XDC",
            Network::Testnet,
            "0xDC00000000000000000000000000000000000001",
            "xdcdc00000000000000000000000000000000000001",
        ),
        (
            "ONE",
            Network::Mainnet,
            "one1xa4ce4axcaz2y83wcwuu874cwscz0wl4rmkmjp",
            "0x376b8cd7a6c744a21e2ec3b9c3fab8743027bbf5",
        ),
        (
            "BCH",
            Network::Mainnet,
            "QR6M7J9NJLDWWZLG9V7V53UNLR4JKMX6EYLEP8EKG2",
            "bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2",
        ),
        (
            "XRP",
            Network::Mainnet,
            "XVLhHMPHU98es4dbozjVtdWzVrDjtV8AqEL4xcZj5whKbmc",
            "rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf",
        ),
        (
            "TRON",
            Network::Mainnet,
            "4145a7e401402df9f539e66ca697a33c7f450de3c0",
            "TGKWkYNiXeNfuNMWEXYGSNYz19KN1Jfxzc",
        ),
        (
            "ADA",
            Network::Mainnet,
            "addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x",
            "addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8",
        ),
    ] {
        assert_eq!(find(ticker).unwrap().spellings(given, network).unwrap(), [own], "{ticker}");
    }
    let wrong = find("ETH")
        .unwrap()
        .spellings("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", Network::Mainnet);
    assert!(wrong.unwrap_err().to_string().contains("checksum"));
}
