//! Numbers in a payload: exact or refused.

use alloy_primitives::U256;
use serde_json::{Map, Value};

use crate::described;
use crate::error::PayloadError;

/// Reads the field `name`: a decimal or `0x` hexadecimal string, or a JSON integer. Absent, `null` and
/// the empty string are nothing.
///
/// # Errors
/// Fractions, exponents, signs, anything that is not a number, or one above 2^256 - 1. A JSON number
/// beyond 64 bits has lost digits by the time it is read, so it must come as a string.
pub(crate) fn read(
    object: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<U256>, PayloadError> {
    let problem = |problem: String| PayloadError::Field { field: name, problem };
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => parse(text.trim()).map_err(problem),
        Some(given @ Value::Number(number)) => match number.as_u64() {
            Some(number) => Ok(Some(U256::from(number))),
            None => Err(problem(format!(
                "is {}, and not a whole one from 0 to 2^64 - 1; write it as a decimal string",
                described::value(given)
            ))),
        },
        Some(_) => Err(problem("is not a number".to_owned())),
    }
}

/// As [`read`], for a number that must fit in `T`.
pub(crate) fn read_as<T: TryFrom<U256>>(
    object: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<T>, PayloadError> {
    let Some(number) = read(object, name)? else { return Ok(None) };
    let narrow = T::try_from(number);
    narrow.map(Some).map_err(|_| PayloadError::Field {
        field: name,
        problem: format!("is a number of {} bits, which is too large", number.bit_len()),
    })
}

/// A quantity in an answer of a node.
pub(crate) fn from_answer<T: TryFrom<U256>>(answer: &Value) -> Option<T> {
    let number = match answer {
        Value::String(text) => parse(text).ok().flatten()?,
        Value::Number(number) => U256::from(number.as_u64()?),
        _ => return None,
    };
    T::try_from(number).ok()
}

fn parse(text: &str) -> Result<Option<U256>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let (digits, radix) = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(format!(
            "is {}, which is neither a decimal nor a 0x hexadecimal number",
            described::text(text)
        ));
    }
    U256::from_str_radix(digits, u64::from(radix))
        .map(Some)
        .map_err(|_| format!("is {}, a number above 2^256 - 1", described::text(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn value(value: Value) -> Result<Option<U256>, PayloadError> {
        let object = Map::from_iter([("value".to_owned(), value)]);
        read(&object, "value")
    }

    #[test]
    fn every_form_is_read_exactly() {
        for (form, number) in [
            (json!("1500000000000000000"), Some(1_500_000_000_000_000_000_u64)),
            (json!("0x14d1120d7b160000"), Some(1_500_000_000_000_000_000)),
            (json!(" 7 "), Some(7)),
            (json!(9_007_199_254_740_993_u64), Some(9_007_199_254_740_993)),
            (json!(""), None),
            (json!(null), None),
        ] {
            assert_eq!(value(form).unwrap(), number.map(U256::from));
        }
    }

    /// It may be a private key that stands in the wrong place.
    #[test]
    fn a_long_text_is_not_repeated_as_a_whole() {
        let long = "7".repeat(64);
        for text in [format!("0x{long}{long}"), long.clone() + "x"] {
            let error = value(json!(text)).unwrap_err().to_string();
            assert!(!error.contains(&long), "{error}");
        }
    }

    #[test]
    fn inexact_and_ambiguous_numbers_are_refused() {
        for form in [
            json!("1e5"),
            json!("1.5"),
            json!("-5"),
            json!(-5),
            json!(1.5),
            json!(1e18),
            json!("0x"),
            json!("ff"),
            json!("+1"),
            json!(true),
            json!([1]),
            json!("9".repeat(79)),
        ] {
            assert!(value(form.clone()).is_err(), "{form}");
        }
    }
}
