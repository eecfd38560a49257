//! Solana as a validator behaves: what is executed, and in which words the rest is refused.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::accounts::At;
use common::{Api, WALLET, text};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

const SOL: At = At("SOL", "solana");
const LAMPORTS: u64 = 1_000_000_000;
const SYSTEM: [u8; 32] = [0; 32];

struct Key(SigningKey);

impl Key {
    fn new(byte: u8) -> Self {
        Self(SigningKey::from_bytes(&[byte; 32]))
    }

    fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    fn address(&self) -> String {
        bs58::encode(self.public()).into_string()
    }
}

fn key(text: &str) -> [u8; 32] {
    bs58::decode(text).into_vec().unwrap().try_into().unwrap()
}

/// Signatures of these keys over a message.
fn signed(message: &[u8], keys: &[&Key]) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(keys.len()).unwrap()];
    bytes.extend(keys.iter().flat_map(|key| key.0.sign(message).to_bytes()));
    bytes.extend(message);
    bytes
}

/// A transfer by hand: payer, receiver, System program.
fn transfer(from: &Key, to: [u8; 32], blockhash: [u8; 32], lamports: u64) -> Vec<u8> {
    let mut message = vec![1, 0, 1, 3];
    for part in [from.public(), to, SYSTEM, blockhash] {
        message.extend(part);
    }
    message.extend([1, 2, 2, 0, 1, 12, 2, 0, 0, 0]);
    message.extend(lamports.to_le_bytes());
    message
}

/// The result of a call of the node, or its error.
async fn rpc(api: &Api, method: &str, params: Value) -> Result<Value, Value> {
    let request = json!({ "jsonrpc": "2.0", "id": "7", "method": method, "params": params });
    let (status, answer) = api.post("/v3/blockchain/node/SOL/key", request).await;
    assert_eq!((status, &answer["id"]), (200, &json!("7")));
    match answer.get("error") {
        Some(error) => Err(error.clone()),
        None => Ok(answer["result"].clone()),
    }
}

async fn send(api: &Api, bytes: &[u8]) -> Result<Value, Value> {
    let options = json!({ "encoding": "base64", "preflightCommitment": "confirmed" });
    rpc(api, "sendTransaction", json!([STANDARD.encode(bytes), options])).await
}

/// The words with which a transaction is refused, and the error behind them.
async fn refuses(api: &Api, bytes: &[u8]) -> (i64, String, Value) {
    let error = send(api, bytes).await.unwrap_err();
    (error["code"].as_i64().unwrap(), text(&error["message"]), error["data"]["err"].clone())
}

async fn blockhash(api: &Api) -> [u8; 32] {
    let latest = rpc(api, "getLatestBlockhash", json!([{ "commitment": "finalized" }])).await;
    key(latest.unwrap()["value"]["blockhash"].as_str().unwrap())
}

async fn balance(api: &Api, key: &Key) -> String {
    text(&api.get(&format!("/v3/solana/account/balance/{}", key.address())).await.1["balance"])
}

async fn token_balance(api: &Api, key: &Key) -> String {
    let path =
        format!("/v3/blockchain/token/balance/SOL/{}/{}", api.token_of(&SOL).await, key.address());
    text(&api.get(&path).await.1["balance"])
}

async fn rich(api: &Api, byte: u8) -> Key {
    let key = Key::new(byte);
    api.faucet(&SOL, &key.address(), "10").await;
    key
}

/// What the API queues for a request, with a blockhash of now in place of the SDK's.
async fn message(api: &Api, path: &str, body: Value) -> Vec<u8> {
    let payload: Value = serde_json::from_str(&api.payload(&SOL, path, body).await).unwrap();
    let mut message = hex::decode(text(&payload["txData"])).unwrap();
    let at = 4 + 32 * usize::from(message[3]);
    message[at..at + 32].copy_from_slice(&blockhash(api).await);
    message
}

async fn token_message(api: &Api, from: &Key, to: &Key, amount: &str) -> Vec<u8> {
    let body = json!({
        "chain": "SOL", "from": from.address(), "to": to.address(), "amount": amount, "digits": 6,
        "contractAddress": api.token_of(&SOL).await, "signatureId": WALLET,
    });
    message(api, "/v3/blockchain/token/transaction", body).await
}

#[tokio::test]
async fn a_transfer_is_executed_and_found_by_its_id() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, Key::new(2));
    let message = transfer(&from, to.public(), blockhash(&api).await, 5 * LAMPORTS / 2);
    let bytes = signed(&message, &[&from]);
    let id = text(&send(&api, &bytes).await.unwrap());
    assert_eq!(id, bs58::encode(&bytes[1..65]).into_string());
    assert_eq!(balance(&api, &to).await, "2.5");
    assert_eq!(balance(&api, &from).await, "7.499995");
    let found = rpc(&api, "getTransaction", json!([id, { "commitment": "confirmed" }])).await;
    let found = found.unwrap();
    assert_eq!((&found["meta"]["err"], &found["meta"]["fee"]), (&Value::Null, &json!(5000)));
    let unknown = bs58::encode([7; 64]).into_string();
    let statuses = rpc(&api, "getSignatureStatuses", json!([[id, unknown]])).await.unwrap();
    assert_eq!(statuses["value"][0]["confirmationStatus"], "finalized");
    assert_eq!(statuses["value"][1], Value::Null);
    assert_eq!(rpc(&api, "getTransaction", json!([unknown])).await.unwrap(), Value::Null);
    let info = rpc(&api, "getAccountInfo", json!([to.address(), {}])).await.unwrap();
    assert_eq!(info["value"]["lamports"], json!(5 * LAMPORTS / 2));
}

