//! What applications ask for, made into what the daemon signs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::DECIMALS;
use super::address::Address;
use crate::api::read;
use crate::decimal;
use crate::error::ApiError;
use crate::pending::Draft;

/// Types of what is signed.
const TRANSFER: u8 = 2;
const CUSTOM: u8 = 8;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    #[serde(default)]
    signature_id: String,
    /// Which key of a mnemonic.
    index: Option<u64>,
}

#[derive(Deserialize)]
struct Transfer {
    /// Whose coins.
    account: String,
    to: String,
    amount: String,
    currency: String,
    #[serde(flatten)]
    signed: Signed,
}

#[derive(Deserialize)]
struct Custom {
    /// Who authorizes it.
    account: String,
    /// Cadence.
    transaction: String,
    /// Each with `type` and `value`, lists with `subType` too.
    #[serde(default)]
    args: Vec<Value>,
    #[serde(flatten)]
    signed: Signed,
}

/// `POST /v3/flow/transaction`: coins from one account to another.
pub(super) fn transfer(request: Value) -> Result<Draft, ApiError> {
    let Transfer { account, to, amount, currency, signed } = read(request)?;
    if currency != "FLOW" {
        let reason = "the sandbox has FLOW alone; send other tokens by a transaction of your own";
        return Err(ApiError::invalid("currency", currency.into(), reason));
    }
    Address::read("account", &account)?;
    Address::read("to", &to)?;
    decimal::units("amount", &amount, DECIMALS)?;
    let body = json!({ "account": account, "to": to, "amount": amount, "currency": currency });
    draft(signed, TRANSFER, &body)
}

/// `POST /v3/flow/transaction/custom`: a script.
pub(super) fn custom(request: Value) -> Result<Draft, ApiError> {
    let Custom { account, transaction, args, signed } = read(request)?;
    Address::read("account", &account)?;
    let body = json!({ "account": account, "transaction": transaction, "args": args });
    draft(signed, CUSTOM, &body)
}

fn draft(signed: Signed, kind: u8, body: &Value) -> Result<Draft, ApiError> {
    if uuid::Uuid::try_parse(&signed.signature_id).is_err() {
        let reason = "a wallet's signature id is needed; the sandbox takes no private keys";
        return Err(ApiError::invalid("signatureId", signed.signature_id.into(), reason));
    }
    Ok(Draft {
        chain: "FLOW".to_owned(),
        hashes: vec![signed.signature_id],
        serialized_transaction: json!({ "type": kind, "body": body }).to_string(),
        index: signed.index,
        ..Draft::default()
    })
}
