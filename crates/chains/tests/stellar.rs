//! Stellar: envelopes of every kind, what is refused, and what people are shown.

#![allow(clippy::unwrap_used)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_chains::{Policy, PrepareError};
use kms_core::{Action, Asset, KeyText, Network};
use kms_crypto::ed25519::PublicKey;
use kms_crypto::hash::sha256;
use stellar_xdr::{
    AccountId, AlphaNum4, AlphaNum12, Asset as XdrAsset, AssetCode4, AssetCode12, ChangeTrustAsset,
    ChangeTrustOp, ContractId, FeeBumpTransaction, FeeBumpTransactionEnvelope,
    FeeBumpTransactionInnerTx, Hash, HostFunction, Int128Parts, InvokeContractArgs,
    InvokeHostFunctionOp, LedgerBounds, Limits, Memo, MuxedAccount, MuxedAccountMed25519,
    Operation, OperationBody, PaymentOp, Preconditions, PreconditionsV2, ReadXdr as _, ScAddress,
    ScVal, SequenceNumber, SetOptionsOp, TimeBounds, TimePoint, Transaction, TransactionEnvelope,
    TransactionV0, TransactionV0Envelope, TransactionV1Envelope, Uint256, WriteXdr as _,
};
use support::{Prepared, chain};

const SEED: &str = "SAGZCLZ5G4V6O5LTJK4XV2F4RLD5XHNIY7F6AMXIABDLFDIINJ5HESXA";
const ACCOUNT: &str = "GDM645HW2GVLFICSENJHPGAIACZHZYNCQCOS257QZHTCZBDQS2N3JKJQ";

fn public() -> PublicKey {
    let key = chain("XLM").parse(&KeyText::new(SEED.to_owned()), Network::Mainnet).unwrap();
    *key.public().ed25519().unwrap()
}

fn account(n: u8) -> AccountId {
    AccountId(stellar_xdr::PublicKey::PublicKeyTypeEd25519(Uint256([n; 32])))
}

fn own() -> MuxedAccount {
    MuxedAccount::Ed25519(Uint256(public().0))
}

fn text(envelope: &TransactionEnvelope) -> String {
    STANDARD.encode(envelope.to_xdr(Limits::none()).unwrap())
}

fn operation(body: OperationBody) -> Operation {
    Operation { source_account: None, body }
}

fn token() -> AlphaNum4 {
    AlphaNum4 { asset_code: AssetCode4(*b"USDC"), issuer: account(9) }
}

fn pay(amount: i64) -> Operation {
    let destination = MuxedAccount::Ed25519(Uint256([7; 32]));
    operation(OperationBody::Payment(PaymentOp { destination, asset: XdrAsset::Native, amount }))
}

fn tx(operations: Vec<Operation>) -> Transaction {
    let time_bounds = TimeBounds { min_time: TimePoint(0), max_time: TimePoint(1_000) };
    Transaction {
        source_account: own(),
        fee: 100,
        seq_num: SequenceNumber(42),
        cond: Preconditions::Time(time_bounds),
        memo: Memo::Id(5),
        operations: operations.try_into().unwrap(),
        ext: Default::default(),
    }
}

fn v1(tx: Transaction) -> TransactionEnvelope {
    let signatures = Default::default();
    TransactionEnvelope::Tx(TransactionV1Envelope { tx, signatures })
}

fn transfer_call() -> Operation {
    let call = InvokeContractArgs {
        contract_address: ScAddress::Contract(ContractId(Hash([3; 32]))),
        function_name: "transfer".try_into().unwrap(),
        args: vec![
            ScVal::Address(ScAddress::Account(account(1))),
            ScVal::Address(ScAddress::Account(account(2))),
            ScVal::I128(Int128Parts { hi: 0, lo: 77 }),
        ]
        .try_into()
        .unwrap(),
    };
    operation(OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
        host_function: HostFunction::InvokeContract(call),
        auth: Default::default(),
    }))
}

