//! A chain, a wallet file and an API that do as a test says.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use kms_chains::{
    Chain, Context, FinishError, Found, KeyError, KeyScheme, NewWallet, PayloadError, PrepareError,
    SignError, Signed, SigningKeys, TransactionScheme, Unsigned,
};
use kms_core::{
    Action, ApiKey, Asset, ChainSpec, Digest, Fee, Intent, KeyRef, KeyText, Mnemonic, Network,
    Node, NodeError, NodeHost, PendingTransaction, Seed, Sequence, SignatureId, SignedTransaction,
    Ticker, TransactionHash, Wallet, WalletJson,
};
use kms_crypto::seal::SealKey;
use kms_crypto::{Entropy, PrivateKey, PublicKey, secp256k1};
use kms_daemon::{DaemonError, DaemonSettings, JournalAdmin, Store, Summary};
use kms_keystore::{Entry, KeystoreError, Kind};
use kms_tatum::ClientSettings;
use serde_json::{Value, json};

use crate::stub::{self, Answer, Seen, Stub};

pub const API_KEY: &str = "t-test-0123456789abcdef";
pub const WALLET: &str = "6d78dad2-518f-4e76-8255-8f1df0de6886";
pub const ID: &str = "5e6645712b55823de7ea82f1";

/// A chain that never signs the same way twice, so that a second signature shows.
pub struct FakeChain {
    spec: ChainSpec,
    signatures: Arc<AtomicU64>,
}

impl FakeChain {
    /// A chain that lives as long as the process, as real ones do.
    pub fn leak(ticker: &'static str) -> &'static Self {
        let spec = ChainSpec {
            ticker: Ticker(ticker),
            name: ticker,
            symbol: ticker,
            decimals: 3,
            node: NodeHost::gateway("/v3/fake/node"),
            broadcast_path: "/v3/fake/broadcast",
            offchain_withdrawals: true,
            fee_cap: 1000,
        };
        Box::leak(Box::new(Self { spec, signatures: Arc::default() }))
    }

    pub fn signatures(&self) -> u64 {
        self.signatures.load(Ordering::SeqCst)
    }
}

impl Chain for FakeChain {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }
    fn known_already(&self) -> &'static [&'static str] {
        &["already known"]
    }
    fn is_too_early(&self, reason: &str) -> bool {
        reason.contains("too early")
    }
}

impl KeyScheme for FakeChain {
    fn generate(&self, _: &mut dyn Entropy, _: Network) -> Result<NewWallet, KeyError> {
        unimplemented!()
    }
    fn import(&self, _: Mnemonic, _: Network) -> Result<NewWallet, KeyError> {
        unimplemented!()
    }
    fn derive(&self, _: &Seed, index: u32, _: Network) -> Result<PrivateKey, KeyError> {
        let byte = u8::try_from(index).unwrap() + 1;
        Ok(PrivateKey::Secp256k1(secp256k1::PrivateKey::from_bytes(&[byte; 32]).unwrap()))
    }
    /// Key texts with the same last character are the same key.
    fn parse(&self, text: &KeyText, _: Network) -> Result<PrivateKey, KeyError> {
        Ok(key(text.expose_secret()))
    }
    fn format(&self, _: &PrivateKey, _: Network) -> Result<KeyText, KeyError> {
        unimplemented!()
    }
    fn address(&self, _: &PublicKey, _: Network) -> Result<String, KeyError> {
        unimplemented!()
    }
    fn spellings(&self, _: &str, _: Network) -> Result<Vec<String>, KeyError> {
        unimplemented!()
    }
}

fn key(text: &str) -> PrivateKey {
    let byte = *text.as_bytes().last().unwrap();
    PrivateKey::Secp256k1(secp256k1::PrivateKey::from_bytes(&[byte; 32]).unwrap())
}

/// The account of a wallet, as the node is asked for it.
pub fn account_of(wallet: &str) -> String {
    hex::encode(key(wallet).public().to_bytes())
}

