//! The payload of a pending transaction, read strictly.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address as AlloyAddress, B256, U256};
use kms_core::Payload;
use serde_json::{Map, Value};

use super::address::Address;
use super::{Evm, number};
use crate::chain::Chain as _;
use crate::error::PayloadError;
use crate::json;

/// What a payload asks for. Everything that is `None` is asked of the network.
pub(super) struct Request {
    pub(super) call: Call,
    pub(super) kind: Kind,
    pub(super) nonce: Option<u64>,
    pub(super) gas: Option<u64>,
    pub(super) gas_price: Option<u128>,
    pub(super) max_fee: Option<u128>,
    pub(super) priority_fee: Option<u128>,
    pub(super) chain_id: Option<u64>,
    pub(super) access_list: AccessList,
    /// Celo: the token in which the fee is paid.
    pub(super) fee_currency: Option<Address>,
    /// Klaytn: the percentage of the fee that the fee payer pays, 1 to 99.
    pub(super) fee_ratio: Option<u8>,
}

/// What is done: the part that is the same in every type of transaction.
#[derive(Clone)]
pub(super) struct Call {
    /// The recipient; nobody means that a contract is created.
    pub(super) to: Option<Address>,
    /// In base units.
    pub(super) value: U256,
    pub(super) data: Vec<u8>,
}

/// The type of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Type 0, with EIP-155.
    Legacy,
    /// Type 1, EIP-2930.
    AccessList,
    /// Type 2, EIP-1559.
    DynamicFee,
    /// A type of the chain's own.
    Own(String),
}

/// Fields that change what is signed. A chain that knows one says so in its rules; elsewhere it is refused
/// rather than dropped.
static MEANINGFUL: &[(&str, &str)] = &[
    ("authorizationList", "EIP-7702 hands the whole account over to a contract"),
    ("blobVersionedHashes", "blob transactions (EIP-4844) are not signed"),
    ("maxFeePerBlobGas", "blob transactions (EIP-4844) are not signed"),
    ("blobs", "blob transactions (EIP-4844) are not signed"),
    ("gatewayFee", "gateway fees ended with Celo's move to layer 2"),
    ("gatewayFeeRecipient", "gateway fees ended with Celo's move to layer 2"),
    ("feeCurrency", "fees are paid in the chain's own coin"),
    ("feeRatio", "there is no fee payer in this type of transaction"),
    ("feePayer", "the fee payer is set by whoever signs after us"),
    ("feePayerSignatures", "the fee payer signs after us"),
    ("key", "account updates are not signed"),
    ("account", "account updates are not signed"),
    ("codeFormat", "this way of deploying is not supported"),
    ("humanReadable", "this way of deploying is not supported"),
    ("common", "the chain is given by its chain id"),
];

/// The types and fields that EIP-2718 knows and that are refused by name.
fn refusal_of_type(number: U256) -> PayloadError {
    let why = match u64::try_from(number) {
        Ok(3) => "blob transactions (EIP-4844) are not signed",
        Ok(4) => "EIP-7702 hands the whole account over to a contract",
        _ => "known are 0, 1 (EIP-2930) and 2 (EIP-1559)",
    };
    PayloadError::Unsupported { what: format!("transaction type {number}"), why }
}

impl Request {
    /// Reads the payload of a pending transaction of `chain`.
    pub(super) fn read(chain: &Evm, payload: &Payload) -> Result<Self, PayloadError> {
        let object = json::object(chain.spec().ticker.0, payload)?;
        let own_fields = chain.rules.own_types.map_or(&[][..], |own| own.fields);
        refuse_meaningful(&object, own_fields)?;
        let request = Self {
            call: Call::read(chain, &object)?,
            kind: kind(chain, &object)?,
            nonce: number::read_as(&object, "nonce")?,
            gas: match number::read_as(&object, "gasLimit")? {
                None => number::read_as(&object, "gas")?,
                given => given,
            },
            gas_price: number::read_as(&object, "gasPrice")?.filter(|price| *price != 0),
            max_fee: number::read_as(&object, "maxFeePerGas")?,
            priority_fee: number::read_as(&object, "maxPriorityFeePerGas")?,
            chain_id: number::read_as(&object, "chainId")?,
            access_list: access_list(&object)?,
            fee_currency: address(chain, &object, "feeCurrency")?,
            fee_ratio: number::read_as(&object, "feeRatio")?,
        };
        request.check()
    }

    /// Whether the fee is that of EIP-1559 rather than a fixed price.
    pub(super) fn has_dynamic_fee(&self) -> bool {
        self.kind == Kind::DynamicFee || self.max_fee.is_some() || self.priority_fee.is_some()
    }

