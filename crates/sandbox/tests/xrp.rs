//! The XRP Ledger as rippled behaves: what is executed, and with which codes the rest is refused.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use bitcoin::hashes::{Hash as _, hash160};
use common::accounts::At;
use common::{Api, WALLET, text};
use ed25519_dalek::Signer as _;
use k256::ecdsa::signature::hazmat::PrehashSigner as _;
use serde_json::{Value, json};
use xrpl_mithril_codec::{serializer, signing};

const XRP: At = At("XRP", "xrp");

enum Key {
    Secp256k1(k256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

impl Key {
    fn secp256k1(byte: u8) -> Self {
        Self::Secp256k1(k256::ecdsa::SigningKey::from_slice(&[byte; 32]).unwrap())
    }

    fn ed25519(byte: u8) -> Self {
        Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[byte; 32]))
    }

    fn public(&self) -> Vec<u8> {
        match self {
            Self::Secp256k1(key) => key.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
            Self::Ed25519(key) => [&[0xed][..], key.verifying_key().as_bytes()].concat(),
        }
    }

    fn address(&self) -> String {
        let id = hash160::Hash::hash(&self.public()).to_byte_array();
        bs58::encode(id).with_alphabet(bs58::Alphabet::RIPPLE).with_check_version(0).into_string()
    }

    /// The signed transaction in hex.
    fn sign(&self, fields: &Value) -> String {
        let mut fields = fields.as_object().unwrap().clone();
        fields.insert("SigningPubKey".to_owned(), hex::encode_upper(self.public()).into());
        let message = signing::signing_data(&fields).unwrap();
        let signature = match self {
            Self::Secp256k1(key) => {
                let digest = signing::sha512_half(&message);
                let signature: k256::ecdsa::Signature = key.sign_prehash(&digest).unwrap();
                signature.normalize_s().unwrap_or(signature).to_der().as_bytes().to_vec()
            }
            Self::Ed25519(key) => key.sign(&message).to_vec(),
        };
        fields.insert("TxnSignature".to_owned(), hex::encode_upper(signature).into());
        let mut bytes = Vec::new();
        serializer::serialize_json_object(&fields, &mut bytes, false).unwrap();
        hex::encode_upper(bytes)
    }
}

async fn account(api: &Api, address: &str) -> Value {
    api.get(&format!("/v3/xrp/account/{address}")).await.1
}

async fn sequence(api: &Api, address: &str) -> u64 {
    account(api, address).await["account_data"]["Sequence"].as_u64().unwrap()
}

async fn balance(api: &Api, address: &str) -> Value {
    api.get(&format!("/v3/xrp/account/{address}/balance")).await.1
}

/// A payment of 5 XRP that the ledger would take.
async fn payment(api: &Api, from: &Key, to: &str) -> Value {
    let ledger = api.get("/v3/xrp/info").await.1["ledger_index"].as_u64().unwrap();
    json!({
        "TransactionType": "Payment", "Account": from.address(), "Destination": to,
        "Amount": "5000000", "Fee": "10", "Flags": 0, "LastLedgerSequence": ledger + 50,
        "Sequence": sequence(api, &from.address()).await,
    })
}

fn with(transaction: &Value, field: &str, value: impl Into<Value>) -> Value {
    let mut changed = transaction.clone();
    changed[field] = value.into();
    changed
}

async fn rich(api: &Api, key: Key) -> Key {
    api.faucet(&XRP, &key.address(), "100").await;
    key
}

#[tokio::test]
async fn keys_of_both_kinds_pay_new_accounts() {
    let api = Api::start().await;
    for (from, to) in [(Key::secp256k1(1), Key::ed25519(2)), (Key::ed25519(3), Key::secp256k1(4))] {
        let from = rich(&api, from).await;
        let transaction = payment(&api, &from, &to.address()).await;
        let before = sequence(&api, &from.address()).await;
        let hash = api.takes(&XRP, &from.sign(&transaction)).await;
        assert_eq!(balance(&api, &to.address()).await["balance"], "5000000");
        assert_eq!(balance(&api, &from.address()).await["balance"], "94999990");
        assert_eq!(sequence(&api, &from.address()).await, before + 1);
        let (_, view) = api.get(&format!("/v3/xrp/transaction/{hash}")).await;
        assert_eq!(view["meta"]["TransactionResult"], "tesSUCCESS");
        assert_eq!((&view["Amount"], &view["validated"]), (&json!("5000000"), &json!(true)));
    }
}

