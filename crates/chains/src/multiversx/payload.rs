//! The payload of a pending transaction, read strictly.

use kms_core::{Payload, parse_units};
use serde_json::{Map, Value};

use super::address::Address;
use super::{MULTIVERSX, TICKER};
use crate::error::PayloadError;
use crate::{json, number};

/// What a payload asks for.
pub(super) struct Request {
    /// The account it is meant for, if it says so.
    pub(super) from: Option<Address>,
    pub(super) to: Address,
    /// In base units.
    pub(super) value: u128,
    pub(super) data: String,
    pub(super) nonce: Option<u64>,
}

/// Fields that change what is signed.
static UNSUPPORTED: &[(&str, &str)] = &[
    ("options", "it is signed without options"),
    ("guardian", "guarded accounts need a signature of their guardian"),
    ("guardianSignature", "guarded accounts need a signature of their guardian"),
    ("relayer", "a relayer signs after us"),
    ("relayerSignature", "a relayer signs after us"),
    ("senderUsername", "names of accounts are not signed"),
    ("receiverUsername", "names of accounts are not signed"),
    ("signature", "the transaction is signed already"),
];

/// A floating-point number holds so many digits exactly.
const EXACT_DIGITS: usize = 15;

impl Request {
    /// Reads the payload of a pending transaction.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub(super) fn read(payload: &Payload) -> Result<Self, PayloadError> {
        let object = json::object(TICKER, payload)?;
        for (field, why) in UNSUPPORTED {
            if object.get(*field).is_some_and(|value| !value.is_null() && *value != 0) {
                return Err(PayloadError::Unsupported {
                    what: format!("the field `{field}`"),
                    why,
                });
            }
        }
        let to = address(&object, "to")?;
        let to = to.ok_or_else(|| field("to", "is missing".to_owned()))?;
        let nonce = number::read(object.get("nonce")).map_err(|e| field("nonce", e))?;
        Ok(Self {
            from: address(&object, "from")?,
            to,
            value: value(object.get("value")).map_err(|e| field("value", e))?,
            data: text(&object, "data")?,
            nonce,
        })
    }
}

/// An amount of EGLD as base units. Missing stands for nothing, as token operations have it.
fn value(value: Option<&Value>) -> Result<u128, String> {
    let text = match value {
        None | Some(Value::Null) => return Ok(0),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => {
            let text = number.to_string();
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            if number.is_f64() && digits > EXACT_DIGITS {
                return Err(format!("is {text}, which is not exact; write it as a string"));
            }
            // Whole numbers are sometimes written with a fraction of zero.
            text.strip_suffix(".0").unwrap_or(&text).to_owned()
        }
        Some(_) => return Err("is not a number".to_owned()),
    };
    let shown: String = text.chars().take(40).collect();
    parse_units(&text, MULTIVERSX.spec.decimals)
        .map_err(|_| format!("is {shown:?}, which is no amount of EGLD with at most 18 decimals"))
}

/// An address; 0 and the empty text stand for none.
fn address(
    object: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<Address>, PayloadError> {
    let problem = |found: &str| {
        let found: String = found.chars().take(40).collect();
        field(name, format!("is {found:?}, which is not an address; it begins with erd1"))
    };
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) if number.as_u64() == Some(0) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Address::read(text).map(Some).ok_or_else(|| problem(text)),
        Some(_) => Err(field(name, "is not a string".to_owned())),
    }
}

fn text(object: &Map<String, Value>, name: &'static str) -> Result<String, PayloadError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(field(name, "is not a string".to_owned())),
    }
}

fn field(field: &'static str, problem: String) -> PayloadError {
    PayloadError::Field { field, problem }
}
