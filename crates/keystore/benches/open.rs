//! What opening a store, reading one wallet and adding one cost, by the number of wallets.

use std::path::Path;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use kms_core::{Network, Password, Wallet, WalletJson};
use kms_keystore::{Extras, KdfCost, Keystore, NewRecord, Options, Writer};

const SIZES: [u32; 3] = [10, 1_000, 100_000];
const CHEAP: KdfCost = KdfCost { memory_kib: 64, passes: 1, lanes: 1 };

fn options() -> Options {
    Options { kdf: CHEAP, kdf_floor: CHEAP, ..Options::default() }
}

fn password() -> Password {
    Password::new("bench".into())
}

fn nothing(_: &Wallet) -> Extras {
    Extras::default()
}

fn record(number: u32) -> NewRecord {
    let json = format!(
        r#"{{"xpub":"xpub{number:0107}","mnemonic":"{}{number}","chain":"ETH","testnet":true}}"#,
        "abandon ".repeat(23)
    );
    NewRecord {
        id: format!("{number:08}-0000-4000-8000-000000000000").parse().expect("a valid id"),
        ticker: "ETH".into(),
        network: Network::Testnet,
        json: WalletJson::new(json),
        extras: Extras { address: Some(format!("0x{number:040}")), ..Extras::default() },
    }
}

fn store(path: &Path, wallets: u32) -> Writer {
    let opened = Writer::open_or_create(path, &password(), &options(), &nothing);
    let (mut writer, _) = opened.expect("a new store");
    writer.add(&(0..wallets).map(record).collect::<Vec<_>>()).expect("new wallets");
    writer
}

fn sizes(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut group = criterion.benchmark_group("wallets");
    group.sample_size(20);
    let mut fresh = 50_000_000;
    for size in SIZES {
        let path = folder.path().join(format!("{size}.dat"));
        let mut writer = store(&path, size);
        let id = record(size / 2).id;
        group.bench_function(BenchmarkId::new("open and get one", size), |bencher| {
            bencher.iter(|| {
                let store = Keystore::open(&path, &password(), &options()).expect("a store");
                store.wallet(&id).expect("a wallet")
            });
        });
        let reader = Keystore::open(&path, &password(), &options()).expect("a store");
        group.bench_function(BenchmarkId::new("get one", size), |bencher| {
            bencher.iter(|| reader.wallet(&id).expect("a wallet"));
        });
        group.bench_function(BenchmarkId::new("list", size), |bencher| {
            bencher.iter(|| reader.entries().expect("entries"));
        });
        group.bench_function(BenchmarkId::new("add one", size), |bencher| {
            bencher.iter_batched(
                || {
                    fresh += 1;
                    [record(fresh)]
                },
                |one| writer.add(&one).expect("a new wallet"),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// The one cost that does not depend on the machine's disk: the default key derivation.
fn derivation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("key derivation");
    group.sample_size(10);
    group.bench_function(KdfCost::RECOMMENDED.to_string(), |bencher| {
        bencher.iter(|| {
            kms_keystore::journal_key_for_legacy(&password(), &[7; 16], KdfCost::RECOMMENDED)
        });
    });
    group.finish();
}

criterion_group!(benches, sizes, derivation);
criterion_main!(benches);
