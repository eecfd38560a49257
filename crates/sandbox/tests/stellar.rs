//! Stellar as Horizon behaves: what is executed, and with which codes the rest is refused.
#![allow(clippy::unwrap_used, reason = "a test that panics says why")]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::accounts::At;
use common::{Api, WALLET, text};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stellar_xdr::{
    AccountId, AlphaNum4, Asset, AssetCode4, ChangeTrustAsset, ChangeTrustOp, CreateAccountOp,
    DecoratedSignature, Limits, Memo, MuxedAccount, Operation, OperationBody, PaymentOp,
    Preconditions, PublicKey, ReadXdr as _, SequenceNumber, Signature, SignatureHint, TimeBounds,
    TimePoint, Transaction, TransactionEnvelope, TransactionExt, TransactionV1Envelope, Uint256,
    WriteXdr as _,
};

const XLM: At = At("XLM", "xlm");

struct Key(SigningKey);

impl Key {
    fn new(byte: u8) -> Self {
        Self(SigningKey::from_bytes(&[byte; 32]))
    }

    fn account(&self) -> AccountId {
        let key = self.0.verifying_key().to_bytes();
        AccountId(PublicKey::PublicKeyTypeEd25519(Uint256(key)))
    }

    fn muxed(&self) -> MuxedAccount {
        MuxedAccount::Ed25519(Uint256(self.0.verifying_key().to_bytes()))
    }

    fn address(&self) -> String {
        self.account().to_string()
    }

    fn sign(&self, transaction: &Transaction) -> DecoratedSignature {
        let bytes = transaction.to_xdr(Limits::none()).unwrap();
        let network = Sha256::digest("Test SDF Network ; September 2015");
        let hash = Sha256::digest([&network[..], &[0, 0, 0, 2], &bytes].concat());
        let hint = *self.0.verifying_key().as_bytes().last_chunk().unwrap();
        let signature = self.0.sign(&hash).to_vec();
        DecoratedSignature {
            hint: SignatureHint(hint),
            signature: Signature(signature.try_into().unwrap()),
        }
    }
}

fn envelope(transaction: &Transaction, keys: &[&Key]) -> String {
    let signatures: Vec<_> = keys.iter().map(|key| key.sign(transaction)).collect();
    let signatures = signatures.try_into().unwrap();
    let envelope = TransactionV1Envelope { tx: transaction.clone(), signatures };
    STANDARD.encode(TransactionEnvelope::Tx(envelope).to_xdr(Limits::none()).unwrap())
}

async fn account(api: &Api, key: &Key) -> Value {
    api.get(&format!("/v3/xlm/account/{}", key.address())).await.1
}

async fn sequence(api: &Api, key: &Key) -> i64 {
    text(&account(api, key).await["sequence"]).parse().unwrap()
}

/// Of lumens, or of the test token.
async fn balance(api: &Api, key: &Key, code: Option<&str>) -> String {
    let account = account(api, key).await;
    let balances = account["balances"].as_array().unwrap();
    let found = balances.iter().find(|one| one["asset_code"].as_str() == code);
    text(&found.unwrap()["balance"])
}

fn operation(body: OperationBody) -> Operation {
    Operation { source_account: None, body }
}

fn payment(to: &Key, asset: Asset, amount: i64) -> Operation {
    operation(OperationBody::Payment(PaymentOp { destination: to.muxed(), asset, amount }))
}

/// A transaction with the next number of its source.
async fn next(api: &Api, from: &Key, operations: Vec<Operation>) -> Transaction {
    Transaction {
        source_account: from.muxed(),
        fee: 100 * u32::try_from(operations.len()).unwrap(),
        seq_num: SequenceNumber(sequence(api, from).await + 1),
        cond: Preconditions::None,
        memo: Memo::None,
        operations: operations.try_into().unwrap(),
        ext: TransactionExt::V0,
    }
}

async fn token(api: &Api) -> Asset {
    let issuer = api.token_of(&XLM).await.parse().unwrap();
    Asset::CreditAlphanum4(AlphaNum4 { asset_code: AssetCode4(*b"TST\0"), issuer })
}

async fn trust(api: &Api, key: &Key, limit: i64) {
    let Asset::CreditAlphanum4(asset) = token(api).await else { panic!() };
    let line = ChangeTrustAsset::CreditAlphanum4(asset);
    let change = operation(OperationBody::ChangeTrust(ChangeTrustOp { line, limit }));
    let transaction = next(api, key, vec![change]).await;
    api.takes(&XLM, &envelope(&transaction, &[key])).await;
}

async fn rich(api: &Api, byte: u8) -> Key {
    let key = Key::new(byte);
    api.faucet(&XLM, &key.address(), "100").await;
    key
}

fn words(code: &str) -> String {
    format!("Unable to submit transaction. {code}")
}

