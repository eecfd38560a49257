//! Bitcoin Cash: its own sighash, and two kinds of signature.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use alloy_primitives::{U256, uint};
use bitcoin::consensus::encode::serialize;
use bitcoin::hashes::{Hash as _, sha256, sha256d};
use bitcoin::secp256k1::{Scalar, Secp256k1, SecretKey};
use bitcoin::{OutPoint, Transaction, TxOut};
use common::Api;
use common::coins::{BCH, COIN, Key, Kind, pushes, sign, spend};

const MANDATORY: &str = "mandatory-script-verify-flag-failed";
const FIELD: U256 = uint!(0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f_U256);

/// The specification of 2019-05-15, over libsecp256k1.
fn schnorr(key: &Key, digest: [u8; 32]) -> Vec<u8> {
    let secp = Secp256k1::new();
    let nonce = sha256::Hash::hash(&[key.0.secret_bytes(), digest].concat());
    let nonce = SecretKey::from_slice(nonce.as_byte_array()).unwrap();
    let point = nonce.public_key(&secp).serialize_uncompressed();
    let y = U256::from_be_slice(&point[33..]);
    let is_square = y.pow_mod((FIELD - U256::ONE) >> 1, FIELD) == U256::ONE;
    let nonce = if is_square { nonce } else { nonce.negate() };
    let public = key.0.public_key(&secp).serialize();
    let challenge = sha256::Hash::hash(&[&point[1..33], &public, &digest].concat());
    let challenge = Scalar::from_be_bytes(challenge.to_byte_array()).unwrap();
    let product = key.0.mul_tweak(&challenge).unwrap();
    let s = product.add_tweak(&Scalar::from(nonce)).unwrap();
    [&point[1..33], &s.secret_bytes()].concat()
}

/// BIP-143 by hand, for any hash type whose low bits say ALL.
fn digest(transaction: &Transaction, index: usize, spent: &TxOut, hash_type: u8) -> [u8; 32] {
    let all = |parts: Vec<Vec<u8>>| sha256d::Hash::hash(&parts.concat()).to_byte_array().to_vec();
    let inputs = &transaction.input;
    let preimage = [
        serialize(&transaction.version),
        all(inputs.iter().map(|input| serialize(&input.previous_output)).collect()),
        all(inputs.iter().map(|input| serialize(&input.sequence)).collect()),
        serialize(&inputs[index].previous_output),
        serialize(&spent.script_pubkey),
        serialize(&spent.value),
        serialize(&inputs[index].sequence),
        all(transaction.output.iter().map(serialize).collect()),
        serialize(&transaction.lock_time),
        serialize(&u32::from(hash_type)),
    ];
    sha256d::Hash::hash(&preimage.concat()).to_byte_array()
}

fn unlock(transaction: &mut Transaction, index: usize, mut signature: Vec<u8>, end: u8, key: &Key) {
    signature.push(end);
    transaction.input[index].script_sig = pushes(&[signature, key.public().to_bytes()]);
}

async fn funded(api: &Api, key: &Key) -> (Transaction, TxOut) {
    let (outpoint, spent) = api.coin(&BCH, key, 5 * COIN).await;
    (spend(&[outpoint], &[(Kind::P2pkh.script(key), COIN)]), spent)
}

#[tokio::test]
async fn schnorr_signatures_of_several_keys_are_accepted() {
    let api = Api::start().await;
    let keys: Vec<_> = (1..=8).map(Key::new).collect();
    let mut coins: Vec<(OutPoint, TxOut)> = Vec::new();
    for key in &keys {
        coins.push(api.coin(&BCH, key, 2 * COIN).await);
    }
    let outpoints: Vec<_> = coins.iter().map(|coin| coin.0).collect();
    let mut transaction = spend(&outpoints, &[(Kind::P2pkh.script(&keys[0]), COIN)]);
    for (index, key) in keys.iter().enumerate() {
        let signature = schnorr(key, digest(&transaction, index, &coins[index].1, 0x41));
        unlock(&mut transaction, index, signature, 0x41, key);
    }
    api.accepted(&BCH, &transaction).await;
    assert_eq!(api.refusal(&BCH, &transaction).await, "txn-already-in-mempool");
}

#[tokio::test]
async fn ecdsa_signatures_are_accepted_too() {
    let api = Api::start().await;
    let key = Key::new(1);
    let (mut transaction, spent) = funded(&api, &key).await;
    let signature = key.ecdsa(digest(&transaction, 0, &spent, 0x41)).serialize_der().to_vec();
    unlock(&mut transaction, 0, signature, 0x41, &key);
    api.accepted(&BCH, &transaction).await;
}

#[tokio::test]
async fn other_signatures_are_refused() {
    let api = Api::start().await;
    let (key, other) = (Key::new(1), Key::new(2));
    let (unsigned, spent) = funded(&api, &key).await;
    let right = digest(&unsigned, 0, &spent, 0x41);
    let null_fail = "Signature must be zero for failed CHECK(MULTI)SIG operation";
    let mut flipped = schnorr(&key, right);
    // The other s is the other point's: as valid as this one in ECDSA, but not here.
    let s = SecretKey::from_slice(&flipped[32..]).unwrap().negate();
    flipped.splice(32.., s.secret_bytes());
    for (signature, end, reason) in [
        (schnorr(&key, digest(&unsigned, 0, &spent, 1)), 0x41, null_fail),
        (schnorr(&other, right), 0x41, null_fail),
        (flipped, 0x41, null_fail),
        (vec![0xff; 64], 0x41, null_fail),
        (vec![0; 64], 0x41, null_fail),
        (schnorr(&key, digest(&unsigned, 0, &spent, 1)), 1, "Signature must use SIGHASH_FORKID"),
        (schnorr(&key, right), 0x42, "Signature hash type missing or not understood"),
        (vec![1, 2, 3], 0x41, "Non-canonical DER signature"),
    ] {
        let mut transaction = unsigned.clone();
        unlock(&mut transaction, 0, signature, end, &key);
        assert_eq!(api.refusal(&BCH, &transaction).await, format!("{MANDATORY} ({reason})"));
    }
    let words = api.refusal(&BCH, &unsigned).await;
    assert_eq!(words, format!("{MANDATORY} (Operation not valid with the current stack size)"));
}

#[tokio::test]
async fn a_signature_for_bitcoin_is_none_for_bitcoin_cash() {
    let api = Api::start().await;
    let (key, thief) = (Key::new(1), Key::new(2));
    let (mut transaction, spent) = funded(&api, &key).await;
    sign(&mut transaction, 0, Kind::P2pkh, &key, std::slice::from_ref(&spent), false);
    let words = api.refusal(&BCH, &transaction).await;
    assert_eq!(words, format!("{MANDATORY} (Signature must use SIGHASH_FORKID)"));
    let signature = schnorr(&thief, digest(&transaction, 0, &spent, 0x41));
    unlock(&mut transaction, 0, signature, 0x41, &thief);
    let words = api.refusal(&BCH, &transaction).await;
    assert_eq!(words, format!("{MANDATORY} (Script failed an OP_EQUALVERIFY operation)"));
}
