//! What applications ask for, made into the envelope that the daemon signs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use stellar_xdr::{
    AccountId, Asset as XdrAsset, ChangeTrustAsset, ChangeTrustOp, CreateAccountOp, Hash, Limits,
    Memo, MuxedAccount, Operation, OperationBody, PaymentOp, Preconditions, SequenceNumber,
    TimeBounds, TimePoint, Transaction, TransactionEnvelope, TransactionExt, TransactionV1Envelope,
    VecM, WriteXdr as _,
};

use super::asset::Credit;
use super::ledger::Ledger;
use super::{DECIMALS, TICKER, no_account, read_address};
use crate::amount;
use crate::error::ApiError;
use crate::pending::Draft;
use crate::signed_by::SignedBy;

/// Stroops that the API offers for one operation.
const FEE: u32 = 100;

/// Seconds until a transfer expires, and a change of a trust line.
const TRANSFER_TIME: u64 = 300;
const TRUST_TIME: u64 = 30;

/// Longer ones are hashes.
const MEMO_TEXT: usize = 28;

/// The body of `/v3/xlm/transaction`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Transfer {
    from_account: String,
    to: String,
    amount: String,
    /// The receiver has no account yet.
    #[serde(default)]
    initialize: bool,
    message: Option<String>,
    issuer_account: Option<String>,
    token: Option<String>,
    #[serde(flatten)]
    signed_by: SignedBy,
}

/// The body of `/v3/xlm/trust`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TrustLine {
    from_account: String,
    issuer_account: String,
    token: String,
    limit: String,
    #[serde(flatten)]
    signed_by: SignedBy,
}

pub(super) fn transfer(ledger: &Ledger, request: &Transfer) -> Result<Draft, ApiError> {
    read_address("to", &request.to)?;
    let units = stroops("amount", &request.amount)?;
    let asset = match (&request.token, &request.issuer_account) {
        (None, None) => XdrAsset::Native,
        (Some(token), Some(issuer)) => credit(token, issuer)?,
        _ => {
            let reason = "issuerAccount and token work together only; send both or none";
            return Err(ApiError::invalid("token", "".into(), reason));
        }
    };
    let operation = if request.initialize {
        if asset != XdrAsset::Native {
            let reason = "an account begins with XLM; send the token afterwards";
            return Err(ApiError::invalid("initialize", true.into(), reason));
        }
        let destination = parsed::<AccountId>("to", &request.to)?;
        OperationBody::CreateAccount(CreateAccountOp { destination, starting_balance: units })
    } else {
        let destination = parsed::<MuxedAccount>("to", &request.to)?;
        OperationBody::Payment(PaymentOp { destination, asset, amount: units })
    };
    let memo = request.message.as_deref().map_or(Ok(Memo::None), memo)?;
    let plan = Plan::new(ledger, &request.from_account, TRANSFER_TIME)?;
    request.signed_by.draft(TICKER, plan.envelope(operation, memo)?)
}

pub(super) fn trust_line(ledger: &Ledger, request: &TrustLine) -> Result<Draft, ApiError> {
    let line = match credit(&request.token, &request.issuer_account)? {
        XdrAsset::Native => ChangeTrustAsset::Native,
        XdrAsset::CreditAlphanum4(asset) => ChangeTrustAsset::CreditAlphanum4(asset),
        XdrAsset::CreditAlphanum12(asset) => ChangeTrustAsset::CreditAlphanum12(asset),
    };
    let limit = stroops("limit", &request.limit)?;
    let plan = Plan::new(ledger, &request.from_account, TRUST_TIME)?;
    let operation = OperationBody::ChangeTrust(ChangeTrustOp { line, limit });
    request.signed_by.draft(TICKER, plan.envelope(operation, Memo::None)?)
}

/// What a transaction has besides its operation.
struct Plan {
    source: MuxedAccount,
    sequence: u64,
    /// In seconds since 1970.
    valid_until: u64,
}

