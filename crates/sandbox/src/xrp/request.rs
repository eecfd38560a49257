//! What applications ask for, made into the JSON that the daemon signs, with its members in the order in
//! which the API writes them.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ledger::{BASE_FEE, Ledger};
use super::value::{XRP_DECIMALS, is_currency};
use super::{TICKER, address};
use crate::amount;
use crate::error::ApiError;
use crate::pending::Draft;
use crate::signed_by::SignedBy;

/// How many ledgers a transaction has until it expires: about half an hour.
const LIFETIME: u64 = 500;

const DEFAULT_RIPPLE: u32 = 8;
const REQUIRE_TAG: u32 = 1;

/// What every request has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Common {
    from_account: String,
    /// In XRP.
    fee: Option<String>,
    #[serde(flatten)]
    signed_by: SignedBy,
}

/// The body of `/v3/xrp/transaction`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Payment {
    to: String,
    amount: String,
    source_tag: Option<u32>,
    destination_tag: Option<u32>,
    issuer_account: Option<String>,
    token: Option<String>,
    #[serde(flatten)]
    common: Common,
}

/// The body of `/v3/xrp/trust`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TrustLine {
    issuer_account: String,
    limit: String,
    token: String,
    #[serde(flatten)]
    common: Common,
}

/// The body of `/v3/xrp/account/settings`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountSettings {
    rippling: Option<bool>,
    require_destination_tag: Option<bool>,
    #[serde(flatten)]
    common: Common,
}

pub(super) fn payment(ledger: &Ledger, request: &Payment) -> Result<Draft, ApiError> {
    let to = address::read("to", &request.to)?;
    let amount = match (&request.issuer_account, &request.token) {
        (None, None) => {
            Value::from(amount::units("amount", &request.amount, XRP_DECIMALS)?.to_string())
        }
        (Some(issuer), Some(token)) => {
            let mut issued = issued("amount", issuer, token, &request.amount)?;
            // The one place where the API writes the value before the issuer.
            let issuer = issued.shift_remove("issuer");
            issued.insert("issuer".to_owned(), issuer.unwrap_or_default());
            issued.into()
        }
        _ => {
            let reason = "issuerAccount and token work together only; send both or none";
            return Err(ApiError::invalid("token", json!(request.token), reason));
        }
    };
    let filled = Filled::of(ledger, &request.common)?;
    let members = [
        ("Account", Some(filled.account)),
        ("Amount", Some(amount)),
        ("SourceTag", request.source_tag.map(Value::from)),
        ("Destination", Some(to.into())),
        ("TransactionType", Some("Payment".into())),
        ("Sequence", Some(filled.sequence)),
        ("LastLedgerSequence", Some(filled.last_ledger)),
        ("Fee", Some(filled.fee)),
        ("DestinationTag", request.destination_tag.map(Value::from)),
    ];
    draft(&request.common, members)
}

pub(super) fn trust_line(ledger: &Ledger, request: &TrustLine) -> Result<Draft, ApiError> {
    let limit = issued("limit", &request.issuer_account, &request.token, &request.limit)?;
    let filled = Filled::of(ledger, &request.common)?;
    let members = [
        ("TransactionType", Some("TrustSet".into())),
        ("Account", Some(filled.account)),
        ("Fee", Some(filled.fee)),
        ("LastLedgerSequence", Some(filled.last_ledger)),
        ("LimitAmount", Some(limit.into())),
        ("Sequence", Some(filled.sequence)),
    ];
    draft(&request.common, members)
}

/// One transaction sets or clears one flag.
pub(super) fn settings(ledger: &Ledger, request: &AccountSettings) -> Result<Draft, ApiError> {
    let (flag, on) = match (request.rippling, request.require_destination_tag) {
        (Some(on), None) => (DEFAULT_RIPPLE, on),
        (None, Some(on)) => (REQUIRE_TAG, on),
        _ => {
            let reason = "set either rippling or requireDestinationTag, in one request each";
            return Err(ApiError::invalid("rippling", json!(request.rippling), reason));
        }
    };
    let filled = Filled::of(ledger, &request.common)?;
    let members = [
        ("TransactionType", Some("AccountSet".into())),
        ("Account", Some(filled.account)),
        ("Fee", Some(filled.fee)),
        ("Sequence", Some(filled.sequence)),
        ("LastLedgerSequence", Some(filled.last_ledger)),
        (if on { "SetFlag" } else { "ClearFlag" }, Some(flag.into())),
    ];
    draft(&request.common, members)
}

/// What the API fills in, as things are when the transaction is asked for.
struct Filled {
    account: Value,
    sequence: Value,
    last_ledger: Value,
    fee: Value,
}

impl Filled {
    fn of(ledger: &Ledger, common: &Common) -> Result<Self, ApiError> {
        let account = address::read("fromAccount", &common.from_account)?;
        let sequence = ledger.sequence(&account).ok_or_else(|| super::no_account(&account))?;
        let fee = match &common.fee {
            Some(fee) => amount::units("fee", fee, XRP_DECIMALS)?.to_string(),
            None => BASE_FEE.to_string(),
        };
        Ok(Self {
            account: account.into(),
            sequence: sequence.into(),
            last_ledger: (ledger.current() + LIFETIME).into(),
            fee: fee.into(),
        })
    }
}

/// An amount of an issued currency; the value stays as it was written.
fn issued(
    property: &str,
    issuer: &str,
    token: &str,
    value: &str,
) -> Result<Map<String, Value>, ApiError> {
    let issuer = address::read("issuerAccount", issuer)?;
    if !is_currency(token) {
        let reason = "a currency has three characters, not XRP, or 40 hex digits";
        return Err(ApiError::invalid("token", token.into(), reason));
    }
    let number = value.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    if number.is_none() {
        return Err(ApiError::invalid(property, value.into(), "it is no amount; write 12.5"));
    }
    let members = [("currency", token.to_owned()), ("issuer", issuer), ("value", value.to_owned())];
    Ok(members.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect())
}

fn draft<const N: usize>(
    common: &Common,
    members: [(&str, Option<Value>); N],
) -> Result<Draft, ApiError> {
    let given = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let mut payload: Map<String, Value> = given.collect();
    payload.insert("Flags".to_owned(), 0.into());
    common.signed_by.draft(TICKER, Value::from(payload).to_string())
}
