//! VeChain as Thor behaves: what is moved, and in which words the rest is refused.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use alloy_primitives::{Address, U256, hex};
use alloy_rlp::{Encodable, Header};
use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use common::{Api, ETHER, Key, RECIPIENT, text};
use serde_json::{Value, json};
use tatum_sandbox::vechain::{CHAIN_TAG, NODE_PATH};

/// The unsigned part of a transaction with one clause.
#[derive(Clone)]
struct Thor {
    chain_tag: u8,
    block_ref: u64,
    expiration: u32,
    to: Address,
    value: U256,
    data: Vec<u8>,
    gas: u64,
    depends_on: Vec<u8>,
    nonce: u64,
    /// Priority and maximum; a legacy transaction without.
    dynamic: Option<(u128, u128)>,
}

impl Thor {
    fn transfer(nonce: u64) -> Self {
        Self {
            chain_tag: CHAIN_TAG,
            block_ref: 0,
            expiration: 720,
            to: RECIPIENT.parse().unwrap(),
            value: U256::from(ETHER),
            data: Vec::new(),
            gas: 21_000,
            depends_on: Vec::new(),
            nonce,
            dynamic: None,
        }
    }

    async fn token_transfer(api: &Api, nonce: u64, amount: u64) -> Self {
        let token = text(&api.get("/sandbox/VET/token").await.1["address"]);
        let recipient = RECIPIENT.parse::<Address>().unwrap();
        let amount = U256::from(amount).to_be_bytes::<32>();
        let data =
            [&[0xa9, 0x05, 0x9c, 0xbb], &[0; 12][..], recipient.as_slice(), &amount].concat();
        let (to, value, gas) = (token.parse().unwrap(), U256::ZERO, 80_000);
        Self { to, value, gas, data, ..Self::transfer(nonce) }
    }

    fn fields(&self) -> Vec<u8> {
        let mut clause = Vec::new();
        self.to.encode(&mut clause);
        self.value.encode(&mut clause);
        self.data.as_slice().encode(&mut clause);
        let mut fields = Vec::new();
        self.chain_tag.encode(&mut fields);
        self.block_ref.encode(&mut fields);
        self.expiration.encode(&mut fields);
        fields.extend(list(&list(&clause)));
        match self.dynamic {
            None => 0_u8.encode(&mut fields),
            Some((priority, max)) => {
                priority.encode(&mut fields);
                max.encode(&mut fields);
            }
        }
        self.gas.encode(&mut fields);
        self.depends_on.as_slice().encode(&mut fields);
        self.nonce.encode(&mut fields);
        fields.extend(list(&[]));
        fields
    }

    fn wrap(&self, fields: &[u8]) -> Vec<u8> {
        let prefix = self.dynamic.map(|_| 0x51);
        prefix.into_iter().chain(list(fields)).collect()
    }

    fn sign(&self, key: &Key) -> Vec<u8> {
        let mut fields = self.fields();
        let hash = Blake2b::<U32>::digest(self.wrap(&fields));
        key.sign_hash(hash.into()).as_slice().encode(&mut fields);
        self.wrap(&fields)
    }

    fn signed(&self, key: &Key) -> String {
        hex::encode_prefixed(self.sign(key))
    }
}

fn list(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Header { list: true, payload_length: payload.len() }.encode(&mut bytes);
    bytes.extend_from_slice(payload);
    bytes
}

async fn rich_key(api: &Api) -> Key {
    let key = Key::new(0x31);
    api.give("VET", "faucet", &key.address().to_string(), "10").await;
    key
}

async fn balance(api: &Api, address: &str) -> String {
    text(&api.get(&format!("/v3/vet/account/balance/{address}")).await.1["balance"])
}

async fn receipt(api: &Api, hash: &str) -> Value {
    api.get(&format!("/v3/vet/transaction/{hash}/receipt")).await.1
}

async fn refused(api: &Api, tx_data: &str) -> String {
    let words = api.refused("vet", "vet.failed", tx_data).await;
    let words = words.strip_prefix("Unable to communicate with blockchain. ").map(str::to_owned);
    words.expect("the words of the API come first")
}