impl Plan {
    /// As things are when the transaction is asked for.
    fn new(ledger: &Ledger, from: &str, seconds: u64) -> Result<Self, ApiError> {
        read_address("fromAccount", from)?;
        let last = ledger.state.accounts.sequence(from).ok_or_else(|| no_account(from))?;
        let source = parsed("fromAccount", from)?;
        Ok(Self { source, sequence: last + 1, valid_until: ledger.close_time() + seconds })
    }

    fn envelope(self, body: OperationBody, memo: Memo) -> Result<String, ApiError> {
        let broken = |error: stellar_xdr::Error| ApiError::broken(error.to_string());
        let sequence = i64::try_from(self.sequence).unwrap_or(i64::MAX);
        let bounds = TimeBounds { min_time: TimePoint(0), max_time: TimePoint(self.valid_until) };
        let transaction = Transaction {
            source_account: self.source,
            fee: FEE,
            seq_num: SequenceNumber(sequence),
            cond: Preconditions::Time(bounds),
            memo,
            operations: vec![Operation { source_account: None, body }]
                .try_into()
                .map_err(broken)?,
            ext: TransactionExt::V0,
        };
        let envelope = TransactionEnvelope::Tx(TransactionV1Envelope {
            tx: transaction,
            signatures: VecM::default(),
        });
        Ok(STANDARD.encode(envelope.to_xdr(Limits::none()).map_err(broken)?))
    }
}

fn credit(token: &str, issuer: &str) -> Result<XdrAsset, ApiError> {
    read_address("issuerAccount", issuer)?;
    let credit = Credit { code: token.to_owned(), issuer: issuer.to_owned() };
    credit.to_xdr().ok_or_else(|| {
        let reason = "the code of an asset is 1 to 12 letters and digits";
        ApiError::invalid("token", token.into(), reason)
    })
}

fn memo(message: &str) -> Result<Memo, ApiError> {
    let refused = |reason| ApiError::invalid("message", message.into(), reason);
    if message.len() <= MEMO_TEXT {
        let text = message.as_bytes().to_vec().try_into();
        return text.map(Memo::Text).map_err(|_| refused("a text has up to 28 characters"));
    }
    let mut hash = [0; 32];
    hex::decode_to_slice(message, &mut hash)
        .map_err(|_| refused("it has up to 28 characters, or 64 hex digits"))?;
    Ok(Memo::Hash(Hash(hash)))
}

fn stroops(property: &str, text: &str) -> Result<i64, ApiError> {
    let units = amount::units(property, text, DECIMALS)?;
    i64::try_from(units).map_err(|_| {
        ApiError::invalid(property, text.into(), "it is more than 922337203685.4775807")
    })
}

fn parsed<T: std::str::FromStr>(property: &str, text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::invalid(property, text.into(), "it is no account"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of an envelope that Tatum's SDK has made: all of it but the signatures.
    #[test]
    fn envelopes_are_those_of_the_sdk() {
        let recorded = include_str!("../../tests/fixtures/xlm-payment.txt").trim();
        let bytes = STANDARD.decode(recorded).unwrap();
        let source = "GCC7BVODY5JNM7PQK4QR3WKAUNZQSH5SYRJP64BXOMTZAYZ53JV5BZIX";
        let plan = Plan {
            source: source.parse().unwrap(),
            sequence: 0x020d_a7df_0000_01ad,
            valid_until: 0x68e7_792c,
        };
        let to = MuxedAccount::Ed25519(stellar_xdr::Uint256(bytes[92..124].try_into().unwrap()));
        let operation = OperationBody::Payment(PaymentOp {
            destination: to,
            asset: XdrAsset::Native,
            amount: 0x075b_cd15,
        });
        let made = STANDARD.decode(plan.envelope(operation, Memo::None).unwrap()).unwrap();
        assert_eq!(hex::encode(&made[..made.len() - 4]), hex::encode(&bytes[..made.len() - 4]));
    }
}
