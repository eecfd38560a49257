//! The chains that copied Ethereum: each has a ledger of its own, which takes its transactions alone.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use alloy_consensus::{TxEip1559, TxLegacy};
use alloy_primitives::{Address, Bytes, TxKind, U256, hex, keccak256};
use alloy_rlp::{Encodable, Header};
use common::{Api, ETHER, Key, RECIPIENT, WALLET, text, transfer};
use serde_json::{Value, json};
use tatum_sandbox::ethereum::{CELO, CHAINS, KLAYTN, Spec};

const GWEI: u128 = 1_000_000_000;

async fn rich_key(api: &Api, spec: &Spec) -> Key {
    let key = Key::new(0x11);
    for path in ["faucet", "token/mint"] {
        let body = json!({ "address": key.address(), "amount": "10" });
        assert_eq!(api.post(&format!("/sandbox/{}/{path}", spec.ticker), body).await.0, 200);
    }
    key
}

async fn send(api: &Api, spec: &Spec, transaction: &str) -> (u16, Value) {
    api.post(&format!("/v3/{}/broadcast", spec.path), json!({ "txData": transaction })).await
}

async fn balance(api: &Api, spec: &Spec, address: &str) -> String {
    let path = format!("/v3/{}/account/balance/{address}", spec.path);
    text(&api.get(&path).await.1["balance"])
}

async fn tokens(api: &Api, spec: &Spec, address: Address) -> U256 {
    let token = api.get(&format!("/sandbox/{}/token", spec.ticker)).await.1["address"].clone();
    let path = format!("/v3/blockchain/token/balance/{}/{}/{address}", spec.ticker, text(&token));
    text(&api.get(&path).await.1["balance"]).parse().unwrap()
}

#[tokio::test]
async fn each_takes_what_was_signed_for_it_alone() {
    let api = Api::start().await;
    for spec in CHAINS {
        let key = rich_key(&api, spec).await;
        let legacy = |chain_id| TxLegacy { chain_id: Some(chain_id), ..transfer(0) };
        let (status, refusal) = send(&api, spec, &key.sign(legacy(spec.chain_id + 1))).await;
        assert_eq!(status, 403, "{}", spec.ticker);
        assert!(text(&refusal["message"]).contains("invalid chain id"), "{refusal}");
        let (status, answer) = send(&api, spec, &key.sign(legacy(spec.chain_id))).await;
        assert_eq!(status, 200, "{}: {answer}", spec.ticker);
        assert_eq!(balance(&api, spec, RECIPIENT).await, "1", "{}", spec.ticker);
        let path = format!("/v3/{}/transaction/{}", spec.path, text(&answer["txId"]));
        assert_eq!(api.get(&path).await.1["status"], true);
        let rpc = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": [] });
        let (_, said) = api.post(&format!("/v3/blockchain/node/{}/key", spec.ticker), rpc).await;
        assert_eq!(said["result"], json!(format!("{:#x}", spec.chain_id)));
    }
}

#[tokio::test]
async fn klaytn_takes_types_of_its_own_and_a_byte_before_ethereums() {
    let api = Api::start().await;
    let (spec, chain_id) = (&KLAYTN, KLAYTN.chain_id);
    let key = rich_key(&api, spec).await;
    let typed = TxEip1559 {
        chain_id,
        nonce: 0,
        gas_limit: 21_000,
        max_fee_per_gas: 2 * GWEI,
        max_priority_fee_per_gas: GWEI,
        to: TxKind::Call(RECIPIENT.parse().unwrap()),
        value: U256::from(ETHER),
        ..TxEip1559::default()
    };
    let prefixed = format!("0x78{}", &key.sign(typed)[2..]);
    assert_eq!(send(&api, spec, &prefixed).await.0, 200);

    for (nonce, number, data) in [(1, 0x08, None), (2, 0x10, Some("memo"))] {
        let signed = value_transfer(&key, &key, number, nonce, data);
        let (status, answer) = send(&api, spec, &signed).await;
        assert_eq!(status, 200, "{answer}");
        let hash = keccak256(hex::decode(signed).unwrap());
        assert_eq!(answer["txId"], json!(hash));
    }
    assert_eq!(balance(&api, spec, RECIPIENT).await, "3");
    let (status, refusal) =
        send(&api, spec, &value_transfer(&key, &Key::new(9), 0x08, 3, None)).await;
    assert_eq!(status, 403);
    assert!(text(&refusal["message"]).starts_with("invalid sender"), "{refusal}");
    for method in ["klay_chainID", "klay_gasPrice", "klay_blockNumber"] {
        let rpc = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": [] });
        let (_, said) = api.post("/v3/blockchain/node/KLAY/key", rpc).await;
        assert!(said["result"].is_string(), "{method}: {said}");
    }
}