/// At least 200 envelopes of all kinds.
fn envelopes() -> Vec<TransactionEnvelope> {
    let mut all = Vec::new();
    for n in 1..=100_u8 {
        let amount = i64::from(n) * 90_000_000_000_000_001;
        all.push(v1(tx(vec![pay(amount); usize::from(n)])));
        let mut muxed = tx(vec![pay(amount), transfer_call()]);
        let med =
            MuxedAccountMed25519 { id: u64::MAX - u64::from(n), ed25519: Uint256(public().0) };
        muxed.source_account = MuxedAccount::MuxedEd25519(med);
        muxed.cond = Preconditions::V2(PreconditionsV2 {
            ledger_bounds: Some(LedgerBounds { min_ledger: 1, max_ledger: u32::from(n) }),
            min_seq_num: Some(SequenceNumber(7)),
            min_seq_ledger_gap: 3,
            ..PreconditionsV2::default()
        });
        all.push(v1(muxed.clone()));
        let inner = TransactionV1Envelope { tx: muxed, signatures: Default::default() };
        all.push(TransactionEnvelope::TxFeeBump(FeeBumpTransactionEnvelope {
            tx: FeeBumpTransaction {
                fee_source: MuxedAccount::Ed25519(Uint256([8; 32])),
                fee: i64::from(n) * 1_000,
                inner_tx: FeeBumpTransactionInnerTx::Tx(inner),
                ext: Default::default(),
            },
            signatures: Default::default(),
        }));
    }
    let v0 = TransactionV0 {
        source_account_ed25519: Uint256(public().0),
        fee: 100,
        seq_num: SequenceNumber(1),
        operations: vec![pay(1)].try_into().unwrap(),
        ..TransactionV0::default()
    };
    all.push(TransactionEnvelope::TxV0(TransactionV0Envelope {
        tx: v0,
        signatures: Default::default(),
    }));
    all
}

fn prepare(envelope: &TransactionEnvelope) -> Result<Prepared, PrepareError> {
    support::prepare("XLM", Network::Mainnet, &[SEED], &text(envelope))
}

fn refused(payload: &str) -> String {
    let error = support::prepare("XLM", Network::Mainnet, &[SEED], payload);
    error.err().unwrap_or_else(|| panic!("it took {payload}")).to_string()
}

#[test]
fn signatures_are_added_behind_and_nothing_else_changes() {
    let id = sha256(b"Public Global Stellar Network ; September 2015");
    for envelope in envelopes() {
        let prepared = prepare(&envelope).unwrap();
        let signed = prepared.sign();
        let (before, after) =
            (STANDARD.decode(text(&envelope)).unwrap(), STANDARD.decode(&signed.data).unwrap());
        // The count of signatures is the last number of an unsigned envelope.
        assert_eq!(before[..before.len() - 4], after[..before.len() - 4]);
        assert_eq!(after.len(), before.len() + 4 + 4 + 64);
        let hash = envelope.hash(id).unwrap();
        assert_eq!(signed.hash.0, hex::encode(hash));
        assert!(public().verify(&hash, after.last_chunk().unwrap()));
        let again = TransactionEnvelope::from_xdr(&after, Limits::none()).unwrap();
        assert_eq!(again.hash(id).unwrap(), hash);
        assert!(refused(&signed.data).contains("signed by this key already"));
    }
}

#[test]
fn damaged_envelopes_are_refused() {
    let good = STANDARD.decode(text(&v1(tx(vec![pay(5)])))).unwrap();
    for cut in 0..good.len() {
        refused(&STANDARD.encode(&good[..cut]));
    }
    refused(&STANDARD.encode([&good[..], &[0]].concat()));
    refused(&STANDARD.encode([&good[..], &[0, 0, 0, 0]].concat()));
    refused(STANDARD.encode(&good).trim_end_matches('='));
    refused(&format!("{} ", STANDARD.encode(&good)));
    refused("{\"not\":\"XDR\"}");
    assert!(refused(&text(&v1(tx(Vec::new())))).contains("no operation"));
    // The padding of a name of four bytes in a field of multiples of four.
    let mut memo = tx(vec![pay(5)]);
    memo.memo = Memo::Text("a".try_into().unwrap());
    let mut padded = STANDARD.decode(text(&v1(memo))).unwrap();
    let place = padded.iter().position(|byte| *byte == b'a').unwrap();
    padded[place + 1] = 1;
    refused(&STANDARD.encode(padded));
    // Vectors in vectors, deeper than the stack likes.
    let mut value = ScVal::Void;
    for _ in 0..300 {
        value = ScVal::Vec(Some(vec![value].try_into().unwrap()));
    }
    let mut call = transfer_call();
    if let OperationBody::InvokeHostFunction(op) = &mut call.body
        && let HostFunction::InvokeContract(call) = &mut op.host_function
    {
        call.args = vec![value].try_into().unwrap();
    }
    refused(&text(&v1(tx(vec![call]))));
}

