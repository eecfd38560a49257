//! The payload of a pending transaction, read strictly.

use kms_core::{Network, Payload};
use serde_json::{Map, Value, json};

use super::{FLOW, TICKER, arguments};
use crate::error::PayloadError;
use crate::{json, number};

/// A transfer of FLOW, in Cadence 1.0; the addresses of the contracts are filled in.
const TRANSFER: &str = include_str!("transfer.cdc");

/// What a payload asks for.
pub(super) struct Request {
    /// The account whose authority the transaction needs.
    pub(super) account: [u8; 8],
    /// Cadence.
    pub(super) script: String,
    /// JSON-Cadence.
    pub(super) arguments: Vec<Value>,
    /// What it does, where that is known.
    pub(super) transfer: Option<Transfer>,
}

/// A transfer of FLOW.
pub(super) struct Transfer {
    pub(super) to: String,
    /// In FLOW, with eight decimals.
    pub(super) amount: String,
}

/// Types of payload. All numbers but these are custom transactions too.
const TRANSFER_TYPE: u64 = 2;
const OLD_TYPES: [u64; 6] = [0, 1, 4, 5, 6, 7];

impl Request {
    /// Reads the payload of a pending transaction.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub(super) fn read(payload: &Payload, network: Network) -> Result<Self, PayloadError> {
        let object = json::object(TICKER, payload)?;
        let kind: u64 = number::required(object.get("type")).map_err(|e| field("type", e))?;
        if OLD_TYPES.contains(&kind) {
            return Err(PayloadError::Unsupported {
                what: format!("the type {kind}"),
                why: "its script is Cadence 0.42, which Flow stopped running in September 2024; send a \
                      custom transaction (type 8) in Cadence 1.0",
            });
        }
        let body = object.get("body").and_then(Value::as_object);
        let body = body.ok_or_else(|| field("body", "is not an object".to_owned()))?;
        let account =
            arguments::address(text(body, "account")?).map_err(|e| field("account", e))?;
        let account = account.0;
        if kind == TRANSFER_TYPE { transfer(body, account, network) } else { custom(body, account) }
    }
}

fn transfer(
    body: &Map<String, Value>,
    account: [u8; 8],
    network: Network,
) -> Result<Request, PayloadError> {
    let currency = text(body, "currency")?;
    if currency != FLOW.spec.symbol {
        return Err(PayloadError::Unsupported {
            what: "a transfer of another coin than FLOW".to_owned(),
            why: "its contract is not known to have moved to Cadence 1.0",
        });
    }
    let to = arguments::address(text(body, "to")?).map_err(|e| field("to", e))?.1;
    let amount = match body.get("amount") {
        Some(Value::String(text)) => text,
        _ => return Err(field("amount", "is not a string".to_owned())),
    };
    let amount = arguments::fixed(amount, false).map_err(|e| field("amount", e))?;
    if amount.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        return Err(field("amount", "is zero".to_owned()));
    }
    let arguments =
        vec![json!({"type": "UFix64", "value": amount}), json!({"type": "Address", "value": to})];
    let script = script(network);
    Ok(Request { account, script, arguments, transfer: Some(Transfer { to, amount }) })
}

/// The script of a transfer on `network`.
fn script(network: Network) -> String {
    let contracts = FLOW.contracts.get(network);
    TRANSFER
        .replace("FUNGIBLE_TOKEN", contracts.fungible_token)
        .replace("FLOW_TOKEN", contracts.flow_token)
}

fn custom(body: &Map<String, Value>, account: [u8; 8]) -> Result<Request, PayloadError> {
    let script = text(body, "transaction")?.to_owned();
    if script.is_empty() {
        return Err(field("transaction", "is empty".to_owned()));
    }
    let list = match body.get("args") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(list)) => list,
        Some(_) => return Err(field("args", "is not a list".to_owned())),
    };
    let argument = |(number, argument): (usize, &Value)| {
        let wrong = |problem| PayloadError::Part { part: "argument", number, problem };
        arguments::encode(argument).map_err(wrong)
    };
    let arguments = list.iter().enumerate().map(argument).collect::<Result<Vec<_>, _>>()?;
    Ok(Request { account, script, arguments, transfer: None })
}

fn text<'a>(body: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, PayloadError> {
    let text = body.get(name).and_then(Value::as_str);
    text.ok_or_else(|| field(name, "is not a string".to_owned()))
}

fn field(field: &'static str, problem: String) -> PayloadError {
    PayloadError::Field { field, problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_crypto::hash::sha256;

    /// The texts that are signed must not change by accident.
    #[test]
    fn the_scripts_of_transfers_are_these() {
        for (network, hash) in [
            (Network::Mainnet, "4e1598b14d11b531b308fb34f2394a968939c481185d37dfe4838bda02f4d3d9"),
            (Network::Testnet, "6ace2e748f724bb48251eca2768138bb35efd7a1c1df9e74ec3f5abc9d0ad74c"),
        ] {
            let script = script(network);
            assert_eq!(hex::encode(sha256(script.as_bytes())), hash, "{script}");
        }
    }
}
