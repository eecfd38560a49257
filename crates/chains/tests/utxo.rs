//! Bitcoin, Litecoin and Dogecoin: every kind of input before Bitcoin Core's own consensus code, what is
//! refused, and what people are shown.

#![allow(clippy::unwrap_used)]

mod support;

use bitcoin::consensus::encode;
use bitcoin::hashes::Hash as _;
use bitcoin::key::{Secp256k1, TapTweak as _, UntweakedPublicKey};
use bitcoin::secp256k1::{Message, SecretKey};
use bitcoin::sighash::{EcdsaSighashType, SighashCache};
use bitcoin::{PublicKey, ScriptBuf, Transaction, TxOut};
use bitcoinconsensus::Utxo;
use kms_chains::{
    Chain, Context, Policy, PrepareError, SigningKeys, Unsigned, WalletRule, signing_key,
};
use kms_core::{Action, KeyText, Network};
use serde_json::{Value, json};
use support::{NothingBefore, Recorded, cases, chain, now, pending, wallet};

const WALLET: &str = "6d78dad2-518f-4e76-8255-8f1df0de6886";
const PAID: &str = "0014751e76e8199196d454941c45d1b3a323f1433bd6";

/// A key whose bytes are all `n`, in hexadecimal.
fn digits(n: u8) -> String {
    hex::encode([n; 32])
}

fn secret(n: u8) -> SecretKey {
    SecretKey::from_slice(&[n; 32]).unwrap()
}

fn public(n: u8) -> PublicKey {
    PublicKey::new(secret(n).public_key(&Secp256k1::new()))
}

fn uncompressed(n: u8) -> PublicKey {
    PublicKey { compressed: false, ..public(n) }
}

fn p2pkh(n: u8) -> ScriptBuf {
    ScriptBuf::new_p2pkh(&public(n).pubkey_hash())
}

fn p2wpkh(n: u8) -> ScriptBuf {
    ScriptBuf::new_p2wpkh(&public(n).wpubkey_hash().unwrap())
}

fn p2tr(n: u8, tweaked: bool) -> ScriptBuf {
    let key = UntweakedPublicKey::from(public(n).inner);
    if tweaked {
        ScriptBuf::new_p2tr(&Secp256k1::new(), key, None)
    } else {
        ScriptBuf::new_p2tr_tweaked(key.dangerous_assume_tweaked())
    }
}

/// 2 of the keys 1, 2 and 3, in the order of their bytes.
fn redeem() -> (ScriptBuf, Vec<String>) {
    let mut keys = [1, 2, 3].map(|n| hex::encode(public(n).to_bytes()));
    keys.sort();
    let pushes: String = keys.iter().map(|key| format!("21{key}")).collect();
    (ScriptBuf::from_hex(&format!("52{pushes}53ae")).unwrap(), keys.to_vec())
}

fn input(number: usize, script: &ScriptBuf) -> Value {
    json!({
        "prevTxId": format!("{:064x}", number + 1),
        "outputIndex": number,
        "sequenceNumber": 4_294_967_293_u32,
        "script": "",
        "output": {"satoshis": 100_000 + number, "script": script.to_hex_string()},
    })
}

fn multisig(number: usize, script: &ScriptBuf) -> Value {
    let mut input = input(number, script);
    input["threshold"] = json!(2);
    input["publicKeys"] = json!(redeem().1);
    input["signatures"] = json!([null, null, null]);
    input
}

fn payload(inputs: &[Value]) -> Value {
    let output = json!({"satoshis": 50_000, "script": PAID});
    json!({"version": 2, "nLockTime": 0, "inputs": inputs, "outputs": [output]})
}

struct Prepared {
    unsigned: Box<dyn Unsigned>,
    keys: SigningKeys,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.unsigned.intent())
    }
}

impl Prepared {
    fn sign(&self) -> String {
        self.unsigned.sign(&self.keys).unwrap().transaction().data.clone()
    }
}

