//! What the address book costs: listing a full store, counting, giving out an index.

use criterion::{Criterion, criterion_group, criterion_main};
use kms_core::{Network, Password, Wallet, WalletJson};
use kms_keystore::{Extras, KdfCost, Keystore, KeystoreError, NewRecord, Options, Writer};

/// As many wallets as the API takes in one poll.
const WALLETS: u32 = 25_000;
const CHEAP: KdfCost = KdfCost { memory_kib: 64, passes: 1, lanes: 1 };

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

fn full_store(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("wallet.dat");
    let password = Password::new("bench".into());
    let options = Options { kdf: CHEAP, kdf_floor: CHEAP, ..Options::default() };
    let (mut writer, _) =
        Writer::open_or_create(&path, &password, &options, &nothing).expect("a new store");
    writer.add(&(0..WALLETS).map(record).collect::<Vec<_>>()).expect("new wallets");
    let store = Keystore::open(&path, &password, &options).expect("a store");

    let mut group = criterion.benchmark_group(format!("{WALLETS} wallets"));
    group.sample_size(10);
    group.bench_function("walk through all, opened", |bencher| {
        bencher.iter(|| {
            let mut xpubs = 0;
            let count = |stored: kms_keystore::Stored| {
                xpubs += stored.wallet.map_or(0, |wallet| wallet.xpub.map_or(0, |xpub| xpub.len()));
                Ok::<_, KeystoreError>(())
            };
            store.walk(|_| true, count).expect("a sound store");
            xpubs
        });
    });
    group.bench_function("count those of a chain", |bencher| {
        bencher.iter(|| store.count("ETH", Network::Testnet).expect("a sound store"));
    });
    group.bench_function("find one by its address", |bencher| {
        let address = format!("0x{:040}", WALLETS / 2);
        let find = || store.find_address("ETH", Network::Testnet, &address);
        bencher.iter(|| find().expect("a sound store"));
    });
    let id = record(WALLETS / 2).id;
    group.bench_function("give out an index (durable)", |bencher| {
        bencher.iter(|| writer.take_indexes(id.as_str(), 1, 0).expect("an index"));
    });
    group.finish();
}

criterion_group!(benches, full_store);
criterion_main!(benches);
