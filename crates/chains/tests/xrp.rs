//! The XRP Ledger: a second codec's opinion, what is refused, and what people are shown.

#![allow(clippy::unwrap_used)]

mod support;

use kms_chains::PrepareError;
use kms_core::{Action, Asset, KeyText, Network};
use kms_crypto::hash::sha512_half;
use kms_crypto::{PublicKey, ed25519, secp256k1};
use serde_json::{Map, Value, json};
use support::{Prepared, chain};

/// The seed of "masterpassphrase" and the account it leads to.
const SEED: &str = "snoPBrXtMeMyMHUVTgbuqAfg1SUTb";
const ACCOUNT: &str = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh";
const OTHER: &str = "rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf";

fn prepare(payload: &Value) -> Result<Prepared, PrepareError> {
    support::prepare("XRP", Network::Mainnet, &[SEED], &payload.to_string())
}

fn refused(payload: &Value) -> String {
    match prepare(payload) {
        Ok(_) => panic!("it took {payload}"),
        Err(error) => error.to_string(),
    }
}

fn payment() -> Value {
    json!({
        "TransactionType": "Payment", "Account": ACCOUNT, "Destination": OTHER, "Amount": "3100000",
        "Fee": "12", "Sequence": 7, "LastLedgerSequence": 80_085_863, "Flags": 0,
    })
}

fn with(mut payload: Value, changes: Value) -> Value {
    payload.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    payload
}

/// Transactions of many kinds, with every type of value that payloads have.
fn transactions() -> Vec<Value> {
    let common = |extra: Value| {
        let base = json!({"Account": ACCOUNT, "Fee": "12", "Sequence": 7, "LastLedgerSequence": 9});
        with(base, extra)
    };
    let issued = |value: &str| json!({"currency": "USD", "value": value, "issuer": OTHER});
    let mut all = vec![
        payment(),
        with(
            payment(),
            json!({"DestinationTag": 0, "SourceTag": u32::MAX, "InvoiceID": "AB".repeat(32)}),
        ),
        with(payment(), json!({"Sequence": 0, "TicketSequence": 5})),
        with(
            payment(),
            json!({
                "Amount": issued("10.5"), "SendMax": "5000000", "Flags": 131_072,
                "Paths": [[{"currency": "EUR", "issuer": OTHER}, {"account": OTHER}], [{"currency": "XRP"}]],
                "Memos": [{"Memo": {"MemoType": "746578742F706C61696E", "MemoData": "6F72"}}],
            }),
        ),
        common(
            json!({"TransactionType": "TrustSet", "LimitAmount": issued("100000000"), "QualityIn": 5}),
        ),
        common(
            json!({"TransactionType": "AccountSet", "SetFlag": 8, "Domain": "6578616D706C65", "EmailHash": "00".repeat(16), "TickSize": 5}),
        ),
        common(
            json!({"TransactionType": "OfferCreate", "TakerGets": "1", "TakerPays": issued("-0.5")}),
        ),
        common(json!({"TransactionType": "SetRegularKey", "RegularKey": OTHER})),
        common(json!({"TransactionType": "TicketCreate", "TicketCount": 2})),
        common(json!({"TransactionType": "SignerListSet", "SignerQuorum": 2, "SignerEntries": [
            {"SignerEntry": {"Account": OTHER, "SignerWeight": 1}}]})),
        common(
            json!({"TransactionType": "NFTokenMint", "NFTokenTaxon": 0, "URI": "AB", "TransferFee": 5}),
        ),
        common(
            json!({"TransactionType": "NFTokenCancelOffer", "NFTokenOffers": ["CD".repeat(32), "EF".repeat(32)]}),
        ),
        common(
            json!({"TransactionType": "AMMVote", "Asset": {"currency": "XRP"}, "Asset2": {"currency": "USD", "issuer": OTHER}, "TradingFee": 9}),
        ),
        common(
            json!({"TransactionType": "EscrowCreate", "Destination": OTHER, "Amount": "5", "FinishAfter": 1, "Condition": "A0258020"}),
        ),
    ];
    for n in 0..300_u64 {
        let value = format!("{}.{}", n * n, n * 1_000_003);
        all.push(with(payment(), json!({"Amount": issued(&value), "Sequence": n + 1})));
        let drops = (n * 333_333_333_331).to_string();
        all.push(with(payment(), json!({"Amount": drops, "DestinationTag": n * 14_000_000})));
    }
    all
}