#[tokio::test]
async fn the_api_completes_what_is_on_chain_and_nothing_else() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, Key::new(2));
    let draft = json!({ "chain": "SOL", "hashes": [WALLET], "serializedTransaction": "{}" });
    let pending = api.queue(draft).await;
    let complete = async |id: &str| {
        let body = json!({ "txData": id, "signatureId": pending });
        api.post("/v3/solana/broadcast", body).await
    };
    let unknown = bs58::encode([7; 64]).into_string();
    let (status, answer) = complete(&unknown).await;
    assert_eq!((status, &answer["errorCode"]), (403, &json!("solana.broadcast.failed")));
    assert_eq!(api.get("/v3/kms/pending/SOL").await.1[0]["id"], json!(pending));

    let message = transfer(&from, to.public(), blockhash(&api).await, LAMPORTS);
    let id = text(&send(&api, &signed(&message, &[&from])).await.unwrap());
    assert_eq!(complete(&id).await, (200, json!({ "txId": id })));
    assert_eq!(api.get("/v3/kms/pending/SOL").await.1, json!([]));
}

#[tokio::test]
async fn refusals_are_a_validators_and_change_nothing() {
    let api = Api::start().await;
    let (from, to, poor) = (rich(&api, 1).await, Key::new(2), Key::new(3));
    let recent = blockhash(&api).await;
    let simulation = |words: &str| format!("Transaction simulation failed: {words}");

    let stranger = transfer(&poor, to.public(), recent, LAMPORTS);
    let (code, words, error) = refuses(&api, &signed(&stranger, &[&poor])).await;
    let expected = "Attempt to debit an account but found no record of a prior credit.";
    assert_eq!((code, words, error), (-32_002, simulation(expected), json!("AccountNotFound")));

    let unknown = transfer(&from, to.public(), [9; 32], LAMPORTS);
    let (_, words, error) = refuses(&api, &signed(&unknown, &[&from])).await;
    assert_eq!((words, error), (simulation("Blockhash not found"), json!("BlockhashNotFound")));

    let too_much = transfer(&from, to.public(), recent, 11 * LAMPORTS);
    let (_, words, error) = refuses(&api, &signed(&too_much, &[&from])).await;
    let expected = "Error processing Instruction 0: custom program error: 0x1";
    let instruction = json!({ "InstructionError": [0, { "Custom": 1 }] });
    assert_eq!((words, error), (simulation(expected), instruction));

    let too_little = transfer(&from, to.public(), recent, 890_879);
    let (_, _, error) = refuses(&api, &signed(&too_little, &[&from])).await;
    assert_eq!(error, json!({ "InsufficientFundsForRent": { "account_index": 1 } }));

    let mut foreign = transfer(&from, to.public(), recent, LAMPORTS);
    let program = 4 + 2 * 32;
    foreign[program..program + 32].copy_from_slice(&[8; 32]);
    let (_, _, error) = refuses(&api, &signed(&foreign, &[&from])).await;
    assert_eq!(error, json!("ProgramAccountNotFound"));

    assert_eq!((balance(&api, &from).await, balance(&api, &to).await), ("10".into(), "0".into()));
}

#[tokio::test]
async fn only_the_right_key_over_these_very_bytes_will_do() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, Key::new(2));
    let message = transfer(&from, to.public(), blockhash(&api).await, LAMPORTS);
    let good = signed(&message, &[&from]);
    let mut tampered = good.clone();
    let amount = tampered.len() - 8;
    tampered[amount] ^= 1;
    for bad in [signed(&message, &[&to]), signed(&message, &[]), tampered] {
        let (code, words, _) = refuses(&api, &bad).await;
        let expected = "Transaction signature verification failure";
        assert_eq!((code, words.as_str()), (-32_003, expected));
    }
    for cut in [0, 1, 65, 100, good.len() - 1] {
        let (code, words, _) = refuses(&api, &good[..cut]).await;
        assert!(code == -32_602 && words.starts_with("failed to deserialize"), "{words}");
    }
    let error = rpc(&api, "sendTransaction", json!(["?", { "encoding": "base64" }])).await;
    assert_eq!(error.unwrap_err()["code"], -32_602);
    send(&api, &good).await.unwrap();
}

