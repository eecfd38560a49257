//! What the tests of chains with accounts have in common.

use serde_json::{Value, json};

use super::{Api, text};

/// Where a chain is served: its ticker, and its name in addresses.
pub(crate) struct At(pub(crate) &'static str, pub(crate) &'static str);

impl Api {
    /// Coins from the faucet.
    pub(crate) async fn faucet(&self, at: &At, address: &str, amount: &str) {
        self.give(at.0, "faucet", address, amount).await;
    }

    /// Test tokens.
    pub(crate) async fn mint_tokens(&self, at: &At, address: &str, amount: &str) {
        self.give(at.0, "token/mint", address, amount).await;
    }

    /// Where the test token lives.
    pub(crate) async fn token_of(&self, At(ticker, _): &At) -> String {
        text(&self.get(&format!("/sandbox/{ticker}/token")).await.1["address"])
    }

    /// Lets blocks pass; the height afterwards.
    pub(crate) async fn pass_blocks(&self, At(ticker, _): &At, count: u64) -> u64 {
        let path = format!("/sandbox/{ticker}/blocks");
        self.post(&path, json!({ "count": count })).await.1["height"].as_u64().unwrap()
    }

    /// The hash of a transaction that the chain has taken.
    pub(crate) async fn takes(&self, at: &At, transaction: &str) -> String {
        let (status, answer) = self.broadcast_at(at, transaction).await;
        assert_eq!(status, 200, "{answer}");
        text(&answer["txId"])
    }

    /// The words with which the chain refuses a transaction.
    pub(crate) async fn refuses(&self, at: &At, transaction: &str) -> String {
        let (status, answer) = self.broadcast_at(at, transaction).await;
        assert_eq!(status, 403, "{answer}");
        text(&answer["message"])
    }

    async fn broadcast_at(&self, At(_, path): &At, transaction: &str) -> (u16, Value) {
        self.post(&format!("/v3/{path}/broadcast"), json!({ "txData": transaction })).await
    }

    /// The payload of the pending transaction that a request makes.
    pub(crate) async fn payload(&self, At(ticker, _): &At, path: &str, body: Value) -> String {
        let (status, answer) = self.post(path, body).await;
        assert_eq!(status, 200, "{answer}");
        let waiting = self.get(&format!("/v3/kms/pending/{ticker}")).await.1;
        let item =
            waiting.as_array().unwrap().iter().find(|one| one["id"] == answer["signatureId"]);
        text(&item.unwrap()["serializedTransaction"])
    }
}
