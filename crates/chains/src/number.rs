//! Numbers in a payload: exact or refused.

use serde_json::Value;

use crate::described;

/// Reads a whole number that must fit in `T`: a JSON integer, or a string of decimal digits. `null` is
/// nothing.
///
/// # Errors
/// What is wrong, to stand after the name of the field: fractions, exponents, anything that is no number.
/// A JSON number beyond 64 bits has lost digits by the time it is read, so it is refused.
pub(crate) fn read<T: TryFrom<i128>>(value: Option<&Value>) -> Result<Option<T>, String> {
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => {
            number.as_i128().ok_or("is a number, but not a whole one below 2^64")?
        }
        Some(Value::String(text)) => parse(text)?,
        Some(_) => return Err("is not a number".to_owned()),
    };
    let narrow = T::try_from(number);
    narrow.map(Some).map_err(|_| "is a whole number, but out of range".to_owned())
}

/// As [`read`], for a number that must be there.
pub(crate) fn required<T: TryFrom<i128>>(value: Option<&Value>) -> Result<T, String> {
    read(value)?.ok_or_else(|| "is missing".to_owned())
}

/// A whole number in an answer, written as a number or as text; nothing where it is something else.
pub(crate) fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}

fn parse(text: &str) -> Result<i128, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("is {}, which is not a whole decimal number", described::text(text)));
    }
    text.parse().map_err(|_| format!("is {}, a number out of range", described::text(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_are_read_exactly() {
        for (form, number) in [
            (json!(9_007_199_254_740_993_u64), Some(9_007_199_254_740_993)),
            (json!("18446744073709551615"), Some(u64::MAX)),
            (json!(0), Some(0)),
            (json!(null), None),
        ] {
            assert_eq!(read::<u64>(Some(&form)), Ok(number));
        }
        assert_eq!(read::<i32>(Some(&json!(-1))), Ok(Some(-1)));
    }

    #[test]
    fn everything_else_is_refused() {
        let long = "9".repeat(50);
        for form in [
            json!(1.5),
            json!(1.0),
            json!(1e3),
            json!(-1),
            json!("1.0"),
            json!("1e3"),
            json!("0x10"),
            json!(" 1"),
            json!("+1"),
            json!(""),
            json!(true),
            json!([1]),
            json!("18446744073709551616"),
            json!(long),
        ] {
            assert!(read::<u64>(Some(&form)).is_err(), "{form}");
        }
        assert!(required::<u32>(Some(&json!(1_u64 << 32))).is_err());
        assert_eq!(required::<u32>(None), Err("is missing".to_owned()));
    }
}
