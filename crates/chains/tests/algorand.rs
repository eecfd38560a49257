//! Algorand: MessagePack read back, what is refused, and what people are shown.

#![allow(clippy::unwrap_used)]

mod support;

use kms_chains::{Policy, PrepareError};
use kms_core::{Action, Asset, KeyText, Mnemonic, Network};
use kms_crypto::ed25519::PublicKey;
use kms_crypto::hash::sha512_256;
use serde_json::{Map, Value, json};
use support::{Prepared, chain};

const WORDS: &str = "coyote tomato poem snack gun pioneer enhance floor pilot story palace trade extend often \
                     miracle rough rhythm fork minor idle cancel will waste about another";
const ADDRESS: &str = "FHAXH6ETS6OEJQ2TESXNEEWJVAKLXI7NFNAMYTDXA7VDUCWDXKNO7GHQMU";
const OTHER: &str = "7YCMUITDE5K7RQIMBBZCO3KQAZ24PJJNEFF5GO6B24PBTFSC55IVWVX2ZE";
const SECRET: &str = "RUATSTWR7SZZIUTJLET2K5J6NN7KQZVOKG6MNXKWDIFZPEHM657CTQLT7CJZPHCEYNJSJLWSCLE2QFF3UPWSWQGMJR3QP2R2BLB3VGQ";
const MAINNET: &str = "c061c4d8fc1dbdded2d7604be4568e3f6d041987ac37bde4b620b5ab39248adf";

fn buffer(hex_digits: &str) -> Value {
    json!({"type": "Buffer", "data": hex::decode(hex_digits).unwrap()})
}

/// Bytes as JavaScript prints typed arrays.
fn indexed(bytes: &[u8]) -> Value {
    let members = bytes.iter().enumerate().map(|(place, byte)| (place.to_string(), json!(byte)));
    Value::Object(members.collect())
}

fn payment() -> Value {
    json!({
        "name": "Transaction", "tag": {"type": "Buffer", "data": [84, 88]}, "type": "pay",
        "from": ADDRESS, "to": OTHER, "amount": 1_000_000, "fee": 1000, "firstRound": 10,
        "lastRound": 1010, "genesisID": "mainnet-v1.0", "genesisHash": buffer(MAINNET), "note": {},
        "lease": {}, "appArgs": [], "flatFee": true,
    })
}

fn with(mut payload: Value, changes: Value) -> Value {
    payload.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    payload
}

fn prepare(payload: &Value, allow_rekey: bool) -> Result<Prepared, PrepareError> {
    let policy = Policy { allow_rekey, ..Policy::default() };
    support::prepare_with("ALGO", Network::Mainnet, &[SECRET], &payload.to_string(), None, policy)
}

