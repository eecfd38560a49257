//! What a signature costs on each chain: a recorded case of each, with the recorded answers where it asks its
//! node.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use kms_chains::registry::CHAINS;
use kms_chains::{Chain, SigningKeys, signing_key};
use kms_core::{Network, PendingTransaction};
use serde_json::Value;
use support::{Recorded, cases, chain, context, now, pending, wallet};

/// A transfer of each chain, by one private key where there is such a case.
const CASES: &[(&str, &str)] = &[
    ("ETH", "native-mainnet-key"),
    ("BSC", "native-mainnet-key"),
    ("MATIC", "native-mainnet-key"),
    ("KLAY", "native-mainnet-key"),
    ("XDC", "native-mainnet-key"),
    ("KCS", "native-mainnet-key"),
    ("ONE", "native-mainnet-key"),
    ("CELO", "l2-native-mainnet-key"),
    ("BTC", "privatekey-p2wpkh-mainnet"),
    ("LTC", "privatekey-p2wpkh-mainnet"),
    ("DOGE", "privatekey-p2pkh-mainnet"),
    ("BCH", "privatekey-mainnet"),
    ("TRON", "trc20-transfer-mainnet"),
    ("VET", "transfer-mainnet-privatekey"),
    ("EGLD", "transfer-testnet-privatekey"),
    ("ADA", "onchain-mainnet-privatekey"),
    ("BNB", "transfer-testnet-privatekey"),
    ("FLOW", "custom-testnet"),
    ("XRP", "payment-mainnet-secret"),
    ("XLM", "payment-mainnet-secret"),
    ("ALGO", "payment-mainnet-secret"),
    ("SOL", "spl-transfer"),
];

fn keys(
    chain: &dyn Chain,
    tx: &PendingTransaction,
    recorded: &Value,
    network: Network,
) -> SigningKeys {
    let wallets = recorded["wallets"].as_object().unwrap();
    let open = |signer: &kms_core::KeyRef| {
        let object = &wallets[signer.wallet.as_str()];
        let wallet = wallet(signer.wallet.as_str(), object);
        signing_key(chain, tx, &wallet, signer, network).unwrap()
    };
    SigningKeys::new(chain.signers(tx).unwrap().iter().filter_map(open).collect())
}

fn signatures(c: &mut Criterion) {
    let mut group = c.benchmark_group("recorded");
    assert_eq!(CASES.len(), CHAINS.len(), "a chain has no case");
    for (ticker, name) in CASES {
        let chain = chain(ticker);
        let recorded = cases(ticker).into_iter().find(|(found, _)| found == name).unwrap().1;
        let network = Network::from_testnet(recorded["testnet"].as_bool().unwrap());
        let tx = pending(&recorded["pending"][0]);
        let keys = keys(chain, &tx, &recorded, network);
        let (signers, stubs) = (keys.public(), recorded["stubs"].as_array().unwrap());
        let prepare = || {
            let node = Recorded::new(chain.spec(), stubs);
            now(chain.prepare(&tx, &context(network, &signers, &node))).unwrap()
        };
        group.bench_function(format!("{ticker}: payload to prepared transaction"), |b| {
            b.iter(prepare);
        });
        let unsigned = prepare();
        group.bench_function(format!("{ticker}: prepared transaction to signed bytes"), |b| {
            b.iter(|| unsigned.sign(&keys).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, signatures);
criterion_main!(benches);
