//! Recorded cases: reading them, and a node that answers from them.

// Every test binary uses a part of this; tests read their vectors from files.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::disallowed_methods)]

pub mod case;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use kms_chains::{Chain, Context, Policy, PrepareError, Sequences, SigningKeys, Unsigned};
use kms_core::{
    ChainSpec, KeyRef, KeyText, Mnemonic, Network, Node, NodeError, Payload, PendingTransaction,
    SignedTransaction, Wallet, WalletJson, Withdrawal, WithdrawalInput,
};
use kms_crypto::PublicKey;
use serde_json::Value;

/// The folders with vectors, by ticker, found by their `wallets.json`.
pub fn vector_folder(ticker: &str) -> PathBuf {
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = waiting.pop() {
        let wallets = folder.join("vectors/wallets.json");
        if wallets.exists() && read(&wallets)["chain"] == ticker {
            return folder.join("vectors");
        }
        let children = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        waiting.extend(children.filter(|path| path.is_dir()));
    }
    panic!("{ticker} has no folder with vectors/wallets.json");
}

/// The recorded cases of a chain, by file name.
pub fn cases(ticker: &str) -> Vec<(String, Value)> {
    let folder = vector_folder(ticker).join("cases");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = files
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), read(&path)))
        .collect();
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}

/// The recorded wallets of a chain.
pub fn wallets(ticker: &str) -> Value {
    read(&vector_folder(ticker).join("wallets.json"))
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap())
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn text(value: &Value, member: &str) -> Option<String> {
    value.get(member).and_then(Value::as_str).map(str::to_owned)
}

/// A wallet as a store holds it.
pub fn wallet(id: &str, object: &Value) -> Wallet {
    Wallet {
        id: id.parse().unwrap(),
        ticker: text(object, "chain").unwrap(),
        network: Network::from_testnet(object["testnet"].as_bool().unwrap()),
        mnemonic: text(object, "mnemonic").map(Mnemonic::new),
        seed: None,
        key: text(object, "privateKey").or(text(object, "secret")).map(KeyText::new),
        xpub: text(object, "xpub"),
        address: text(object, "address"),
        json: WalletJson::new(object.to_string()),
    }
}

/// A pending transaction as the API hands it out.
pub fn pending(item: &Value) -> PendingTransaction {
    let ids = |member: &str| item[member].as_array().cloned().unwrap_or_default();
    let index = |value: &Value| value["index"].as_u64().map(|index| u32::try_from(index).unwrap());
    PendingTransaction {
        id: text(item, "id").unwrap().parse().unwrap(),
        ticker: text(item, "chain").unwrap(),
        wallets: ids("hashes").iter().map(|id| id.as_str().unwrap().parse().unwrap()).collect(),
        signers: ids("signatures")
            .iter()
            .map(|one| KeyRef {
                wallet: text(one, "id").unwrap().parse().unwrap(),
                index: index(one),
            })
            .collect(),
        index: index(item),
        payload: Payload::new(text(item, "serializedTransaction").unwrap()),
        withdrawal: text(item, "withdrawalId").map(|id| Withdrawal {
            id: id.parse().unwrap(),
            inputs: item["withdrawalResponses"]
                .as_array()
                .map(|inputs| inputs.iter().map(withdrawal_input).collect()),
        }),
    }
}

fn withdrawal_input(item: &Value) -> WithdrawalInput {
    let index = item["address"]["derivationKey"].as_u64().unwrap_or(0);
    WithdrawalInput {
        transaction: text(item, "vIn").unwrap(),
        output: item["vInIndex"].as_u64().map(|output| u32::try_from(output).unwrap()),
        index: u32::try_from(index).unwrap(),
    }
}

/// The API key in recorded paths.
const RECORDED_KEY: &str = "t-test-0123456789abcdef0123456789abcdef";

/// Whether a recorded answer belongs to a path. Queries are not recorded.
fn matches(stub: &Value, path: &str) -> bool {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let pattern = stub["path"].as_str().unwrap();
    match pattern.strip_prefix('^') {
        Some(prefix) => path.starts_with(prefix),
        None => path == pattern,
    }
}

/// Answers as recorded; what was not recorded is a 404.
pub struct Recorded<'a> {
    pub spec: &'a ChainSpec,
    pub stubs: &'a [Value],
    /// How often each stub has answered.
    used: Vec<AtomicU64>,
    /// What was posted, with its path.
    pub posted: Mutex<Vec<(String, Value)>>,
}

impl<'a> Recorded<'a> {
    pub fn new(spec: &'a ChainSpec, stubs: &'a [Value]) -> Self {
        let used = stubs.iter().map(|_| AtomicU64::new(0)).collect();
        Self { spec, stubs, used, posted: Mutex::default() }
    }

    /// A path of the chain's node, as the recording has it.
    fn node_path(&self, path: &str) -> String {
        // Gateway paths differ by network only in their middle, so a recording has one of them.
        let networks = [Network::Mainnet, Network::Testnet];
        let whole = networks.map(|network| match self.spec.node.gateway_path(network) {
            Some(gateway) => format!("{gateway}/{RECORDED_KEY}{path}"),
            None => path.to_owned(),
        });
        let recorded = |whole: &&String| self.stubs.iter().any(|stub| matches(stub, whole));
        whole.iter().find(recorded).unwrap_or(&whole[0]).clone()
    }

