//! A sandbox on a free port, a client for it, and a key that signs.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]
#![allow(dead_code, reason = "every test file uses some of it")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

pub(crate) mod accounts;
pub(crate) mod beacon;
pub(crate) mod coins;
pub(crate) mod flow;
pub(crate) mod litecoin_node;
pub(crate) mod lovelace;
pub(crate) mod queued;
pub(crate) mod tools;

use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{SignableTransaction, Signed, TxEnvelope, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, hex};
use serde_json::{Value, json};
use tatum_sandbox::ethereum::CHAIN_ID;
use tatum_sandbox::server::{Running, Settings};

pub(crate) const WALLET: &str = "6d78dad2-518f-4e76-8255-8f1df0de6886";
pub(crate) const RECIPIENT: &str = "0x3535353535353535353535353535353535353535";
pub(crate) const ETHER: u64 = 1_000_000_000_000_000_000;

/// Answers and the status they came with.
pub(crate) type Answer = (u16, Value);

/// A client of a sandbox.
pub(crate) struct Api {
    pub(crate) client: reqwest::Client,
    pub(crate) base: String,
    sandbox: Running,
}

impl Api {
    pub(crate) async fn start() -> Self {
        Self::start_with(Settings::default()).await
    }

    pub(crate) async fn start_with(settings: Settings) -> Self {
        Self::of(Running::start(settings, 0).await.unwrap())
    }

    pub(crate) fn of(sandbox: Running) -> Self {
        let client = tatum_sandbox::http::client().unwrap();
        Self { client, base: sandbox.base_url(), sandbox }
    }

    /// What a person opens, with the token.
    pub(crate) fn page_url(&self) -> String {
        self.sandbox.page_url()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.client.get(self.url(path))).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.client.post(self.url(path)).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str) -> Answer {
        self.send(self.client.put(self.url(path))).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.client.delete(self.url(path))).await
    }

    /// The result of a JSON-RPC call, or its error.
    pub(crate) async fn rpc(&self, method: &str, params: Value) -> Result<Value, Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        let (status, answer) = self.post("/v3/ethereum/web3/key", request).await;
        assert_eq!((status, &answer["id"]), (200, &json!(7)));
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].clone()),
        }
    }

    pub(crate) async fn fund(&self, address: Address, amount: &str) {
        let body = json!({ "address": address, "amount": amount });
        let (status, answer) = self.post("/sandbox/ETH/faucet", body).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub(crate) async fn mint(&self, address: Address, amount: &str) {
        let body = json!({ "to": address, "amount": amount });
        let (status, answer) = self.post("/sandbox/ETH/token/mint", body).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// The contract of the test token.
    pub(crate) async fn token(&self) -> Address {
        self.get("/sandbox/ETH/token").await.1["address"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) async fn balance(&self, address: &str) -> String {
        let path = format!("/v3/ethereum/account/balance/{address}");
        text(&self.get(&path).await.1["balance"])
    }

    pub(crate) async fn token_balance(&self, address: &str) -> String {
        let path = "/v3/ethereum/account/balance/erc20";
        let path = format!("{path}/{address}?contractAddress={}", self.token().await);
        text(&self.get(&path).await.1["balance"])
    }

    /// Queues a transaction of the test's own making.
    pub(crate) async fn queue(&self, draft: Value) -> String {
        text(&self.post("/sandbox/kms/pending", draft).await.1["id"])
    }

    pub(crate) async fn broadcast(&self, transaction: &str, id: Option<&str>) -> Answer {
        let mut body = json!({ "txData": transaction });
        if let Some(id) = id {
            body["signatureId"] = id.into();
        }
        self.post("/v3/ethereum/broadcast", body).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.header("x-api-key", "key").send().await.unwrap();
        assert_eq!(answer.headers()["x-tatum-sandbox"], "testnet");
        let (status, body) = (answer.status().as_u16(), answer.bytes().await.unwrap());
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A key of the tests.
pub(crate) struct Key(B256);

impl Key {
    pub(crate) fn new(byte: u8) -> Self {
        Self(B256::repeat_byte(byte))
    }

    pub(crate) fn address(&self) -> Address {
        let signed = self.signed(TxLegacy::default());
        TxEnvelope::from(signed).recover_signer().unwrap()
    }

    pub(crate) fn sign<T>(&self, transaction: T) -> String
    where
        T: SignableTransaction<Signature>,
        TxEnvelope: From<Signed<T>>,
    {
        let envelope = TxEnvelope::from(self.signed(transaction));
        hex::encode_prefixed(envelope.encoded_2718())
    }

    /// r, s and the parity of y.
    pub(crate) fn sign_hash(&self, hash: [u8; 32]) -> [u8; 65] {
        let mut bytes = sign_message(self.0, B256::from(hash)).unwrap().as_bytes();
        bytes[64] -= 27;
        bytes
    }

    fn signed<T: SignableTransaction<Signature>>(&self, transaction: T) -> Signed<T> {
        let signature = sign_message(self.0, transaction.signature_hash()).unwrap();
        transaction.into_signed(signature)
    }
}

/// A legacy transfer of one ETH that the sandbox would accept from a rich account.
pub(crate) fn transfer(nonce: u64) -> TxLegacy {
    TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: 2_000_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(RECIPIENT.parse().unwrap()),
        value: U256::from(ETHER),
        input: Bytes::new(),
    }
}
