//! Ethereum as a node behaves: what is refused, what is executed, what is estimated.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use alloy_consensus::{TxEip1559, TxEip2930, TxLegacy};
use alloy_primitives::{Address, TxKind, U256};
use common::{Api, ETHER, Key, RECIPIENT, WALLET, text, transfer};
use serde_json::{Value, json};
use tatum_sandbox::ethereum::{CHAIN_ID, token};

async fn rich_key(api: &Api) -> Key {
    let key = Key::new(0x11);
    api.fund(key.address(), "10").await;
    key
}

fn token_transfer(nonce: u64, token: Address, to: &str, amount: U256) -> TxLegacy {
    TxLegacy {
        to: TxKind::Call(token),
        gas_limit: 100_000,
        value: U256::ZERO,
        input: token::transfer(to.parse().unwrap(), amount),
        ..transfer(nonce)
    }
}

#[tokio::test]
async fn refusals_are_in_geths_words() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let valid = transfer(0);
    assert_eq!(api.broadcast(&key.sign(valid.clone()), None).await.0, 200);
    let next = transfer(1);
    for (transaction, words) in [
        (valid, "already known"),
        (TxLegacy { gas_limit: 21_001, ..transfer(0) }, "nonce too low: next nonce 1, tx nonce 0"),
        (
            TxLegacy { value: U256::from(11 * u128::from(ETHER)), ..next.clone() },
            "insufficient funds for gas * price + value: balance",
        ),
        (
            TxLegacy { gas_limit: 20_000, ..next.clone() },
            "intrinsic gas too low: gas 20000, minimum needed 21000",
        ),
        (TxLegacy { gas_limit: 40_000_000, ..next.clone() }, "exceeds block gas limit"),
        (TxLegacy { gas_price: 1, ..next.clone() }, "max fee per gas less than block base fee"),
        (
            TxLegacy { chain_id: Some(1), ..next.clone() },
            "invalid sender: invalid chain id for signer: have 1 want 11155111",
        ),
        (TxLegacy { chain_id: None, ..next }, "only replay-protected (EIP-155) transactions"),
    ] {
        let (status, body) = api.broadcast(&key.sign(transaction), None).await;
        assert_eq!((status, &body["errorCode"]), (403, &json!("ethereum.broadcast.failed")));
        assert!(text(&body["message"]).starts_with(words), "{words}: {body}");
    }
    for nonsense in ["", "0x", "0xzz", "not hex", "0xc0", "0x05c0"] {
        assert_eq!(api.broadcast(nonsense, None).await.0, 403, "{nonsense}");
    }
    assert_eq!(api.balance(RECIPIENT).await, "1");
}

#[tokio::test]
async fn a_nonce_that_is_too_high_waits_for_its_turn() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let early = key.sign(transfer(2));
    let (status, answer) = api.broadcast(&early, None).await;
    assert_eq!(status, 200, "{answer}");
    let hash = json!([answer["txId"]]);
    let waiting = api.rpc("eth_getTransactionByHash", hash.clone()).await.unwrap();
    assert_eq!((&waiting["nonce"], &waiting["blockNumber"]), (&json!("0x2"), &Value::Null));
    assert_eq!(api.rpc("eth_getTransactionReceipt", hash.clone()).await.unwrap(), Value::Null);

    let other = TxLegacy { gas_limit: 21_001, ..transfer(2) };
    let far_too_dear = TxLegacy { value: U256::from(11 * u128::from(ETHER)), ..transfer(3) };
    for (transaction, words) in [
        (early, "already known"),
        (key.sign(other), "replacement transaction underpriced"),
        (key.sign(far_too_dear), "insufficient funds for gas * price + value: balance"),
    ] {
        let (status, body) = api.broadcast(&transaction, None).await;
        assert_eq!(status, 403);
        assert!(text(&body["message"]).starts_with(words), "{words}: {body}");
    }
    for nonce in [0, 1] {
        assert_eq!(api.broadcast(&key.sign(transfer(nonce)), None).await.0, 200);
    }
    assert_eq!(api.rpc("eth_getTransactionReceipt", hash).await.unwrap()["status"], "0x1");
    assert_eq!(api.balance(RECIPIENT).await, "3");
}