#[tokio::test]
async fn lumens_go_to_old_accounts_and_new_ones() {
    let api = Api::start().await;
    let (from, to, new) = (rich(&api, 1).await, rich(&api, 2).await, Key::new(3));
    let create = operation(OperationBody::CreateAccount(CreateAccountOp {
        destination: new.account(),
        starting_balance: 20_000_000,
    }));
    let both = vec![payment(&to, Asset::Native, 50_000_000), create];
    let transaction = next(&api, &from, both).await;
    let hash = api.takes(&XLM, &envelope(&transaction, &[&from])).await;
    assert_eq!(balance(&api, &to, None).await, "105.0000000");
    assert_eq!(balance(&api, &new, None).await, "2.0000000");
    assert_eq!(balance(&api, &from, None).await, "92.9999800");
    let view = api.get(&format!("/v3/xlm/transaction/{hash}")).await.1;
    assert_eq!((&view["successful"], &view["fee_charged"]), (&json!(true), &json!("200")));
}

#[tokio::test]
async fn refusals_are_horizons_codes_and_change_nothing() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, rich(&api, 2).await);
    let good = next(&api, &from, vec![payment(&to, Asset::Native, 50_000_000)]).await;
    let changed = |change: fn(&mut Transaction)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };
    let bounds = |min, max| {
        Preconditions::Time(TimeBounds { min_time: TimePoint(min), max_time: TimePoint(max) })
    };
    let late = Transaction { cond: bounds(0, 1_500_000_000), ..good.clone() };
    let early = Transaction { cond: bounds(u64::MAX, 0), ..good.clone() };
    for (transaction, code) in [
        (changed(|one| one.seq_num.0 -= 1), "tx_bad_seq"),
        (changed(|one| one.seq_num.0 += 1), "tx_bad_seq"),
        (changed(|one| one.fee = 99), "tx_insufficient_fee"),
        (late, "tx_too_late"),
        (early, "tx_too_early"),
    ] {
        assert_eq!(api.refuses(&XLM, &envelope(&transaction, &[&from])).await, words(code));
    }
    for (keys, code) in [
        (vec![], "tx_bad_auth"),
        (vec![&to], "tx_bad_auth"),
        (vec![&from, &to], "tx_bad_auth_extra"),
    ] {
        assert_eq!(api.refuses(&XLM, &envelope(&good, &keys)).await, words(code));
    }
    let nobody = Transaction { source_account: Key::new(9).muxed(), ..good.clone() };
    let signed = envelope(&nobody, &[&Key::new(9)]);
    assert_eq!(api.refuses(&XLM, &signed).await, words("tx_no_source_account"));
    assert_eq!(balance(&api, &from, None).await, "100.0000000");
    api.takes(&XLM, &envelope(&good, &[&from])).await;
}

#[tokio::test]
async fn what_was_changed_or_cut_after_signing_is_refused() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, rich(&api, 2).await);
    let good = next(&api, &from, vec![payment(&to, Asset::Native, 50_000_000)]).await;
    let signature = from.sign(&good);
    let more = vec![payment(&to, Asset::Native, 60_000_000)];
    let tampered = TransactionV1Envelope {
        tx: Transaction { operations: more.try_into().unwrap(), ..good.clone() },
        signatures: vec![signature].try_into().unwrap(),
    };
    let tampered = TransactionEnvelope::Tx(tampered).to_xdr(Limits::none()).unwrap();
    assert_eq!(api.refuses(&XLM, &STANDARD.encode(tampered)).await, words("tx_bad_auth"));
    let signed = envelope(&good, &[&from]);
    let bytes = STANDARD.decode(&signed).unwrap();
    for cut in [0, 4, 50, bytes.len() - 1] {
        let cut = STANDARD.encode(&bytes[..cut]);
        assert_eq!(api.refuses(&XLM, &cut).await, words("Transaction Malformed"));
    }
    assert_eq!(api.refuses(&XLM, "no Base64!").await, words("Transaction Malformed"));
    api.takes(&XLM, &signed).await;
}

#[tokio::test]
async fn the_same_bytes_are_executed_once_and_answered_alike() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, rich(&api, 2).await);
    let good = next(&api, &from, vec![payment(&to, Asset::Native, 50_000_000)]).await;
    let signed = envelope(&good, &[&from]);
    assert_eq!(api.takes(&XLM, &signed).await, api.takes(&XLM, &signed).await);
    assert_eq!(balance(&api, &to, None).await, "105.0000000");
    let other = Transaction { fee: 101, ..good };
    assert_eq!(api.refuses(&XLM, &envelope(&other, &[&from])).await, words("tx_bad_seq"));
}

#[tokio::test]
async fn a_transaction_expires_with_the_time_that_ledgers_take() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, rich(&api, 2).await);
    let request = json!({
        "fromAccount": from.address(), "to": to.address(), "amount": "1", "signatureId": WALLET,
    });
    let payload = api.payload(&XLM, "/v3/xlm/transaction", request).await;
    let bytes = STANDARD.decode(payload).unwrap();
    let read = TransactionEnvelope::from_xdr(bytes, Limits::none()).unwrap();
    let TransactionEnvelope::Tx(unsigned) = read else { panic!() };
    api.pass_blocks(&XLM, 61).await;
    let signed = envelope(&unsigned.tx, &[&from]);
    assert_eq!(api.refuses(&XLM, &signed).await, words("tx_too_late"));
}

