//! What applications ask for, made into what the daemon signs: a transfer, twice.

use serde::Deserialize;
use serde_json::{Value, json};

use super::DECIMALS;
use super::address::Address;
use crate::decimal;
use crate::error::ApiError;
use crate::pending::Draft;
use crate::request::read;

/// The body of `/v3/bnb/transaction`. Amounts are texts: JSON numbers lose digits.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transfer {
    to: String,
    /// The coin or a token, by its name on chain.
    currency: String,
    amount: String,
    from_address: String,
    #[serde(default)]
    signature_id: String,
    #[serde(default)]
    message: String,
}

/// Reads a request and queues it.
pub(super) fn transfer(request: Value) -> Result<Draft, ApiError> {
    let request: Transfer = read(request)?;
    if uuid::Uuid::try_parse(&request.signature_id).is_err() {
        let reason = "a wallet's signature id is needed; the sandbox takes no private keys";
        return Err(ApiError::invalid("signatureId", request.signature_id.into(), reason));
    }
    let amount = decimal::units("amount", &request.amount, DECIMALS)?;
    let (from, to) = (Address::read(&request.from_address)?, Address::read(&request.to)?);
    let denom = request.currency;
    // As it is sent: a JavaScript buffer for an address.
    let sent = |address: Address| {
        let coins = [json!({ "denom": denom, "amount": amount })];
        json!([{ "address": { "type": "Buffer", "data": address.0 }, "coins": coins }])
    };
    // As it is signed: members in the order of the alphabet.
    let signed = |address: Address| {
        let coins = [json!({ "amount": amount, "denom": denom })];
        json!([{ "address": address.to_string(), "coins": coins }])
    };
    let payload = json!({
        "msg": { "inputs": sent(from), "outputs": sent(to), "aminoPrefix": "2A2C87FA" },
        "signMsg": { "inputs": signed(from), "outputs": signed(to) },
        "memo": request.message,
    });
    Ok(Draft {
        chain: "BNB".to_owned(),
        hashes: vec![request.signature_id],
        serialized_transaction: payload.to_string(),
        ..Draft::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "tbnb1whzkdmrd6q3d8znrwda24pdzzmtnlauw9h624e";
    const TO: &str = "tbnb10se8ps82w5xt8ju6uh3c8mxk5v4r3cqjq9kc00";
    const WALLET: &str = "47a418cb-e6bd-4f4d-8019-9ec345cffceb";

    #[test]
    fn a_transfer_has_the_recorded_shape() {
        let draft = transfer(json!({
            "to": TO, "currency": "BNB", "amount": "0.12345678", "fromAddress": FROM,
            "signatureId": WALLET,
        }))
        .unwrap();
        let recorded = r#"{"msg":{"inputs":[{"address":{"type":"Buffer","data":[117,197,102,236,109,208,34,211,138,99,115,122,170,133,162,22,215,63,247,142]},"coins":[{"denom":"BNB","amount":12345678}]}],"outputs":[{"address":{"type":"Buffer","data":[124,50,112,192,234,117,12,179,203,154,229,227,131,236,214,163,42,56,224,18]},"coins":[{"denom":"BNB","amount":12345678}]}],"aminoPrefix":"2A2C87FA"},"signMsg":{"inputs":[{"address":"tbnb1whzkdmrd6q3d8znrwda24pdzzmtnlauw9h624e","coins":[{"amount":12345678,"denom":"BNB"}]}],"outputs":[{"address":"tbnb10se8ps82w5xt8ju6uh3c8mxk5v4r3cqjq9kc00","coins":[{"amount":12345678,"denom":"BNB"}]}]},"memo":""}"#;
        assert_eq!(draft.serialized_transaction, recorded);
        assert_eq!((draft.hashes, draft.index), (vec![WALLET.to_owned()], None));
    }

    #[test]
    fn what_can_not_be_queued_is_refused() {
        let good = json!({
            "to": TO, "currency": "BNB", "amount": "1", "fromAddress": FROM, "signatureId": WALLET,
        });
        for (field, value) in [
            ("to", "bnb1"),
            ("fromAddress", ""),
            ("amount", "-1"),
            ("amount", "0.123456789"),
            ("signatureId", "x"),
        ] {
            let mut bad = good.clone();
            bad[field] = value.into();
            assert!(transfer(bad).is_err(), "{field} {value}");
        }
        assert!(transfer(good).is_ok());
    }
}