/// RLP of a list.
fn list(items: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Header { list: true, payload_length: items.len() }.encode(&mut out);
    out.extend_from_slice(items);
    out
}

/// A value transfer of Klaytn `from` one key that another signs.
fn value_transfer(from: &Key, signer: &Key, number: u8, nonce: u64, memo: Option<&str>) -> String {
    let mut items = Vec::new();
    nonce.encode(&mut items);
    (2 * GWEI).encode(&mut items);
    30_000_u64.encode(&mut items);
    RECIPIENT.parse::<Address>().unwrap().encode(&mut items);
    U256::from(ETHER).encode(&mut items);
    from.address().encode(&mut items);
    if let Some(memo) = memo {
        Bytes::copy_from_slice(memo.as_bytes()).encode(&mut items);
    }
    let inner = list(&[&[number], items.as_slice()].concat());
    let mut outer = Vec::new();
    inner.as_slice().encode(&mut outer);
    KLAYTN.chain_id.encode(&mut outer);
    outer.extend_from_slice(&[0x80, 0x80]);
    let signature = signer.sign_hash(keccak256(list(&outer)).0);
    let mut signed = Vec::new();
    (KLAYTN.chain_id * 2 + 35 + u64::from(signature[64])).encode(&mut signed);
    U256::from_be_slice(&signature[..32]).encode(&mut signed);
    U256::from_be_slice(&signature[32..64]).encode(&mut signed);
    items.extend_from_slice(&list(&list(&signed)));
    format!("0x{}", hex::encode([&[number], list(&items).as_slice()].concat()))
}

#[tokio::test]
async fn celo_takes_fees_in_the_test_token() {
    let api = Api::start().await;
    let spec = &CELO;
    let key = rich_key(&api, spec).await;
    let token: Address = text(&api.get("/sandbox/CELO/token").await.1["address"]).parse().unwrap();
    let before = tokens(&api, spec, key.address()).await;
    let (status, answer) = send(&api, spec, &cip64(&key, 0, token)).await;
    assert_eq!(status, 200, "{answer}");
    // The coin pays for the value alone; base fee and tip of 21,000 gas are paid in tokens.
    assert_eq!(balance(&api, spec, &key.address().to_string()).await, "9");
    let paid = before - tokens(&api, spec, key.address()).await;
    assert_eq!(paid, U256::from(21_000 * 2 * GWEI));
    let (status, refusal) = send(&api, spec, &cip64(&key, 1, Address::repeat_byte(1))).await;
    assert_eq!(status, 403);
    assert!(text(&refusal["message"]).starts_with("unregistered fee-currency"), "{refusal}");
    let poor = Key::new(9);
    let (status, refusal) = send(&api, spec, &cip64(&poor, 0, token)).await;
    assert_eq!(status, 403);
    assert!(text(&refusal["message"]).starts_with("insufficient funds"), "{refusal}");
}

fn cip64(key: &Key, nonce: u64, currency: Address) -> String {
    let mut items = Vec::new();
    CELO.chain_id.encode(&mut items);
    nonce.encode(&mut items);
    GWEI.encode(&mut items);
    (2 * GWEI).encode(&mut items);
    21_000_u64.encode(&mut items);
    RECIPIENT.parse::<Address>().unwrap().encode(&mut items);
    U256::from(ETHER).encode(&mut items);
    Bytes::new().encode(&mut items);
    items.push(0xc0);
    currency.encode(&mut items);
    let signature = key.sign_hash(keccak256([&[0x7b], list(&items).as_slice()].concat()).0);
    (signature[64] == 1).encode(&mut items);
    U256::from_be_slice(&signature[..32]).encode(&mut items);
    U256::from_be_slice(&signature[32..64]).encode(&mut items);
    format!("0x{}", hex::encode([&[0x7b], list(&items).as_slice()].concat()))
}

