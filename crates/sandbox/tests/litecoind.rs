//! The real daemon against a chain nobody here has written: litecoind in regtest, with the sandbox
//! in front of it.
//!
//! Debian's package `litecoind` has the node, which must be on the PATH; `cargo build -p tatum-kms`
//! makes the daemon. What is missing skips a test, or fails it when `TATUM_KMS_REQUIRE_LITECOIND=1`
//! is set.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use bitcoin::hashes::Hash as _;
use bitcoin::{Amount, OutPoint, ScriptBuf, TxOut, WPubkeyHash, base58};
use common::coins::{COIN, Key, Kind, LTC, sign, signed, spend};
use common::litecoin_node::{MATURITY, Node, REQUIRE, litecoind};
use common::{Api, WALLET, text, tools};
use serde_json::{Value, json};
use tatum_sandbox::kms::{Kms, Wallet};

const INDEX: u32 = 4;
/// What a block gives its miner.
const REWARD: u64 = 50 * COIN;
const FEE: u64 = 100_000;

#[tokio::test]
async fn the_sandbox_stands_in_front_of_litecoind() {
    let Some(binary) = litecoind() else { return };
    let node = Node::start(binary).await;
    let api = node.api().await;
    let key = Key::new(0x22);
    let address = key.address(&LTC);
    let body = json!({ "address": address, "amount": "30.00000001" });
    let funding = api.post("/sandbox/LTC/faucet", body).await;
    assert_eq!(funding.0, 200, "{}", funding.1);
    assert_eq!(api.coin_balance(&LTC, &address).await.0, "30.00000001");

    let coins = coins(&api, &address, &Kind::P2pkh.script(&key)).await;
    let (outpoint, spent) = coins[0].clone();
    let path = format!("/v3/litecoin/utxo/{}/{}", outpoint.txid, outpoint.vout);
    assert_eq!(api.get(&path).await.1["value"], 30 * COIN + 1);
    let outputs: Vec<_> = LTC.kinds.iter().map(|kind| (kind.script(&key), 2 * COIN)).collect();
    let change = spent.value.to_sat() - 14 * COIN - FEE;
    let outputs = [outputs, vec![(Kind::P2pkh.script(&key), change)]].concat();
    let mut split = spend(&[outpoint], &outputs);
    sign(&mut split, 0, Kind::P2pkh, &key, std::slice::from_ref(&spent), false);
    let seen = format!("/v3/litecoin/transaction/{}", split.compute_txid());
    assert_eq!(api.get(&seen).await.0, 404);
    api.accepted(&LTC, &split).await;
    assert_eq!(api.get(&seen).await.1["hex"], bitcoin::consensus::encode::serialize_hex(&split));
    let mut conflict = spend(&[outpoint], &[(Kind::P2pkh.script(&key), COIN)]);
    sign(&mut conflict, 0, Kind::P2pkh, &key, &[spent], false);
    assert_eq!(api.refusal(&LTC, &conflict).await, "txn-mempool-conflict");
    api.block(&LTC).await;
    assert_eq!(api.refusal(&LTC, &conflict).await, "bad-txns-inputs-missingorspent");
    spend_every_kind(&api, &key, &split).await;
}

/// Each with a wrong signature first.
async fn spend_every_kind(api: &Api, key: &Key, split: &bitcoin::Transaction) {
    let txid = split.compute_txid();
    let count = LTC.kinds.len();
    let spent = &split.output[..count];
    let outpoints: Vec<_> = (0..).take(count).map(|index| OutPoint::new(txid, index)).collect();
    let mut last = None;
    for wrong in (0..count).map(Some).chain([None]) {
        let mut all = spend(&outpoints, &[(Kind::P2wpkh.script(key), 14 * COIN - FEE)]);
        for (index, kind) in LTC.kinds.iter().enumerate() {
            sign(&mut all, index, *kind, key, spent, wrong == Some(index));
        }
        if let Some(wrong) = wrong {
            assert_eq!(api.refusal(&LTC, &all).await, refusal_of(LTC.kinds[wrong]));
        }
        last = Some(all);
    }
    api.accepted(&LTC, &last.unwrap()).await;
}

/// Litecoin Core 0.21 does not count the rules of witnesses among the mandatory ones, as Bitcoin Core
/// has come to do.
fn refusal_of(kind: Kind) -> String {
    let flag = match kind {
        Kind::P2pkh | Kind::P2pk | Kind::Multisig => "mandatory-script-verify-flag-failed",
        _ => "non-mandatory-script-verify-flag",
    };
    let reason = match kind {
        Kind::Taproot => "Invalid Schnorr signature",
        _ => "Signature must be zero for failed CHECK(MULTI)SIG operation",
    };
    format!("{flag} ({reason})")
}