    fn check(mut self) -> Result<Self, PayloadError> {
        // A zero limit is how some libraries write "none given".
        self.gas = self.gas.filter(|gas| *gas != 0);
        let field =
            |field, problem: &str| PayloadError::Field { field, problem: problem.to_owned() };
        if self.has_dynamic_fee() && self.gas_price.is_some() {
            let problem = "is given together with EIP-1559 fees; give one or the other";
            return Err(field("gasPrice", problem));
        }
        let both = self.max_fee.is_some() && self.priority_fee.is_some();
        if self.has_dynamic_fee() && self.fee_currency.is_some() && !both {
            let problem = "and maxPriorityFeePerGas must both be given with a fee currency, whose \
                           prices can't be asked for";
            return Err(field("maxFeePerGas", problem));
        }
        if let (Some(max), Some(priority)) = (self.max_fee, self.priority_fee)
            && priority > max
        {
            return Err(PayloadError::Field {
                field: "maxPriorityFeePerGas",
                problem: format!("is {priority}, which is above maxFeePerGas {max}"),
            });
        }
        Ok(self)
    }
}

impl Call {
    fn read(chain: &Evm, object: &Map<String, Value>) -> Result<Self, PayloadError> {
        let to = address(chain, object, "to")?;
        let value = number::read(object, "value")?.unwrap_or(U256::ZERO);
        let data = match bytes(object, "data")? {
            data if data.is_empty() => bytes(object, "input")?,
            data => data,
        };
        if to.is_none() && data.is_empty() {
            return Err(PayloadError::Field {
                field: "to",
                problem: "is missing, and there is no data to create a contract from; the value \
                          would be lost"
                    .to_owned(),
            });
        }
        Ok(Self { to, value, data })
    }
}

fn refuse_meaningful(object: &Map<String, Value>, own_fields: &[&str]) -> Result<(), PayloadError> {
    for (field, why) in MEANINGFUL {
        let given = object.get(*field).is_some_and(|value| !value.is_null());
        if given && !own_fields.contains(field) {
            return Err(PayloadError::Unsupported { what: format!("the field `{field}`"), why });
        }
    }
    Ok(())
}

fn kind(chain: &Evm, object: &Map<String, Value>) -> Result<Kind, PayloadError> {
    let given = |field: &str| object.get(field).is_some_and(|value| !value.is_null());
    let dynamic = given("maxFeePerGas") || given("maxPriorityFeePerGas");
    let list = given("accessList");
    let own = |name: &str| Kind::Own(name.to_owned());
    let number = match object.get("type") {
        None | Some(Value::Null) => {
            return Ok(match (dynamic, list) {
                (true, _) => Kind::DynamicFee,
                (false, true) => Kind::AccessList,
                (false, false) => Kind::Legacy,
            });
        }
        Some(Value::String(name)) if name.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            if chain.rules.own_types.is_some() {
                return Ok(own(name));
            }
            let what = format!("transaction type {:?}", name.chars().take(40).collect::<String>());
            return Err(PayloadError::Unsupported { what, why: "the chain has no such type" });
        }
        Some(_) => number::read(object, "type")?.unwrap_or(U256::ZERO),
    };
    match u64::try_from(number) {
        Ok(0) if !dynamic && !list => Ok(Kind::Legacy),
        Ok(1) if !dynamic => Ok(Kind::AccessList),
        Ok(2) => Ok(Kind::DynamicFee),
        Ok(0 | 1) => Err(PayloadError::Field {
            field: "type",
            problem: format!("is {number}, but there are fields of a later type"),
        }),
        Ok(0x7b) if chain.rules.own_types.is_some() => Ok(own("0x7b")),
        _ => Err(refusal_of_type(number)),
    }
}

fn address(
    chain: &Evm,
    object: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<Address>, PayloadError> {
    let problem = |problem: String| PayloadError::Field { field, problem };
    match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            chain.rules.spelling.read(text).map(Some).map_err(|e| problem(e.to_string()))
        }
        Some(_) => Err(problem("is not a string".to_owned())),
    }
}

fn bytes(object: &Map<String, Value>, field: &'static str) -> Result<Vec<u8>, PayloadError> {
    let problem = |problem: &str| PayloadError::Field { field, problem: problem.to_owned() };
    let text = match object.get(field) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::String(text)) => text,
        Some(_) => return Err(problem("is not a string")),
    };
    let digits = text.strip_prefix("0x").or(text.strip_prefix("0X")).unwrap_or(text);
    // web3 reads an odd number of digits as if a zero stood in front.
    let padded = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits.to_owned() };
    hex::decode(padded).map_err(|_| problem("is not hexadecimal"))
}

fn access_list(object: &Map<String, Value>) -> Result<AccessList, PayloadError> {
    let problem = || PayloadError::Field {
        field: "accessList",
        problem: "is not a list of {address, storageKeys}".to_owned(),
    };
    let items = match object.get("accessList") {
        None | Some(Value::Null) => return Ok(AccessList::default()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(problem()),
    };
    let item = |value: &Value| {
        let (address, keys) = match value {
            Value::Object(item) => (item.get("address")?, item.get("storageKeys")?),
            Value::Array(pair) if pair.len() == 2 => (&pair[0], &pair[1]),
            _ => return None,
        };
        let address: AlloyAddress = address.as_str()?.parse().ok()?;
        let keys = keys.as_array()?.iter().map(|key| key.as_str()?.parse::<B256>().ok());
        Some(AccessListItem { address, storage_keys: keys.collect::<Option<_>>()? })
    };
    items.iter().map(item).collect::<Option<Vec<_>>>().map(AccessList).ok_or_else(problem)
}
