//! What an address costs, by the wallet's extended public key and by its seed: `find` derives thousands.

#![allow(missing_docs)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use kms_chains::{Addresses, WalletField, registry};
use kms_core::{Mnemonic, Network, Wallet, WalletJson};

const WORDS: &str =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

fn addresses(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("address");
    for ticker in ["ETH", "BTC", "ADA", "EGLD"] {
        let chain = registry::find(ticker).expect("a chain");
        let mnemonic = Mnemonic::new(WORDS.to_owned());
        let made = chain.import(mnemonic.clone(), Network::Mainnet).expect("a wallet");
        let xpub = made.fields.iter().find_map(|field| match field {
            WalletField::Xpub(xpub) => Some(xpub.clone()),
            _ => None,
        });
        for xpub in [xpub.clone(), None].into_iter().skip(usize::from(xpub.is_none())) {
            let by = if xpub.is_some() { "by xpub" } else { "by seed" };
            let wallet = Wallet {
                id: "6d78dad2-518f-4e76-8255-8f1df0de6886".parse().expect("an id"),
                ticker: ticker.to_owned(),
                network: Network::Mainnet,
                seed: chain.seed(&mnemonic).ok(),
                mnemonic: Some(mnemonic.clone()),
                key: None,
                xpub,
                address: None,
                json: WalletJson::new(String::new()),
            };
            let addresses = Addresses::of(chain, &wallet).expect("a mnemonic").expect("addresses");
            group.bench_function(BenchmarkId::new(ticker, by), |bencher| {
                let mut index = 0;
                bencher.iter(|| {
                    index = (index + 1) % 1000;
                    addresses.at(chain, index).expect("an address")
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, addresses);
criterion_main!(benches);