fn prepare_text(chain: &dyn Chain, keys: &[&str], text: &str) -> Result<Prepared, PrepareError> {
    let tx = pending(&json!({
        "id": "5e6645712b55823de7ea82f1",
        "chain": chain.spec().ticker.0,
        "hashes": [WALLET],
        "serializedTransaction": text,
    }));
    let network = Network::Mainnet;
    let parse = |key: &&str| chain.parse(&KeyText::new((*key).to_owned()), network).unwrap();
    let keys = SigningKeys::new(keys.iter().map(parse).collect());
    let signers = keys.public();
    let node = Recorded::new(chain.spec(), &[]);
    let cx = Context {
        network,
        signers: &signers,
        node: &node,
        sequences: &NothingBefore,
        now: None,
        policy: Policy::default(),
    };
    let unsigned = now(chain.prepare(&tx, &cx))?;
    Ok(Prepared { unsigned, keys })
}

fn prepare(ticker: &str, keys: &[u8], payload: &Value) -> Result<Prepared, PrepareError> {
    let keys: Vec<String> = keys.iter().map(|n| digits(*n)).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    prepare_text(chain(ticker), &keys, &payload.to_string())
}

fn refused(ticker: &str, keys: &[u8], payload: &Value) -> String {
    prepare(ticker, keys, payload)
        .map(|taken| panic!("{ticker} took {payload}: {taken:?}"))
        .unwrap_err()
        .to_string()
}

/// What Bitcoin Core says of every input, given the outputs that the payload says are spent.
fn consensus(payload: &Value, data: &str) -> Result<(), bitcoinconsensus::Error> {
    let inputs = payload["inputs"].as_array().unwrap();
    let script = |input: &Value| hex::decode(input["output"]["script"].as_str().unwrap()).unwrap();
    let scripts: Vec<Vec<u8>> = inputs.iter().map(script).collect();
    let value = |input: &Value| input["output"]["satoshis"].as_i64().unwrap();
    let spent = |(input, script): (&Value, &Vec<u8>)| Utxo {
        script_pubkey: script.as_ptr(),
        script_pubkey_len: u32::try_from(script.len()).unwrap(),
        value: value(input),
    };
    let spent: Vec<Utxo> = inputs.iter().zip(&scripts).map(spent).collect();
    let bytes = hex::decode(data).unwrap();
    for (number, (input, script)) in inputs.iter().zip(&scripts).enumerate() {
        let amount = u64::try_from(value(input)).unwrap();
        bitcoinconsensus::verify(script, amount, &bytes, Some(&spent), number)?;
    }
    Ok(())
}

fn every_kind() -> Value {
    let (redeem, _) = redeem();
    let witness = redeem.to_p2wsh();
    payload(&[
        input(0, &p2pkh(1)),
        input(1, &p2wpkh(2)),
        input(2, &p2wpkh(3).to_p2sh()),
        input(3, &ScriptBuf::new_p2pk(&public(1))),
        input(4, &p2tr(1, true)),
        input(5, &p2tr(2, false)),
        multisig(6, &redeem.to_p2sh()),
        multisig(7, &witness),
        multisig(8, &witness.to_p2sh()),
    ])
}

#[test]
fn every_kind_of_input_is_valid_by_bitcoin_cores_rules() {
    for ticker in ["BTC", "LTC"] {
        let payload = every_kind();
        let data = prepare(ticker, &[3, 1, 2], &payload).unwrap().sign();
        consensus(&payload, &data).unwrap();
        for number in [1, 2, 4, 5, 7, 8] {
            let mut other = payload.clone();
            other["inputs"][number]["output"]["satoshis"] = json!(7);
            assert!(consensus(&other, &data).is_err(), "input {number} does not cover its amount");
        }
    }
}

