//! The payload of a pending transaction, read strictly.

use alloy_primitives::U256;
use kms_core::Payload;
use serde_json::{Map, Value};

use super::TICKER;
use crate::error::PayloadError;
use crate::evm::address::{Address, Spelling};
use crate::evm::number;
use crate::json;

/// What a payload asks for. What is `None` is asked of the network or made up.
pub(super) struct Request {
    pub(super) clauses: Vec<Clause>,
    /// The most gas that the estimate may use.
    pub(super) gas: Option<u64>,
    pub(super) nonce: Option<u64>,
    pub(super) chain_tag: Option<u8>,
    pub(super) block_ref: Option<[u8; 8]>,
    /// For how many blocks behind the reference it may be executed.
    pub(super) expiration: u32,
    /// Another transaction, without which this one is not executed.
    pub(super) depends_on: Option<[u8; 32]>,
    pub(super) fees: FeeRequest,
}

/// One thing that a transaction does.
pub(super) struct Clause {
    /// The recipient; nobody means that a contract is created.
    pub(super) to: Option<Address>,
    /// In wei.
    pub(super) value: U256,
    pub(super) data: Vec<u8>,
}

/// What the payload says of the fee, and so the type of transaction.
pub(super) enum FeeRequest {
    /// Legacy: the base price, raised by `coefficient / 255`.
    Coefficient(u8),
    /// Type 0x51: prices in VTHO's smallest unit; what is missing is asked for.
    Dynamic { max: Option<u128>, priority: Option<u128> },
}

/// Three days of blocks are 25,920; the reference's life is two hours.
const EXPIRATION: u32 = 720;

/// More is no ordinary transaction, and each clause is shown to a person.
const MOST_CLAUSES: usize = 256;

/// Fields that change what is signed, or who pays.
static UNSUPPORTED: &[(&str, &str)] = &[
    ("delegator", "the gas payer of VIP-191 signs after us"),
    ("isDelegated", "the gas payer of VIP-191 signs after us"),
    ("gasPayer", "the gas payer of VIP-191 signs after us"),
    ("feeDelegation", "the gas payer of VIP-191 signs after us"),
    ("reserved", "reserved features are not signed"),
    ("signature", "the transaction is signed already"),
    ("accessList", "the chain has none"),
    ("authorizationList", "the chain has none"),
];

impl Request {
    /// Reads the payload of a pending transaction.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub(super) fn read(payload: &Payload) -> Result<Self, PayloadError> {
        let object = json::object(TICKER, payload)?;
        for (field, why) in UNSUPPORTED {
            let given =
                object.get(*field).is_some_and(|v| !v.is_null() && *v != Value::Bool(false));
            if given {
                return Err(PayloadError::Unsupported {
                    what: format!("the field `{field}`"),
                    why,
                });
            }
        }
        Ok(Self {
            clauses: clauses(&object)?,
            gas: match number::read_as(&object, "gas")? {
                None => number::read_as(&object, "gasLimit")?,
                given => given,
            }
            .filter(|gas| *gas != 0),
            nonce: number::read_as(&object, "nonce")?,
            // Zero is how some libraries write "none given"; no chain has this tag.
            chain_tag: number::read_as(&object, "chainTag")?.filter(|tag| *tag != 0),
            block_ref: bytes(&object, "blockRef")?,
            expiration: number::read_as(&object, "expiration")?.unwrap_or(EXPIRATION),
            depends_on: bytes(&object, "dependsOn")?,
            fees: fees(&object)?,
        })
    }
}

fn fees(object: &Map<String, Value>) -> Result<FeeRequest, PayloadError> {
    let kind: Option<u8> = number::read_as(object, "type")?;
    let coefficient: Option<u8> = number::read_as(object, "gasPriceCoef")?;
    let max = number::read_as(object, "maxFeePerGas")?;
    let priority = number::read_as(object, "maxPriorityFeePerGas")?;
    let given = max.is_some() || priority.is_some();
    let dynamic = match kind {
        None => given,
        Some(0) if !given => false,
        Some(0x51) => true,
        Some(0) => return Err(field("type", "is 0, but there are fields of type 0x51".to_owned())),
        Some(kind) => {
            let (what, why) = (format!("transaction type {kind}"), "known are 0 and 0x51 (81)");
            return Err(PayloadError::Unsupported { what, why });
        }
    };
    if !dynamic {
        return Ok(FeeRequest::Coefficient(coefficient.unwrap_or(0)));
    }
    if coefficient.is_some_and(|coefficient| coefficient != 0) {
        let problem = "is given together with the fees of type 0x51; give one or the other";
        return Err(field("gasPriceCoef", problem.to_owned()));
    }
    if let (Some(max), Some(priority)) = (max, priority)
        && priority > max
    {
        let problem = format!("is {priority}, which is above maxFeePerGas {max}");
        return Err(field("maxPriorityFeePerGas", problem));
    }
    Ok(FeeRequest::Dynamic { max, priority })
}

fn clauses(object: &Map<String, Value>) -> Result<Vec<Clause>, PayloadError> {
    let list = match object.get("clauses") {
        None | Some(Value::Null) => return Ok(vec![clause(object)?]),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(field("clauses", "is not a list".to_owned())),
    };
    if list.is_empty() || list.len() > MOST_CLAUSES {
        let problem = format!("has {} items; there must be 1 to {MOST_CLAUSES}", list.len());
        return Err(field("clauses", problem));
    }
    for name in ["to", "value", "data"] {
        if object.get(name).is_some_and(|value| !value.is_null()) {
            let problem = format!("is given together with `{name}`; give one or the other");
            return Err(field("clauses", problem));
        }
    }
    let read = |item: &Value| match item {
        Value::Object(item) => clause(item),
        _ => Err(field("clauses", "has an item that is no object".to_owned())),
    };
    list.iter().map(read).collect()
}

fn clause(object: &Map<String, Value>) -> Result<Clause, PayloadError> {
    let to = match object.get("to") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => {
            Some(Spelling::Hex.read(text).map_err(|e| field("to", e.to_string()))?)
        }
        Some(_) => return Err(field("to", "is not a string".to_owned())),
    };
    let value = number::read(object, "value")?.unwrap_or(U256::ZERO);
    let data = match object.get("data") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => {
            hex::decode(digits(text)).map_err(|_| field("data", "is not hexadecimal".to_owned()))?
        }
        Some(_) => return Err(field("data", "is not a string".to_owned())),
    };
    if to.is_none() && data.is_empty() {
        let problem = "is missing, and there is no data to create a contract from; the value would \
                       be lost";
        return Err(field("to", problem.to_owned()));
    }
    Ok(Clause { to, value, data })
}

/// A hexadecimal field of exactly `N` bytes.
fn bytes<const N: usize>(
    object: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<[u8; N]>, PayloadError> {
    let text = match object.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text,
        Some(_) => return Err(field(name, "is not a string".to_owned())),
    };
    let mut bytes = [0; N];
    hex::decode_to_slice(digits(text), &mut bytes)
        .map_err(|_| field(name, format!("is not 0x and {} hexadecimal digits", 2 * N)))?;
    Ok(Some(bytes))
}

fn digits(text: &str) -> &str {
    text.strip_prefix("0x").or(text.strip_prefix("0X")).unwrap_or(text)
}

fn field(field: &'static str, problem: String) -> PayloadError {
    PayloadError::Field { field, problem }
}
