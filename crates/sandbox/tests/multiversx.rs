//! MultiversX as its nodes behave: what is moved, and in which words the rest is refused.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bech32::{Bech32, Hrp};
use common::{Api, text};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

const NODE: &str = "/v3/egld/node/key";
const EGLD: u128 = 1_000_000_000_000_000_000;

struct Account {
    key: SigningKey,
    address: String,
}

impl Account {
    fn new(byte: u8) -> Self {
        let key = SigningKey::from_bytes(&[byte; 32]);
        let prefix = Hrp::parse("erd").unwrap();
        let address = bech32::encode::<Bech32>(prefix, key.verifying_key().as_bytes()).unwrap();
        Self { key, address }
    }

    async fn rich(api: &Api, byte: u8) -> Self {
        let account = Self::new(byte);
        api.give("EGLD", "faucet", &account.address, "10").await;
        account
    }

    /// A transfer of a coin.
    fn transfer(&self, nonce: u64, to: &str) -> Tx {
        let (sender, receiver) = (self.address.clone(), to.to_owned());
        let data = String::new();
        Tx {
            nonce,
            value: EGLD,
            receiver,
            sender,
            price: 1_000_000_000,
            limit: 50_000,
            data,
            chain: "D",
        }
    }

    fn sign(&self, tx: &Tx) -> String {
        let text = tx.text();
        let signature = hex::encode(self.key.sign(text.as_bytes()).to_bytes());
        format!(r#"{},"signature":"{signature}"}}"#, &text[..text.len() - 1])
    }
}

#[derive(Clone)]
struct Tx {
    nonce: u64,
    value: u128,
    receiver: String,
    sender: String,
    price: u64,
    limit: u64,
    data: String,
    chain: &'static str,
}

impl Tx {
    /// What is signed, written by hand.
    fn text(&self) -> String {
        let Self { nonce, value, receiver, sender, price, limit, data, chain } = self;
        let data = match data.as_str() {
            "" => String::new(),
            data => format!(r#""data":"{}","#, STANDARD.encode(data)),
        };
        format!(
            r#"{{"nonce":{nonce},"value":"{value}","receiver":"{receiver}","sender":"{sender}","gasPrice":{price},"gasLimit":{limit},{data}"chainID":"{chain}","version":1}}"#
        )
    }
}

async fn balance(api: &Api, address: &str) -> String {
    text(&api.get(&format!("/v3/egld/account/balance/{address}")).await.1["balance"])
}

async fn tokens(api: &Api, address: &str) -> String {
    let token = text(&api.get("/sandbox/EGLD/token").await.1["address"]);
    let (_, answer) = api.get(&format!("{NODE}/address/{address}/esdt/{token}")).await;
    text(&answer["data"]["tokenData"]["balance"])
}

/// The words of the node.
async fn refused(api: &Api, tx_data: &str) -> String {
    let words = api.refused("egld", "egld.broadcast.failed", tx_data).await;
    let words = words.strip_prefix("Unable to broadcast transaction due to ").unwrap();
    let words = words.strip_suffix('.').unwrap();
    words.strip_prefix("transaction generation failed: ").unwrap_or(words).to_owned()
}

#[tokio::test]
async fn a_transfer_is_broadcast_and_complete() {
    let api = Api::start().await;
    let (sender, to) = (Account::rich(&api, 1).await, Account::new(2).address);
    let body = json!({ "from": sender.address, "to": to, "amount": "1" });
    let (id, payload) = api.queued("/v3/egld/transaction", body).await;
    let payload: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!((&payload["value"], &payload["gasLimit"]), (&json!("1"), &json!(50_000)));
    let signed = sender.sign(&sender.transfer(0, &to));
    let (status, answer) = api.send_on("egld", &signed, Some(&id)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(api.get(&format!("/v3/kms/{id}")).await.1["txId"], answer["txId"]);
    assert_eq!(balance(&api, &to).await, "1");
    // 50,000 gas at 10^9.
    assert_eq!(balance(&api, &sender.address).await, "8.99995");
    let (_, count) = api.get(&format!("/v3/egld/transaction/count/{}", sender.address)).await;
    assert_eq!(count, json!(1));
    let hash = text(&answer["txId"]);
    let view = api.get(&format!("/v3/egld/transaction/{hash}")).await.1;
    assert_eq!((&view["status"], &view["nonce"]), (&json!("success"), &json!(0)));
}

#[tokio::test]
async fn a_token_transfer_moves_tokens() {
    let api = Api::start().await;
    let (sender, to) = (Account::rich(&api, 1).await, Account::new(2).address);
    api.give("EGLD", "token/mint", &sender.address, "0.000000000000001").await;
    let token = hex::encode(text(&api.get("/sandbox/EGLD/token").await.1["address"]));
    let tx = |nonce, units: &str| Tx {
        value: 0,
        data: format!("ESDTTransfer@{token}@{units}"),
        limit: 500_000,
        ..sender.transfer(nonce, &to)
    };
    api.taken("egld", &sender.sign(&tx(0, "012c"))).await;
    assert_eq!(
        (tokens(&api, &to).await, tokens(&api, &sender.address).await),
        ("300".into(), "700".into())
    );
    // More than there is, half a byte, and too little gas.
    let scarce = Tx { limit: 200_000, ..tx(3, "01") };
    for (tx, words) in [
        (tx(1, "02bd"), "insufficient funds"),
        (tx(2, "1"), "invalid arguments: not an even number of hex digits"),
        (scarce, "not enough gas"),
    ] {
        let hash = api.taken("egld", &sender.sign(&tx)).await;
        let view = api.get(&format!("/v3/egld/transaction/{hash}")).await.1;
        assert_eq!((&view["status"], &view["receipt"]["data"]), (&json!("invalid"), &json!(words)));
    }
    assert_eq!(tokens(&api, &to).await, "300");
}

#[tokio::test]
async fn refusals_are_in_the_networks_words() {
    let api = Api::start().await;
    let (sender, to) = (Account::rich(&api, 1).await, Account::new(2).address);
    let next = sender.transfer(0, &to);
    for (tx, words) in [
        (Tx { chain: "1", ..next.clone() }, "invalid chain ID"),
        (Tx { price: 999_999_999, ..next.clone() }, "insufficient gas price in tx"),
        (Tx { limit: 49_999, ..next.clone() }, "insufficient gas limit in tx"),
        (Tx { data: "hello".to_owned(), ..next.clone() }, "insufficient gas limit in tx"),
        (
            Tx { limit: 1_500_000_000, ..next.clone() },
            "more gas was provided than gas limit per block",
        ),
        (
            Tx { nonce: 30_001, ..next.clone() },
            "invalid transaction lowerNonceInTx: false, veryHighNonceInTx: true",
        ),
    ] {
        assert_eq!(refused(&api, &sender.sign(&tx)).await, words);
    }
    let poor = Account::new(3);
    let words = format!("insufficient funds for address {}", poor.address);
    assert_eq!(refused(&api, &poor.sign(&poor.transfer(0, &to))).await, words);
    let signed = sender.sign(&next);
    api.taken("egld", &signed).await;
    let words = "invalid transaction lowerNonceInTx: true, veryHighNonceInTx: false";
    assert_eq!(refused(&api, &signed).await, words);
    assert_eq!(balance(&api, &to).await, "1");
}

#[tokio::test]
async fn signatures_cover_what_is_sent() {
    let api = Api::start().await;
    let (sender, to) = (Account::rich(&api, 1).await, Account::new(2).address);
    let tx = sender.transfer(0, &to);
    let signed = sender.sign(&tx);
    let invalid = "ed25519: invalid signature";
    let other = Account::new(3).sign(&tx);
    let tampered = signed.replace(&EGLD.to_string(), &(EGLD + 1).to_string());
    for wrong in
        [other, tampered, signed.replace(r#""gasPrice":1000000000"#, r#""gasPrice":1000000001"#)]
    {
        assert_eq!(refused(&api, &wrong).await, invalid);
    }
    let mut short: Value = serde_json::from_str(&signed).unwrap();
    short["signature"] = text(&short["signature"])[..126].into();
    assert_eq!(refused(&api, &short.to_string()).await, invalid);
    short["signature"] = "".into();
    assert_eq!(refused(&api, &short.to_string()).await, "nil signature");
    for length in [0, 1, signed.len() / 2, signed.len() - 1] {
        let words = refused(&api, &signed[..length]).await;
        assert!(words.starts_with("validation error: "), "{words}");
    }
    // Signed with spaces, it is another text than the network makes of it.
    let spaced = tx.text().replace(':', ": ");
    let signature = hex::encode(sender.key.sign(spaced.as_bytes()).to_bytes());
    let spaced = format!(r#"{},"signature":"{signature}"}}"#, &spaced[..spaced.len() - 1]);
    assert_eq!(refused(&api, &spaced).await, invalid);
    assert_eq!(balance(&api, &to).await, "0");
}

#[tokio::test]
async fn a_nonce_that_is_too_high_waits_for_its_turn() {
    let api = Api::start().await;
    let (sender, to) = (Account::rich(&api, 1).await, Account::new(2).address);
    let early = sender.sign(&sender.transfer(1, &to));
    let hash = api.taken("egld", &early).await;
    assert_eq!(api.taken("egld", &early).await, hash);
    let view = api.get(&format!("/v3/egld/transaction/{hash}")).await.1;
    assert_eq!(view["status"], "pending");
    assert_eq!(balance(&api, &to).await, "0");
    api.taken("egld", &sender.sign(&sender.transfer(0, &to))).await;
    assert_eq!(balance(&api, &to).await, "2");
}

#[tokio::test]
async fn too_many_coins_are_invalid_on_chain() {
    let api = Api::start().await;
    let (sender, to) = (Account::rich(&api, 1).await, Account::new(2).address);
    let tx = Tx { value: 10 * EGLD, ..sender.transfer(0, &to) };
    let hash = api.taken("egld", &sender.sign(&tx)).await;
    let view = api.get(&format!("/v3/egld/transaction/{hash}")).await.1;
    assert_eq!((&view["status"], &view["fee"]), (&json!("invalid"), &json!("50000000000000")));
    assert_eq!(balance(&api, &sender.address).await, "9.99995");
}

#[tokio::test]
async fn the_node_answers_what_a_signer_asks() {
    let api = Api::start().await;
    let (sender, to) = (Account::rich(&api, 1).await, Account::new(2).address);
    let (_, config) = api.get(&format!("{NODE}/network/config")).await;
    let config = &config["data"]["config"];
    assert_eq!(
        (&config["erd_chain_id"], &config["erd_min_gas_price"]),
        (&json!("D"), &json!(1_000_000_000))
    );
    let (_, nonce) = api.get(&format!("{NODE}/address/{to}/nonce")).await;
    assert_eq!(nonce["data"]["nonce"], 0);
    let cost = async |value: &str, data: &str| {
        let body = json!({
            "nonce": 0, "value": value, "receiver": to, "sender": sender.address,
            "gasPrice": 1_000_000_000, "gasLimit": 0, "data": STANDARD.encode(data),
            "chainID": "D", "version": 1,
        });
        api.post(&format!("{NODE}/transaction/cost"), body).await.1["data"].clone()
    };
    assert_eq!(cost("1", "").await["txGasUnits"], 50_000);
    assert_eq!(cost("1", "hello").await["txGasUnits"], 57_500);
    let tokens = cost("0", "ESDTTransfer@544553542d376537653765@01").await;
    assert_eq!(tokens["txGasUnits"], 0);
    assert_eq!(tokens["returnMessage"], "user error: insufficient funds");
    // The key in the path lets a caller in that has no header.
    let url = format!("{}{NODE}/network/config", api.base);
    assert_eq!(api.client.get(url).send().await.unwrap().status().as_u16(), 200);
}