#[test]
fn recorded_transactions_are_valid_by_bitcoin_cores_rules() {
    let mut verified = 0;
    for ticker in ["BTC", "LTC", "DOGE"] {
        for (name, case) in cases(ticker) {
            let outcome = case.get("right").unwrap_or(&case["expect"]);
            for write in outcome["writes"].as_array().unwrap() {
                let body = &write["body"];
                let Some(data) = body["txData"].as_str() else { continue };
                let items = case["pending"].as_array().unwrap();
                let item = items.iter().find(|item| item["id"] == body["signatureId"]).unwrap();
                let text = item["serializedTransaction"].as_str().unwrap();
                // Readable scripts and amounts beyond those of the verifier are not for this test.
                if text.contains("script\":\"OP_") || name.starts_with("amount") {
                    continue;
                }
                consensus(&serde_json::from_str(text).unwrap(), data)
                    .unwrap_or_else(|error| panic!("{ticker} {name}: {error}"));
                verified += 1;
            }
        }
    }
    assert!(verified > 70, "only {verified}");
}

#[test]
fn uncompressed_keys_sign_legacy_inputs_in_their_own_form() {
    let key = "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ";
    let secret = bitcoin::PrivateKey::from_wif(key).unwrap();
    let public = secret.public_key(&Secp256k1::new());
    let hash = ScriptBuf::new_p2pkh(&public.pubkey_hash());
    let payload = payload(&[input(0, &hash), input(1, &ScriptBuf::new_p2pk(&public))]);
    let prepared = prepare_text(chain("BTC"), &[key], &payload.to_string()).unwrap();
    consensus(&payload, &prepared.sign()).unwrap();
    assert!(refused("BTC", &[1], &payload).contains("input 0"));
    let other = ScriptBuf::new_p2pkh(&uncompressed(1).pubkey_hash());
    assert!(refused("BTC", &[1], &self::payload(&[input(0, &other)])).contains("none of the keys"));
}

/// A signature that another signer has made is kept, if it verifies.
#[test]
fn half_signed_multisig_inputs_are_completed() {
    let (redeem, keys) = redeem();
    let mut payload = payload(&[multisig(0, &redeem.to_p2wsh())]);
    assert!(refused("BTC", &[2], &payload).contains("needs 2 signatures"));
    let unsigned = prepare("BTC", &[1, 2], &payload).unwrap().sign();
    let tx: Transaction = encode::deserialize_hex(&unsigned).unwrap();
    let value = bitcoin::Amount::from_sat(100_000);
    let hash = SighashCache::new(&tx)
        .p2wsh_signature_hash(0, &redeem, value, EcdsaSighashType::All)
        .unwrap();
    let message = Message::from_digest(hash.to_byte_array());
    let theirs = Secp256k1::new().sign_ecdsa(&message, &secret(3)).serialize_der();
    let key = hex::encode(public(3).to_bytes());
    let given = json!({"publicKey": key, "signature": hex::encode(&theirs[..]), "sigtype": 1});
    payload["inputs"][0]["signatures"] = json!([given]);
    let data = prepare("BTC", &[2], &payload).unwrap().sign();
    consensus(&payload, &data).unwrap();
    assert!(data.contains(&hex::encode(&theirs[..])));

    payload["inputs"][0]["signatures"][0]["publicKey"] = json!(hex::encode(public(1).to_bytes()));
    assert!(refused("BTC", &[2], &payload).contains("does not verify"));
    payload["inputs"][0]["signatures"] = json!(["3045"]);
    assert!(refused("BTC", &[2], &payload).contains("input 0"));
    payload["inputs"][0]["publicKeys"] = json!(keys[..2]);
    assert!(refused("BTC", &[2], &payload).contains("do not hash"));
}

type Change = fn(&mut Value);