#[async_trait]
impl TransactionScheme for FakeChain {
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        Ok(tx.wallets.iter().map(|w| KeyRef { wallet: w.clone(), index: tx.index }).collect())
    }

    /// The node answers `true`, `false`, or something else: that it can't tell.
    async fn find(&self, hash: &TransactionHash, node: &dyn Node) -> Result<Found, NodeError> {
        Ok(match node.rpc("find", json!([hash.0])).await?.as_bool() {
            Some(true) => Found::Known,
            Some(false) => Found::Unknown,
            None => Found::CannotTell,
        })
    }

    /// The payload is `{"fee":…}`; a nonce that it lacks is asked for. The account is the signing key's.
    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let payload: Value = serde_json::from_str(tx.payload.expose_secret()).map_err(|_| {
            PayloadError::Json { chain: self.spec.ticker.0, problem: "column 1".to_owned() }
        })?;
        let account = hex::encode(cx.signers[0].to_bytes());
        let count = cx.node.rpc("count", json!([account])).await;
        let count = count.map_err(|source| PrepareError::Node { question: "nonce", source })?;
        let next = || cx.sequences.next(&account, count.as_u64().unwrap());
        let nonce = payload["nonce"].as_u64().unwrap_or_else(next);
        let fee = payload["fee"].as_u64().unwrap_or(1);
        let signatures = self.signatures.clone();
        let (ticker, half) = (self.spec.ticker, payload["half"].as_bool() == Some(true));
        Ok(Box::new(FakeUnsigned { ticker, account, nonce, fee, half, signatures }))
    }
}

struct FakeUnsigned {
    ticker: Ticker,
    account: String,
    nonce: u64,
    fee: u64,
    /// Somebody else would have to sign too, and never does.
    half: bool,
    signatures: Arc<AtomicU64>,
}

struct Half(SignedTransaction);

#[async_trait]
impl Signed for Half {
    fn transaction(&self) -> &SignedTransaction {
        &self.0
    }

    async fn finish(self: Box<Self>, _: &dyn Node) -> Result<SignedTransaction, FinishError> {
        let source = NodeError::Unreachable("the payer".to_owned());
        Err(FinishError::Node { question: "payer's signature", source })
    }
}

impl Unsigned for FakeUnsigned {
    fn intent(&self) -> Intent {
        let asset = Asset::Native { symbol: "FAKE".to_owned(), decimals: 3 };
        Intent {
            chain: self.ticker,
            network: Network::Testnet,
            from: vec!["account".to_owned()],
            actions: vec![Action::Memo { data_bytes: 1 }],
            max_fee: Fee { asset, amount: self.fee.to_string() },
        }
    }

    fn digest(&self) -> Digest {
        Digest([u8::try_from(self.nonce).unwrap(); 32])
    }

    fn sequence(&self) -> Option<Sequence> {
        Some(Sequence { account: self.account.clone(), number: self.nonce })
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        keys.only()?;
        let signature = self.signatures.fetch_add(1, Ordering::SeqCst) + 1;
        let data = format!("nonce {} signature {signature}", self.nonce);
        let hash = TransactionHash(format!("0xhash{}-{signature}", self.nonce));
        let signed = SignedTransaction { data, hash };
        Ok(if self.half { Box::new(Half(signed)) } else { Box::new(signed) })
    }
}

/// A wallet file that is a list in memory, at a path in a directory of its own.
pub struct FakeStore {
    _directory: Option<tempfile::TempDir>,
    path: PathBuf,
    pub id: [u8; 16],
    pub key: Option<u8>,
    pub legacy_key: Option<u8>,
    /// Its journal keys of before, the latest first.
    pub former_keys: Vec<u8>,
    pub entries: Mutex<Vec<Entry>>,
}

impl FakeStore {
    pub fn new(tickers: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wallet.dat");
        let entries = tickers.iter().map(|ticker| entry(WALLET, ticker)).collect();
        let (id, key, legacy_key) = ([1; 16], Some(1), None);
        let _directory = Some(directory);
        let (former_keys, entries) = (Vec::new(), Mutex::new(entries));
        Self { _directory, path, id, key, legacy_key, former_keys, entries }
    }

    /// Another store at the same place.
    pub fn at_the_place_of(other: &Self, id: [u8; 16]) -> Self {
        let entries = Mutex::new(other.entries.lock().unwrap().clone());
        let (path, key, legacy_key) = (other.path.clone(), Some(1), None);
        Self { _directory: None, path, id, key, legacy_key, former_keys: Vec::new(), entries }
    }
}

pub fn entry(id: &str, ticker: &str) -> Entry {
    let (id, ticker) = (id.to_owned(), ticker.to_owned());
    Entry { id, ticker, network: Network::Testnet, kind: Kind::PrivateKey }
}

impl Store for FakeStore {
    fn path(&self) -> &Path {
        &self.path
    }

    fn id(&self) -> [u8; 16] {
        self.id
    }

    fn refresh(&self) -> Result<(), KeystoreError> {
        Ok(())
    }

    fn edition(&self) -> Result<Vec<u8>, KeystoreError> {
        Ok(format!("{:?}", self.entries.lock().unwrap()).into_bytes())
    }

    fn for_each_entry(&self, each: &mut dyn FnMut(Entry)) -> Result<(), KeystoreError> {
        self.entries.lock().unwrap().iter().cloned().for_each(each);
        Ok(())
    }