#[tokio::test]
async fn refusals_are_rippleds_codes_and_change_nothing() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, Key::secp256k1(1)).await, Key::secp256k1(2).address());
    let good = payment(&api, &from, &to).await;
    let next = good["Sequence"].as_u64().unwrap();
    for (transaction, code) in [
        (with(&good, "Sequence", next - 1), "tefPAST_SEQ"),
        (with(&good, "Sequence", next + 1), "terPRE_SEQ"),
        (with(&good, "LastLedgerSequence", 5), "tefMAX_LEDGER"),
        (with(&good, "Fee", "9"), "telINSUF_FEE_P"),
        (with(&good, "Amount", "0"), "temBAD_AMOUNT"),
        (with(&good, "Destination", from.address()), "temREDUNDANT"),
        (
            with(&good, "Flags", 0x2_0000),
            "temDISABLED: the sandbox does not know the flags 0x20000",
        ),
    ] {
        let words = api.refuses(&XRP, &from.sign(&transaction)).await;
        assert!(words.starts_with(&format!("Broadcast failed. {code}")), "{code}: {words}");
    }
    let stranger = payment(&api, &from, &to).await;
    let words = api.refuses(&XRP, &Key::secp256k1(9).sign(&stranger)).await;
    assert_eq!(words, "Broadcast failed. tefBAD_AUTH");
    let nobody = with(&good, "Account", Key::ed25519(9).address());
    let words = api.refuses(&XRP, &Key::ed25519(9).sign(&nobody)).await;
    assert_eq!(words, "Broadcast failed. terNO_ACCOUNT");
    assert_eq!(balance(&api, &from.address()).await["balance"], "100000000");
    api.takes(&XRP, &from.sign(&good)).await;
}

#[tokio::test]
async fn what_was_changed_or_cut_after_signing_is_refused() {
    let api = Api::start().await;
    let from = rich(&api, Key::secp256k1(1)).await;
    let signed = from.sign(&payment(&api, &from, &Key::secp256k1(2).address()).await);
    // The amount of 5 XRP, made 6.
    let tampered = signed.replace("40000000004C4B40", "40000000005B8D80");
    assert_ne!(tampered, signed);
    let words = api.refuses(&XRP, &tampered).await;
    assert!(words.ends_with("fails local checks: Invalid signature."), "{words}");
    for cut in [0, 1, 2, 40, signed.len() - 2] {
        let words = api.refuses(&XRP, &signed[..cut]).await;
        assert!(words.starts_with("Broadcast failed. invalidTransaction"), "{cut}: {words}");
    }
    api.takes(&XRP, &signed).await;
}

#[tokio::test]
async fn the_same_bytes_are_executed_once() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, Key::ed25519(1)).await, Key::secp256k1(2).address());
    let good = payment(&api, &from, &to).await;
    let signed = from.sign(&good);
    api.takes(&XRP, &signed).await;
    assert_eq!(api.refuses(&XRP, &signed).await, "Broadcast failed. tefALREADY");
    let other = from.sign(&with(&good, "Amount", "6000000"));
    assert_eq!(api.refuses(&XRP, &other).await, "Broadcast failed. tefPAST_SEQ");
    assert_eq!(balance(&api, &to).await["balance"], "5000000");
}

#[tokio::test]
async fn a_transaction_expires_with_its_last_ledger() {
    let api = Api::start().await;
    let from = rich(&api, Key::secp256k1(1)).await;
    let signed = from.sign(&payment(&api, &from, &Key::secp256k1(2).address()).await);
    api.pass_blocks(&XRP, 60).await;
    assert_eq!(api.refuses(&XRP, &signed).await, "Broadcast failed. tefMAX_LEDGER");
}

#[tokio::test]
async fn what_fails_with_tec_costs_its_fee_and_its_sequence() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, Key::secp256k1(1)).await, Key::secp256k1(2).address());
    for (amount, code) in [("99000001", "tecUNFUNDED_PAYMENT"), ("999999", "tecNO_DST_INSUF_XRP")] {
        let before = sequence(&api, &from.address()).await;
        let failing = with(&payment(&api, &from, &to).await, "Amount", amount);
        let signed = from.sign(&failing);
        assert_eq!(api.refuses(&XRP, &signed).await, format!("Broadcast failed. {code}"));
        assert_eq!(api.refuses(&XRP, &signed).await, "Broadcast failed. tefALREADY");
        assert_eq!(sequence(&api, &from.address()).await, before + 1);
    }
    assert_eq!(balance(&api, &from.address()).await["balance"], "99999980");
    assert_eq!(api.get(&format!("/v3/xrp/account/{to}")).await.0, 403);
}

