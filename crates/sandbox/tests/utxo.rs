//! Bitcoin and its like as nodes behave: what is accepted, and in which words the rest is refused.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use bitcoin::secp256k1::ecdsa;
use bitcoin::{OutPoint, ScriptBuf, Transaction, TxOut, Txid};
use common::Api;
use common::coins::{BCH, BTC, COIN, Coin, DOGE, Key, Kind, LTC, pushes, sign, spend};
use serde_json::json;

const CHAINS: [&Coin; 4] = [&BTC, &LTC, &DOGE, &BCH];
const MANDATORY: &str = "mandatory-script-verify-flag-failed";
const NULL_FAIL: &str = "Signature must be zero for failed CHECK(MULTI)SIG operation";

/// A transfer of a coin that a P2PKH key has, to itself, less a fee.
fn transfer(key: &Key, (outpoint, spent): &(OutPoint, TxOut), value: u64) -> Transaction {
    let mut transaction = spend(&[*outpoint], &[(Kind::P2pkh.script(key), value)]);
    sign(&mut transaction, 0, Kind::P2pkh, key, std::slice::from_ref(spent), false);
    transaction
}

/// An output of every kind, in one transaction that the chain has accepted.
async fn all_kinds(api: &Api, coin: &Coin, key: &Key) -> Vec<(OutPoint, TxOut)> {
    let funds = api.coin(coin, key, 100 * COIN).await;
    let outputs: Vec<_> = coin.kinds.iter().map(|kind| (kind.script(key), 2 * COIN)).collect();
    let mut split = spend(&[funds.0], &outputs);
    sign(&mut split, 0, Kind::P2pkh, key, &[funds.1], false);
    api.accepted(coin, &split).await;
    let txid = split.compute_txid();
    (0..).zip(split.output).map(|(index, output)| (OutPoint::new(txid, index), output)).collect()
}

/// Spends them all; the signature of one of them may be wrong.
fn spend_all(
    coin: &Coin,
    key: &Key,
    coins: &[(OutPoint, TxOut)],
    wrong: Option<usize>,
) -> Transaction {
    let (outpoints, spent): (Vec<_>, Vec<_>) = coins.iter().cloned().unzip();
    let mut transaction = spend(&outpoints, &[(Kind::P2pkh.script(key), COIN)]);
    for (index, kind) in coin.kinds.iter().enumerate() {
        sign(&mut transaction, index, *kind, key, &spent, wrong == Some(index));
    }
    transaction
}

#[tokio::test]
async fn every_kind_of_input_is_accepted_with_the_right_signature_only() {
    let api = Api::start().await;
    let key = Key::new(1);
    for coin in [&BTC, &LTC, &DOGE] {
        let coins = all_kinds(&api, coin, &key).await;
        for (index, kind) in coin.kinds.iter().enumerate() {
            let reason =
                if *kind == Kind::Taproot { "Invalid Schnorr signature" } else { NULL_FAIL };
            let wrong = spend_all(coin, &key, &coins, Some(index));
            let words = api.refusal(coin, &wrong).await;
            assert_eq!(words, format!("{MANDATORY} ({reason})"), "{kind:?}");
        }
        api.accepted(coin, &spend_all(coin, &key, &coins, None)).await;
    }
}

#[tokio::test]
async fn what_was_sent_can_be_looked_up() {
    let api = Api::start().await;
    let key = Key::new(1);
    for coin in [&BTC, &LTC, &DOGE] {
        let funds = api.coin(coin, &key, 3 * COIN).await;
        let sent = transfer(&key, &funds, 2 * COIN);
        let path = format!("/v3/{}/transaction/{}", coin.path, sent.compute_txid());
        assert_eq!(api.get(&path).await.0, 404);
        api.accepted(coin, &sent).await;
        let (status, seen) = api.get(&path).await;
        assert_eq!((status, &seen["blockNumber"]), (200, &json!(null)));
        assert_eq!(seen["hex"], bitcoin::consensus::encode::serialize_hex(&sent));
        api.block(coin).await;
        assert!(api.get(&path).await.1["blockNumber"].is_u64());
        assert_eq!(api.get(&format!("/v3/{}/transaction/xyz", coin.path)).await.0, 400);
    }
}