#[test]
fn bad_payloads_are_refused_with_the_place_and_the_reason() {
    let bad: &[(Change, &str)] = &[
        (|p| p["inputs"][1]["output"] = Value::Null, "input 1 of the payload has no `output`"),
        (|p| p["inputs"][0]["output"]["satoshis"] = json!(1.5), "is a number, but not a whole one"),
        (|p| p["inputs"][0]["output"]["satoshis"] = json!("1e3"), "not a whole decimal number"),
        (|p| p["inputs"][0]["output"]["satoshis"] = json!(-1), "out of range"),
        (
            |p| p["inputs"][1]["output"]["satoshis"] = json!(2_100_000_000_000_001_u64),
            "input 1 of the payload has the amount 2100000000000001, above the supply",
        ),
        (
            |p| p["outputs"][0]["satoshis"] = json!(2_100_000_000_000_000_u64),
            "the inputs have only 200001",
        ),
        (|p| p["outputs"][0]["satoshis"] = Value::Null, "output 0 of the payload has an amount"),
        (|p| p["outputs"][0]["script"] = json!("00".repeat(10_001)), "longer than the 10000"),
        (|p| p["outputs"][0]["script"] = json!("0"), "odd number"),
        (|p| p["outputs"][0]["script"] = json!("pay to me"), "neither hexadecimal nor"),
        (|p| p["outputs"] = json!([]), "`outputs` of the payload is empty"),
        (|p| p["inputs"] = json!([]), "`inputs` of the payload is empty"),
        (|p| p["inputs"] = json!({}), "`inputs` of the payload is missing, or no list"),
        (|p| p["inputs"][1] = json!("x"), "input 1 of the payload is not an object"),
        (|p| p["inputs"][0]["prevTxId"] = json!("ab"), "not 64 hexadecimal digits"),
        (|p| p["inputs"][0]["outputIndex"] = json!(4_294_967_296_u64), "out of range"),
        (|p| p["inputs"][1] = p["inputs"][0].clone(), "same output as input 0"),
        (|p| p["hash"] = json!("00".repeat(32)), "is not the transaction's, which is"),
        (|p| p["version"] = json!(2.5), "`version` of the payload is a number, but not a whole"),
        (|p| p["changeIndex"] = json!(1), "changeScript"),
        (
            |p| {
                p["changeIndex"] = json!(9);
                p["changeScript"] = json!(PAID);
            },
            "no such output",
        ),
        (|p| p["inputs"][1]["output"]["script"] = json!(p2wpkh(9).to_hex_string()), "input 1"),
        (|p| p["inputs"][1]["output"]["script"] = json!("51"), "not signed here"),
        (|p| p["txData"] = json!("{}"), "send the text that its `txData` holds"),
    ];
    let good = payload(&[input(0, &p2pkh(1)), input(1, &p2wpkh(1))]);
    prepare("BTC", &[1], &good).unwrap();
    for (change, expected) in bad {
        let mut payload = good.clone();
        change(&mut payload);
        let error = refused("BTC", &[1], &payload);
        assert!(error.contains(expected), "{error}");
        assert!(error.len() < 300, "{error}");
    }
    for text in ["", "null", "[]", "{}", "00000000", "{\"inputs\":[", "\"x\""] {
        let error = prepare_text(chain("BTC"), &[&digits(1)], text).unwrap_err();
        assert!(matches!(error, PrepareError::Payload(_)), "{error}");
    }
    let wrong = refused("BTC", &[5], &good);
    assert!(wrong.contains("input 0") && wrong.contains(WALLET), "{wrong}");
    let none = refused("BTC", &[], &good);
    assert!(none.contains(WALLET) && none.contains("index"), "{none}");
}

#[test]
fn dogecoin_spends_no_witness_programs() {
    for script in [p2wpkh(1), p2wpkh(1).to_p2sh(), p2tr(1, true)] {
        assert!(refused("DOGE", &[1], &payload(&[input(0, &script)])).contains("not signed here"));
    }
}

#[test]
fn thousands_of_inputs_are_refused_before_they_are_hashed() {
    let inputs: Vec<Value> = (0..5_000).map(|number| input(number, &p2pkh(1))).collect();
    assert!(refused("BTC", &[1], &payload(&inputs)).contains("split it"));
}