#[tokio::test]
async fn a_refused_broadcast_leaves_the_item_pending() {
    let api = Api::start().await;
    let draft = json!({ "chain": "ETH", "hashes": [WALLET], "serializedTransaction": "{}" });
    let id = api.queue(draft).await;
    let poor = Key::new(9);
    let (status, body) = api.broadcast(&poor.sign(transfer(0)), Some(&id)).await;
    assert_eq!(status, 403);
    assert!(text(&body["message"]).starts_with("insufficient funds for gas * price + value"));
    assert_eq!(api.get("/v3/kms/pending/ETH").await.1[0]["id"], json!(id));
}

#[tokio::test]
async fn all_three_types_are_executed() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let to = TxKind::Call(RECIPIENT.parse().unwrap());
    let value = U256::from(ETHER);
    let legacy = key.sign(transfer(0));
    let eip2930 = key.sign(TxEip2930 {
        chain_id: CHAIN_ID,
        nonce: 1,
        gas_price: 2_000_000_000,
        gas_limit: 21_000,
        to,
        value,
        ..TxEip2930::default()
    });
    let eip1559 = key.sign(TxEip1559 {
        chain_id: CHAIN_ID,
        nonce: 2,
        max_fee_per_gas: 9_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        gas_limit: 21_000,
        to,
        value,
        ..TxEip1559::default()
    });
    for (number, bytes) in [legacy, eip2930, eip1559].iter().enumerate() {
        let hash = api.broadcast(bytes, None).await.1["txId"].clone();
        let receipt = api.rpc("eth_getTransactionReceipt", json!([hash])).await.unwrap();
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        assert_eq!(receipt["type"], json!(format!("{number:#x}")));
        assert_eq!(receipt["gasUsed"], "0x5208");
        let sent = api.rpc("eth_getTransactionByHash", json!([hash])).await.unwrap();
        assert_eq!((&sent["from"], &sent["to"]), (&json!(key.address()), &json!(RECIPIENT)));
    }
    assert_eq!(api.balance(RECIPIENT).await, "3");
    // 3 ETH and three times 21,000 gas at 2 gwei: the third pays base fee and tip, not its maximum.
    assert_eq!(api.balance(&key.address().to_string()).await, "6.999874");
    let count = api.get(&format!("/v3/ethereum/transaction/count/{}", key.address())).await.1;
    assert_eq!(count, json!(3));
}

#[tokio::test]
async fn a_token_transfer_moves_tokens() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let token = api.token().await;
    api.mint(key.address(), "100").await;
    let amount = U256::from(ETHER) * U256::from(30);
    let bytes = key.sign(token_transfer(0, token, RECIPIENT, amount));
    let hash = api.broadcast(&bytes, None).await.1["txId"].clone();
    assert_eq!(api.token_balance(RECIPIENT).await, amount.to_string());
    let left = U256::from(ETHER) * U256::from(70);
    assert_eq!(api.token_balance(&key.address().to_string()).await, left.to_string());

    let receipt = api.rpc("eth_getTransactionReceipt", json!([hash])).await.unwrap();
    let log = &receipt["logs"][0];
    let topic = |address: &str| json!(format!("0x{:0>64}", &address[2..].to_lowercase()));
    let event = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
    let from = key.address().to_string();
    assert_eq!(log["topics"], json!([event, topic(&from), topic(RECIPIENT)]));
    assert_eq!(log["data"], json!(format!("{amount:#066x}")));
}

#[tokio::test]
async fn more_tokens_than_there_are_revert() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let token = api.token().await;
    api.mint(key.address(), "1").await;
    let amount = U256::from(ETHER) + U256::from(1);
    let call = token_transfer(0, token, RECIPIENT, amount);
    let request = json!({ "from": key.address(), "to": token, "data": call.input });
    for method in ["eth_call", "eth_estimateGas"] {
        let error = api.rpc(method, json!([request])).await.unwrap_err();
        assert_eq!((&error["code"], &error["message"]), (&json!(3), &json!("execution reverted")));
    }
    let hash = api.broadcast(&key.sign(call), None).await.1["txId"].clone();
    let receipt = api.rpc("eth_getTransactionReceipt", json!([hash])).await.unwrap();
    assert_eq!((&receipt["status"], &receipt["logs"]), (&json!("0x0"), &json!([])));
    assert_eq!(api.token_balance(RECIPIENT).await, "0");
}