#[tokio::test]
async fn the_same_bytes_are_executed_once_and_expire() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, Key::new(2));
    let recent = blockhash(&api).await;
    let first = signed(&transfer(&from, to.public(), recent, LAMPORTS), &[&from]);
    send(&api, &first).await.unwrap();
    let (_, words, error) = refuses(&api, &first).await;
    assert!(words.ends_with("This transaction has already been processed"), "{words}");
    assert_eq!(error, json!("AlreadyProcessed"));
    let second = signed(&transfer(&from, to.public(), recent, 2 * LAMPORTS), &[&from]);
    let height = api.pass_blocks(&SOL, 151).await;
    assert!(rpc(&api, "getBlockHeight", json!([])).await.unwrap().as_u64().unwrap() >= height);
    for expired in [first, second] {
        assert_eq!(refuses(&api, &expired).await.2, json!("BlockhashNotFound"));
    }
    assert_eq!(balance(&api, &to).await, "1");
}

#[tokio::test]
async fn without_preflight_a_failure_is_on_chain_and_costs_its_fee() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, Key::new(2));
    let message = transfer(&from, to.public(), blockhash(&api).await, 11 * LAMPORTS);
    let data = STANDARD.encode(signed(&message, &[&from]));
    let options = json!({ "encoding": "base64", "skipPreflight": true });
    let id = rpc(&api, "sendTransaction", json!([data, options])).await.unwrap();
    let found = rpc(&api, "getTransaction", json!([id])).await.unwrap();
    assert_eq!(found["meta"]["err"], json!({ "InstructionError": [0, { "Custom": 1 }] }));
    assert_eq!(balance(&api, &from).await, "9.999995");
    let (status, answer) = api.post("/v3/solana/broadcast", json!({ "txData": id })).await;
    assert!(status == 403 && text(&answer["message"]).contains("InstructionError"), "{answer}");
}

#[tokio::test]
async fn tokens_go_to_owners_with_and_without_an_account() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, Key::new(2));
    api.mint_tokens(&SOL, &from.address(), "50").await;
    let first = token_message(&api, &from, &to, "10.5").await;
    send(&api, &signed(&first, &[&from])).await.unwrap();
    assert_eq!(token_balance(&api, &to).await, "10500000");
    // Two thousandths of a SOL keep the receiver's account alive.
    assert_eq!(balance(&api, &from).await, "9.99795572");
    let second = token_message(&api, &from, &to, "1").await;
    assert!(second.len() < first.len(), "there is an account now");
    send(&api, &signed(&second, &[&from])).await.unwrap();
    assert_eq!(token_balance(&api, &from).await, "38500000");
    assert_eq!(token_balance(&api, &to).await, "11500000");

    let too_much = token_message(&api, &from, &to, "38.500001").await;
    let (_, _, error) = refuses(&api, &signed(&too_much, &[&from])).await;
    assert_eq!(error, json!({ "InstructionError": [0, { "Custom": 1 }] }));
    // The instruction names whose tokens they are: the second account is the thief's.
    let thief = rich(&api, 3).await;
    let mut theft = token_message(&api, &thief, &to, "1").await;
    let own = token_message(&api, &from, &to, "1").await;
    let places = |message: &[u8]| -> Vec<[u8; 32]> {
        message[4..].chunks(32).take(message[3].into()).map(|key| key.try_into().unwrap()).collect()
    };
    let victims =
        places(&own).into_iter().find(|key| !places(&theft).contains(key) && *key != from.public());
    let mine = places(&theft)
        .into_iter()
        .position(|key| !places(&own).contains(&key) && key != thief.public());
    let at = 4 + 32 * mine.unwrap();
    theft[at..at + 32].copy_from_slice(&victims.unwrap());
    let (_, _, error) = refuses(&api, &signed(&theft, &[&thief])).await;
    assert_eq!(error, json!({ "InstructionError": [0, { "Custom": 4 }] }));
    assert_eq!(token_balance(&api, &from).await, "38500000");
}

#[tokio::test]
async fn somebody_else_can_pay_the_fee() {
    let api = Api::start().await;
    let (from, to, payer) = (rich(&api, 1).await, Key::new(2), rich(&api, 3).await);
    let body = json!({
        "from": from.address(), "to": to.address(), "amount": "1", "signatureId": WALLET,
        "feePayer": payer.address(), "feePayerSignatureId": WALLET,
    });
    let message = message(&api, "/v3/solana/transaction", body).await;
    let (code, ..) = refuses(&api, &signed(&message, &[&payer])).await;
    assert_eq!(code, -32_003, "one signature of two");
    send(&api, &signed(&message, &[&payer, &from])).await.unwrap();
    assert_eq!(balance(&api, &from).await, "9");
    assert_eq!(balance(&api, &payer).await, "9.99999");
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let api = Api::start().await;
    let address = Key::new(1).address();
    let good = json!({ "from": address, "to": address, "amount": "1", "signatureId": WALLET });
    assert_eq!(api.post("/v3/solana/transaction", good.clone()).await.0, 200);
    for (field, value) in [("to", "0OIl"), ("amount", "-1"), ("signatureId", "x"), ("feePayer", "")]
    {
        let mut bad = good.clone();
        bad[field] = value.into();
        let (status, answer) = api.post("/v3/solana/transaction", bad).await;
        assert_eq!((status, &answer["errorCode"]), (400, &json!("validation.failed")), "{field}");
    }
    assert_eq!(rpc(&api, "requestAirdrop", json!([])).await.unwrap_err()["code"], -32_601);
}