#[test]
fn fees_have_a_ceiling() {
    let paying = |ticker: &str, fee: u64| {
        let mut payload = payload(&[input(0, &p2pkh(1))]);
        payload["inputs"][0]["output"]["satoshis"] = json!(50_000 + fee);
        prepare(ticker, &[1], &payload)
    };
    let vsize = 10 + 148 + 31;
    for (ticker, rate) in [("BTC", 10_000), ("LTC", 10_000)] {
        let taken = paying(ticker, vsize * rate).unwrap();
        assert_eq!(taken.unsigned.intent().max_fee.amount, (vsize * rate).to_string());
        let error = paying(ticker, (vsize + 1) * rate).unwrap_err().to_string();
        assert!(error.contains("`fee` of the payload would be"), "{error}");
    }
}

#[test]
fn dogecoin_keeps_its_upper_bound_and_todays_lower_ones() {
    let paying = |given: u64, paid: u64| {
        let mut payload = payload(&[input(0, &p2pkh(1))]);
        payload["inputs"][0]["output"]["satoshis"] = json!(given);
        payload["outputs"][0]["satoshis"] = json!(paid);
        payload["outputs"][0]["script"] = json!(p2pkh(2).to_hex_string());
        payload
    };
    // 26 + 36 + 107 + 9 + 25 bytes.
    let highest = 203 * 1_500_000;
    prepare("DOGE", &[1], &paying(1_000_000_000 + highest, 1_000_000_000)).unwrap();
    let error = refused("DOGE", &[1], &paying(1_000_000_001 + highest, 1_000_000_000));
    assert!(error.contains("there is no change"), "{error}");
    prepare("DOGE", &[1], &paying(1_000_000, 950_000)).unwrap();
    assert!(refused("DOGE", &[1], &paying(1_000_000, 990_000)).contains("nodes relay it from"));
    assert!(refused("DOGE", &[1], &paying(1_000_000, 99_999)).contains("output 0"));
    let mut named = paying(1_000_000, 900_000);
    named["fee"] = json!(99_999);
    assert!(refused("DOGE", &[1], &named).contains("leave 100000"));
}

