//! What an error says of a value in a payload that can't be read: its kind and how long it is, never the value,
//! which may be a secret in the wrong place.

use serde_json::Value;

/// The longest name that is quoted. The shortest secrets, the family seeds of the XRP Ledger, have 29
/// characters.
const LONGEST_NAME: usize = 24;

/// A text.
pub(crate) fn text(text: &str) -> String {
    match text.chars().count() {
        0 => "an empty text".to_owned(),
        1 => "a text of 1 character".to_owned(),
        length => format!("a text of {length} characters"),
    }
}

/// A JSON value.
pub(crate) fn value(value: &Value) -> String {
    let plain = match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(number) if number.is_f64() => "a number with a fraction or an exponent",
        Value::Number(_) => "a whole number",
        Value::String(given) => return text(given),
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    plain.to_owned()
}

/// The name of a field or a type: quoted where it can be one.
pub(crate) fn name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(plain) {
        format!("`{name}`")
    } else {
        text(name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_told_by_kind_and_length() {
        for (given, told) in [
            (json!("s3cret"), "a text of 6 characters"),
            (json!("é"), "a text of 1 character"),
            (json!(""), "an empty text"),
            (json!(1.5), "a number with a fraction or an exponent"),
            (json!(-7), "a whole number"),
            (json!(["s3cret"]), "a list"),
            (json!({"s3cret": 1}), "an object"),
            (json!(true), "a truth value"),
            (json!(null), "null"),
        ] {
            assert_eq!(value(&given), told);
        }
    }

    #[test]
    fn names_are_quoted_and_what_may_be_a_secret_is_not() {
        assert_eq!(name("TransactionType"), "`TransactionType`");
        assert_eq!(name("snoPBrXtMeMyMHUVTgbuqAfg1SUTb"), "a text of 29 characters");
        assert_eq!(name("two words"), "a text of 9 characters");
        assert_eq!(name(""), "an empty text");
    }
}