#[test]
fn an_expired_transaction_is_signed_with_a_warning_or_refused() {
    let payload = text(&v1(tx(vec![pay(5)])));
    let at = |now: u64, refuse_expired: bool| {
        let policy = Policy { refuse_expired, ..Policy::default() };
        support::prepare_with("XLM", Network::Mainnet, &[SEED], &payload, Some(now), policy)
    };
    assert_eq!(at(1_000, true).unwrap().unsigned.warnings(), Vec::<String>::new());
    assert!(at(1_060, false).unwrap().unsigned.warnings()[0].contains("60 seconds ago"));
    assert!(at(1_060, true).err().unwrap().to_string().contains("--refuseExpired"));
    assert!(prepare(&v1(tx(vec![pay(5)]))).unwrap().unsigned.warnings().is_empty());
}

#[test]
fn only_seeds_are_keys() {
    let xlm = chain("XLM");
    for bad in [
        ACCOUNT,
        &SEED[1..],
        &SEED.replace("SAG", "SAH"),
        &SEED.to_lowercase(),
        "snoPBrXtMeMyMHUVTgbuqAfg1SUTb",
    ] {
        let error = xlm.parse(&KeyText::new(bad.to_owned()), Network::Mainnet).err().unwrap();
        let told = format!("{error} {error:?}");
        assert!(told.contains("56 characters") && !told.contains(bad), "{told}");
    }
}

#[test]
fn people_see_payments_trust_lines_and_calls() {
    let code = AlphaNum12 { asset_code: AssetCode12(*b"LONGCODE\0\0\0\0"), issuer: account(9) };
    let mut elsewhere = operation(OperationBody::ChangeTrust(ChangeTrustOp {
        line: ChangeTrustAsset::CreditAlphanum12(code),
        limit: 50,
    }));
    elsewhere.source_account = Some(own());
    let credit = operation(OperationBody::Payment(PaymentOp {
        destination: MuxedAccount::Ed25519(Uint256([7; 32])),
        asset: XdrAsset::CreditAlphanum4(token()),
        amount: 3,
    }));
    let options = SetOptionsOp { master_weight: Some(0), ..SetOptionsOp::default() };
    let operations = vec![
        pay(5),
        credit,
        elsewhere,
        transfer_call(),
        operation(OperationBody::SetOptions(options)),
        operation(OperationBody::AccountMerge(own())),
        operation(OperationBody::Inflation),
    ];
    let prepared = prepare(&v1(tx(operations))).unwrap();
    let intent = prepared.unsigned.intent();
    assert_eq!(
        (intent.from.as_slice(), intent.max_fee.amount.as_str()),
        (&[ACCOUNT.to_owned()][..], "100")
    );
    let [native, credit, trust, call, options, merge, inflation, memo] = &intent.actions[..] else {
        panic!("{intent:?}")
    };
    assert!(
        matches!(native, Action::Transfer { asset: Asset::Native { .. }, amount, .. } if amount == "5")
    );
    let issuer = account(9).to_string();
    assert!(
        matches!(credit, Action::Transfer { asset: Asset::Token { contract, token_id, .. }, .. }
        if *contract == issuer && token_id.as_deref() == Some("USDC"))
    );
    assert!(matches!(trust, Action::Trust { asset: Asset::Token { token_id, .. }, limit }
        if token_id.as_deref() == Some("LONGCODE") && limit == "50"));
    assert!(
        matches!(call, Action::Transfer { asset: Asset::Token { standard, .. }, from: Some(_), amount, .. }
        if standard == "SEP-41" && amount == "77")
    );
    for (action, words) in [
        (options, "weight of the master key: 0"),
        (merge, "closes the account"),
        (inflation, "Inflation"),
        (memo, "id 5"),
    ] {
        assert!(format!("{action:?}").contains(words), "{action:?}");
    }
    let sequence = prepared.unsigned.sequence().unwrap();
    assert_eq!((sequence.account.as_str(), sequence.number), (ACCOUNT, 42));
}
