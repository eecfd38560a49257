//! The payload: Rosetta operations, read strictly.

use std::collections::HashSet;

use kms_core::{Network, Payload};
use serde_json::{Map, Value};

use super::{TICKER, address};
use crate::error::PayloadError;
use crate::{described, json};

/// What the operations say that the transaction does.
pub(super) struct Operations {
    /// As they came, for the Rosetta server.
    pub(super) json: Value,
    pub(super) inputs: Vec<Input>,
    pub(super) outputs: Vec<Output>,
    /// Inputs without outputs, in lovelace.
    pub(super) fee: u64,
}

/// An output that is spent.
pub(super) struct Input {
    /// Which one: transaction and place.
    pub(super) coin: ([u8; 32], u64),
    /// Whose it is, as it came.
    pub(super) owner: String,
}

/// An output that is made.
pub(super) struct Output {
    /// Who gets it, as it came and as it stands in the transaction.
    pub(super) to: String,
    pub(super) address: Vec<u8>,
    /// In lovelace.
    pub(super) amount: u64,
}

impl Operations {
    /// Reads the operations and adds them up.
    ///
    /// # Errors
    /// Names the operation that is wrong.
    pub(super) fn read(payload: &Payload, network: Network) -> Result<Self, PayloadError> {
        let json = json::value(TICKER, payload)?;
        let Value::Array(list) = &json else {
            let problem = "it is not a list of operations".to_owned();
            return Err(PayloadError::Json { chain: TICKER, problem });
        };
        let (mut inputs, mut outputs, mut coins) = (Vec::new(), Vec::new(), HashSet::new());
        let (mut spent, mut paid) = (0_u64, 0_u64);
        for (number, operation) in list.iter().enumerate() {
            let wrong = |problem| PayloadError::Part { part: "operation", number, problem };
            let operation = Operation::read(operation).map_err(wrong)?;
            let sum = if operation.is_input { &mut spent } else { &mut paid };
            let more = sum.checked_add(operation.amount);
            *sum = more.ok_or_else(|| wrong("brings the sum above 2^64".to_owned()))?;
            let owner = address::read(operation.address, network).map_err(wrong)?;
            if operation.is_input {
                let coin = operation.coin().map_err(wrong)?;
                if !coins.insert(coin) {
                    return Err(wrong("spends what another one spends".to_owned()));
                }
                inputs.push(Input { coin, owner: operation.address.to_owned() });
            } else {
                let (to, amount) = (operation.address.to_owned(), operation.amount);
                outputs.push(Output { to, address: owner, amount });
            }
        }
        let fee = fee(spent, paid, inputs.len(), outputs.len())?;
        Ok(Self { inputs, outputs, fee, json })
    }
}

fn fee(spent: u64, paid: u64, inputs: usize, outputs: usize) -> Result<u64, PayloadError> {
    let field = |problem: String| PayloadError::Field { field: "operations", problem };
    if inputs == 0 || outputs == 0 {
        return Err(field(format!("are {inputs} inputs and {outputs} outputs")));
    }
    match spent.checked_sub(paid) {
        Some(fee) if fee > 0 => Ok(fee),
        _ => Err(field(format!(
            "do not balance: the inputs have {spent} lovelace, the outputs {paid}, and a fee is needed"
        ))),
    }
}

/// One operation, as far as it is understood.
struct Operation<'a> {
    json: &'a Map<String, Value>,
    is_input: bool,
    address: &'a str,
    amount: u64,
}

impl<'a> Operation<'a> {
    fn read(json: &'a Value) -> Result<Self, String> {
        let json = json.as_object().ok_or("is not an object")?;
        let is_input = match json.get("type").and_then(Value::as_str) {
            Some("input") => true,
            Some("output") => false,
            _ => return Err("has a type other than `input` and `output`".to_owned()),
        };
        let amount = json.get("amount").and_then(Value::as_object);
        let amount = amount.ok_or("has no `amount`")?;
        for (name, object) in [("metadata", Some(json)), ("amount.metadata", Some(amount))] {
            let metadata = object.and_then(|object| object.get("metadata"));
            let empty = |metadata: &Value| match metadata {
                Value::Null => true,
                Value::Object(members) => members.is_empty(),
                _ => false,
            };
            if !metadata.is_none_or(empty) {
                return Err(format!("has `{name}`; native tokens and staking are not signed"));
            }
        }
        let currency = amount.get("currency");
        let ada = |name: &str| currency.and_then(|currency| currency.get(name));
        if ada("symbol").and_then(Value::as_str) != Some("ADA")
            || ada("decimals").and_then(Value::as_u64) != Some(6)
        {
            return Err("has a currency other than ADA with 6 decimals".to_owned());
        }
        let account = json.get("account").and_then(|account| account.get("address"));
        let address = account.and_then(Value::as_str).ok_or("has no `account.address`")?;
        let amount = lovelace(amount.get("value"), is_input)?;
        Ok(Self { json, is_input, address, amount })
    }

    /// The output that an input spends: `transaction:place`.
    fn coin(&self) -> Result<([u8; 32], u64), String> {
        let text = self
            .json
            .get("coin_change")
            .and_then(|change| change.get("coin_identifier")?.get("identifier")?.as_str());
        let (transaction, place) =
            text.and_then(|text| text.split_once(':')).ok_or("has no coin identifier")?;
        let mut hash = [0; 32];
        hex::decode_to_slice(transaction, &mut hash)
            .map_err(|_| "has a coin identifier without a transaction of 64 digits")?;
        let digits = place.bytes().all(|byte| byte.is_ascii_digit());
        let place = place.parse::<u16>().ok().filter(|_| digits);
        Ok((hash, u64::from(place.ok_or("has a coin identifier without a place")?)))
    }
}

/// An amount in lovelace: a decimal text, negative for inputs.
fn lovelace(value: Option<&Value>, is_input: bool) -> Result<u64, String> {
    let text = value.and_then(Value::as_str).ok_or("has no `amount.value` that is a string")?;
    let digits = if is_input { text.strip_prefix('-').unwrap_or("") } else { text };
    let number = digits.parse::<u64>().ok().filter(|number| *number > 0);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    number.filter(|_| plain).ok_or_else(|| {
        let sign = if is_input { "negative" } else { "positive" };
        let found = described::text(text);
        format!("has {found} as amount; it must be a {sign} whole number of lovelace below 2^64")
    })
}
