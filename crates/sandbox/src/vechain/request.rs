//! What applications ask for, made into the JSON that the daemon signs.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::DECIMALS;
use crate::amount::units;
use crate::error::ApiError;
use crate::ethereum::read_address;
use crate::pending::Draft;
use crate::request::read;
use crate::signed_by::SignedBy;

/// Amounts are texts: JSON numbers lose digits.
#[derive(Deserialize)]
struct Transfer {
    to: String,
    amount: String,
    data: Option<String>,
    fee: Option<Fee>,
    #[serde(flatten)]
    signed_by: SignedBy,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fee {
    gas_limit: String,
}

/// `POST /v3/vet/transaction`. Token transfers are calls: the contract in `to`, `data` in hex.
pub(super) fn transfer(body: Value) -> Result<Draft, ApiError> {
    let request: Transfer = read(body)?;
    read_address(&request.to)?;
    let value = units("amount", &request.amount, DECIMALS)?;
    let mut payload = Map::new();
    // The sender is the KMS's to know: the API always writes 0.
    payload.insert("from".into(), 0.into());
    payload.insert("to".into(), request.to.into());
    payload.insert("value".into(), value.to_string().into());
    if let Some(data) = request.data {
        let digits = data.strip_prefix("0x").unwrap_or(&data);
        if hex::decode(digits).is_err() {
            let reason = "data is hex here; write an even number of hex digits";
            return Err(ApiError::invalid("data", data.into(), reason));
        }
        payload.insert("data".into(), format!("0x{digits}").into());
    }
    if let Some(fee) = request.fee {
        let limit = units("fee.gasLimit", &fee.gas_limit, 0)?;
        payload.insert("gas".into(), limit.to_string().into());
    }
    request.signed_by.draft("VET", Value::from(payload).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_transfer_has_the_shape_the_api_gives_it() {
        let to = "0x44ee24f8b508d2f2c281b682e3b6eb3b770a8299";
        let draft = transfer(json!({
            "to": to, "amount": "1.5", "data": "6869", "fee": { "gasLimit": "40000" },
            "signatureId": "6d78dad2-518f-4e76-8255-8f1df0de6886", "index": 3,
        }))
        .unwrap();
        assert_eq!((draft.chain.as_str(), draft.index), ("VET", Some(3)));
        let payload = format!(
            r#"{{"from":0,"to":"{to}","value":"1500000000000000000","data":"0x6869","gas":"40000"}}"#
        );
        assert_eq!(draft.serialized_transaction, payload);
    }

    #[test]
    fn data_that_is_no_hex_is_refused() {
        let to = "0x44ee24f8b508d2f2c281b682e3b6eb3b770a8299";
        assert!(transfer(json!({ "to": to, "amount": "1", "data": "hello" })).is_err());
    }
}