#[tokio::test]
async fn a_transfer_is_broadcast_and_complete() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let body = json!({ "to": RECIPIENT, "amount": "1" });
    let (id, payload) = api.queued("/v3/vet/transaction", body).await;
    assert_eq!(payload, format!(r#"{{"from":0,"to":"{RECIPIENT}","value":"{ETHER}"}}"#));
    let signed = Thor::transfer(1).signed(&key);
    let (status, answer) = api.send_on("vet", &signed, Some(&id)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(api.get(&format!("/v3/kms/{id}")).await.1["txId"], answer["txId"]);
    let own = key.address().to_string();
    assert_eq!(
        (balance(&api, RECIPIENT).await, balance(&api, &own).await),
        ("1".into(), "9".into())
    );
    // 21,000 gas at 10^13.
    let energy = api.get(&format!("/v3/vet/account/energy/{own}")).await.1;
    assert_eq!(energy, json!({ "energy": "9.79" }));
    let receipt = receipt(&api, &text(&answer["txId"])).await;
    assert_eq!((&receipt["gasUsed"], &receipt["reverted"]), (&json!(21_000), &json!(false)));
    assert_eq!(receipt["gasPayer"], json!(own.to_lowercase()));
}

#[tokio::test]
async fn dynamic_fees_are_paid_as_they_are_bid() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let base = 10_000_000_000_000_u128;
    for (dynamic, outcome) in [
        ((base / 10, 2 * base), Ok(())),
        ((0, base - 1), Err("tx rejected: gas price is less than block base fee")),
        ((base, base / 2), Err("tx rejected: maxFeePerGas is less than maxPriorityFeePerGas")),
    ] {
        let signed = Thor { dynamic: Some(dynamic), ..Thor::transfer(5) }.signed(&key);
        match outcome {
            Ok(()) => _ = api.taken("vet", &signed).await,
            Err(words) => assert_eq!(refused(&api, &signed).await, words),
        }
    }
    let energy = api.get(&format!("/v3/vet/account/energy/{}", key.address())).await.1;
    assert_eq!(energy, json!({ "energy": "9.769" }));
}

#[tokio::test]
async fn a_token_transfer_moves_tokens() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    api.give("VET", "token/mint", &key.address().to_string(), "3").await;
    let hash = api.taken("vet", &Thor::token_transfer(&api, 1, ETHER).await.signed(&key)).await;
    assert_eq!(receipt(&api, &hash).await["reverted"], false);
    let held = api.get(&format!("/sandbox/VET/token/balance/{RECIPIENT}")).await.1;
    assert_eq!(held, json!({ "balance": "1" }));
    let too_many = Thor::token_transfer(&api, 2, 3 * ETHER).await.signed(&key);
    let hash = api.taken("vet", &too_many).await;
    let receipt = receipt(&api, &hash).await;
    assert_eq!((&receipt["reverted"], &receipt["status"]), (&json!(true), &json!("0x0")));
    assert_eq!(receipt["outputs"][0]["vmError"], "execution reverted");
}

#[tokio::test]
async fn refusals_are_in_thors_words() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let next = Thor::transfer(1);
    for (tx, words) in [
        (Thor { chain_tag: 0x4a, ..next.clone() }, "bad tx: chain tag mismatch"),
        (Thor { gas: 20_999, ..next.clone() }, "bad tx: intrinsic gas exceeds provided gas"),
        (Thor { gas: 40_000_001, ..next.clone() }, "tx rejected: tx gas exceeds block gas limit"),
        (Thor { gas: 1_000_001, ..next.clone() }, "tx rejected: insufficient energy"),
        (Thor { expiration: 0, ..next.clone() }, "tx rejected: expired"),
        (Thor { block_ref: 99 << 32, ..next.clone() }, "tx rejected: block ref out of schedule"),
    ] {
        assert_eq!(refused(&api, &tx.signed(&key)).await, words);
    }
    let poor = Key::new(0x32);
    assert_eq!(refused(&api, &next.signed(&poor)).await, "tx rejected: insufficient energy");
    let signed = next.signed(&key);
    api.taken("vet", &signed).await;
    assert_eq!(refused(&api, &signed).await, "tx rejected: known tx");
    assert_eq!(balance(&api, RECIPIENT).await, "1");
}