    fn wallet(&self, id: &SignatureId) -> Result<Wallet, KeystoreError> {
        let entries = self.entries.lock().unwrap();
        let found = entries.iter().find(|entry| entry.id == id.as_str());
        let found = found.ok_or_else(|| KeystoreError::NotFound { id: id.to_string() })?;
        Ok(Wallet {
            id: id.clone(),
            ticker: found.ticker.clone(),
            network: found.network,
            mnemonic: None,
            seed: None,
            key: Some(KeyText::new(id.to_string())),
            xpub: None,
            address: None,
            json: WalletJson::new("{}".to_owned()),
        })
    }

    fn journal_key(&self) -> Option<SealKey> {
        self.key.map(|byte| SealKey::init_with_mut(|key| key.fill(byte)))
    }

    fn former_journal_keys(&self) -> Result<Vec<SealKey>, KeystoreError> {
        let key = |byte: &u8| SealKey::init_with_mut(|key| key.fill(*byte));
        Ok(self.former_keys.iter().map(key).collect())
    }

    fn legacy_journal_key(&self, _: &[u8; 16]) -> Result<Option<SealKey>, KeystoreError> {
        Ok(self.legacy_key.map(|byte| SealKey::init_with_mut(|key| key.fill(byte))))
    }
}

/// One pass over `chains`, with few and fast retries.
pub fn settings(url: &str, chains: &[&'static FakeChain]) -> DaemonSettings {
    let key = ApiKey::new(API_KEY.to_owned());
    let mut api = ClientSettings::new(url.parse().unwrap(), key, Network::Testnet);
    api.retries = 0;
    api.retry_delay = Duration::from_millis(1);
    // Long, for the machine may be busy, and short, for some tests wait for it.
    api.timeout = Duration::from_millis(1500);
    let chains: Vec<&'static dyn Chain> = chains.iter().map(|c| *c as &'static dyn Chain).collect();
    let mut settings = DaemonSettings::new(Box::leak(chains.into_boxed_slice()), api);
    settings.run_once = true;
    settings.period = Duration::from_millis(10);
    settings
}

pub async fn run(settings: &DaemonSettings, store: &FakeStore) -> Result<Summary, DaemonError> {
    kms_daemon::run(settings, store, std::future::pending()).await
}

/// Has the operator's commands work on the journal: they block, so they get a thread.
pub fn operator<T: Send>(store: &FakeStore, act: impl FnOnce(&JournalAdmin) -> T + Send) -> T {
    let act = || act(&JournalAdmin::open(store).unwrap().unwrap());
    std::thread::scope(|scope| scope.spawn(act).join().unwrap())
}

/// A pending transaction of `chain`.
pub fn item(id: &str, chain: &str, payload: &str) -> Value {
    json!({"id": id, "chain": chain, "hashes": [WALLET], "serializedTransaction": payload})
}

/// Answers everything but the broadcast: `pending` at each poll, nonce 5, no details.
pub fn api(seen: &Seen, pending: &[Value]) -> Answer {
    match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", path) if path.starts_with("/v3/kms/pending/") => stub::json(json!(pending)),
        ("POST", path) if path.starts_with("/v3/fake/node/") => stub::json(json!({"result": 5})),
        ("POST", "/v3/tatum/kms/batch") | ("PUT", _) => Answer::Text(200, String::new()),
        _ => Answer::Text(404, String::new()),
    }
}

/// An API that hands out `pending` and answers broadcasts by `broadcast`, given how many came before.
pub async fn served(
    pending: Vec<Value>,
    broadcast: impl Fn(usize) -> Answer + Send + Sync + 'static,
) -> Stub {
    Stub::start(move |seen, before| match seen.path.as_str() {
        "/v3/fake/broadcast" => broadcast(before),
        _ => api(seen, &pending),
    })
    .await
}

pub fn accepted(_: usize) -> Answer {
    stub::json(json!({"txId": "0xhash5-1"}))
}

/// Ends after so many more polls.
pub async fn polls(stub: &Stub, more: usize) {
    let before = stub.to("POST", "/v3/kms/pending").len();
    stub.until("POST", "/v3/kms/pending", before + more).await;
}

/// Ends some polls after the API has been told of a failure.
pub async fn told_once(stub: &Stub) {
    stub.until("POST", "/v3/tatum/kms/batch", 1).await;
    polls(stub, 5).await;
}

pub fn broadcasts(stub: &Stub) -> Vec<String> {
    stub.to("POST", "/v3/fake/broadcast").into_iter().map(|seen| seen.text).collect()
}

pub fn reports(stub: &Stub) -> Vec<String> {
    stub.to("POST", "/v3/tatum/kms/batch").into_iter().map(|seen| seen.text).collect()
}