#[tokio::test]
async fn an_unsigned_input_is_refused() {
    let api = Api::start().await;
    let key = Key::new(1);
    let coins = all_kinds(&api, &BTC, &key).await;
    for (index, kind) in BTC.kinds.iter().enumerate() {
        let mut transaction = spend_all(&BTC, &key, &coins, None);
        transaction.input[index].script_sig = ScriptBuf::new();
        transaction.input[index].witness.clear();
        let reason = match kind {
            Kind::P2wpkh | Kind::WitnessMultisig | Kind::Taproot => {
                "Witness program was passed an empty witness"
            }
            _ => "Operation not valid with the current stack size",
        };
        let words = api.refusal(&BTC, &transaction).await;
        assert_eq!(words, format!("{MANDATORY} ({reason})"), "{kind:?}");
    }
}

#[tokio::test]
async fn the_key_of_another_address_is_refused() {
    let api = Api::start().await;
    let (key, thief) = (Key::new(1), Key::new(2));
    for coin in [&BTC, &DOGE] {
        let funds = api.coin(coin, &key, 5 * COIN).await;
        let mut theft = spend(&[funds.0], &[(Kind::P2pkh.script(&thief), COIN)]);
        sign(&mut theft, 0, Kind::P2pkh, &thief, &[funds.1], false);
        let words = api.refusal(coin, &theft).await;
        assert_eq!(words, format!("{MANDATORY} (Script failed an OP_EQUALVERIFY operation)"));
    }
}

#[tokio::test]
async fn signatures_cover_what_is_sent() {
    let api = Api::start().await;
    let key = Key::new(1);
    let funds = api.coin(&LTC, &key, 5 * COIN).await;
    let mut changed = transfer(&key, &funds, COIN);
    changed.output[0].value += bitcoin::Amount::ONE_SAT;
    assert_eq!(api.refusal(&LTC, &changed).await, format!("{MANDATORY} ({NULL_FAIL})"));
}

#[tokio::test]
async fn a_high_s_is_valid_but_not_relayed() {
    let api = Api::start().await;
    let key = Key::new(1);
    let funds = api.coin(&BTC, &key, 5 * COIN).await;
    let mut transaction = transfer(&key, &funds, COIN);
    let cache = bitcoin::sighash::SighashCache::new(&transaction);
    let digest = cache.legacy_signature_hash(0, &funds.1.script_pubkey, 1).unwrap();
    let low = key.ecdsa(*AsRef::<[u8; 32]>::as_ref(&digest)).serialize_compact();
    let s = bitcoin::secp256k1::SecretKey::from_slice(&low[32..]).unwrap().negate();
    let high = [&low[..32], &s.secret_bytes()].concat();
    let mut element = ecdsa::Signature::from_compact(&high).unwrap().serialize_der().to_vec();
    element.push(1);
    transaction.input[0].script_sig = pushes(&[element, key.public().to_bytes()]);
    assert_eq!(
        api.refusal(&BTC, &transaction).await,
        "non-mandatory-script-verify-flag (Non-canonical signature: S value is unnecessarily high)"
    );
}

#[tokio::test]
async fn an_output_is_spent_once() {
    let api = Api::start().await;
    let key = Key::new(1);
    for coin in [&BTC, &LTC, &DOGE] {
        let funds = api.coin(coin, &key, 5 * COIN).await;
        let (first, second) = (transfer(&key, &funds, COIN), transfer(&key, &funds, 2 * COIN));
        api.accepted(coin, &first).await;
        assert_eq!(api.refusal(coin, &second).await, "txn-mempool-conflict");
        assert_eq!(api.refusal(coin, &first).await, "txn-already-in-mempool");
        api.block(coin).await;
        assert_eq!(api.refusal(coin, &second).await, "bad-txns-inputs-missingorspent");
        assert_eq!(api.refusal(coin, &first).await, "Transaction already in block chain");
        let unknown = (OutPoint::new("11".repeat(32).parse::<Txid>().unwrap(), 0), funds.1.clone());
        let from_nothing = transfer(&key, &unknown, COIN);
        assert_eq!(api.refusal(coin, &from_nothing).await, "bad-txns-inputs-missingorspent");
        let no_such_output = (OutPoint::new(first.compute_txid(), 1), funds.1);
        let beside = transfer(&key, &no_such_output, COIN);
        assert_eq!(api.refusal(coin, &beside).await, "bad-txns-inputs-missingorspent");
    }
}