/// What was queued, signed by hand and sent.
async fn executed(api: &Api, spec: &Spec, key: &Key, nonce: u64, path: &str, body: Value) -> u16 {
    let mut body = body;
    body["signatureId"] = WALLET.into();
    let (status, answer) = api.post(path, body).await;
    assert_eq!(status, 200, "{path}: {answer}");
    let id = text(&answer["signatureId"]);
    let item = api.get(&format!("/v3/kms/{id}")).await.1;
    let payload: Value = serde_json::from_str(&text(&item["serializedTransaction"])).unwrap();
    let signed = key.sign(TxLegacy {
        chain_id: Some(spec.chain_id),
        nonce,
        gas_price: 2 * GWEI,
        gas_limit: 200_000,
        to: TxKind::Call(text(&payload["to"]).parse().unwrap()),
        value: U256::ZERO,
        input: text(&payload["data"]).parse().unwrap(),
    });
    let body = json!({ "txData": signed, "signatureId": id });
    let (status, answer) = api.post(&format!("/v3/{}/broadcast", spec.path), body).await;
    assert_eq!(status, 200, "{answer}");
    let path = format!("/v3/{}/transaction/{}", spec.path, text(&answer["txId"]));
    u16::from(api.get(&path).await.1["status"] == true)
}

#[tokio::test]
async fn nfts_are_minted_once_and_moved_by_their_owner() {
    let api = Api::start().await;
    let spec = CHAINS[2];
    let key = rich_key(&api, spec).await;
    let contract = api.get(&format!("/sandbox/{}/nft", spec.ticker)).await.1["address"].clone();
    let body = |to: &str, id: &str| {
        json!({
            "chain": spec.ticker, "to": to, "contractAddress": contract, "tokenId": id,
            "url": "ipfs://metadata.json",
        })
    };
    let own = key.address().to_string();
    let owner = async || api.get(&format!("/sandbox/{}/nft/1000", spec.ticker)).await;
    assert_eq!(owner().await.0, 403);
    let (mint, transfer) = ("/v3/nft/mint", "/v3/nft/transaction");
    assert_eq!(executed(&api, spec, &key, 0, mint, body(&own, "1000")).await, 1);
    assert_eq!(owner().await.1["owner"], json!(own));
    assert_eq!(executed(&api, spec, &key, 1, mint, body(&own, "1000")).await, 0);
    assert_eq!(executed(&api, spec, &key, 2, transfer, body(RECIPIENT, "1000")).await, 1);
    assert_eq!(owner().await.1["owner"], json!(RECIPIENT));
    assert_eq!(executed(&api, spec, &key, 3, transfer, body(&own, "1000")).await, 0);
}

#[tokio::test]
async fn functions_of_contracts_are_read_at_once_or_queued() {
    let api = Api::start().await;
    let spec = CHAINS[1];
    let key = rich_key(&api, spec).await;
    let token = api.get(&format!("/sandbox/{}/token", spec.ticker)).await.1["address"].clone();
    let function = |name: &str, mutability: &str, inputs: Value, outputs: &str, params: Value| {
        json!({
            "contractAddress": token, "methodName": name, "params": params,
            "methodABI": {
                "type": "function", "name": name, "stateMutability": mutability, "inputs": inputs,
                "outputs": [{ "name": "", "type": outputs }],
            },
        })
    };
    let path = format!("/v3/{}/smartcontract", spec.path);
    let owner = json!([{ "name": "owner", "type": "address" }]);
    let ask = function("balanceOf", "view", owner, "uint256", json!([key.address()]));
    let (status, answer) = api.post(&path, ask.clone()).await;
    assert_eq!((status, answer), (200, json!({ "data": "10000000000000000000" })));
    let inputs =
        json!([{ "name": "to", "type": "address" }, { "name": "value", "type": "uint256" }]);
    let burn = function("transfer", "nonpayable", inputs, "bool", json!([RECIPIENT, "7"]));
    assert_eq!(executed(&api, spec, &key, 0, &path, burn.clone()).await, 1);
    assert_eq!(tokens(&api, spec, RECIPIENT.parse().unwrap()).await, U256::from(7));
    let mut bad = burn;
    bad["params"] = json!([RECIPIENT]);
    let (status, refusal) = api.post(&path, bad).await;
    assert_eq!((status, &refusal["errorCode"]), (400, &json!("validation.failed")));
}

#[tokio::test]
async fn withdrawals_leave_with_their_id() {
    let api = Api::start().await;
    let body = json!({
        "senderAccountId": "5e6645712b55823de7ea82f1", "address": RECIPIENT, "amount": "0.5",
        "signatureId": WALLET, "index": 3,
    });
    let (status, answer) = api.post("/v3/offchain/one/transfer", body.clone()).await;
    assert_eq!((status, &answer["completed"]), (200, &json!(false)), "{answer}");
    let item = api.get(&format!("/v3/kms/{}", text(&answer["signatureId"]))).await.1;
    assert_eq!((&item["withdrawalId"], &item["index"]), (&answer["id"], &json!(3)));
    assert_eq!(item["chain"], "ONE");
    let (status, refusal) = api.post("/v3/offchain/bsc/transfer", body).await;
    assert_eq!(status, 400, "{refusal}");
}
