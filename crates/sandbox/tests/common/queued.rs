//! Chains of which the API makes the transactions: what it queues, and what it says to a broadcast.

use serde_json::{Value, json};

use super::{Answer, Api, WALLET, text};

impl Api {
    /// Coins (`faucet`) or test tokens (`token/mint`) out of nothing.
    pub(crate) async fn give(&self, ticker: &str, what: &str, address: &str, amount: &str) {
        let body = json!({ "address": address, "amount": amount });
        let (status, answer) = self.post(&format!("/sandbox/{ticker}/{what}"), body).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Asks for a transaction of the tests' wallet: its pending id and what is to be signed.
    pub(crate) async fn queued(&self, path: &str, mut body: Value) -> (String, String) {
        body["signatureId"] = WALLET.into();
        let (status, answer) = self.post(path, body).await;
        assert_eq!(status, 200, "{answer}");
        let id = text(&answer["signatureId"]);
        let (_, item) = self.get(&format!("/v3/kms/{id}")).await;
        assert_eq!(item["hashes"], json!([WALLET]));
        (id, text(&item["serializedTransaction"]))
    }

    /// Broadcasts for a pending transaction, or for none.
    pub(crate) async fn send_on(&self, path: &str, tx_data: &str, id: Option<&str>) -> Answer {
        let mut body = json!({ "txData": tx_data });
        if let Some(id) = id {
            body["signatureId"] = id.into();
        }
        self.post(&format!("/v3/{path}/broadcast"), body).await
    }

    /// Broadcasts what is taken; its hash.
    pub(crate) async fn taken(&self, path: &str, tx_data: &str) -> String {
        let (status, answer) = self.send_on(path, tx_data, None).await;
        assert_eq!(status, 200, "{answer}");
        text(&answer["txId"])
    }

    /// Broadcasts what is refused; in which words.
    pub(crate) async fn refused(&self, path: &str, code: &str, tx_data: &str) -> String {
        let (status, answer) = self.send_on(path, tx_data, None).await;
        assert_eq!((status, &answer["errorCode"]), (403, &json!(code)), "{answer}");
        text(&answer["message"])
    }
}
