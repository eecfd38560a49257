//! What applications ask for, made into the JSON that the daemon signs.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::address::Address;
use super::{DECIMALS, gas};
use crate::amount::{self, units};
use crate::error::ApiError;
use crate::pending::Draft;
use crate::request::read;
use crate::signed_by::SignedBy;

/// Amounts are texts: JSON numbers lose digits.
#[derive(Deserialize)]
struct Transfer {
    from: String,
    to: String,
    amount: String,
    data: Option<String>,
    #[serde(default)]
    fee: Fee,
    #[serde(flatten)]
    signed_by: SignedBy,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fee {
    gas_limit: Option<String>,
    gas_price: Option<String>,
}

/// `POST /v3/egld/transaction`: coins, or what `data` says: a token transfer is such a text.
pub(super) fn transfer(body: Value) -> Result<Draft, ApiError> {
    let request: Transfer = read(body)?;
    Address::of_request("from", &request.from)?;
    Address::of_request("to", &request.to)?;
    let value = units("amount", &request.amount, DECIMALS)?;
    let data = request.data.map(plain).unwrap_or_default();
    let price = number("fee.gasPrice", request.fee.gas_price, gas::MIN_PRICE)?;
    let limit = number("fee.gasLimit", request.fee.gas_limit, gas::of_data(data.len()))?;
    let mut payload = Map::new();
    payload.insert("from".into(), request.from.into());
    payload.insert("to".into(), request.to.into());
    // In EGLD: the signer counts the smallest units.
    let value = amount::format(alloy_primitives::U256::from(value), DECIMALS);
    payload.insert("value".into(), value.into());
    if !data.is_empty() {
        payload.insert("data".into(), data.into());
    }
    payload.insert("gasPrice".into(), price.into());
    payload.insert("gasLimit".into(), limit.into());
    request.signed_by.draft("EGLD", Value::from(payload).to_string())
}

fn number(property: &str, text: Option<String>, otherwise: u64) -> Result<u64, ApiError> {
    let Some(text) = text else { return Ok(otherwise) };
    text.parse().map_err(|_| {
        ApiError::invalid(property, text.as_str().into(), "gas is a whole number; write digits")
    })
}

/// The API has notes in hex; what is none, such as a token transfer, is taken as it is.
fn plain(data: String) -> String {
    let bytes = hex::decode(&data).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or(data)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FROM: &str = "erd1qgj05u4udww52x0z78lsy3sknw08pscyguc9dyzvayjqv0qy8las6rwnt2";
    const TO: &str = "erd1uxjk2r4rnhdtjz4xqzzytj02hg9td2muvsv884nh0s2r9r84t73q2mscne";

    #[test]
    fn recorded_payloads_are_made_again() {
        let wallet = "6d78dad2-518f-4e76-8255-8f1df0de6886";
        let native = json!({
            "from": FROM, "to": TO, "amount": "1", "signatureId": wallet, "index": 0,
        });
        let draft = transfer(native).unwrap();
        assert_eq!((draft.chain.as_str(), draft.index), ("EGLD", Some(0)));
        let payload = format!(
            r#"{{"from":"{FROM}","to":"{TO}","value":"1","gasPrice":1000000000,"gasLimit":50000}}"#
        );
        assert_eq!(draft.serialized_transaction, payload);

        let note = json!({
            "from": FROM, "to": TO, "amount": "0", "data": "68656c6c6f", "signatureId": wallet,
        });
        let payload = format!(
            r#"{{"from":"{FROM}","to":"{TO}","value":"0","data":"hello","gasPrice":1000000000,"gasLimit":57500}}"#
        );
        assert_eq!(transfer(note).unwrap().serialized_transaction, payload);

        let token = "ESDTTransfer@414c432d363235383132@0c";
        let tokens = json!({
            "from": FROM, "to": TO, "amount": "0", "data": token, "signatureId": wallet,
            "fee": { "gasLimit": "500000", "gasPrice": "1000000000" },
        });
        let payload = format!(
            r#"{{"from":"{FROM}","to":"{TO}","value":"0","data":"{token}","gasPrice":1000000000,"gasLimit":500000}}"#
        );
        assert_eq!(transfer(tokens).unwrap().serialized_transaction, payload);
    }
}