#[tokio::test]
async fn issued_currencies_pass_over_trust_lines() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, Key::secp256k1(1)).await, rich(&api, Key::ed25519(2)).await);
    let issuer = api.token_of(&XRP).await;
    let issued = |value: &str| json!({ "currency": "TST", "issuer": issuer, "value": value });
    let body = json!({ "address": from.address(), "amount": "50" });
    let (status, answer) = api.post("/sandbox/XRP/token/mint", body).await;
    assert_eq!((status, text(&answer["message"]).as_str()), (403, "Broadcast failed. tecPATH_DRY"));

    let trust = async |key: &Key, limit: &str| {
        let line = json!({
            "TransactionType": "TrustSet", "Account": key.address(), "Fee": "10", "Flags": 0,
            "Sequence": sequence(&api, &key.address()).await, "LimitAmount": issued(limit),
        });
        api.takes(&XRP, &key.sign(&line)).await;
    };
    trust(&from, "1000").await;
    api.mint_tokens(&XRP, &from.address(), "50").await;
    let pay = async |value: &str| {
        let transaction = payment(&api, &from, &to.address()).await;
        from.sign(&with(&transaction, "Amount", issued(value)))
    };
    let no_line = pay("10.5").await;
    assert_eq!(api.refuses(&XRP, &no_line).await, "Broadcast failed. tecPATH_DRY");
    trust(&to, "20").await;
    api.takes(&XRP, &pay("10.5").await).await;
    let assets = |value: &str| json!([{ "currency": "TST", "balance": value }]);
    assert_eq!(balance(&api, &to.address()).await["assets"], assets("10.5"));
    assert_eq!(balance(&api, &from.address()).await["assets"], assets("39.5"));
    for too_much in ["10", "39.6"] {
        let signed = pay(too_much).await;
        assert_eq!(api.refuses(&XRP, &signed).await, "Broadcast failed. tecPATH_PARTIAL");
    }
    assert_eq!(balance(&api, &from.address()).await["assets"], assets("39.5"));
}

#[tokio::test]
async fn an_account_can_ask_for_a_tag() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, Key::secp256k1(1)).await, rich(&api, Key::ed25519(2)).await);
    let set = json!({
        "TransactionType": "AccountSet", "Account": to.address(), "Fee": "10", "Flags": 0,
        "Sequence": sequence(&api, &to.address()).await, "SetFlag": 1,
    });
    api.takes(&XRP, &to.sign(&set)).await;
    let without = from.sign(&payment(&api, &from, &to.address()).await);
    assert_eq!(api.refuses(&XRP, &without).await, "Broadcast failed. tecDST_TAG_NEEDED");
    let tagged = with(&payment(&api, &from, &to.address()).await, "DestinationTag", 7);
    api.takes(&XRP, &from.sign(&tagged)).await;
}

#[tokio::test]
async fn requests_become_what_the_api_queues() {
    let api = Api::start().await;
    let from = rich(&api, Key::secp256k1(1)).await.address();
    let to = Key::secp256k1(2).address();
    let next = sequence(&api, &from).await;
    let last = |payload: &str| {
        let payload: Value = serde_json::from_str(payload).unwrap();
        payload["LastLedgerSequence"].as_u64().unwrap()
    };
    let request = json!({
        "fromAccount": from, "to": to, "amount": "3.1", "fee": "0.000012", "sourceTag": 0,
        "destinationTag": 4_294_967_295_u32, "signatureId": WALLET,
    });
    let payload = api.payload(&XRP, "/v3/xrp/transaction", request).await;
    let expected = format!(
        r#"{{"Account":"{from}","Amount":"3100000","SourceTag":0,"Destination":"{to}","TransactionType":"Payment","Sequence":{next},"LastLedgerSequence":{},"Fee":"12","DestinationTag":4294967295,"Flags":0}}"#,
        last(&payload)
    );
    assert_eq!(payload, expected);

    let request = json!({
        "fromAccount": from, "to": to, "amount": "10.50", "token": "USD", "issuerAccount": to,
        "signatureId": WALLET,
    });
    let payload = api.payload(&XRP, "/v3/xrp/transaction", request.clone()).await;
    let amount = format!(r#""Amount":{{"currency":"USD","value":"10.50","issuer":"{to}"}},"#);
    assert!(payload.contains(&amount), "{payload}");

    let line = json!({
        "fromAccount": from, "issuerAccount": to, "token": "USD", "limit": "10000",
        "signatureId": WALLET,
    });
    let payload = api.payload(&XRP, "/v3/xrp/trust", line).await;
    let expected = format!(
        r#"{{"TransactionType":"TrustSet","Account":"{from}","Fee":"10","LastLedgerSequence":{},"LimitAmount":{{"currency":"USD","issuer":"{to}","value":"10000"}},"Sequence":{next},"Flags":0}}"#,
        last(&payload)
    );
    assert_eq!(payload, expected);

    let settings = json!({ "fromAccount": from, "rippling": true, "signatureId": WALLET });
    let payload = api.payload(&XRP, "/v3/xrp/account/settings", settings).await;
    let expected = format!(
        r#"{{"TransactionType":"AccountSet","Account":"{from}","Fee":"10","Sequence":{next},"LastLedgerSequence":{},"SetFlag":8,"Flags":0}}"#,
        last(&payload)
    );
    assert_eq!(payload, expected);

    for (field, value) in
        [("to", "rNobody"), ("amount", "-1"), ("token", "XRP"), ("signatureId", "x"), ("fee", "a")]
    {
        let (status, answer) = api.post("/v3/xrp/transaction", with(&request, field, value)).await;
        assert_eq!((status, &answer["errorCode"]), (400, &json!("validation.failed")), "{field}");
    }
    let nobody = with(&request, "fromAccount", Key::secp256k1(8).address());
    assert_eq!(api.post("/v3/xrp/transaction", nobody).await.0, 403);
}
