//! What applications ask for, made into what the daemon signs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::DECIMALS;
use super::address::Address;
use crate::decimal;
use crate::error::ApiError;
use crate::pending::Draft;
use crate::request::read;
use crate::signed_by::SignedBy;

/// Types of what is signed.
const TRANSFER: u8 = 2;
const CUSTOM: u8 = 8;

#[derive(Deserialize)]
struct Transfer {
    /// Whose coins.
    account: String,
    to: String,
    amount: String,
    currency: String,
    #[serde(flatten)]
    signed_by: SignedBy,
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
    signed_by: SignedBy,
}

/// `POST /v3/flow/transaction`: coins from one account to another.
pub(super) fn transfer(request: Value) -> Result<Draft, ApiError> {
    let Transfer { account, to, amount, currency, signed_by } = read(request)?;
    if currency != "FLOW" {
        let reason = "the sandbox has FLOW alone; send other tokens by a transaction of your own";
        return Err(ApiError::invalid("currency", currency.into(), reason));
    }
    Address::read("account", &account)?;
    Address::read("to", &to)?;
    decimal::units("amount", &amount, DECIMALS)?;
    let body = json!({ "account": account, "to": to, "amount": amount, "currency": currency });
    draft(&signed_by, TRANSFER, &body)
}

/// `POST /v3/flow/transaction/custom`: a script.
pub(super) fn custom(request: Value) -> Result<Draft, ApiError> {
    let Custom { account, transaction, args, signed_by } = read(request)?;
    Address::read("account", &account)?;
    let body = json!({ "account": account, "transaction": transaction, "args": args });
    draft(&signed_by, CUSTOM, &body)
}

fn draft(signed_by: &SignedBy, kind: u8, body: &Value) -> Result<Draft, ApiError> {
    signed_by.draft("FLOW", json!({ "type": kind, "body": body }).to_string())
}
