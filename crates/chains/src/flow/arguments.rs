//! Arguments of a transaction: from the payload's `{type, value, subType}` to JSON-Cadence.
//!
//! Numbers stay text; nothing goes through floating point. The members stand in the order in which they are
//! signed: `type`, then `value`.
//!
//! <https://cadence-lang.org/docs/json-cadence-spec>

use alloy_primitives::U256;
use kms_core::parse_units;
use serde_json::{Map, Value, json};

/// Decimals of the fixed-point types.
const DECIMALS: u8 = 8;

/// The argument at `place`, as JSON-Cadence.
///
/// # Errors
/// What is wrong with it, to stand after its place.
pub(super) fn encode(argument: &Value) -> Result<Value, String> {
    let argument = argument.as_object().ok_or("is not an object")?;
    let kind = argument.get("type").and_then(Value::as_str).ok_or("has no `type`")?;
    let value = argument.get("value").ok_or("has no `value`")?;
    if kind != "Array" {
        return typed(kind, value);
    }
    let item = argument.get("subType").and_then(Value::as_str).ok_or("has no `subType`")?;
    let items = value.as_array().ok_or("is an Array whose value is not a list")?;
    let items = items.iter().map(|value| typed(item, value)).collect::<Result<Vec<_>, _>>()?;
    Ok(member("Array", Value::Array(items)))
}

/// An argument of a type without parts.
pub(super) fn typed(kind: &str, value: &Value) -> Result<Value, String> {
    let shown: String = kind.chars().take(20).collect();
    let encoded = match kind {
        "String" => Value::String(value.as_str().ok_or("is not a string")?.to_owned()),
        "Character" => match value.as_str() {
            Some(text) if !text.is_empty() && text.len() <= 64 => json!(text),
            _ => return Err("is not a character".to_owned()),
        },
        "Bool" => Value::Bool(value.as_bool().ok_or("is not true or false")?),
        "Address" => json!(address(value.as_str().unwrap_or_default())?.1),
        "UFix64" => json!(fixed(&digits(value)?, false)?),
        "Fix64" => json!(fixed(&digits(value)?, true)?),
        other => match Integer::of(other) {
            Some(integer) => json!(integer.read(&digits(value)?)?),
            None => return Err(format!("has the type {shown:?}, which is not supported")),
        },
    };
    Ok(member(kind, encoded))
}

fn member(kind: &str, value: Value) -> Value {
    let mut object = Map::new();
    object.insert("type".to_owned(), json!(kind));
    object.insert("value".to_owned(), value);
    Value::Object(object)
}

/// A number as it is written: a text, or a JSON integer. Fractions must be texts.
fn digits(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) if !number.is_f64() => Ok(number.to_string()),
        Value::Number(number) => Err(format!("is {number}; write it as a string")),
        _ => Err("is not a number".to_owned()),
    }
}

/// An account: its eight bytes, and `0x` and their digits.
pub(super) fn address(text: &str) -> Result<([u8; 8], String), String> {
    let mut bytes = [0; 8];
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if hex::decode_to_slice(digits, &mut bytes).is_err() {
        let shown: String = text.chars().take(40).collect();
        return Err(format!("is {shown:?}, which is not 0x and 16 hexadecimal digits"));
    }
    Ok((bytes, format!("0x{digits}")))
}

/// A fixed-point number with eight decimals, written with all of them.
pub(super) fn fixed(text: &str, signed: bool) -> Result<String, String> {
    let shown: String = text.chars().take(40).collect();
    let (sign, magnitude) = match text.strip_prefix('-') {
        Some(rest) if signed => ("-", rest),
        _ => ("", text),
    };
    let units = parse_units(magnitude, DECIMALS).map_err(|e| format!("is no amount: {e}"))?;
    let most = match (signed, sign) {
        (false, _) => u128::from(u64::MAX),
        (true, "") => i64::MAX.unsigned_abs().into(),
        (true, _) => i64::MIN.unsigned_abs().into(),
    };
    if units > most {
        return Err(format!("is {shown:?}, which is out of range"));
    }
    let (whole, fraction) = (units / 100_000_000, units % 100_000_000);
    Ok(format!("{sign}{whole}.{fraction:08}"))
}

