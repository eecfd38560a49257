//! A node that answers as recorded, and writes down what it has answered.

use std::sync::Mutex;

use async_trait::async_trait;
use kms_chains::{Chain, Context, Policy, SigningKeys};
use kms_core::{Network, Node, NodeError, PendingTransaction};
use kms_crypto::PrivateKey;
use serde_json::Value;

use crate::node::{NothingBefore, now};

/// What a transaction asks for, and is answered, until it is finished.
pub(super) fn answers(
    chain: &dyn Chain,
    network: Network,
    tx: &PendingTransaction,
    keys: Vec<PrivateKey>,
    stubs: &Value,
) -> Vec<String> {
    let keys = SigningKeys::new(keys);
    let signers = keys.public();
    let stubs = stubs.as_array().map(Vec::as_slice).unwrap_or_default();
    let node = Recording { stubs, given: Mutex::default() };
    let cx = Context {
        network,
        signers: &signers,
        node: &node,
        sequences: &NothingBefore,
        now: None,
        policy: Policy::default(),
    };
    if let Ok(unsigned) = now(chain.prepare(tx, &cx))
        && let Ok(signed) = unsigned.sign(&keys)
    {
        let _ = now(signed.finish(&node));
    }
    node.given.into_inner().expect("one thread")
}

struct Recording<'a> {
    stubs: &'a [Value],
    given: Mutex<Vec<String>>,
}

impl Recording<'_> {
    /// Paths of a chain's node are recorded with what the API has in front of them; a `^` begins the beginning
    /// of a path.
    fn answer(&self, path: &str, method: Option<&str>) -> Result<Value, NodeError> {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let fits = |stub: &&Value| {
            let recorded = stub["path"].as_str().unwrap_or_default();
            let of_path = match recorded.strip_prefix('^') {
                Some(start) => path.starts_with(start),
                None => recorded.ends_with(path),
            };
            of_path && (stub.get("rpc").is_none() || stub["rpc"].as_str() == method)
        };
        let found = self.stubs.iter().find(fits).and_then(|stub| stub.get("body"));
        let body = found.ok_or_else(|| NodeError::Unreachable("not recorded".to_owned()))?;
        self.given.lock().expect("one thread").push(body.to_string());
        Ok(body.clone())
    }
}

#[async_trait]
impl Node for Recording<'_> {
    async fn rpc(&self, method: &str, _params: Value) -> Result<Value, NodeError> {
        self.answer("", Some(method))
    }

    async fn get(&self, path: &str) -> Result<Value, NodeError> {
        self.answer(path, None)
    }

    async fn post(&self, path: &str, _body: &Value) -> Result<Value, NodeError> {
        self.answer(path, None)
    }

    async fn node_get(&self, path: &str) -> Result<Value, NodeError> {
        self.answer(path, None)
    }

    async fn node_post(&self, path: &str, _body: &Value) -> Result<Value, NodeError> {
        self.answer(path, None)
    }
}
