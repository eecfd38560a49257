//! The real daemon against a chain nobody here has written: Foundry's anvil, with the sandbox in
//! front of it.
//!
//! `npm install --prefix target/tools @foundry-rs/anvil` puts anvil where these tests look, which
//! is also the PATH; `cargo build -p tatum-kms` puts the daemon there. What is missing skips a
//! test, or fails it when `TATUM_KMS_REQUIRE_ANVIL=1` is set.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use alloy_consensus::{TxEip1559, TxEip2930};
use alloy_primitives::{Address, B256, TxKind, U256};
use common::{Api, ETHER, Key, RECIPIENT, text, tools, transfer};
use serde_json::{Value, json};
use tatum_sandbox::ethereum::{CHAIN_ID, token};
use tatum_sandbox::http::loopback_url;
use tatum_sandbox::kms::{Kms, Wallet};
use tatum_sandbox::server::Settings;
use tokio::process::{Child, Command};

/// In the format of Tatum KMS 8.0.1, under the password of [`Kms`]: a mnemonic and a private key of
/// the test network.
const LEGACY_STORE: &[u8] = include_bytes!("fixtures/legacy-wallet.dat");
const LEGACY_MNEMONIC: &str = "7a9f0c1e-6a52-4c0e-9d7b-3f1f6c1f2b10";
const LEGACY_MNEMONIC_INDEX: u32 = 5;
const LEGACY_MNEMONIC_ADDRESS: &str = "0x326453c051c5778a0a629ae9e2e5ea59c0386a66";
const LEGACY_PRIVATE_KEY: &str = "0d0b7a55-5a1c-4a6f-8f0e-9a3c5b7d2e41";
const LEGACY_PRIVATE_KEY_BYTE: u8 = 0x46;

const REQUIRE: &str = "TATUM_KMS_REQUIRE_ANVIL";

const GWEI: u128 = 1_000_000_000;

/// Anvil on a port of its own, ended with the test.
struct Anvil {
    url: String,
    _process: Child,
}