/// An integer type: its size in bits (none: as large as it gets) and whether it has a sign.
struct Integer {
    bits: Option<usize>,
    signed: bool,
}

impl Integer {
    fn of(kind: &str) -> Option<Self> {
        let (signed, size) = if let Some(size) = kind.strip_prefix("Int") {
            (true, size)
        } else if let Some(size) = kind.strip_prefix("UInt") {
            (false, size)
        } else {
            (false, kind.strip_prefix("Word").filter(|size| !size.is_empty())?)
        };
        let bits = match size {
            "" => None,
            "8" | "16" | "32" | "64" | "128" | "256" => Some(size.parse().ok()?),
            _ => return None,
        };
        Some(Self { bits, signed })
    }

    fn read(&self, text: &str) -> Result<String, String> {
        let shown: String = text.chars().take(40).collect();
        let (negative, magnitude) = match text.strip_prefix('-') {
            Some(rest) if self.signed => (true, rest),
            _ => (false, text),
        };
        let plain = !magnitude.is_empty() && magnitude.bytes().all(|byte| byte.is_ascii_digit());
        let number = if plain { U256::from_str_radix(magnitude, 10).ok() } else { None };
        let number = number.ok_or_else(|| format!("is {shown:?}, which is not a whole number"))?;
        let bits = self.bits.unwrap_or(256);
        // The lowest number of a signed type has one unit more than the highest.
        let fits = match (self.signed, negative) {
            (true, true) => number <= U256::ONE << (bits - 1),
            (true, false) => number < U256::ONE << (bits - 1),
            (false, _) => bits == 256 || number < U256::ONE << bits,
        };
        if !fits {
            return Err(format!("is {shown:?}, which is out of range"));
        }
        Ok(if negative && !number.is_zero() { format!("-{number}") } else { number.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(kind: &str, value: Value) -> Result<String, String> {
        encode(&json!({"type": kind, "value": value})).map(|value| value.to_string())
    }

    #[test]
    fn numbers_stay_exact() {
        for (kind, value, expected) in [
            ("UInt64", json!("9007199254740993"), "9007199254740993"),
            ("UInt64", json!(18_446_744_073_709_551_615_u64), "18446744073709551615"),
            ("Int8", json!("-128"), "-128"),
            ("UFix64", json!("1.5"), "1.50000000"),
            ("UFix64", json!("184467440737.09551615"), "184467440737.09551615"),
            ("UFix64", json!(3), "3.00000000"),
            ("Fix64", json!("-0.00000001"), "-0.00000001"),
        ] {
            let expected = format!(r#"{{"type":"{kind}","value":"{expected}"}}"#);
            assert_eq!(encoded(kind, value), Ok(expected));
        }
    }

    #[test]
    fn what_is_out_of_range_or_inexact_is_refused() {
        for (kind, value) in [
            ("UInt64", json!("18446744073709551616")),
            ("UInt64", json!("-1")),
            ("UInt64", json!(1.5)),
            ("UInt64", json!("1e5")),
            ("UInt64", json!("")),
            ("Int8", json!("128")),
            ("Int8", json!("-129")),
            ("Word512", json!("1")),
            ("UFix64", json!("0.000000004")),
            ("UFix64", json!("184467440737.09551616")),
            ("UFix64", json!("-1")),
            ("UFix64", json!(0.1)),
            ("Fix64", json!("92233720368.54775808")),
            ("Address", json!("0x1234")),
            ("Bool", json!("true")),
            ("String", json!(5)),
            ("Path", json!("x")),
        ] {
            assert!(encoded(kind, value.clone()).is_err(), "{kind} {value}");
        }
    }

    #[test]
    fn texts_and_lists_are_compact_json() {
        assert_eq!(
            encoded("String", json!("café \"q\" <&>")).unwrap(),
            r#"{"type":"String","value":"café \"q\" <&>"}"#
        );
        let list = json!({"type": "Array", "subType": "UInt8", "value": ["1", 2]});
        assert_eq!(
            encode(&list).unwrap().to_string(),
            r#"{"type":"Array","value":[{"type":"UInt8","value":"1"},{"type":"UInt8","value":"2"}]}"#
        );
        assert_eq!(encoded("String", json!("")).unwrap(), r#"{"type":"String","value":""}"#);
    }
}
