//! A node that says what the input says.

use std::sync::Mutex;

use async_trait::async_trait;
use kms_chains::{Policy, Sequences};
use kms_core::{Node, NodeError};
use serde_json::Value;

/// Answers questions with these texts, one after the other: JSON, or else the text itself.
pub struct Answers(Mutex<Vec<Value>>);

impl Answers {
    /// A node with these answers.
    pub fn new(texts: &[&str]) -> Self {
        let answer =
            |text: &&str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(*text));
        Self(Mutex::new(texts.iter().rev().map(answer).collect()))
    }

    fn next(&self) -> Result<Value, NodeError> {
        let next = self.0.lock().expect("one thread").pop();
        next.ok_or_else(|| NodeError::Unreachable("there are no more answers".to_owned()))
    }
}

#[async_trait]
impl Node for Answers {
    async fn rpc(&self, _method: &str, _params: Value) -> Result<Value, NodeError> {
        self.next()
    }

    async fn get(&self, _path: &str) -> Result<Value, NodeError> {
        self.next()
    }

    async fn post(&self, _path: &str, _body: &Value) -> Result<Value, NodeError> {
        self.next()
    }

    async fn node_get(&self, _path: &str) -> Result<Value, NodeError> {
        self.next()
    }

    async fn node_post(&self, _path: &str, _body: &Value) -> Result<Value, NodeError> {
        self.next()
    }
}

/// Nothing was signed before.
pub struct NothingBefore;

impl Sequences for NothingBefore {
    fn next(&self, _account: &str, from_network: u64) -> u64 {
        from_network
    }
}

/// What the flags of a daemon allow: the second and the third bit.
pub fn policy(flags: u8) -> Policy {
    Policy { allow_rekey: flags & 2 != 0, refuse_expired: flags & 4 != 0 }
}

/// Runs a future that waits for nothing.
///
/// # Panics
/// It waits.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("an answer was not ready"),
    }
}
