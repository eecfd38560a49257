//! What applications ask for, made into the JSON that the daemon signs.

use alloy_primitives::U256;
use serde::Deserialize;
use serde_json::Value;

use super::action::Action;
use super::address::Address;
use super::{DECIMALS, TOKEN_DECIMALS, Tron};
use crate::amount::units;
use crate::error::ApiError;
use crate::ethereum::token;
use crate::pending::Draft;
use crate::request::read;
use crate::signed_by::SignedBy;

/// What every request has. Amounts are texts: JSON numbers lose digits.
#[derive(Deserialize)]
struct Transfer {
    from: String,
    to: String,
    amount: String,
    #[serde(flatten)]
    signed_by: SignedBy,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trc10Transfer {
    token_id: String,
    #[serde(flatten)]
    transfer: Transfer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trc20Transfer {
    token_address: String,
    fee_limit: Value,
    #[serde(flatten)]
    transfer: Transfer,
}

impl Transfer {
    /// Sender and recipient.
    fn addresses(&self) -> Result<(Address, Address), ApiError> {
        let owner = Address::of_request("from", &self.from)?;
        Ok((owner, Address::of_request("to", &self.to)?))
    }

    fn units(&self, decimals: u8) -> Result<u128, ApiError> {
        units("amount", &self.amount, decimals)
    }

    /// The amount as transactions have it.
    fn wire_units(&self, decimals: u8) -> Result<i64, ApiError> {
        wire("amount", &self.amount, decimals)
    }
}

/// `POST /v3/tron/transaction`: TRX from one account to another.
pub(super) fn transfer(tron: &Tron, body: Value) -> Result<Draft, ApiError> {
    let request: Transfer = read(body)?;
    let ((owner, to), amount) = (request.addresses()?, request.wire_units(DECIMALS)?);
    let action = Action::Transfer { owner, to, amount };
    request.signed_by.draft("TRON", tron.unsigned(action, 0).payload().to_string())
}

/// `POST /v3/tron/trc10/transaction`.
pub(super) fn trc10_transfer(tron: &Tron, body: Value) -> Result<Draft, ApiError> {
    let Trc10Transfer { token_id, transfer } = read(body)?;
    tron.check_asset(&token_id)?;
    let ((owner, to), amount) = (transfer.addresses()?, transfer.wire_units(TOKEN_DECIMALS)?);
    let action = Action::TransferAsset { owner, to, asset: token_id.into_bytes(), amount };
    transfer.signed_by.draft("TRON", tron.unsigned(action, 0).payload().to_string())
}

/// `POST /v3/tron/trc20/transaction`: a call of a contract.
pub(super) fn trc20_transfer(tron: &Tron, body: Value) -> Result<Draft, ApiError> {
    let Trc20Transfer { token_address, fee_limit, transfer } = read(body)?;
    let contract = Address::of_request("tokenAddress", &token_address)?;
    if contract != tron.token {
        let reason = "no contract lives there; use the test token, GET /sandbox/TRON/token";
        return Err(ApiError::invalid("tokenAddress", token_address.into(), reason));
    }
    let ((owner, to), amount) = (transfer.addresses()?, transfer.units(TOKEN_DECIMALS)?);
    // In the documentation a number, in examples a text as well.
    let fee_limit = fee_limit.as_str().map_or_else(|| fee_limit.to_string(), str::to_owned);
    let fee_limit = wire("feeLimit", &fee_limit, DECIMALS)?;
    let recipient = alloy_primitives::Address::from_slice(&to.bytes()[1..]);
    let data = token::transfer(recipient, U256::from(amount)).to_vec();
    let action = Action::Trigger { owner, contract, data, call_value: 0 };
    transfer.signed_by.draft("TRON", tron.unsigned(action, fee_limit).payload().to_string())
}

fn wire(property: &str, text: &str, decimals: u8) -> Result<i64, ApiError> {
    i64::try_from(units(property, text, decimals)?).map_err(|_| {
        let reason = "a transaction can't carry that much; give a smaller amount";
        ApiError::invalid(property, text.into(), reason)
    })
}
