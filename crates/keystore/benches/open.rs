//! What opening a store, reading one wallet, adding one and going over all cost, by the number of wallets.

use std::cell::OnceCell;
use std::path::PathBuf;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kms_core::{Network, Password, Wallet, WalletJson};
use kms_keystore::{Extras, KdfCost, Keystore, NewRecord, Options, Writer};

const SIZES: [u32; 3] = [1, 25_000, 1_000_000];
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

/// A store of one size, made when a bench wants it: a filter on the command line spares the making too.
struct OfSize {
    folder: tempfile::TempDir,
    wallets: u32,
    made: OnceCell<()>,
}

impl OfSize {
    fn new(wallets: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, wallets, made: OnceCell::new() }
    }

    fn path(&self) -> PathBuf {
        let path = self.folder.path().join("wallet.dat");
        self.made.get_or_init(|| {
            let opened = Writer::open_or_create(&path, &password(), &options(), &nothing);
            let (mut writer, _) = opened.expect("a new store");
            for first in (0..self.wallets).step_by(10_000) {
                let chunk = first..self.wallets.min(first + 10_000);
                writer.add(&chunk.map(record).collect::<Vec<_>>()).expect("new wallets");
            }
        });
        path
    }

    fn reader(&self) -> Keystore {
        Keystore::open(&self.path(), &password(), &options()).expect("a store")
    }

    fn writer(&self) -> Writer {
        Writer::open(&self.path(), &password(), &options(), &nothing).expect("a store").0
    }
}

fn sizes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wallets");
    group.sample_size(20);
    let mut fresh = 50_000_000;
    for size in SIZES {
        let store = OfSize::new(size);
        let id = record(size / 2).id;
        group.bench_function(BenchmarkId::new("open and get one", size), |bencher| {
            let path = store.path();
            bencher.iter(|| {
                let store = Keystore::open(&path, &password(), &options()).expect("a store");
                store.wallet(&id).expect("a wallet")
            });
        });
        group.bench_function(BenchmarkId::new("get one", size), |bencher| {
            let reader = store.reader();
            bencher.iter(|| reader.wallet(&id).expect("a wallet"));
        });
        group.bench_function(BenchmarkId::new("find by address", size), |bencher| {
            let reader = store.reader();
            let address = format!("0x{:040}", size / 2);
            bencher
                .iter(|| reader.find_address("ETH", Network::Testnet, &address).expect("entries"));
        });
        group.bench_function(BenchmarkId::new("add one", size), |bencher| {
            let mut writer = store.writer();
            bencher.iter_batched(
                || {
                    fresh += 1;
                    [record(fresh)]
                },
                |one| writer.add(&one).expect("a new wallet"),
                BatchSize::PerIteration,
            );
        });
        group.bench_function(BenchmarkId::new("remove one", size), |bencher| {
            let mut writer = store.writer();
            bencher.iter_batched(
                || {
                    fresh += 1;
                    let mut adding = store.writer();
                    adding.add(&[record(fresh)]).expect("a new wallet");
                    record(fresh).id
                },
                |id| writer.remove(id.as_str()).expect("a wallet"),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// What goes over every wallet, by the wallet.
fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("whole store");
    group.sample_size(10);
    for size in SIZES.into_iter().filter(|size| *size > 1) {
        let store = OfSize::new(size);
        group.throughput(Throughput::Elements(size.into()));
        group.bench_function(BenchmarkId::new("list", size), |bencher| {
            let reader = store.reader();
            bencher.iter(|| reader.entries().expect("entries"));
        });
        group.bench_function(BenchmarkId::new("verify", size), |bencher| {
            let reader = store.reader();
            bencher.iter(|| reader.verify().expect("a sound store"));
        });
        group.bench_function(BenchmarkId::new("new data key", size), |bencher| {
            let mut writer = store.writer();
            bencher.iter(|| writer.rekey(&password(), &options(), &mut || {}).expect("a store"));
        });
        group.bench_function(BenchmarkId::new("backup", size), |bencher| {
            let reader = store.reader();
            let file = store.folder.path().join("backup");
            bencher.iter(|| {
                reader.backup(&file, &password()).expect("a backup");
                std::fs::remove_file(&file).expect("a file");
            });
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

criterion_group!(benches, sizes, whole, derivation);
criterion_main!(benches);
