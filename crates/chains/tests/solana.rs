//! Solana: messages of both versions, delivery, what is refused, and what people are shown.

#![allow(clippy::unwrap_used)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_chains::SigningKeys;
use kms_chains::solana::SOLANA;
use kms_chains::{
    Chain as _, KeyScheme as _, LookUp, PrepareError, Submit as _, TransactionScheme as _, Validity,
};
use kms_core::{
    Action, Asset, Expiry, KeyText, Network, NodeError, Outcome, SignedTransaction, TransactionHash,
};
use kms_crypto::base58::{self, Alphabet};
use kms_crypto::ed25519::{PrivateKey, PublicKey};
use serde_json::{Value, json};
use support::{Prepared, Recorded, context, now, one_pending};

const BLOCKHASH: [u8; 32] = [0xbb; 32];
const PLACEHOLDER: [u8; 32] = [0x60; 32];

fn public(n: u8) -> [u8; 32] {
    PrivateKey::from_seed(&[n; 32]).public().0
}

fn text(key: &[u8]) -> String {
    base58::encode(key, Alphabet::BITCOIN).as_str().to_owned()
}

fn key(text: &str) -> [u8; 32] {
    base58::decode(text, Alphabet::BITCOIN).unwrap().as_slice().try_into().unwrap()
}

/// An instruction: place of the program, places of the accounts, data.
type Call<'a> = (u8, &'a [u8], &'a [u8]);

fn short(length: usize) -> Vec<u8> {
    let low = u8::try_from(length & 0x7f).unwrap();
    if length < 128 { vec![low] } else { vec![low | 0x80, u8::try_from(length >> 7).unwrap()] }
}