/// What a codec that somebody else wrote makes of the signed bytes.
fn decoded(data: &str) -> Map<String, Value> {
    let bytes = hex::decode(data).unwrap();
    xrpl_mithril_codec::deserializer::deserialize_object(&bytes).unwrap()
}

fn verifies(data: &str, fields: &Map<String, Value>) -> bool {
    let mut body = Vec::new();
    xrpl_mithril_codec::serializer::serialize_json_object(fields, &mut body, true).unwrap();
    let message = [&b"STX\0"[..], &body].concat();
    let bytes = |name: &str| hex::decode(fields[name].as_str().unwrap()).unwrap();
    let (key, signature) = (bytes("SigningPubKey"), bytes("TxnSignature"));
    assert!(data.contains(fields["TxnSignature"].as_str().unwrap()));
    match key.split_first().unwrap() {
        (0xed, key) => {
            let key = ed25519::PublicKey(key.try_into().unwrap());
            key.verify(&message, &signature.try_into().unwrap())
        }
        _ => secp256k1::PublicKey::from_bytes(&key)
            .unwrap()
            .verify_der(&sha512_half(&[&message]), &signature),
    }
}

#[test]
fn another_codec_reads_and_verifies_what_was_signed() {
    for seed in [SEED, "sEdTM1uX8pu2do5XvTnutH6HsouMaM2"] {
        for payload in transactions() {
            let text = payload.to_string();
            let prepared = support::prepare("XRP", Network::Mainnet, &[seed], &text).unwrap();
            let signed = prepared.sign();
            let fields = decoded(&signed.data);
            assert!(verifies(&signed.data, &fields), "{payload}");
            let mut again = Vec::new();
            xrpl_mithril_codec::serializer::serialize_json_object(&fields, &mut again, false)
                .unwrap();
            assert_eq!(hex::encode_upper(again), signed.data, "{payload}");
            for name in ["Account", "Sequence", "Fee", "Destination", "DestinationTag", "SetFlag"] {
                assert_eq!(fields.get(name), payload.get(name), "{name} of {payload}");
            }
            assert_eq!(signed.hash.0.len(), 64);
        }
    }
}

#[test]
fn the_seed_decides_the_curve() {
    let xrp = chain("XRP");
    let public = |text: &str| {
        let key = xrp.parse(&KeyText::new(text.to_owned()), Network::Mainnet).unwrap();
        key.public()
    };
    assert!(matches!(public(SEED), PublicKey::Secp256k1(_)));
    assert!(matches!(public("sEdTM1uX8pu2do5XvTnutH6HsouMaM2"), PublicKey::Ed25519(_)));
    assert!(matches!(public(&format!("00{}", "46".repeat(32))), PublicKey::Secp256k1(_)));
    assert!(matches!(public(&format!("ED{}", "46".repeat(32))), PublicKey::Ed25519(_)));
    for bad in [
        "snoPBrXtMeMyMHUVTgbuqAfg1SUTc",
        ACCOUNT,
        &"46".repeat(32),
        &format!("01{}", "46".repeat(32)),
        &format!("00{}", "00".repeat(32)),
        "SAGZCLZ5G4V6O5LTJK4XV2F4RLD5XHNIY7F6AMXIABDLFDIINJ5HESXA",
    ] {
        let error = xrp.parse(&KeyText::new(bad.to_owned()), Network::Mainnet).err().unwrap();
        assert!(error.to_string().contains("family seed"), "{error}");
    }
}

#[test]
fn an_x_address_becomes_account_and_tag() {
    let with_tag = "XVLhHMPHU98es4dbozjVtdWzVrDjtV8AqEL4xcZj5whKbmc";
    let given = with(payment(), json!({"Destination": with_tag}));
    let plain = with(payment(), json!({"DestinationTag": 0}));
    assert_eq!(prepare(&given).unwrap().sign(), prepare(&plain).unwrap().sign());
    let both = with(given, json!({"DestinationTag": 1}));
    assert!(refused(&both).contains("is not the tag 0"));
    let testnet =
        with(payment(), json!({"Destination": "TVE26TYGhfLC7tQDno7G8dGtxSkYQn49b3qD26PK7FcGSKE"}));
    assert!(refused(&testnet).contains("other network"));
    // The tag has no place where the transaction has none.
    let offer = |destination: &str| {
        json!({
            "TransactionType": "NFTokenCreateOffer", "Account": ACCOUNT, "Fee": "12", "Sequence": 7,
            "NFTokenID": "00".repeat(32), "Amount": "1", "Destination": destination,
        })
    };
    prepare(&offer("XVLhHMPHU98es4dbozjVtdWzVrDjtV5fdx1mHp98tDMoQXb")).map(drop).unwrap();
    assert!(refused(&offer(with_tag)).contains("`DestinationTag`"));
}