#[tokio::test]
async fn what_is_changed_is_someone_elses() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let bytes = Thor::transfer(1).sign(&key);
    // The amount: 0xde0b6b3a7640000 in the clause.
    let at = bytes.windows(8).position(|window| window == ETHER.to_be_bytes()).unwrap();
    let mut tampered = bytes.clone();
    tampered[at] += 1;
    let words = refused(&api, &hex::encode_prefixed(&tampered)).await;
    assert_eq!(words, "tx rejected: insufficient energy");
    for length in 0..bytes.len() {
        let words = refused(&api, &hex::encode_prefixed(&bytes[..length])).await;
        assert!(words.starts_with("raw: "), "{words}");
    }
    let mut signature = bytes.clone();
    *signature.last_mut().unwrap() = 4;
    let words = refused(&api, &hex::encode_prefixed(&signature)).await;
    assert_eq!(words, "bad tx: invalid signature recovery id");
    assert_eq!(balance(&api, RECIPIENT).await, "0");
}

#[tokio::test]
async fn too_many_coins_revert_and_cost_gas() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let too_much = Thor { value: U256::from(11_u128 * u128::from(ETHER)), ..Thor::transfer(1) };
    let hash = api.taken("vet", &too_much.signed(&key)).await;
    let receipt = receipt(&api, &hash).await;
    assert_eq!((&receipt["reverted"], &receipt["gasUsed"]), (&json!(true), &json!(21_000)));
    assert_eq!(receipt["outputs"][0]["vmError"], "insufficient balance for transfer");
    assert_eq!(balance(&api, &key.address().to_string()).await, "10");
}

#[tokio::test]
async fn a_transaction_waits_for_the_one_it_depends_on() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let first = Thor::transfer(1);
    let hash = Blake2b::<U32>::digest(first.wrap(&first.fields()));
    let id = Blake2b::<U32>::digest([hash.as_slice(), key.address().as_slice()].concat());
    let second = Thor { depends_on: id.to_vec(), ..Thor::transfer(2) }.signed(&key);
    let waiting = api.taken("vet", &second).await;
    // In the pool it may come again.
    assert_eq!(api.taken("vet", &second).await, waiting);
    assert_eq!(balance(&api, RECIPIENT).await, "0");
    assert_eq!(api.taken("vet", &first.signed(&key)).await, hex::encode_prefixed(id));
    assert_eq!(balance(&api, RECIPIENT).await, "2");
}

#[tokio::test]
async fn the_node_answers_what_a_signer_asks() {
    let api = Api::start().await;
    let key = rich_key(&api).await;
    let node = async |path: &str| api.get(&format!("{NODE_PATH}{path}")).await.1;
    assert_eq!(text(&node("/blocks/0").await["id"])[64..], *"27");
    let best = node("/blocks/best").await;
    assert_eq!((&best["number"], &text(&best["id"])[..10]), (&json!(1), "0x00000001"));
    assert_eq!(best["baseFeePerGas"], "0x9184e72a000");
    assert_eq!(node("/blocks/99").await, Value::Null);
    assert!(node("/fees/priority").await["maxPriorityFeePerGas"].is_string());
    let account = node(&format!("/accounts/{}", key.address())).await;
    assert_eq!(account["balance"], "0x8ac7230489e80000");
    let call = async |clause: Value| {
        let body = json!({ "clauses": [clause], "caller": key.address() });
        api.post(&format!("{NODE_PATH}/accounts/*?revision=best"), body).await.1
    };
    let paid = call(json!({ "to": RECIPIENT, "value": "0x1", "data": "0x" })).await;
    assert_eq!((&paid[0]["gasUsed"], &paid[0]["reverted"]), (&json!(0), &json!(false)));
    let unpaid = call(json!({ "to": RECIPIENT, "value": "0xffffffffffffffffff" })).await;
    assert_eq!(unpaid[0]["vmError"], "insufficient balance for transfer");

    let raw = json!({ "raw": Thor::transfer(7).signed(&key) });
    let (status, sent) = api.post(&format!("{NODE_PATH}/transactions"), raw).await;
    assert_eq!(status, 200);
    let id = text(&sent["id"]);
    assert_eq!(
        node(&format!("/transactions/{id}")).await["origin"],
        json!(format!("{:#x}", key.address()))
    );
    assert_eq!(node(&format!("/transactions/{id}/receipt")).await["gasUsed"], 21_000);
}