fn message(header: [u8; 3], keys: &[[u8; 32]], calls: &[Call<'_>]) -> Vec<u8> {
    let mut bytes = header.to_vec();
    bytes.extend(short(keys.len()));
    bytes.extend(keys.concat());
    bytes.extend(PLACEHOLDER);
    bytes.extend(short(calls.len()));
    for (program, accounts, data) in calls {
        bytes.push(*program);
        bytes.extend(
            [short(accounts.len()), accounts.to_vec(), short(data.len()), data.to_vec()].concat(),
        );
    }
    bytes
}

fn lamports(amount: u64) -> Vec<u8> {
    [&[2, 0, 0, 0], &amount.to_le_bytes()[..]].concat()
}

fn transfer() -> Vec<u8> {
    message([1, 0, 1], &[public(1), [9; 32], [0; 32]], &[(2, &[0, 1], &lamports(700))])
}

/// The same transfer as a message of version 0, to an account that stands in a table.
fn versioned() -> Vec<u8> {
    let plain = message([1, 0, 1], &[public(1), [0; 32]], &[(1, &[0, 2, 3], &lamports(700))]);
    [&[0x80], &plain[..], &[1], &[5; 32], &[1, 7], &[1, 8]].concat()
}

fn stubs() -> Vec<Value> {
    let value = json!({"blockhash": text(&BLOCKHASH), "lastValidBlockHeight": 1_000});
    vec![stub("getLatestBlockhash", json!({"value": value}))]
}

fn stub(rpc: &str, body: Value) -> Value {
    json!({"path": "^/v3/blockchain/node/SOL", "rpc": rpc, "body": body})
}

fn prepare_text(payload: &str, seeds: &[u8], stubs: &[Value]) -> Result<Prepared, PrepareError> {
    let parse = |n: &u8| {
        let text = KeyText::new(text(&[*n; 32]));
        SOLANA.parse(&text, Network::Mainnet).unwrap()
    };
    let keys = SigningKeys::new(seeds.iter().map(parse).collect());
    let (signers, node) = (keys.public(), Recorded::new(SOLANA.spec(), stubs));
    let tx = one_pending("SOL", payload);
    let unsigned = now(SOLANA.prepare(&tx, &context(Network::Mainnet, &signers, &node)))?;
    Ok(Prepared { unsigned, keys })
}

fn prepare(message: &[u8], seeds: &[u8]) -> Result<Prepared, PrepareError> {
    prepare_text(&json!({"txData": hex::encode(message)}).to_string(), seeds, &stubs())
}

fn refused(message: &[u8], seeds: &[u8]) -> String {
    match prepare(message, seeds) {
        Ok(_) => panic!("it took {}", hex::encode(message)),
        Err(error) => error.to_string(),
    }
}

/// Checks every signature of a signed transaction; gives its message.
fn verified(signed: &SignedTransaction, signers: &[[u8; 32]]) -> Vec<u8> {
    let wire = STANDARD.decode(&signed.data).unwrap();
    assert_eq!(usize::from(wire[0]), signers.len());
    let (signatures, message) = wire[1..].split_at(64 * signers.len());
    for (signature, signer) in signatures.chunks(64).zip(signers) {
        assert!(PublicKey(*signer).verify(message, signature.try_into().unwrap()));
    }
    assert_eq!(signed.hash.0, text(&signatures[..64]));
    message.to_vec()
}

fn with_blockhash(message: &[u8], hash: &[u8; 32]) -> Vec<u8> {
    let place = message.windows(32).position(|window| window == PLACEHOLDER).unwrap();
    [&message[..place], hash, &message[place + 32..]].concat()
}

#[test]
fn only_the_blockhash_changes_in_messages_of_both_versions() {
    for message in [transfer(), versioned()] {
        let prepared = prepare(&message, &[1]).unwrap();
        let signed = prepared.sign();
        assert_eq!(verified(&signed, &[public(1)]), with_blockhash(&message, &BLOCKHASH));
        assert_eq!(prepared.unsigned.expiry(), Some(Expiry("height:1000".to_owned())));
    }
}

#[test]
fn hundreds_of_messages_keep_their_order() {
    for n in 0..250_u16 {
        let [high, low] = n.to_be_bytes();
        let mut keys = vec![public(1), public(2)];
        keys.extend((0..n % 20).map(|k| {
            let bytes = [u8::try_from(200 - k).unwrap(), high, low].repeat(11);
            <[u8; 32]>::try_from(&bytes[..32]).unwrap()
        }));
        keys.push([0; 32]);
        let program = u8::try_from(keys.len() - 1).unwrap();
        let data = [low; 150];
        let calls = vec![(program, &[1, 0][..], &data[..]); usize::from(n % 3)];
        let message = message([2, 1, 1], &keys, &calls);
        let signed = prepare(&message, &[2, 1]).unwrap().sign();
        assert_eq!(
            verified(&signed, &[public(1), public(2)]),
            with_blockhash(&message, &BLOCKHASH)
        );
    }
}

#[test]
fn a_nonce_stays_and_nothing_is_asked() {
    let keys = [public(1), [9; 32], [8; 32], [0; 32]];
    let calls: [Call<'_>; 2] = [(3, &[2, 0], &[4, 0, 0, 0]), (3, &[0, 1], &lamports(5))];
    let message = message([1, 0, 1], &keys, &calls);
    let payload = json!({"txData": hex::encode(&message)}).to_string();
    let prepared = prepare_text(&payload, &[1], &[]).unwrap();
    assert_eq!(verified(&prepared.sign(), &[public(1)]), message);
    let expiry = format!("nonce:{}:{}", text(&[8; 32]), text(&PLACEHOLDER));
    assert_eq!(prepared.unsigned.expiry(), Some(Expiry(expiry)));
}

#[test]
fn the_key_of_a_new_account_signs_and_is_never_shown() {
    let secret = hex::encode([[7; 32], public(7)].concat());
    let keys = [public(1), public(7), [0; 32]];
    let create = [&[0; 4][..], &5_u64.to_le_bytes(), &[0; 40]].concat();
    let message = message([2, 0, 1], &keys, &[(2, &[0, 1], &create)]);
    let payload =
        |secret: &str| json!({"txData": hex::encode(&message), "mintPK": secret}).to_string();
    let prepared = prepare_text(&payload(&secret), &[1], &stubs()).unwrap();
    verified(&prepared.sign(), &[public(1), public(7)]);

    let told = |payload: &str| {
        let error = prepare_text(payload, &[1], &stubs()).err().unwrap();
        format!("{error} {error:?}")
    };
    let other = hex::encode([[7; 32], public(8)].concat());
    let stranger = hex::encode([[6; 32], public(6)].concat());
    for bad in [&secret[2..], &other, &stranger, "", "zz", &secret.replacen("07", "0x", 1)] {
        let told = told(&payload(bad));
        assert!(told.contains("mintPK"), "{told}");
        assert!(bad.is_empty() || !told.contains(bad), "{told}");
    }
    let damaged = payload(&secret).replace('}', "");
    assert!(!told(&damaged).contains(&secret));
    let extra = payload(&secret).replace("mintPK", "mintKey");
    assert!(!told(&extra).contains(&secret));
    assert!(told(&payload(&secret).replace("mintPK", "mint\\u0050K")).contains("backslash"));
}

#[test]
fn signers_and_accounts_must_fit_each_other() {
    assert!(refused(&transfer(), &[2]).contains(&text(&public(2))));
    assert!(refused(&transfer(), &[1, 2]).contains("asks for no signature"));
    let two = message([2, 0, 1], &[public(1), public(2), [0; 32]], &[]);
    assert!(refused(&two, &[1]).contains("whose wallet is not named"));
    // An account of the message, but none that signs.
    let named = message([1, 0, 1], &[public(1), public(2), [0; 32]], &[]);
    assert!(refused(&named, &[1, 2]).contains("asks for no signature"));
    let other = prepare(&transfer(), &[1]).unwrap();
    let wrong = prepare(&message([1, 0, 1], &[public(3), [9; 32], [0; 32]], &[]), &[3]).unwrap();
    assert!(other.unsigned.sign(&wrong.keys).is_err());
    assert!(other.unsigned.sign(&SigningKeys::new(Vec::new())).is_err());
}

#[test]
fn damaged_messages_are_refused() {
    for good in [transfer(), versioned()] {
        for cut in 0..good.len() {
            refused(&good[..cut], &[1]);
        }
        refused(&[&good[..], &[0]].concat(), &[1]);
    }
    // A signed transaction in place of a message.
    let signed = STANDARD.decode(prepare(&transfer(), &[1]).unwrap().sign().data).unwrap();
    refused(&signed, &[1]);
    let keys = [public(1), [9; 32], [0; 32]];
    for (bytes, words) in [
        (message([0, 0, 1], &keys, &[]), "header"),
        (message([1, 1, 1], &keys, &[]), "header"),
        (message([1, 0, 3], &keys, &[]), "header"),
        (message([1, 0, 1], &keys, &[(0, &[], &[])]), "calls a program"),
        (message([1, 0, 1], &keys, &[(3, &[], &[])]), "calls a program"),
        (message([1, 0, 1], &keys, &[(2, &[3], &[])]), "account that is not there"),
        (message([1, 0, 1], &[public(1), [0; 32], [0; 32]], &[]), "twice"),
        (message([1, 0, 1], &keys, &[(2, &[], &[1; 1100])]), "too long"),
        ([&[0x81], &transfer()[..]].concat(), "version 1"),
    ] {
        let error = refused(&bytes, &[1]);
        assert!(error.contains(words), "{error}");
    }
    let mut long_form = transfer();
    long_form.splice(3..4, [0x83, 0x00]);
    assert!(refused(&long_form, &[1]).contains("shortest form"));
    for payload in
        ["", "[]", "{}", "{\"txData\":5}", "{\"txData\":\"zz\"}", &"{\"txData\":".repeat(100_000)]
    {
        assert!(prepare_text(payload, &[1], &stubs()).is_err());
    }
    for answer in [json!(null), json!({"value": {"blockhash": "x", "lastValidBlockHeight": 1}})] {
        let payload = json!({"txData": hex::encode(transfer())}).to_string();
        let error =
            prepare_text(&payload, &[1], &[stub("getLatestBlockhash", answer)]).err().unwrap();
        assert!(error.to_string().contains("latest blockhash"), "{error}");
    }
}

#[test]
fn every_form_of_a_key_is_the_same_key() {
    let whole = [[5; 32], public(5)].concat();
    let list = |bytes: &[u8]| format!("{bytes:?}");
    let parse = |text: &str| SOLANA.parse(&KeyText::new(text.to_owned()), Network::Mainnet);
    for form in [
        text(&whole),
        text(&[5; 32]),
        hex::encode(&whole),
        hex::encode_upper(&whole),
        list(&whole),
        list(&[5; 32]),
        list(&whole).replace(' ', ""),
    ] {
        assert_eq!(parse(&form).unwrap().public().ed25519().unwrap().0, public(5), "{form}");
    }
    let foreign = [[5; 32], public(6)].concat();
    for bad in [
        text(&foreign),
        hex::encode(&foreign),
        list(&foreign),
        text(&whole[..63]),
        list(&whole[..63]),
        list(&[&whole[..], &[1]].concat()),
        list(&whole).replace("5,", "256,"),
        list(&whole).replace("5,", "+5,"),
        "snoPBrXtMeMyMHUVTgbuqAfg1SUTb".to_owned(),
    ] {
        let error = parse(&bad).err().unwrap_or_else(|| panic!("it took {bad}")).to_string();
        assert!(error.contains("solana-keygen") && !error.contains(&bad), "{error}");
    }
}

fn signed() -> SignedTransaction {
    let hash = TransactionHash("hash".to_owned());
    SignedTransaction { data: "data".to_owned(), hash }
}

#[test]
fn sending_has_three_outcomes() {
    let submit = |stub: Value| {
        let stubs = [stub];
        now(SOLANA.submit(&signed(), &Recorded::new(SOLANA.spec(), &stubs)))
    };
    let error = |code: i64, message: &str| {
        let mut stub = stub("sendTransaction", Value::Null);
        stub["error"] = json!({"code": code, "message": message});
        stub
    };
    let status = |code: u16| {
        let mut stub = stub("sendTransaction", Value::Null);
        stub["status"] = json!(code);
        stub
    };
    let sent = Outcome::Sent { completed: false };
    assert_eq!(submit(stub("sendTransaction", json!("hash"))), sent);
    assert_eq!(submit(error(-32002, "This transaction has already been processed")), sent);
    for refusal in [error(-32002, "simulation failed"), error(-32003, "signature"), status(400)] {
        assert!(matches!(submit(refusal), Outcome::Refused { .. }));
    }
    for unclear in [
        stub("sendTransaction", json!("another")),
        error(-32603, "internal error"),
        status(403),
        status(429),
        status(502),
    ] {
        assert!(matches!(submit(unclear), Outcome::Unknown { .. }));
    }
}

#[test]
fn an_outcome_can_be_looked_up() {
    let look_up = |body: Value| {
        let stubs = [stub("getTransaction", body)];
        now(SOLANA.look_up(&signed().hash, &Recorded::new(SOLANA.spec(), &stubs)))
    };
    assert!(matches!(look_up(json!(null)), LookUp::NotFound));
    assert!(matches!(look_up(json!({"meta": {"err": null}})), LookUp::Found { failed: None }));
    let failed = look_up(json!({"meta": {"err": {"InstructionError": [0, {"Custom": 1}]}}}));
    let LookUp::Found { failed: Some(reason) } = failed else { panic!("{failed:?}") };
    assert_eq!(reason, r#"{"InstructionError":[0,{"Custom":1}]}"#);
    assert!(matches!(look_up(json!({"meta": null})), LookUp::CannotTell(_)));
    let nothing = Recorded::new(SOLANA.spec(), &[]);
    assert!(matches!(now(SOLANA.look_up(&signed().hash, &nothing)), LookUp::CannotTell(_)));
}

#[test]
fn expiry_is_certain_or_an_error() {
    let validity = |expiry: &str, stub: Value| -> Result<Validity, NodeError> {
        let stubs = [stub];
        let node = Recorded::new(SOLANA.spec(), &stubs);
        now(SOLANA.validity(&Expiry(expiry.to_owned()), &node))
    };
    let at = |height: Value| stub("getBlockHeight", height);
    assert_eq!(validity("height:1000", at(json!(1_150))).unwrap(), Validity::Valid);
    assert_eq!(validity("height:1000", at(json!(1_151))).unwrap(), Validity::Expired);
    assert_eq!(validity("height:1000", at(json!(109_000))).unwrap(), Validity::Expired);
    assert_eq!(validity("height:1000", at(json!(109_001))).unwrap(), Validity::ExpiredLongAgo);
    assert!(validity("height:1000", at(json!("x"))).is_err());
    assert!(validity("nonsense", at(json!(1))).is_err());
    let account = |nonce: &[u8; 32]| {
        let data = [&[0; 40][..], nonce, &[0; 8]].concat();
        stub("getAccountInfo", json!({"value": {"data": [STANDARD.encode(data), "base64"]}}))
    };
    let nonce = format!("nonce:{}:{}", text(&[8; 32]), text(&[3; 32]));
    assert_eq!(validity(&nonce, account(&[3; 32])).unwrap(), Validity::Valid);
    assert_eq!(validity(&nonce, account(&[4; 32])).unwrap(), Validity::Expired);
    let closed = stub("getAccountInfo", json!({"value": null}));
    assert_eq!(validity(&nonce, closed).unwrap(), Validity::Expired);
    assert!(validity(&nonce, stub("getAccountInfo", json!({}))).is_err());
}

#[test]
fn people_see_transfers_tokens_and_unknown_programs() {
    let intent = prepare(&versioned(), &[1]).unwrap().unsigned.intent();
    let [Action::Transfer { to, amount, asset: Asset::Native { .. }, .. }] = &intent.actions[..]
    else {
        panic!("{intent:?}")
    };
    let table = text(&[5; 32]);
    assert_eq!(
        (to.as_str(), amount.as_str()),
        (format!("entry 7 of table {table}").as_str(), "700")
    );
    assert_eq!(intent.max_fee.amount, "5000");

    let budget = key("ComputeBudget111111111111111111111111111111");
    let token = key("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
    let memo = key("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
    let keys = [public(1), [2; 32], [3; 32], budget, token, memo, [66; 32]];
    let checked = [&[12], &99_u64.to_le_bytes()[..], &[6]].concat();
    let calls: [Call<'_>; 5] = [
        (3, &[], &[2, 64, 66, 15, 0]),
        (3, &[], &[3, 0x10, 0x27, 0, 0, 0, 0, 0, 0]),
        (4, &[1, 2, 1, 0], &checked),
        (5, &[], b"hello"),
        (6, &[0, 1], &[1, 2, 3]),
    ];
    let intent = prepare(&message([1, 0, 4], &keys, &calls), &[1]).unwrap().unsigned.intent();
    let [token, Action::Memo { data_bytes: 5 }, Action::Other { what, details }] =
        &intent.actions[..]
    else {
        panic!("{intent:?}")
    };
    assert!(matches!(token, Action::Transfer { asset: Asset::Token { contract, .. }, amount, .. }
        if *contract == text(&[3; 32]) && amount == "99"));
    assert!(what.contains(&text(&[66; 32])), "{what}");
    assert!(details[0].contains("010203") && details[1].contains(&text(&public(1))), "{details:?}");
    // One million units at 10,000 millionths of a lamport.
    assert_eq!(intent.max_fee.amount, "15000");
}