#[tokio::test]
async fn amounts_must_add_up() {
    let api = Api::start().await;
    let key = Key::new(1);
    let funds = api.coin(&BTC, &key, 5 * COIN).await;
    for (value, words) in [
        (5 * COIN + 1, "bad-txns-in-belowout, value in (5) < value out (5.00000001)"),
        (5 * COIN, "min relay fee not met, 0 < 19"),
        (21_000_001 * COIN, "bad-txns-vout-toolarge"),
    ] {
        let refused = api.refusal(&BTC, &transfer(&key, &funds, value)).await;
        assert!(refused.starts_with(words), "{refused}");
    }
    let script = Kind::P2pkh.script(&key);
    let twice = spend(&[funds.0, funds.0], &[(script, COIN)]);
    assert_eq!(api.refusal(&BTC, &twice).await, "bad-txns-inputs-duplicate");
    assert_eq!(api.refusal(&BTC, &spend(&[funds.0], &[])).await, "bad-txns-vout-empty");
    api.accepted(&BTC, &transfer(&key, &funds, 5 * COIN - 200)).await;
}

#[tokio::test]
async fn a_single_amount_of_dogecoin_may_be_huge() {
    let api = Api::start().await;
    let key = Key::new(1);
    let units = 9_999_999_999 * COIN + 99_999_999;
    let funds = api.coin(&DOGE, &key, units).await;
    api.accepted(&DOGE, &transfer(&key, &funds, units - COIN)).await;
    let (incoming, outgoing) = api.coin_balance(&DOGE, &key.address(&DOGE)).await;
    assert_eq!((&*incoming, &*outgoing), ("19999999998.99999998", "9999999999.99999999"));
}

#[tokio::test]
async fn nonsense_is_no_transaction() {
    let api = Api::start().await;
    for coin in CHAINS {
        for hex in ["", "00", "zz", "0x00", "02000000000000000000"] {
            let (status, answer) = api.send_hex(coin, hex, None).await;
            assert_eq!(status, 403, "{hex}");
            let words = "TX decode failed. Make sure the tx has at least one input.";
            assert_eq!(answer["message"], words, "{hex}");
        }
    }
}

#[tokio::test]
async fn there_are_no_witnesses_on_dogecoin_and_bitcoin_cash() {
    let api = Api::start().await;
    let key = Key::new(1);
    for coin in [&DOGE, &BCH] {
        let funds = api.coin(coin, &key, 5 * COIN).await;
        let mut transaction = transfer(&key, &funds, COIN);
        transaction.input[0].witness.push([1]);
        let words = api.refusal(coin, &transaction).await;
        assert_eq!(words, format!("{MANDATORY} (Witness provided for non-witness script)"));
    }
}

#[tokio::test]
async fn the_faucet_gives_and_balances_tell() {
    let api = Api::start().await;
    let key = Key::new(1);
    for coin in CHAINS {
        let address = key.address(coin);
        assert_eq!(api.coin_balance(coin, &address).await, ("0".to_owned(), "0".to_owned()));
        let (outpoint, _) = api.coin(coin, &key, 150_000_000).await;
        api.coin(coin, &key, COIN).await;
        assert_eq!(api.coin_balance(coin, &address).await, ("2.5".to_owned(), "0".to_owned()));
        let path = format!("/v3/{}/utxo/{}/0", coin.path, outpoint.txid);
        let (status, answer) = api.get(&path).await;
        assert_eq!((status, &answer["value"]), (200, &json!(150_000_000)), "{answer}");
        let (_, unspent) = api.get(&format!("/sandbox/{}/utxos/{address}", coin.ticker)).await;
        assert_eq!(unspent.as_array().unwrap().len(), 2);
        assert_eq!(unspent[0]["txHash"], outpoint.txid.to_string());
        let written = answer["address"].as_str().unwrap();
        assert_eq!(api.coin_balance(coin, written).await.0, "2.5", "{written}");
        assert_eq!(written.starts_with("bchtest:"), coin.ticker == "BCH");

        let faucet = format!("/sandbox/{}/faucet", coin.ticker);
        for (address, amount) in [("nonsense", "1"), (&*address, "-1"), (&*address, "99999999999")]
        {
            let body = json!({ "address": address, "amount": amount });
            assert!(matches!(api.post(&faucet, body).await.0, 400 | 403), "{amount}");
        }
    }
}
