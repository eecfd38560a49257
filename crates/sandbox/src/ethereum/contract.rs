//! Calls of contracts by their interface: the function as JSON, its parameters as JSON.
//!
//! <https://docs.soliditylang.org/en/latest/abi-spec.html>

use alloy_dyn_abi::{DynSolType, DynSolValue, FunctionExt as _, JsonAbiExt as _, Specifier as _};
use alloy_json_abi::StateMutability;
use alloy_primitives::{Address, Bytes};
use serde::Deserialize;
use serde_json::Value;

use crate::error::ApiError;

/// What the request says of the call.
#[derive(Deserialize)]
pub(super) struct Call {
    #[serde(rename = "methodName")]
    method_name: String,
    #[serde(rename = "methodABI")]
    method_abi: Value,
    #[serde(default)]
    pub(super) params: Vec<Value>,
}

/// A function of a contract.
pub(super) struct Function(alloy_json_abi::Function);

impl Call {
    /// Reads the interface.
    pub(super) fn function(&self) -> Result<Function, ApiError> {
        let refused =
            |reason: String| ApiError::invalid("methodABI", self.method_abi.clone(), reason);
        let function: alloy_json_abi::Function = serde_json::from_value(self.method_abi.clone())
            .map_err(|error| refused(format!("it is no function of an ABI: {error}")))?;
        if function.name != self.method_name {
            return Err(refused(format!(
                "it is the function {}, not {}; send the one that methodName names",
                function.name, self.method_name
            )));
        }
        Ok(Function(function))
    }
}

impl Function {
    /// Whether a call needs no transaction.
    pub(super) fn only_reads(&self) -> bool {
        matches!(self.0.state_mutability, StateMutability::View | StateMutability::Pure)
    }

    /// The data of a call with these parameters.
    pub(super) fn data(
        &self,
        params: &[Value],
        read_address: impl Fn(&str) -> Result<Address, ApiError>,
    ) -> Result<Bytes, ApiError> {
        let inputs = &self.0.inputs;
        let refused = |value: Value, reason: String| ApiError::invalid("params", value, reason);
        if params.len() != inputs.len() {
            let reason = format!("{} takes {} of them", self.0.name, inputs.len());
            return Err(refused(params.to_vec().into(), reason));
        }
        let mut values = Vec::with_capacity(params.len());
        for (param, input) in params.iter().zip(inputs) {
            let kind = input.resolve().map_err(|error| {
                refused(param.clone(), format!("its type {} is not known: {error}", input.ty))
            })?;
            values.push(coerce(&kind, param, &read_address)?);
        }
        let data = self.0.abi_encode_input(&values);
        data.map(Bytes::from).map_err(|error| refused(params.to_vec().into(), error.to_string()))
    }

    /// What a call has answered; one value by itself, several as a list.
    pub(super) fn answer(&self, data: &[u8]) -> Result<Value, ApiError> {
        let values = self.0.abi_decode_output(data).map_err(|error| {
            ApiError::refused("sc.call.failed", format!("the contract answered otherwise: {error}"))
        })?;
        let mut values: Vec<_> = values.iter().map(show).collect();
        Ok(if values.len() == 1 { values.remove(0) } else { values.into() })
    }
}

fn coerce(
    kind: &DynSolType,
    param: &Value,
    read_address: &impl Fn(&str) -> Result<Address, ApiError>,
) -> Result<DynSolValue, ApiError> {
    let refused =
        || ApiError::invalid("params", param.clone(), format!("it is no {}", kind.sol_type_name()));
    let list = |of: &dyn Fn(usize) -> Option<DynSolType>| {
        let items = param.as_array().ok_or_else(refused)?.iter().enumerate();
        let item = |(at, item)| coerce(&of(at).ok_or_else(refused)?, item, read_address);
        items.map(item).collect::<Result<Vec<_>, _>>()
    };
    Ok(match kind {
        DynSolType::Address => {
            DynSolValue::Address(read_address(param.as_str().ok_or_else(refused)?)?)
        }
        DynSolType::Array(of) => DynSolValue::Array(list(&|_| Some((**of).clone()))?),
        DynSolType::FixedArray(of, count) => {
            let items = list(&|_| Some((**of).clone()))?;
            if items.len() != *count {
                return Err(refused());
            }
            DynSolValue::FixedArray(items)
        }
        DynSolType::Tuple(of) => {
            let items = list(&|at| of.get(at).cloned())?;
            if items.len() != of.len() {
                return Err(refused());
            }
            DynSolValue::Tuple(items)
        }
        DynSolType::String => DynSolValue::String(param.as_str().ok_or_else(refused)?.to_owned()),
        simple => {
            let text = match param {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => param.to_string(),
                _ => return Err(refused()),
            };
            simple.coerce_str(&text).map_err(|_| refused())?
        }
    })
}

/// Numbers as digits: they may be longer than JSON's.
fn show(value: &DynSolValue) -> Value {
    match value {
        DynSolValue::Bool(flag) => (*flag).into(),
        DynSolValue::Int(number, _) => number.to_string().into(),
        DynSolValue::Uint(number, _) => number.to_string().into(),
        DynSolValue::Address(address) => address.to_checksum(None).into(),
        DynSolValue::FixedBytes(word, size) => {
            Bytes::copy_from_slice(&word[..*size]).to_string().into()
        }
        DynSolValue::Bytes(bytes) => Bytes::copy_from_slice(bytes).to_string().into(),
        DynSolValue::String(text) => text.as_str().into(),
        DynSolValue::Array(items) | DynSolValue::FixedArray(items) | DynSolValue::Tuple(items) => {
            items.iter().map(show).collect()
        }
        other => format!("{other:?}").into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ethereum::read_address;

    fn call(abi: Value, params: Value) -> Result<Bytes, ApiError> {
        let name = abi["name"].clone();
        let call = json!({ "methodName": name, "methodABI": abi, "params": params });
        let call: Call = serde_json::from_value(call).unwrap();
        call.function()?.data(&call.params, read_address)
    }

    fn transfer() -> Value {
        json!({
            "type": "function", "name": "transfer", "stateMutability": "nonpayable",
            "inputs": [{ "name": "to", "type": "address" }, { "name": "value", "type": "uint256" }],
            "outputs": [{ "name": "", "type": "bool" }],
        })
    }

    #[test]
    fn parameters_are_texts_numbers_and_lists() {
        let to = "0x3535353535353535353535353535353535353535";
        let expected = crate::ethereum::token::transfer(to.parse().unwrap(), "7".parse().unwrap());
        for amount in [json!("7"), json!(7), json!("0x7")] {
            assert_eq!(call(transfer(), json!([to, amount])).unwrap(), expected);
        }
        let lists = json!({
            "type": "function", "name": "f", "stateMutability": "nonpayable", "outputs": [],
            "inputs": [
                { "name": "a", "type": "uint8[]" }, { "name": "b", "type": "string" },
                { "name": "c", "type": "bytes4" }, { "name": "d", "type": "bool" },
            ],
        });
        assert!(call(lists, json!([[1, 2], "hello", "0x01020304", true])).is_ok());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let to = "0x3535353535353535353535353535353535353535";
        for params in
            [json!([]), json!([to]), json!(["0x35", "7"]), json!([to, "-1"]), json!([to, []])]
        {
            assert!(call(transfer(), params.clone()).is_err(), "{params}");
        }
        assert!(call(json!({ "name": "x" }), json!([])).is_err());
    }
}