fn refused(payload: &Value) -> String {
    match prepare(payload, false) {
        Ok(_) => panic!("it took {payload}"),
        Err(error) => error.to_string(),
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    taken
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A reader of its own, which also insists on sorted keys and values that are not zero.
fn unpack(bytes: &mut &[u8]) -> Value {
    let marker = take(bytes, 1)[0];
    let length = |bytes: &mut &[u8], size| usize::try_from(big_endian(take(bytes, size))).unwrap();
    match marker {
        0..=0x7f => json!(marker),
        0x80..=0x8f => {
            let mut map = Map::new();
            for _ in 0..marker & 15 {
                let Value::String(key) = unpack(bytes) else { panic!("a key is no text") };
                assert!(
                    map.keys().next_back().is_none_or(|before| *before < key),
                    "{key} is out of order"
                );
                let value = unpack(bytes);
                assert!(
                    value != json!(0) && value != json!("") && value != json!({}),
                    "{key} is zero"
                );
                map.insert(key, value);
            }
            Value::Object(map)
        }
        0xa0..=0xbf => {
            json!(String::from_utf8(take(bytes, (marker & 31).into()).to_vec()).unwrap())
        }
        0xc2 => panic!("false is left out"),
        0xc3 => json!(true),
        0xc4 | 0xc5 => {
            let size = length(bytes, usize::from(marker - 0xc3));
            json!(hex::encode(take(bytes, size)))
        }
        0xcc..=0xcf => json!(big_endian(take(bytes, 1 << (marker - 0xcc)))),
        0xd9 => {
            let size = length(bytes, 1);
            json!(String::from_utf8(take(bytes, size).to_vec()).unwrap())
        }
        _ => panic!("{marker:x} has no place here"),
    }
}

fn own_key() -> PublicKey {
    let key = chain("ALGO").parse(&KeyText::new(SECRET.to_owned()), Network::Mainnet).unwrap();
    *key.public().ed25519().unwrap()
}

/// At least 200 transactions of all types.
fn transactions() -> Vec<Value> {
    let mut all = Vec::new();
    for n in 0..80_u64 {
        let amount = n * n * n * 36_000_000_000_000;
        let note = indexed(&vec![7; usize::try_from(n * 12).unwrap()]);
        all.push(with(payment(), json!({"amount": amount, "note": note, "fee": n})));
        let token = json!({"type": "axfer", "assetIndex": n * 1_000, "amount": u64::MAX - n, "lease": vec![n + 1; 32]});
        all.push(with(payment(), token));
        let mut create = with(
            payment(),
            json!({
                "type": "acfg", "assetTotal": n, "assetDecimals": n % 20, "assetDefaultFrozen": n % 2 == 0,
                "assetUnitName": "U", "assetName": "Na\u{ef}ve", "assetURL": "https://example.org/".repeat(3),
                "assetManager": ADDRESS, "assetClawback": OTHER, "group": indexed(&[9; 32]),
            }),
        );
        create.as_object_mut().unwrap().retain(|name, _| name != "to" && name != "amount");
        all.push(create);
    }
    all
}

#[test]
fn what_was_signed_reads_back_as_what_was_asked() {
    for payload in transactions() {
        let prepared = prepare(&payload, false).unwrap();
        let signed = prepared.sign();
        let bytes = hex::decode(&signed.data).unwrap();
        let mut rest = &bytes[..];
        let read = unpack(&mut rest);
        assert!(rest.is_empty());
        let txn = &read["txn"];
        let number = |name: &str| payload[name].as_u64().filter(|number| *number != 0);
        let own = match payload["type"].as_str().unwrap() {
            "pay" => vec![("amount", "amt")],
            "axfer" => vec![("amount", "aamt"), ("assetIndex", "xaid")],
            _ => vec![],
        };
        for (name, key) in
            [("fee", "fee"), ("firstRound", "fv"), ("lastRound", "lv")].into_iter().chain(own)
        {
            assert_eq!(txn[key].as_u64(), number(name), "{name} of {payload}");
        }
        assert_eq!(txn["type"], payload["type"]);
        if payload["type"] == "acfg" {
            assert_eq!(txn["apar"]["an"], payload["assetName"]);
            assert_eq!(txn["apar"]["t"].as_u64(), number("assetTotal"));
        }
        // The map of two, its first key, the marker of the signature, the signature, the second key.
        let start = bytes.windows(4).position(|window| window == b"\xa3txn").unwrap() + 4;
        let message = [&b"TX"[..], &bytes[start..]].concat();
        let signature = hex::decode(read["sig"].as_str().unwrap()).unwrap();
        assert!(own_key().verify(&message, &signature.try_into().unwrap()));
        assert_eq!(prepared.unsigned.digest().0, sha512_256(&message));
        assert_eq!(signed.hash.0.len(), 52);
    }
}

#[test]
fn every_form_of_a_key_is_the_same_key() {
    let algo = chain("ALGO");
    let seed = kms_crypto::base32::decode(SECRET).unwrap();
    let base64 = |bytes: &[u8]| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(bytes)
    };
    let parse = |text: &str| algo.parse(&KeyText::new(text.to_owned()), Network::Mainnet);
    for text in [
        SECRET,
        WORDS,
        &base64(&seed),
        &base64(&seed[..32]),
        kms_crypto::base32::encode(&seed[..32]).as_str(),
    ] {
        assert_eq!(*parse(text).unwrap().public().ed25519().unwrap(), own_key(), "{text}");
    }
    let mut other_half = seed.to_vec();
    other_half[63] ^= 1;
    let foreign = kms_crypto::base32::encode(&other_half);
    for bad in [
        &SECRET[1..],
        &SECRET.replace('R', "1"),
        foreign.as_str(),
        ADDRESS,
        &WORDS.replace("coyote", "tomato"),
        &hex::encode(&seed[..]),
        "SAGZCLZ5G4V6O5LTJK4XV2F4RLD5XHNIY7F6AMXIABDLFDIINJ5HESXA",
    ] {
        let error = parse(bad).err().unwrap_or_else(|| panic!("it took {bad}")).to_string();
        assert!(error.contains("25 words") && !error.contains(bad), "{error}");
    }
    let mnemonic = |text: &str| Mnemonic::new(text.to_owned());
    assert!(algo.check_mnemonic(&mnemonic(WORDS)).is_ok());
    let bip39 = "abandon ".repeat(11) + "about";
    let error = algo.import(mnemonic(&bip39), Network::Mainnet).err().unwrap();
    assert!(error.to_string().contains("25"), "{error}");
}

#[test]
fn giving_an_account_away_needs_permission() {
    for (change, words) in [
        (json!({"reKeyTo": OTHER}), "into the hands"),
        (json!({"closeRemainderTo": OTHER}), "closes the account"),
        (
            json!({"type": "axfer", "assetIndex": 5, "closeRemainderTo": OTHER}),
            "closes the holding",
        ),
    ] {
        let payload = with(payment(), change);
        let error = refused(&payload);
        assert!(
            error.contains(words) && error.contains("--allowRekey") && error.contains(OTHER),
            "{error}"
        );
        let prepared = prepare(&payload, true).unwrap();
        let shown = format!("{:?}", prepared.unsigned.intent().actions);
        assert!(shown.contains(OTHER) && shown.matches("Other").count() == 1, "{shown}");
    }
}

#[test]
fn what_the_network_would_not_take_is_refused_by_name() {
    let testnet = "4863b518a4b3c84ec810f22d4f1081cb0f71f059a7ac20dec62f7f70e5093a22";
    let mut wrong = indexed(&[1; 32]);
    wrong.as_object_mut().unwrap().remove("5");
    for (change, words) in [
        (json!({"type": "appl"}), "`appl`"),
        (json!({"type": "keyreg"}), "`keyreg`"),
        (json!({"appArgs": [[1]]}), "`appArgs`"),
        (json!({"assetTotal": 5}), "`assetTotal`"),
        (json!({"surprise": 0}), "`surprise`"),
        (json!({"amount": 1.5}), "`amount`"),
        (json!({"amount": -1}), "`amount`"),
        (json!({"amount": 1e20}), "`amount`"),
        (json!({"fee": null}), "`fee`"),
        (json!({"lastRound": 9}), "`lastRound`"),
        (json!({"genesisHash": buffer(testnet)}), "`genesisHash`"),
        (json!({"genesisHash": [1, 2]}), "`genesisHash`"),
        (json!({"lease": wrong}), "`lease`"),
        (json!({"note": "text"}), "`note`"),
        (json!({"note": [256]}), "`note`"),
        (json!({"to": OTHER.replace("7Y", "7Z")}), "checksum"),
        (json!({"to": {"publicKey": indexed(&[1; 32]), "checksum": indexed(&[1; 4])}}), "checksum"),
        (json!({"to": {"publicKey": indexed(&[1; 31]), "checksum": indexed(&[1; 4])}}), "`to`"),
    ] {
        let error = refused(&with(payment(), change));
        assert!(error.contains(words), "{error}");
    }
    for text in ["", "[]", "{", &"{\"a\":".repeat(100_000)] {
        let error = support::prepare("ALGO", Network::Mainnet, &[SECRET], text).err().unwrap();
        assert!(error.to_string().contains("not valid ALGO JSON"), "{error}");
    }
}

#[test]
fn people_see_payments_tokens_and_parameters() {
    let actions = |payload: &Value| prepare(payload, false).unwrap().unsigned.intent().actions;
    let noted = with(payment(), json!({"note": [1, 2]}));
    let [Action::Transfer { to, amount, .. }, Action::Memo { data_bytes: 2 }] =
        &actions(&noted)[..]
    else {
        panic!("{:?}", actions(&noted))
    };
    assert_eq!((to.as_str(), amount.as_str()), (OTHER, "1000000"));
    let clawback =
        json!({"type": "axfer", "assetIndex": 5, "assetRevocationTarget": OTHER, "to": ADDRESS});
    assert!(matches!(&actions(&with(payment(), clawback))[..],
        [Action::Transfer { asset: Asset::Token { contract, .. }, from: Some(from), .. }]
        if contract == "5" && from == OTHER));
    let opt_in = json!({"type": "axfer", "assetIndex": 5, "amount": 0, "to": ADDRESS});
    assert!(matches!(&actions(&with(payment(), opt_in))[..], [Action::Trust { .. }]));
    let burnt = with(
        payment(),
        json!({"to": {"publicKey": indexed(&[0; 32]), "checksum": [12, 116, 229, 84]}}),
    );
    assert!(format!("{:?}", actions(&burnt)).contains("burnt"));
    let create = transactions().pop().unwrap();
    let shown = format!("{:?}", actions(&create));
    assert!(shown.contains("create a token") && shown.contains("assetTotal: 79"), "{shown}");
    let foreign = with(payment(), json!({"from": OTHER, "to": ADDRESS}));
    assert!(prepare(&foreign, false).unwrap().unsigned.warnings()[0].contains("was rekeyed"));
}