/// Whose output it is, and which kind.
struct Purse {
    wallet: Wallet,
    index: Option<u32>,
    kind: Kind,
    script: ScriptBuf,
    coins: Vec<(OutPoint, TxOut)>,
}

impl Purse {
    /// Both kinds of a key whose P2PKH address the KMS has printed.
    fn pair(wallet: &Wallet, index: Option<u32>) -> [Self; 2] {
        let bytes = base58::decode_check(&wallet.address).unwrap();
        assert_eq!((bytes[0], bytes.len()), (LTC.p2pkh, 21), "{}", wallet.address);
        let hash: [u8; 20] = bytes[1..].try_into().unwrap();
        let p2pkh = ScriptBuf::new_p2pkh(&bitcoin::PubkeyHash::from_byte_array(hash));
        let p2wpkh = ScriptBuf::new_p2wpkh(&WPubkeyHash::from_byte_array(hash));
        [(Kind::P2pkh, p2pkh), (Kind::P2wpkh, p2wpkh)].map(|(kind, script)| {
            let Wallet { signature_id, address } = wallet;
            let (signature_id, address) = (signature_id.clone(), address.clone());
            let wallet = Wallet { signature_id, address };
            Self { wallet, index, kind, script, coins: Vec::new() }
        })
    }

    /// As regtest spells it.
    fn address(&self) -> String {
        if self.kind == Kind::P2pkh {
            return self.wallet.address.clone();
        }
        let hrp = bech32::Hrp::parse("rltc").unwrap();
        bech32::segwit::encode_v0(hrp, &self.script.as_bytes()[2..]).unwrap()
    }

    fn take(&mut self) -> Input {
        let (outpoint, output) = self.coins.pop().unwrap();
        Input { id: self.wallet.signature_id.clone(), index: self.index, outpoint, output }
    }
}

struct Input {
    id: String,
    index: Option<u32>,
    outpoint: OutPoint,
    output: TxOut,
}

/// A pending item in the API's form, and what the recipient gets.
fn draft(inputs: &[Input], recipient: &Key) -> (Value, u64) {
    let incoming: u64 = inputs.iter().map(|input| input.output.value.to_sat()).sum();
    let sent = incoming - FEE;
    let outpoints: Vec<_> = inputs.iter().map(|input| input.outpoint).collect();
    let script = Kind::P2pkh.script(recipient);
    let unsigned = spend(&outpoints, &[(script.clone(), sent)]);
    let json_inputs = inputs.iter().map(|input| {
        json!({
            "prevTxId": input.outpoint.txid.to_string(), "outputIndex": input.outpoint.vout,
            "sequenceNumber": u32::MAX, "script": "", "scriptString": "",
            "output": {
                "satoshis": input.output.value.to_sat(),
                "script": input.output.script_pubkey.to_hex_string(),
            },
        })
    });
    let payload = json!({
        "hash": unsigned.compute_txid().to_string(), "version": 2,
        "inputs": json_inputs.collect::<Vec<_>>(),
        "outputs": [{ "satoshis": sent, "script": script.to_hex_string() }], "nLockTime": 0,
    });
    let hashes: Vec<_> = inputs.iter().map(|input| &input.id).collect();
    let signatures: Vec<_> = inputs
        .iter()
        .filter_map(|input| Some(json!({ "id": input.id, "index": input.index? })))
        .collect();
    let draft = json!({
        "chain": "LTC", "hashes": hashes, "signatures": signatures,
        "serializedTransaction": payload.to_string(),
    });
    (draft, sent)
}

/// Unspent outputs as the sandbox reads them from the node.
async fn coins(api: &Api, address: &str, script: &ScriptBuf) -> Vec<(OutPoint, TxOut)> {
    let (status, unspent) = api.get(&format!("/sandbox/LTC/utxos/{address}")).await;
    assert_eq!(status, 200, "{unspent}");
    let mut coins = Vec::new();
    for coin in unspent.as_array().unwrap() {
        let index = u32::try_from(coin["index"].as_u64().unwrap()).unwrap();
        let outpoint = OutPoint::new(text(&coin["txHash"]).parse().unwrap(), index);
        let path = format!("/v3/litecoin/utxo/{}/{index}", outpoint.txid);
        let utxo = api.get(&path).await.1;
        assert_eq!(utxo["script"], script.to_hex_string());
        let value = Amount::from_sat(utxo["value"].as_u64().unwrap());
        coins.push((outpoint, TxOut { value, script_pubkey: script.clone() }));
    }
    coins
}