#[tokio::test]
async fn the_token_describes_itself() {
    let api = Api::start().await;
    let token = api.token().await;
    api.mint(RECIPIENT.parse().unwrap(), "2").await;
    let call = async |selector: &str| {
        let request = json!([{ "to": token, "data": selector }, "latest"]);
        api.rpc("eth_call", request).await
    };
    let word = |value: u128| json!(format!("{value:#066x}"));
    assert_eq!(call("0x313ce567").await.unwrap(), word(18));
    assert_eq!(call("0x18160ddd").await.unwrap(), word(2 * u128::from(ETHER)));
    let symbol = text(&call("0x95d89b41").await.unwrap());
    assert!(symbol.contains("54455354"), "{symbol}");
    assert!(call("0xdeadbeef").await.is_err());
    assert!(call("0x").await.is_err());
}

#[tokio::test]
async fn gas_is_estimated_to_the_unit() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let from = key.address();
    let native = json!({ "from": from, "to": RECIPIENT, "value": "0x1" });
    assert_eq!(api.rpc("eth_estimateGas", json!([native])).await.unwrap(), "0x5208");
    let priced = json!({
        "from": from, "to": RECIPIENT, "value": "0x1", "gasPrice": "0x77359400", "nonce": "0x0",
    });
    assert_eq!(api.rpc("eth_estimateGas", json!([priced])).await.unwrap(), "0x5208");
    let keys = ["0x0000000000000000000000000000000000000000000000000000000000000001"];
    let listed = json!({
        "from": from, "to": RECIPIENT, "accessList": [{ "address": RECIPIENT, "storageKeys": keys }],
    });
    // 21,000 and what EIP-2930 takes: 2,400 for the address, 1,900 for the key.
    assert_eq!(api.rpc("eth_estimateGas", json!([listed])).await.unwrap(), "0x62d4");

    let token = api.token().await;
    api.mint(from, "1").await;
    let call = token_transfer(0, token, RECIPIENT, U256::from(5));
    let request = json!([{ "from": from, "to": token, "data": call.input }]);
    let estimate = text(&api.rpc("eth_estimateGas", request).await.unwrap());
    let gas_limit = u64::from_str_radix(&estimate[2..], 16).unwrap();
    assert!((45_000..60_000).contains(&gas_limit), "{gas_limit}");
    let scarce = TxLegacy { gas_limit: gas_limit - 1, ..call.clone() };
    let enough = TxLegacy { gas_limit, nonce: 1, ..call };
    for (transaction, status) in [(scarce, "0x0"), (enough, "0x1")] {
        let hash = api.broadcast(&key.sign(transaction), None).await.1["txId"].clone();
        let receipt = api.rpc("eth_getTransactionReceipt", json!([hash])).await.unwrap();
        assert_eq!(receipt["status"], status);
    }
}

#[tokio::test]
async fn what_can_not_be_paid_is_not_estimated() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let too_much =
        json!({ "from": key.address(), "to": RECIPIENT, "value": "0xffffffffffffffffff" });
    let error = api.rpc("eth_estimateGas", json!([too_much])).await.unwrap_err();
    assert_eq!(error["message"], "insufficient funds for transfer");
    let too_dear = json!({ "from": key.address(), "to": RECIPIENT, "gasPrice": "0x38d7ea4c68000" });
    let error = api.rpc("eth_estimateGas", json!([too_dear])).await.unwrap_err();
    assert_eq!(error["message"], "gas required exceeds allowance (10000)");
}