impl Anvil {
    async fn start(binary: &Path) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let chain_id = CHAIN_ID.to_string();
        let process = Command::new(binary)
            .args(["--chain-id", &chain_id, "--port", &port, "--silent"])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let anvil = Self { url: format!("http://127.0.0.1:{port}"), _process: process };
        anvil.wait().await;
        anvil
    }

    async fn wait(&self) {
        for _ in 0..200 {
            if self.ask("eth_chainId", json!([])).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("anvil does not answer at {}", self.url);
    }

    /// Asks anvil itself, past the sandbox.
    async fn ask(&self, method: &str, params: Value) -> reqwest::Result<Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let client = tatum_sandbox::http::client().unwrap();
        let answer = client.post(&self.url).json(&request).send().await?;
        Ok(answer.json::<Value>().await?["result"].clone())
    }

    async fn receipt(&self, hash: &Value) -> Value {
        for _ in 0..100 {
            let receipt = self.ask("eth_getTransactionReceipt", json!([hash])).await.unwrap();
            if !receipt.is_null() {
                return receipt;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{hash} is in no block");
    }

    async fn api(&self) -> Api {
        let eth_node = Some(loopback_url(&self.url).unwrap());
        Api::start_with(Settings { eth_node, ..Settings::default() }).await
    }
}

/// A transfer that was queued, and what has to come of it.
struct Expected {
    id: String,
    sender: String,
    kind: &'static str,
    recipient: Address,
    amount: U256,
    is_token: bool,
}

/// A recipient for each transfer, so that its balance tells about that one alone.
fn recipient(number: u8) -> Address {
    Address::from_word(B256::repeat_byte(0x80 + number))
}

/// One ETH and one token, asked for as applications do, with neither nonce nor fee.
async fn queue_transfers(
    api: &Api,
    wallet: &Wallet,
    index: Option<u32>,
    number: u8,
) -> Vec<Expected> {
    let sender: Address = wallet.address.parse().unwrap();
    api.fund(sender, "10").await;
    api.mint(sender, "10").await;
    let mut expected = Vec::new();
    for is_token in [false, true] {
        let recipient = recipient(number * 2 + u8::from(is_token));
        let mut body =
            json!({ "to": recipient, "amount": "1", "signatureId": wallet.signature_id });
        let path = if is_token {
            body["chain"] = "ETH".into();
            body["contractAddress"] = json!(api.token().await);
            body["digits"] = 18.into();
            "/v3/blockchain/token/transaction"
        } else {
            body["currency"] = "ETH".into();
            "/v3/ethereum/transaction"
        };
        if let Some(index) = index {
            body["index"] = index.into();
        }
        let (status, answer) = api.post(path, body).await;
        assert_eq!(status, 200, "{answer}");
        expected.push(Expected {
            id: text(&answer["signatureId"]),
            sender: wallet.address.to_lowercase(),
            kind: "0x0",
            recipient,
            amount: U256::from(ETHER),
            is_token,
        });
    }
    expected
}

/// The three types, named in the payload, again with neither nonce nor gas limit.
async fn queue_types(api: &Api, wallet: &Wallet, number: u8) -> Vec<Expected> {
    let access = json!([{ "address": api.token().await, "storageKeys": [B256::ZERO] }]);
    let fees = json!({
        "type": 2,
        "maxFeePerGas": (50 * GWEI).to_string(),
        "maxPriorityFeePerGas": GWEI.to_string(),
    });
    let mut expected = Vec::new();
    for (offset, kind, fields) in [
        (0, "0x0", json!({ "type": 0 })),
        (1, "0x1", json!({ "type": 1, "accessList": access })),
        (2, "0x2", fees),
    ] {
        let recipient = recipient(number + offset);
        let amount = U256::from(ETHER / 4);
        let mut payload = json!({ "from": 0, "to": recipient, "value": amount.to_string() });
        payload.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let draft = json!({
            "chain": "ETH",
            "hashes": [wallet.signature_id],
            "serializedTransaction": payload.to_string(),
        });
        let id = api.queue(draft).await;
        let sender = wallet.address.to_lowercase();
        expected.push(Expected { id, sender, kind, recipient, amount, is_token: false });
    }
    expected
}

async fn check(api: &Api, anvil: &Anvil, expected: &Expected) {
    let entries = api.get("/sandbox/pending").await.1;
    let entry = entries.as_array().unwrap().iter().find(|entry| entry["id"] == expected.id);
    let entry = entry.unwrap();
    assert_eq!(entry["state"], "completed", "{entry}");
    assert_eq!(entry["broadcasts"], json!([entry["txId"]]), "{entry}");
    let receipt = anvil.receipt(&entry["txId"]).await;
    assert_eq!(
        (&receipt["status"], &receipt["type"], &receipt["from"]),
        (&json!("0x1"), &json!(expected.kind), &json!(expected.sender)),
        "{receipt}"
    );
    let balance = if expected.is_token {
        let data = token::balance_of(expected.recipient);
        let call = json!([{ "to": api.token().await, "data": data }, "latest"]);
        anvil.ask("eth_call", call).await.unwrap()
    } else {
        anvil.ask("eth_getBalance", json!([expected.recipient, "latest"])).await.unwrap()
    };
    let balance = U256::from_str_radix(&text(&balance)[2..], 16).unwrap();
    assert_eq!(balance, expected.amount, "{}", entry["serializedTransaction"]);
}

#[tokio::test]
async fn the_daemon_signs_what_anvil_accepts() {
    let (Some(anvil), Some(kms)) = (anvil_binary(), tools::kms_binary(REQUIRE)) else { return };
    let anvil = Anvil::start(&anvil).await;
    let api = anvil.api().await;

    let kms = Kms::at_home(kms, &api.base).unwrap();
    let single = kms.make_private_key("ETH").await.unwrap();
    let mnemonic = kms.make_mnemonic("ETH", 7).await.unwrap();
    let mut expected = queue_transfers(&api, &single, None, 0).await;
    expected.extend(queue_transfers(&api, &mnemonic, Some(7), 1).await);
    expected.extend(queue_types(&api, &single, 10).await);
    kms.run_daemon_once("ETH").await.unwrap();
    for expected in &expected {
        check(&api, &anvil, expected).await;
    }
}

#[tokio::test]
async fn wallets_of_an_old_store_sign_too() {
    let (Some(anvil), Some(binary)) = (anvil_binary(), tools::kms_binary(REQUIRE)) else { return };
    let anvil = Anvil::start(&anvil).await;
    let api = anvil.api().await;

    let kms = Kms::at_home(binary, &api.base).unwrap();
    std::fs::write(kms.store(), LEGACY_STORE).unwrap();
    std::fs::set_permissions(kms.store(), PermissionsExt::from_mode(0o600)).unwrap();
    let mnemonic = Wallet {
        signature_id: LEGACY_MNEMONIC.to_owned(),
        address: LEGACY_MNEMONIC_ADDRESS.to_owned(),
    };
    let single = Wallet {
        signature_id: LEGACY_PRIVATE_KEY.to_owned(),
        address: Key::new(LEGACY_PRIVATE_KEY_BYTE).address().to_string(),
    };
    let mut expected = queue_transfers(&api, &mnemonic, Some(LEGACY_MNEMONIC_INDEX), 0).await;
    expected.extend(queue_transfers(&api, &single, None, 1).await);
    kms.run_daemon_once("ETH").await.unwrap();
    for expected in &expected {
        check(&api, &anvil, expected).await;
    }
}

#[tokio::test]
async fn the_sandbox_stands_in_front_of_anvil() {
    let Some(anvil) = anvil_binary() else { return };
    let anvil = Anvil::start(&anvil).await;
    let api = anvil.api().await;
    let key = Key::new(0x22);
    api.fund(key.address(), "10").await;
    api.mint(key.address(), "10").await;
    assert_eq!(api.balance(&key.address().to_string()).await, "10");

    let to = TxKind::Call(RECIPIENT.parse().unwrap());
    let value = U256::from(ETHER);
    let (chain_id, gas_limit, price) = (CHAIN_ID, 21_000, 20 * GWEI);
    let legacy = alloy_consensus::TxLegacy { gas_price: price, ..transfer(0) };
    let mut eip2930 = TxEip2930 { chain_id, gas_limit, to, value, ..TxEip2930::default() };
    (eip2930.nonce, eip2930.gas_price) = (1, price);
    let mut eip1559 = TxEip1559 { chain_id, gas_limit, to, value, ..TxEip1559::default() };
    (eip1559.nonce, eip1559.max_fee_per_gas, eip1559.max_priority_fee_per_gas) = (2, price, GWEI);
    let mut tokens = legacy.clone();
    (tokens.nonce, tokens.gas_limit, tokens.value) = (3, 100_000, U256::ZERO);
    tokens.to = TxKind::Call(api.token().await);
    tokens.input = token::transfer(RECIPIENT.parse().unwrap(), value);
    for bytes in [&key.sign(legacy), &key.sign(eip2930), &key.sign(eip1559), &key.sign(tokens)] {
        let (status, answer) = api.broadcast(bytes, None).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(anvil.receipt(&answer["txId"]).await["status"], "0x1");
    }
    assert_eq!(api.balance(RECIPIENT).await, "3");
    assert_eq!(api.token_balance(RECIPIENT).await, value.to_string());
    let count = api.get(&format!("/v3/ethereum/transaction/count/{}", key.address())).await.1;
    assert_eq!(count, json!(4));
    assert!(api.get("/v3/blockchain/fee/ETH").await.1["medium"].as_u64().unwrap() > 0);

    let (status, refusal) = api.broadcast(&key.sign(transfer(0)), None).await;
    assert_eq!((status, &refusal["errorCode"]), (403, &json!("ethereum.broadcast.failed")));
    let error = api.rpc("eth_sendTransaction", json!([{}])).await.unwrap_err();
    assert_eq!(error["code"], -32_601);
}

/// The native program of the npm package, or one on the PATH.
fn anvil_binary() -> Option<PathBuf> {
    let packages = tools::target().join("tools/node_modules/@foundry-rs");
    let installed = std::fs::read_dir(packages).into_iter().flatten();
    let installed = installed.flatten().map(|package| package.path().join("bin"));
    tools::found_or_skipped(
        tools::find("anvil", installed),
        REQUIRE,
        "there is no anvil; get it with `npm install --prefix target/tools @foundry-rs/anvil`",
    )
}
