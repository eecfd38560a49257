//! What applications ask for, made into the JSON that the daemon signs.

use alloy_primitives::{Bytes, hex};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{DECIMALS, read_address, read_amount, token};
use crate::api::read;
use crate::error::ApiError;
use crate::pending::Draft;

const GWEI_DECIMALS: u8 = 9;

/// Fields that every request has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Common {
    signature_id: Option<String>,
    index: Option<u64>,
    nonce: Option<u64>,
    fee: Option<Fee>,
}

/// Amounts are texts: JSON numbers lose digits.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fee {
    gas_limit: String,
    gas_price: String,
}

#[derive(Deserialize)]
struct Transfer {
    to: String,
    amount: String,
    currency: String,
    data: Option<String>,
    #[serde(flatten)]
    common: Common,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenTransfer {
    to: String,
    amount: String,
    contract_address: String,
    digits: u8,
    #[serde(flatten)]
    common: Common,
}

/// `POST /v3/ethereum/transaction`: coins from one account to another.
pub(super) fn transfer(request: Value) -> Result<Draft, ApiError> {
    let request: Transfer = read(request)?;
    if request.currency != "ETH" {
        let reason =
            "the sandbox sends ETH here; send tokens with /v3/blockchain/token/transaction";
        return Err(ApiError::invalid("currency", request.currency.into(), reason));
    }
    read_address(&request.to)?;
    let value = read_amount("amount", &request.amount, DECIMALS)?;
    let mut payload = addressed(request.to);
    payload.insert("value".into(), value.to_string().into());
    if let Some(data) = request.data {
        payload.insert("data".into(), message(&data).into());
    }
    draft(request.common, payload)
}

/// `POST /v3/blockchain/token/transaction`: an ERC-20 transfer.
pub(super) fn token_transfer(request: Value) -> Result<Draft, ApiError> {
    let request: TokenTransfer = read(request)?;
    let amount = read_amount("amount", &request.amount, request.digits)?;
    let call = token::transfer(read_address(&request.to)?, amount);
    read_address(&request.contract_address)?;
    let mut payload = addressed(request.contract_address);
    payload.insert("data".into(), call.to_string().into());
    draft(request.common, payload)
}

/// The sender is the KMS's to know: the API always writes 0.
fn addressed(to: String) -> Map<String, Value> {
    Map::from_iter([("from".to_owned(), 0.into()), ("to".to_owned(), to.into())])
}

fn draft(common: Common, mut payload: Map<String, Value>) -> Result<Draft, ApiError> {
    let wallet = common.signature_id.unwrap_or_default();
    if uuid::Uuid::try_parse(&wallet).is_err() {
        let reason = "a wallet's signature id is needed; the sandbox takes no private keys";
        return Err(ApiError::invalid("signatureId", wallet.into(), reason));
    }
    if let Some(nonce) = common.nonce {
        payload.insert("nonce".into(), nonce.into());
    }
    if let Some(fee) = common.fee {
        let price = read_amount("fee.gasPrice", &fee.gas_price, GWEI_DECIMALS)?;
        let limit = read_amount("fee.gasLimit", &fee.gas_limit, 0)?;
        payload.insert("gasPrice".into(), price.to_string().into());
        payload.insert("gas".into(), limit.to_string().into());
    }
    Ok(Draft {
        chain: "ETH".to_owned(),
        hashes: vec![wallet],
        serialized_transaction: Value::from(payload).to_string(),
        index: common.index,
        ..Draft::default()
    })
}

/// Hex is taken as it is, any other text as its UTF-8 bytes.
fn message(text: &str) -> String {
    let bytes = match text.strip_prefix("0x").map(hex::decode) {
        Some(Ok(bytes)) => bytes,
        _ => text.as_bytes().to_vec(),
    };
    Bytes::from(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WALLET: &str = "6d78dad2-518f-4e76-8255-8f1df0de6886";
    const TO: &str = "0x3535353535353535353535353535353535353535";

    #[test]
    fn a_transfer_has_the_shape_the_api_gives_it() {
        let draft = transfer(json!({
            "to": TO, "amount": "1.5", "currency": "ETH", "data": "hi", "signatureId": WALLET,
            "index": 4, "nonce": 5, "fee": { "gasLimit": "21000", "gasPrice": "20" },
        }))
        .unwrap();
        assert_eq!((draft.hashes, draft.index), (vec![WALLET.to_owned()], Some(4)));
        let payload = format!(
            r#"{{"from":0,"to":"{TO}","value":"1500000000000000000","data":"0x6869","nonce":5,"gasPrice":"20000000000","gas":"21000"}}"#
        );
        assert_eq!(draft.serialized_transaction, payload);
    }

    #[test]
    fn a_token_transfer_is_a_call_without_value() {
        let draft = token_transfer(json!({
            "chain": "ETH", "to": TO, "amount": "2", "digits": 6, "signatureId": WALLET,
            "contractAddress": TO,
        }))
        .unwrap();
        let payload = format!(
            r#"{{"from":0,"to":"{TO}","data":"0xa9059cbb{:0>64}{:064x}"}}"#,
            &TO[2..],
            2_000_000
        );
        assert_eq!(draft.serialized_transaction, payload);
    }

    #[test]
    fn private_keys_and_other_currencies_are_refused() {
        let key = json!({ "to": TO, "amount": "1", "currency": "ETH", "fromPrivateKey": "0x1" });
        assert!(transfer(key).is_err());
        let usdt = json!({ "to": TO, "amount": "1", "currency": "USDT", "signatureId": WALLET });
        assert!(transfer(usdt).is_err());
    }
}