#[test]
fn what_the_ledger_would_not_take_is_refused_by_name() {
    let changes = [
        (json!({"Fee": "1.5"}), "`Fee`"),
        (json!({"Fee": 12}), "`Fee`"),
        (json!({"Amount": "123456.7"}), "`Amount`"),
        (
            json!({"Amount": {"currency": "USD", "value": "12345678901234567", "issuer": OTHER}}),
            "16 digits",
        ),
        (
            json!({"Amount": {"currency": "USD", "value": "1", "issuer": "rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpg"}}),
            "checksum",
        ),
        (json!({"Amount": {"currency": "XRP", "value": "1", "issuer": OTHER}}), "drops"),
        (json!({"Destination": "rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpg"}), "checksum"),
        (json!({"Destination": null}), "`Destination` of the payload is missing"),
        (json!({"Surprise": 1}), "`Surprise`"),
        (json!({"LimitAmount": "1"}), "`LimitAmount`"),
        (json!({"TransactionType": "Nonsense"}), "`Nonsense`"),
        (json!({"TransactionType": 0}), "`TransactionType`"),
        (json!({"TxnSignature": "AB"}), "signed already"),
        (json!({"Signers": []}), "signed already"),
        (json!({"Sequence": 0}), "`Sequence`"),
        (json!({"Sequence": 7.5}), "`Sequence`"),
        (json!({"TicketSequence": 5}), "`Sequence`"),
        (json!({"DestinationTag": 4_294_967_296_u64}), "`DestinationTag`"),
        (json!({"Memos": [{"Memo": {"Nonsense": 1}}]}), "`Nonsense`"),
        (json!({"InvoiceID": "AB"}), "`InvoiceID`"),
    ];
    for (change, words) in changes {
        let error = refused(&with(payment(), change));
        assert!(error.contains(words), "{error}");
    }
    for text in ["", "[]", "{", &"[".repeat(100_000)] {
        let error = support::prepare("XRP", Network::Mainnet, &[SEED], text).err().unwrap();
        assert!(error.to_string().contains("not valid XRP JSON"), "{error}");
    }
}

#[test]
fn people_see_payments_trust_lines_and_the_fields_of_all_else() {
    let intent = prepare(&with(payment(), json!({"DestinationTag": 3}))).unwrap().unsigned.intent();
    let [Action::Transfer { to, amount, .. }] = &intent.actions[..] else { panic!("{intent:?}") };
    assert_eq!(
        (to.as_str(), amount.as_str()),
        ("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf, tag 3", "3100000")
    );
    assert_eq!((intent.from[0].as_str(), intent.max_fee.amount.as_str()), (ACCOUNT, "12"));

    let trust = json!({
        "TransactionType": "TrustSet", "Account": ACCOUNT, "Fee": "12", "Sequence": 7,
        "LimitAmount": {"currency": "USD", "value": "10.50", "issuer": OTHER},
    });
    let prepared = prepare(&trust).unwrap();
    let [Action::Trust { asset: Asset::Token { contract, token_id, .. }, limit }] =
        &prepared.unsigned.intent().actions[..]
    else {
        panic!("{:?}", prepared.unsigned.intent())
    };
    assert_eq!(
        (contract.as_str(), token_id.as_deref(), limit.as_str()),
        (OTHER, Some("USD"), "10.50")
    );
    assert!(prepared.unsigned.warnings()[0].contains("never expires"));

    let key = json!({"TransactionType": "SetRegularKey", "Account": OTHER, "Fee": "12", "Sequence": 7, "RegularKey": ACCOUNT});
    let prepared = prepare(&key).unwrap();
    let details = vec![format!("RegularKey: \"{ACCOUNT}\"")];
    let other = Action::Other { what: "SetRegularKey".to_owned(), details };
    assert_eq!(prepared.unsigned.intent().actions, [other]);
    assert!(prepared.unsigned.warnings()[0].contains("regular key"));

    let partial = with(payment(), json!({"Flags": 131_072}));
    let actions = prepare(&partial).unwrap().unsigned.intent().actions;
    assert!(matches!(&actions[1], Action::Other { details, .. } if details == &["Flags: 131072"]));
}