#[test]
fn intents_show_payers_payees_change_and_fee() {
    let mut payload = payload(&[input(0, &p2pkh(1)), input(1, &p2pkh(1)), input(2, &p2wpkh(1))]);
    let output = |value: u64, script: &ScriptBuf| json!({"satoshis": value, "script": script.to_hex_string()});
    payload["outputs"] = json!([
        {"satoshis": 100_000, "script": PAID},
        output(50_000, &p2pkh(1)),
        output(20_000, &p2tr(1, true)),
        output(0, &ScriptBuf::from_hex("6a026869").unwrap()),
    ]);
    // What the payload calls change is shown as what it is.
    payload["changeIndex"] = json!(0);
    payload["changeScript"] = json!(PAID);
    let intent = prepare("BTC", &[1], &payload).unwrap().unsigned.intent();
    assert_eq!(intent.from.len(), 2);
    assert_eq!(intent.max_fee.amount, (300_003 - 170_000).to_string());
    let [Action::Transfer { to, amount, .. }, Action::Change { to: back, .. }, taproot, memo] =
        &intent.actions[..]
    else {
        panic!("{intent:?}")
    };
    assert_eq!(to, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4");
    assert_eq!(amount, "100000");
    assert_eq!(*back, intent.from[0]);
    assert!(matches!(taproot, Action::Change { to, .. } if to.starts_with("bc1p")), "{taproot:?}");
    assert!(matches!(memo, Action::Memo { data_bytes: 4 }), "{memo:?}");
}

#[test]
fn other_keys_than_the_prepared_ones_do_not_sign() {
    let prepared = prepare("BTC", &[1], &payload(&[input(0, &p2pkh(1))])).unwrap();
    let key = |n| chain("BTC").parse(&KeyText::new(digits(n)), Network::Mainnet).unwrap();
    assert!(prepared.unsigned.sign(&SigningKeys::new(vec![key(2)])).is_err());
    assert!(prepared.unsigned.sign(&SigningKeys::new(vec![])).is_err());
    assert!(prepared.unsigned.sign(&SigningKeys::new(vec![key(1), key(1)])).is_err());
    assert_eq!(prepared.unsigned.sequence(), None);
}

#[test]
fn wallets_are_taken_by_what_they_hold() {
    let words = "abandon ".repeat(11) + "about";
    let seeded = json!({"chain": "BTC", "testnet": false, "mnemonic": words});
    let keyed = json!({"chain": "BTC", "testnet": false, "privateKey": digits(1)});
    let (seeded, keyed) = (wallet("seeded", &seeded), wallet("keyed", &keyed));
    let mut item = json!({
        "id": "5e6645712b55823de7ea82f1", "chain": "BTC", "serializedTransaction": "",
        "hashes": ["seeded", "keyed", "keyed"], "signatures": [{"id": "seeded", "index": 3}],
    });
    let tx = pending(&item);
    let chain = chain("BTC");
    assert_eq!(chain.wallet_rule(&tx), WalletRule::PassesOverMnemonics);
    let signers = chain.signers(&tx).unwrap();
    assert_eq!(signers.len(), 3);
    let open = |tx, signer: &kms_core::KeyRef| {
        let wallet = if signer.wallet == seeded.id { &seeded } else { &keyed };
        signing_key(chain, tx, wallet, signer, Network::Mainnet)
    };
    let keys: Vec<_> = signers.iter().map(|signer| open(&tx, signer).unwrap().is_some()).collect();
    assert_eq!(keys, [false, true, true]);

    item["withdrawalId"] = json!("5e6645712b55823de7ea82f2");
    assert!(
        chain.signers(&pending(&item)).unwrap_err().to_string().contains("withdrawalResponses")
    );
    item["withdrawalResponses"] = json!([
        {"vIn": "-1", "vInIndex": -1},
        {"vIn": "00", "vInIndex": 0, "address": {"derivationKey": 9}},
    ]);
    let tx = pending(&item);
    let signers = chain.signers(&tx).unwrap();
    assert_eq!((signers.len(), signers[0].index), (1, Some(9)));
    assert!(open(&tx, &signers[0]).unwrap().is_some());
    let error = signing_key(chain, &tx, &keyed, &signers[0], Network::Mainnet).unwrap_err();
    assert!(error.to_string().contains("wallet keyed holds a private key"), "{error}");
}

#[test]
fn keys_of_another_form_or_network_get_a_warning() {
    let warning = |ticker: &str, key: &str| {
        chain(ticker).key_warning(&KeyText::new(key.to_owned()), Network::Mainnet)
    };
    let testnet = "cMpYQW97YdXxbwpA8Hobun34whoTA2M1aC9ruzc2D9itoA8tTpfT";
    assert!(warning("BTC", testnet).unwrap().contains("mainnet"));
    assert!(warning("BTC", &digits(1)).is_some());
    assert_eq!(warning("BTC", "L5DgEtg4ZrGF6YQanBmP9Zm8j1SrdyVAMKAqkHsrZZXKs4m9B6SB"), None);
    assert_eq!(warning("ETH", &digits(1)), None);
}

#[test]
fn the_outputs_are_those_of_the_payload() {
    let payload = every_kind();
    let data = prepare("BTC", &[1, 2, 3], &payload).unwrap().sign();
    let tx: Transaction = encode::deserialize_hex(&data).unwrap();
    let paid = TxOut {
        value: bitcoin::Amount::from_sat(50_000),
        script_pubkey: ScriptBuf::from_hex(PAID).unwrap(),
    };
    assert_eq!(tx.output, [paid]);
    assert!(tx.input.iter().all(|input| input.sequence.0 == 4_294_967_293));
}