    fn answer(&self, path: &str, method: Option<&str>) -> Result<Value, NodeError> {
        let matches = |(stub, used): &(&Value, &AtomicU64)| {
            if stub["times"].as_u64().is_some_and(|times| used.load(Ordering::Relaxed) >= times) {
                return false;
            }
            matches(stub, path) && (stub.get("rpc").is_none() || stub["rpc"].as_str() == method)
        };
        let stub = self.stubs.iter().zip(&self.used).find(matches);
        let (stub, used) = stub.ok_or_else(|| status(404, "not recorded"))?;
        used.fetch_add(1, Ordering::Relaxed);
        if let Some(error) = stub.get("error") {
            let message = error["message"].to_string();
            return Err(NodeError::Rpc { code: error["code"].as_i64().unwrap_or(0), message });
        }
        match stub["status"].as_u64().unwrap_or(200) {
            200 => Ok(stub["body"].clone()),
            code => Err(status(u16::try_from(code).unwrap(), &stub["body"].to_string())),
        }
    }
}

fn status(status: u16, message: &str) -> NodeError {
    NodeError::Status { status, message: message.to_owned() }
}

#[async_trait]
impl Node for Recorded<'_> {
    async fn rpc(&self, method: &str, _params: Value) -> Result<Value, NodeError> {
        self.answer(&self.node_path(""), Some(method))
    }

    async fn node_get(&self, path: &str) -> Result<Value, NodeError> {
        self.answer(&self.node_path(path), None)
    }

    async fn node_post(&self, path: &str, body: &Value) -> Result<Value, NodeError> {
        let path = self.node_path(path);
        self.posted.lock().unwrap().push((path.clone(), body.clone()));
        self.answer(&path, None)
    }

    async fn get(&self, path: &str) -> Result<Value, NodeError> {
        self.answer(path, None)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, NodeError> {
        self.posted.lock().unwrap().push((path.to_owned(), body.clone()));
        self.answer(path, None)
    }
}

/// Nothing else was signed before.
pub struct NothingBefore;

impl Sequences for NothingBefore {
    fn next(&self, _account: &str, from_network: u64) -> u64 {
        from_network
    }
}

/// Runs a future that never waits for anything but ready answers.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("a recorded answer was not ready"),
    }
}

/// The secrets of a wallet object, as texts that must not appear anywhere.
pub fn secrets(object: &Value) -> Vec<String> {
    let members = ["mnemonic", "privateKey", "secret"];
    members.iter().filter_map(|member| text(object, member)).filter(|s| s.len() > 12).collect()
}

/// The chain with a ticker.
pub fn chain(ticker: &str) -> &'static dyn Chain {
    kms_chains::registry::find(ticker).unwrap()
}

/// A transaction that is ready, and its keys.
pub struct Prepared {
    pub unsigned: Box<dyn Unsigned>,
    pub keys: SigningKeys,
}

impl Prepared {
    pub fn sign(&self) -> SignedTransaction {
        self.unsigned.sign(&self.keys).unwrap().transaction().clone()
    }
}

/// Where nothing is asked and nothing decided.
pub fn context<'a>(network: Network, signers: &'a [PublicKey], node: &'a dyn Node) -> Context<'a> {
    let (now, policy) = (None, Policy::default());
    Context { network, signers, node, sequences: &NothingBefore, now, policy }
}

/// Prepares a payload for these private keys, on a chain that asks its node nothing.
pub fn prepare(
    ticker: &str,
    network: Network,
    keys: &[&str],
    payload: &str,
) -> Result<Prepared, PrepareError> {
    prepare_with(ticker, network, keys, payload, None, Policy::default())
}

/// As [`prepare`], at a time and with decisions.
pub fn prepare_with(
    ticker: &str,
    network: Network,
    keys: &[&str],
    payload: &str,
    time: Option<u64>,
    policy: Policy,
) -> Result<Prepared, PrepareError> {
    let chain = chain(ticker);
    let tx = one_pending(ticker, payload);
    let parse = |key: &&str| chain.parse(&KeyText::new((*key).to_owned()), network).unwrap();
    let keys = SigningKeys::new(keys.iter().map(parse).collect());
    let (signers, node) = (keys.public(), Recorded::new(chain.spec(), &[]));
    let cx = Context { now: time, policy, ..context(network, &signers, &node) };
    let unsigned = now(chain.prepare(&tx, &cx))?;
    Ok(Prepared { unsigned, keys })
}

/// A pending transaction of one wallet.
pub fn one_pending(ticker: &str, payload: &str) -> PendingTransaction {
    pending(&serde_json::json!({
        "id": "5e6645712b55823de7ea82f1",
        "chain": ticker,
        "hashes": ["6d78dad2-518f-4e76-8255-8f1df0de6886"],
        "serializedTransaction": payload,
    }))
}