/// Two blocks for each purse, old enough to be spent.
async fn fill(node: &Node, api: &Api, purses: &mut [Purse]) {
    for purse in &*purses {
        node.ask("generatetoaddress", json!([2, purse.address()])).await;
    }
    node.mine(MATURITY).await;
    for purse in purses {
        purse.coins = coins(api, &purse.address(), &purse.script).await;
        let values = purse.coins.iter().map(|coin| coin.1.value.to_sat());
        assert_eq!(values.collect::<Vec<_>>(), [REWARD, REWARD]);
    }
}

#[tokio::test]
async fn the_daemon_signs_what_litecoind_accepts() {
    let (Some(litecoind), Some(kms)) = (litecoind(), tools::kms_binary(REQUIRE)) else { return };
    let node = Node::start(litecoind).await;
    let api = node.api().await;
    let kms = Kms::at_home(kms, &api.base).unwrap();
    let known = kms.knows("LTC").await.unwrap().then_some(());
    let otherwise = "this tatum-kms does not know LTC; build one that does";
    let Some(()) = tools::found_or_skipped(known, REQUIRE, otherwise) else { return };

    let single = kms.make_private_key("LTC").await.unwrap();
    let mnemonic = kms.make_mnemonic("LTC", INDEX).await.unwrap();
    let [first, second] = [Purse::pair(&single, None), Purse::pair(&mnemonic, Some(INDEX))];
    let mut purses: Vec<_> = first.into_iter().chain(second).collect();
    fill(&node, &api, &mut purses).await;

    let expected = queue(&api, &mut purses).await;
    kms.run_daemon_once("LTC").await.unwrap();
    check(&node, &api, &expected).await;
}

/// The same with signatures of the test's own, so that a failure above is the daemon's.
#[tokio::test]
async fn litecoind_accepts_these_transactions_from_another_signer() {
    let Some(litecoind) = litecoind() else { return };
    let node = Node::start(litecoind).await;
    let api = node.api().await;
    let keys = [Key::new(0x31), Key::new(0x32)];
    let wallet = |key: &Key| Wallet { signature_id: WALLET.to_owned(), address: key.address(&LTC) };
    let mut purses: Vec<_> =
        keys.iter().flat_map(|key| Purse::pair(&wallet(key), Some(INDEX))).collect();
    fill(&node, &api, &mut purses).await;
    let expected = queue(&api, &mut purses).await;
    for item in api.post("/v3/kms/pending/LTC", json!({})).await.1.as_array().unwrap() {
        let payload = serde_json::from_str(item["serializedTransaction"].as_str().unwrap());
        let transaction = signed(&payload.unwrap(), &keys);
        let hex = bitcoin::consensus::encode::serialize_hex(&transaction);
        let (status, answer) = api.send_hex(&LTC, &hex, item["id"].as_str()).await;
        assert_eq!((status, answer.get("failed")), (200, None), "{answer}");
    }
    check(&node, &api, &expected).await;
}

/// Queues one transaction of each purse alone, then one of all of them together.
async fn queue(api: &Api, purses: &mut [Purse]) -> Vec<(String, Key, u64)> {
    let mut batches: Vec<Vec<_>> = purses.iter_mut().map(|purse| vec![purse.take()]).collect();
    batches.push(purses.iter_mut().map(Purse::take).collect());
    let mut expected = Vec::new();
    for (inputs, number) in batches.iter().zip(0x80..) {
        let recipient = Key::new(number);
        let (draft, sent) = draft(inputs, &recipient);
        expected.push((api.queue(draft).await, recipient, sent));
    }
    expected
}

/// Every one is in a block, and its recipient has what was sent.
async fn check(node: &Node, api: &Api, expected: &[(String, Key, u64)]) {
    let waiting = node.ask("getrawmempool", json!([])).await;
    node.mine(1).await;
    let entries = api.get("/sandbox/pending").await.1;
    for (id, recipient, sent) in expected {
        let entry = entries.as_array().unwrap().iter().find(|entry| entry["id"] == *id).unwrap();
        assert_eq!(entry["state"], "completed", "{entry}");
        assert_eq!(entry["broadcasts"], json!([entry["txId"]]), "{entry}");
        assert!(waiting.as_array().unwrap().contains(&entry["txId"]), "{entry}");
        let mined = node.ask("getrawtransaction", json!([entry["txId"], true])).await;
        assert_eq!(mined["confirmations"], 1, "{mined}");
        let coins = coins(api, &recipient.address(&LTC), &Kind::P2pkh.script(recipient)).await;
        let values: Vec<_> = coins.iter().map(|coin| coin.1.value.to_sat()).collect();
        assert_eq!(values, [*sent]);
    }
}