#[tokio::test]
async fn what_fails_in_an_operation_costs_its_fee_and_its_sequence() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, rich(&api, 2).await);
    let (token, nobody) = (token(&api).await, Key::new(3));
    for (operations, codes) in [
        (vec![payment(&to, Asset::Native, 995_000_000)], "op_underfunded"),
        (vec![payment(&nobody, Asset::Native, 50_000_000)], "op_no_destination"),
        (vec![payment(&to, token, 1)], "op_src_no_trust"),
        (
            vec![payment(&to, Asset::Native, 5), payment(&nobody, Asset::Native, 5)],
            "op_success, op_no_destination",
        ),
    ] {
        let before = sequence(&api, &from).await;
        let signed = envelope(&next(&api, &from, operations).await, &[&from]);
        for _ in 0..2 {
            let expected = words(&format!("tx_failed: {codes}"));
            assert_eq!(api.refuses(&XLM, &signed).await, expected);
        }
        assert_eq!(sequence(&api, &from).await, before + 1);
    }
    assert_eq!(balance(&api, &from, None).await, "99.9999500");
    assert_eq!(balance(&api, &to, None).await, "100.0000000");
}

#[tokio::test]
async fn issued_assets_pass_over_trust_lines() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, rich(&api, 2).await);
    let body = json!({ "address": from.address(), "amount": "50" });
    let (status, answer) = api.post("/sandbox/XLM/token/mint", body).await;
    assert_eq!((status, text(&answer["message"])), (403, words("tx_failed: op_no_trust")));

    trust(&api, &from, i64::MAX).await;
    api.mint_tokens(&XLM, &from.address(), "50").await;
    let token = token(&api).await;
    let pay = async |units: i64| {
        let transaction = next(&api, &from, vec![payment(&to, token.clone(), units)]).await;
        envelope(&transaction, &[&from])
    };
    let no_line = pay(105_000_000).await;
    assert_eq!(api.refuses(&XLM, &no_line).await, words("tx_failed: op_no_trust"));
    trust(&api, &to, 200_000_000).await;
    api.takes(&XLM, &pay(105_000_000).await).await;
    assert_eq!(balance(&api, &to, Some("TST")).await, "10.5000000");
    for (units, code) in [(100_000_000, "op_line_full"), (i64::from(u32::MAX), "op_line_full")] {
        let expected = words(&format!("tx_failed: {code}"));
        assert_eq!(api.refuses(&XLM, &pay(units).await).await, expected);
    }
    trust(&api, &to, i64::MAX).await;
    let too_much = pay(395_000_001).await;
    assert_eq!(api.refuses(&XLM, &too_much).await, words("tx_failed: op_underfunded"));
    assert_eq!(balance(&api, &from, Some("TST")).await, "39.5000000");
}

#[tokio::test]
async fn requests_become_envelopes_with_one_operation() {
    let api = Api::start().await;
    let (from, to) = (rich(&api, 1).await, rich(&api, 2).await);
    let request = json!({
        "fromAccount": from.address(), "to": to.address(), "amount": "2.5", "token": "USDC",
        "issuerAccount": to.address(), "message": "invoice 7", "signatureId": WALLET,
    });
    let payload = api.payload(&XLM, "/v3/xlm/transaction", request.clone()).await;
    let bytes = STANDARD.decode(payload).unwrap();
    let read = TransactionEnvelope::from_xdr(bytes, Limits::none()).unwrap();
    let TransactionEnvelope::Tx(TransactionV1Envelope { tx, signatures }) = read else { panic!() };
    assert!(signatures.is_empty());
    assert_eq!((tx.fee, tx.seq_num.0), (100, sequence(&api, &from).await + 1));
    assert_eq!(tx.memo, Memo::Text("invoice 7".as_bytes().to_vec().try_into().unwrap()));
    let OperationBody::Payment(pay) = &tx.operations[0].body else { panic!() };
    let asset_code = AssetCode4(*b"USDC");
    let asset = Asset::CreditAlphanum4(AlphaNum4 { asset_code, issuer: to.account() });
    assert_eq!((&pay.asset, pay.amount), (&asset, 25_000_000));

    for (field, value) in [
        ("to", "GNOBODY"),
        ("amount", "0.00000001"),
        ("token", "NO-CODE"),
        ("signatureId", "x"),
        ("message", "longer than twenty-eight characters"),
    ] {
        let mut bad = request.clone();
        bad[field] = value.into();
        let (status, answer) = api.post("/v3/xlm/transaction", bad).await;
        assert_eq!((status, &answer["errorCode"]), (400, &json!("validation.failed")), "{field}");
    }
}
