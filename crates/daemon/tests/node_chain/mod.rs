//! A chain whose transactions hold a recent height, expire, and are sent to its node.
#![allow(dead_code, missing_docs, unreachable_pub)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use kms_chains::{
    Chain, Context, Delivery, KeyError, KeyScheme, LookUp, NewWallet, PayloadError, PrepareError,
    SignError, Signed, SigningKeys, Submit, TransactionScheme, Unsigned, Validity,
};
use kms_core::{
    Action, Asset, ChainSpec, Digest, Expiry, Fee, Intent, KeyRef, KeyText, Mnemonic, Network,
    Node, NodeError, NodeHost, Outcome, PendingTransaction, Seed, Sequence, SignedTransaction,
    Ticker, TransactionHash,
};
use kms_crypto::{Entropy, PrivateKey, PublicKey};
use serde_json::{Value, json};

use crate::fake::FakeChain;

/// For how many blocks a transaction can be executed.
pub const LIFE: u64 = 10;

pub struct NodeChain {
    spec: ChainSpec,
    /// Knows keys.
    keys: &'static FakeChain,
    signatures: Arc<AtomicU64>,
}

impl NodeChain {
    /// A chain that lives as long as the process, as real ones do.
    pub fn leak(ticker: &'static str) -> &'static Self {
        let spec = ChainSpec {
            ticker: Ticker(ticker),
            name: ticker,
            symbol: ticker,
            decimals: 3,
            node: NodeHost::gateway("/v3/fake/node"),
            broadcast_path: "/v3/fake/broadcast",
            offchain_withdrawals: false,
            fee_cap: 1000,
        };
        let keys = FakeChain::leak(ticker);
        Box::leak(Box::new(Self { spec, keys, signatures: Arc::default() }))
    }

    pub fn signatures(&self) -> u64 {
        self.signatures.load(Ordering::SeqCst)
    }
}

impl Chain for NodeChain {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }
    fn delivery(&self) -> Delivery {
        Delivery::Node(&TheNode)
    }
}

impl KeyScheme for NodeChain {
    fn generate(&self, _: &mut dyn Entropy, _: Network) -> Result<NewWallet, KeyError> {
        unimplemented!()
    }
    fn import(&self, _: Mnemonic, _: Network) -> Result<NewWallet, KeyError> {
        unimplemented!()
    }
    fn derive(&self, seed: &Seed, index: u32, network: Network) -> Result<PrivateKey, KeyError> {
        self.keys.derive(seed, index, network)
    }
    fn parse(&self, text: &KeyText, network: Network) -> Result<PrivateKey, KeyError> {
        self.keys.parse(text, network)
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

#[async_trait]
impl TransactionScheme for NodeChain {
    fn signers(&self, tx: &PendingTransaction) -> Result<Vec<KeyRef>, PayloadError> {
        self.keys.signers(tx)
    }

    /// The payload may name the height, as a durable nonce does with the blockhash.
    async fn prepare(
        &self,
        tx: &PendingTransaction,
        cx: &Context<'_>,
    ) -> Result<Box<dyn Unsigned>, PrepareError> {
        let payload: Value = serde_json::from_str(tx.payload.expose_secret()).unwrap();
        let height = match payload["height"].as_u64() {
            Some(height) => height,
            None => {
                let height = cx.node.rpc("prepare", json!([])).await;
                let height =
                    height.map_err(|source| PrepareError::Node { question: "height", source })?;
                height.as_u64().unwrap()
            }
        };
        let (id, signatures) = (tx.id.to_string(), self.signatures.clone());
        Ok(Box::new(Prepared { ticker: self.spec.ticker, id, height, signatures }))
    }
}

struct Prepared {
    ticker: Ticker,
    id: String,
    height: u64,
    signatures: Arc<AtomicU64>,
}

#[async_trait]
impl Unsigned for Prepared {
    async fn abandon(&self, node: &dyn Node) {
        let _ = node.post("/v3/fake/settled", &json!({"hash": "never signed"})).await;
    }

    fn intent(&self) -> Intent {
        let asset = Asset::Native { symbol: "FAKE".to_owned(), decimals: 3 };
        Intent {
            chain: self.ticker,
            network: Network::Testnet,
            from: vec!["account".to_owned()],
            actions: vec![Action::Memo { data_bytes: 1 }],
            max_fee: Fee { asset, amount: "1".to_owned() },
        }
    }

    fn digest(&self) -> Digest {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&self.height.to_be_bytes());
        Digest(digest)
    }

    fn sequence(&self) -> Option<Sequence> {
        None
    }

    fn expiry(&self) -> Option<Expiry> {
        Some(Expiry((self.height + LIFE).to_string()))
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        keys.only()?;
        let number = self.signatures.fetch_add(1, Ordering::SeqCst) + 1;
        let data = format!("{} {number} {}", self.id, self.height + LIFE);
        Ok(Box::new(SignedTransaction { data, hash: TransactionHash(format!("hash-{number}")) }))
    }
}

/// Blocks that the node remembers.
pub const MEMORY: u64 = 10_000;

struct TheNode;

#[async_trait]
impl Submit for TheNode {
    async fn submit(&self, signed: &SignedTransaction, node: &dyn Node) -> Outcome {
        match node.rpc("send", json!([signed.data])).await {
            Ok(_) => Outcome::Sent { completed: false },
            Err(NodeError::Rpc { message, .. }) => Outcome::Refused { reason: message },
            Err(error) => Outcome::Unknown { reason: error.to_string() },
        }
    }

    async fn look_up(&self, hash: &TransactionHash, node: &dyn Node) -> LookUp {
        match node.rpc("look", json!([hash.0])).await {
            Ok(Value::Null) => LookUp::NotFound,
            Ok(Value::String(word)) if word == "ok" => LookUp::Found { failed: None },
            Ok(failure) => LookUp::Found { failed: Some(failure.to_string()) },
            Err(error) => LookUp::CannotTell(error),
        }
    }

    async fn settled(&self, signed: &SignedTransaction, node: &dyn Node) {
        let _ = node.post("/v3/fake/settled", &json!({"hash": signed.hash.0})).await;
    }

    async fn validity(&self, expiry: &Expiry, node: &dyn Node) -> Result<Validity, NodeError> {
        let height = node.rpc("height", json!([])).await?.as_u64().unwrap();
        let last: u64 = expiry.0.parse().unwrap();
        Ok(match height.saturating_sub(last) {
            0 => Validity::Valid,
            1..=MEMORY => Validity::Expired,
            _ => Validity::ExpiredLongAgo,
        })
    }
}
