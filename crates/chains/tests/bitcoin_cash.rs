//! Bitcoin Cash: signatures before an implementation of their own, the pairing of keys with inputs, and what
//! is refused.

#![allow(clippy::unwrap_used)]

mod support;

use bitcoin::hashes::{Hash as _, hash160, sha256, sha256d};
use kms_chains::{Context, Policy, PrepareError, SigningKeys, Unsigned};
use kms_core::{Action, KeyText, Network};
use num_bigint::BigUint;
use serde_json::{Value, json};
use support::{NothingBefore, Recorded, chain, now, pending, wallet};

/// Schoolbook arithmetic on the curve, with nothing of the library that signs.
mod schoolbook {
    use num_bigint::BigUint;

    /// Nothing is the point at infinity.
    pub(crate) type Point = Option<(BigUint, BigUint)>;

    fn number(hex: &str) -> BigUint {
        BigUint::parse_bytes(hex.as_bytes(), 16).unwrap()
    }

    pub(crate) fn prime() -> BigUint {
        (BigUint::from(1_u8) << 256) - (BigUint::from(1_u8) << 32) - 977_u32
    }

    pub(crate) fn order() -> BigUint {
        number("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
    }

    pub(crate) fn generator() -> Point {
        Some((
            number("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
            number("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
        ))
    }

    pub(crate) fn add(a: Point, b: Point) -> Point {
        let (Some((ax, ay)), Some((bx, by))) = (a.clone(), b.clone()) else { return a.or(b) };
        let p = prime();
        if ax == bx && (&ay + &by) % &p == BigUint::ZERO {
            return None;
        }
        let (rise, run) = if ax == bx {
            (3_u8 * &ax * &ax, 2_u8 * &ay)
        } else {
            (&p + &by - &ay, &p + &bx - &ax)
        };
        let slope = rise * run.modinv(&p).unwrap() % &p;
        let x = (&slope * &slope + 2_u8 * &p - &ax - &bx) % &p;
        let y = (slope * (&p + &ax - &x) + &p - ay) % &p;
        Some((x, y))
    }

    pub(crate) fn times(factor: &BigUint, mut point: Point) -> Point {
        let mut sum = None;
        for bit in 0..factor.bits() {
            if factor.bit(bit) {
                sum = add(sum, point.clone());
            }
            point = add(point.clone(), point);
        }
        sum
    }

    /// y² = x³ + 7, with the sign that the first byte tells.
    pub(crate) fn decompress(key: &[u8]) -> Point {
        let (p, x) = (prime(), BigUint::from_bytes_be(&key[1..]));
        let square = (&x * &x * &x + 7_u8) % &p;
        let root = square.modpow(&((&p + 1_u8) / 4_u8), &p);
        let y = if root.bit(0) == (key[0] == 3) { root } else { p - root };
        Some((x, y))
    }
}

fn sha(bytes: &[u8]) -> BigUint {
    BigUint::from_bytes_be(sha256::Hash::hash(bytes).as_byte_array())
}

/// The specification's verification: R = sG - eP, whose x is r and whose y is a square.
fn verifies(key: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    use schoolbook::{add, decompress, generator, order, prime, times};
    let (r, s) = signature.split_at(32);
    let challenge = sha(&[r, key, digest].concat()) % order();
    let right = times(&(order() - challenge), decompress(key));
    let Some((x, y)) = add(times(&BigUint::from_bytes_be(s), generator()), right) else {
        return false;
    };
    let half = (prime() - 1_u8) / 2_u8;
    x == BigUint::from_bytes_be(r) && y.modpow(&half, &prime()) == BigUint::from(1_u8)
}

const KEY: &str = "L5DgEtg4ZrGF6YQanBmP9Zm8j1SrdyVAMKAqkHsrZZXKs4m9B6SB";
const OTHER: &str = "L16PG35t77GZ3eUUBXacRFiDQMaagxFoTaNnLKhkrWczyYqXQGQZ";
const OUTPUTS: &str = "01e8030000000000001976a914751e76e8199196d454941c45d1b3a323f1433bd688ac";

/// An unsigned transaction that spends output `n` of the transaction whose id is all `n`.
fn unsigned(inputs: u8) -> String {
    let input = |n: u8| format!("{}{n:02x}00000000feffffff", hex::encode([n; 32]));
    let inputs: Vec<String> = (1..=inputs).map(input).collect();
    format!("02000000{:02x}{}{OUTPUTS}00000000", inputs.len(), inputs.concat())
}

struct Prepared {
    unsigned: Box<dyn Unsigned>,
    keys: SigningKeys,
}

fn prepare_item(keys: &[&str], item: &Value) -> Result<Prepared, PrepareError> {
    let chain = chain("BCH");
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
    let unsigned = now(chain.prepare(&pending(item), &cx))?;
    Ok(Prepared { unsigned, keys })
}

fn item(payload: &str) -> Value {
    json!({
        "id": "5e6645712b55823de7ea82f1", "chain": "BCH", "hashes": ["one", "two"],
        "serializedTransaction": payload,
    })
}

fn prepare(keys: &[&str], payload: &str) -> Result<Prepared, PrepareError> {
    prepare_item(keys, &item(payload))
}

fn refused(keys: &[&str], payload: &str) -> String {
    prepare(keys, payload).err().unwrap_or_else(|| panic!("took {payload}")).to_string()
}

fn sign(prepared: &Prepared) -> bitcoin::Transaction {
    let data = prepared.unsigned.sign(&prepared.keys).unwrap().transaction().data.clone();
    bitcoin::consensus::encode::deserialize_hex(&data).unwrap()
}

/// BIP-143's preimage with the hash type 41, put together by hand.
fn preimage(tx: &bitcoin::Transaction, number: usize, key: &[u8], value: u64) -> Vec<u8> {
    use bitcoin::consensus::serialize;
    let twice = |bytes: &[u8]| sha256d::Hash::hash(bytes).to_byte_array();
    let outpoints: Vec<u8> = tx.input.iter().flat_map(|i| serialize(&i.previous_output)).collect();
    let sequences: Vec<u8> = tx.input.iter().flat_map(|i| i.sequence.0.to_le_bytes()).collect();
    let outputs: Vec<u8> = tx.output.iter().flat_map(serialize).collect();
    let input = &tx.input[number];
    let hash = hash160::Hash::hash(key).to_byte_array();
    [
        &tx.version.0.to_le_bytes()[..],
        &twice(&outpoints),
        &twice(&sequences),
        &serialize(&input.previous_output),
        &[25, 0x76, 0xa9, 20],
        &hash,
        &[0x88, 0xac],
        &value.to_le_bytes(),
        &input.sequence.0.to_le_bytes(),
        &twice(&outputs),
        &tx.lock_time.to_consensus_u32().to_le_bytes(),
        &[0x41, 0, 0, 0],
    ]
    .concat()
}

/// The keys that signed, after their signatures were verified.
fn verified_keys(tx: &bitcoin::Transaction, values: &[u64]) -> Vec<Vec<u8>> {
    let inputs = tx.input.iter().enumerate();
    inputs
        .map(|(number, input)| {
            let script = input.script_sig.as_bytes();
            assert_eq!((script.len(), script[0], script[65], script[66]), (100, 65, 0x41, 33));
            let key = &script[67..];
            let digest = sha256d::Hash::hash(&preimage(tx, number, key, values[number]));
            assert!(verifies(key, digest.as_byte_array(), &script[1..65]), "input {number}");
            key.to_vec()
        })
        .collect()
}

/// The first vector of Bitcoin ABC's libsecp256k1 (src/modules/schnorr/tests_impl.h).
#[test]
fn the_verifier_of_this_test_takes_the_published_signature() {
    let generator =
        hex::decode("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
    let signature = hex::decode(
        "787a848e71043d280c50470e8e1532b2dd5d20ee912a45dbdd2bd1dfbf187ef6\
         7031a98831859dc34dffeedda86831842ccd0079e1f92af177f7f22cc1dced05",
    );
    let (generator, signature) = (generator.unwrap(), signature.unwrap());
    assert!(verifies(&generator, &[0; 32], &signature));
    assert!(!verifies(&generator, &[1; 32], &signature));
}

#[test]
fn signatures_verify_by_independent_arithmetic() {
    let payload = format!("{}:[2000,\"3000\"]", unsigned(2));
    let tx = sign(&prepare(&[KEY, OTHER], &payload).unwrap());
    let keys = verified_keys(&tx, &[2_000, 3_000]);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn keys_belong_to_inputs_by_position_unless_there_is_one_for_all() {
    let payload = |inputs: u8| {
        let amounts: Vec<String> =
            (1..=inputs).map(|n| (u32::from(n) * 1_000).to_string()).collect();
        format!("{}:[{}]", unsigned(inputs), amounts.join(","))
    };
    let signed = |keys: &[&str], inputs: u8| {
        let values: Vec<u64> = (1..=inputs).map(|n| u64::from(n) * 1_000).collect();
        verified_keys(&sign(&prepare(keys, &payload(inputs)).unwrap()), &values)
    };
    let both = signed(&[KEY, OTHER], 2);
    assert_eq!(signed(&[KEY], 2), [both[0].clone(), both[0].clone()]);
    assert_eq!(signed(&[KEY, KEY, OTHER], 2), both);
    assert_eq!(
        signed(&[OTHER, KEY, OTHER], 3),
        [both[1].clone(), both[0].clone(), both[1].clone()]
    );
    let error = refused(&[KEY, OTHER], &payload(3));
    assert!(error.contains("are 3, but the wallets one, two have 2 different keys"), "{error}");
}

#[test]
fn withdrawals_pair_keys_with_inputs_by_the_output_they_spend() {
    let mut item = item(&format!("{}:[2000,3000]", unsigned(2)));
    item["withdrawalId"] = json!("5e6645712b55823de7ea82f2");
    let named = |n: u8| json!({"vIn": hex::encode([n; 32]), "vInIndex": n});
    item["withdrawalResponses"] = json!([named(2), {"vIn": "-1", "vInIndex": -1}, named(1)]);
    let tx = sign(&prepare_item(&[KEY, OTHER], &item).unwrap());
    let straight = sign(&prepare(&[OTHER, KEY], &format!("{}:[2000,3000]", unsigned(2))).unwrap());
    assert_eq!(tx, straight);
    item["withdrawalResponses"] = json!([named(2), named(3)]);
    let error = prepare_item(&[KEY, OTHER], &item).err().unwrap().to_string();
    assert!(error.contains("input 0") && error.contains("does not name"), "{error}");
}

#[test]
fn bad_payloads_are_refused() {
    let tx = unsigned(1);
    for (payload, expected) in [
        (tx.clone(), "no colon"),
        (format!("{tx}:"), "not a list of amounts"),
        (format!("{tx}:[2000]:[1]"), "not a list of amounts"),
        (format!("{tx}:[]"), "0 amounts for 1 inputs"),
        (format!("{tx}:[1,2]"), "2 amounts for 1 inputs"),
        (
            format!("{tx}:[2000.5]"),
            "input 0 of the payload has an amount that is a number, but not",
        ),
        (format!("{tx}:[-1]"), "out of range"),
        (format!("{tx}:[999]"), "the inputs have only 999"),
        (format!("{tx}:[2100000000000001]"), "above the supply"),
        (format!("{tx}:[5000000000]"), "the most is 2500"),
        (format!("{}:[2000]", &tx[..tx.len() - 2]), "breaks off"),
        (format!("{}:[2000]", &tx[..tx.len() - 1]), "not hexadecimal"),
        (format!("{tx}00:[2000]"), "bytes behind its end"),
        ("zz:[2000]".to_owned(), "not hexadecimal"),
        (":[]".to_owned(), "breaks off"),
        (format!("{}:[2000]", tx.replace("00feffffff", "0151feffffff")), "unlocking scripts"),
    ] {
        let error = refused(&[KEY], &payload);
        assert!(error.contains(expected), "{payload}: {error}");
    }
    assert!(refused(&[], &format!("{tx}:[2000]")).contains("one, two"));
}

#[test]
fn versions_and_odd_outputs_are_signed_as_they_are() {
    let tx = unsigned(1).replacen("02000000", "01000000", 1);
    let prepared = prepare(&[KEY], &format!("{tx}:[2000]")).unwrap();
    assert_eq!(sign(&prepared).version.0, 1);
    let intent = prepared.unsigned.intent();
    assert!(intent.from[0].starts_with("bitcoincash:q"), "{intent:?}");
    assert_eq!(intent.max_fee.amount, "1000");
    let Action::Transfer { to, .. } = &intent.actions[0] else { panic!("{intent:?}") };
    assert_eq!(to, "bitcoincash:qp63uahgrxged4z5jswyt5dn5v3lzsem6cy4spdc2h");
}

#[test]
fn only_keys_written_for_the_wallets_network_are_read() {
    let read = |key: &str, network| chain("BCH").parse(&KeyText::new(key.to_owned()), network);
    assert!(read(KEY, Network::Mainnet).is_ok());
    assert!(read(KEY, Network::Testnet).is_err());
    assert!(read(&"11".repeat(32), Network::Mainnet).is_err());
    let keyed = wallet("one", &json!({"chain": "BCH", "testnet": true, "privateKey": KEY}));
    let error = kms_chains::private_key(chain("BCH"), &keyed, None, Network::Testnet).unwrap_err();
    assert!(error.to_string().contains("not written for testnet"), "{error}");
}