#[tokio::test]
async fn the_node_answers_what_a_signer_asks() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let call = async |method: &str, params: Value| api.rpc(method, params).await.unwrap();
    assert_eq!(call("eth_chainId", json!([])).await, "0xaa36a7");
    assert_eq!(call("net_version", Value::Null).await, "11155111");
    assert_eq!(call("eth_gasPrice", json!([])).await, "0x77359400");
    assert_eq!(call("eth_maxPriorityFeePerGas", json!([])).await, "0x3b9aca00");
    // Two contracts are deployed, then comes the faucet.
    assert_eq!(call("eth_blockNumber", json!([])).await, "0x3");
    let account = json!([key.address(), "pending"]);
    assert_eq!(call("eth_getBalance", account.clone()).await, "0x8ac7230489e80000");
    assert_eq!(call("eth_getTransactionCount", account.clone()).await, "0x0");
    assert_eq!(call("eth_getCode", account).await, "0x");
    assert_ne!(call("eth_getCode", json!([api.token().await, "latest"])).await, "0x");
    let block = call("eth_getBlockByNumber", json!(["latest", false])).await;
    let parent = call("eth_getBlockByNumber", json!(["0x2", true])).await;
    assert_eq!((&block["number"], &block["parentHash"]), (&json!("0x3"), &parent["hash"]));
    assert_eq!(parent["transactions"][0]["to"], Value::Null);
    assert_eq!(call("eth_getBlockByNumber", json!(["0x99", false])).await, Value::Null);
    let history = call("eth_feeHistory", json!(["0x2", "latest", [50]])).await;
    assert_eq!(history["baseFeePerGas"].as_array().unwrap().len(), 3);
    assert_eq!(history["reward"].as_array().unwrap().len(), 2);

    let fee = api.get("/v3/blockchain/fee/ETH").await.1;
    assert_eq!(fee["medium"], 2_000_000_000_u64);
    for method in ["eth_sendTransaction", "eth_accounts", "anvil_setBalance", "nonsense"] {
        assert_eq!(api.rpc(method, json!([])).await.unwrap_err()["code"], -32_601, "{method}");
    }
}

#[tokio::test]
async fn calls_come_in_batches_too() {
    let api = Api::start().await;
    let batch = json!([
        { "jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": [] },
        { "jsonrpc": "2.0", "id": "b", "method": "eth_getBalance", "params": ["nonsense"] },
    ]);
    let (_, answers) = api.post("/v3/blockchain/node/ETH/key", batch).await;
    assert_eq!(answers[0], json!({ "jsonrpc": "2.0", "id": 1, "result": "0xaa36a7" }));
    assert_eq!((&answers[1]["id"], &answers[1]["error"]["code"]), (&json!("b"), &json!(-32_602)));
}

#[tokio::test]
async fn applications_queue_transfers_by_signature_id() {
    let api = Api::start().await;
    let native = json!({
        "to": RECIPIENT, "amount": "0.5", "currency": "ETH", "signatureId": WALLET, "index": 2,
    });
    let (status, answer) = api.post("/v3/ethereum/transaction", native).await;
    assert_eq!(status, 200, "{answer}");
    let item = &api.get("/v3/kms/pending/ETH").await.1[0];
    assert_eq!(item["id"], answer["signatureId"]);
    assert_eq!((&item["hashes"], &item["index"]), (&json!([WALLET]), &json!(2)));
    let payload = format!(r#"{{"from":0,"to":"{RECIPIENT}","value":"500000000000000000"}}"#);
    assert_eq!(item["serializedTransaction"], payload);

    let token = json!({
        "chain": "ETH", "to": RECIPIENT, "amount": "1", "contractAddress": api.token().await,
        "digits": 18, "signatureId": WALLET,
    });
    assert_eq!(api.post("/v3/blockchain/token/transaction", token.clone()).await.0, 200);
    for (field, value) in
        [("chain", "NONE"), ("to", "0x12"), ("amount", "-1"), ("signatureId", "x")]
    {
        let mut bad = token.clone();
        bad[field] = value.into();
        let (status, answer) = api.post("/v3/blockchain/token/transaction", bad).await;
        assert_eq!((status, &answer["errorCode"]), (400, &json!("validation.failed")), "{field}");
    }
}
