//! The canonical binary form of objects: fields in the order of their codes, each behind its code.
//!
//! <https://xrpl.org/docs/references/protocol/binary-format>

use kms_core::Network;
use serde_json::{Map, Value};

use super::definitions::{DEFINITIONS, Field, Kind};
use super::value;
use crate::described;
use crate::error::PayloadError;

const OBJECT_END: u8 = 0xe1;
const ARRAY_END: u8 = 0xf1;

/// Which fields of a transaction are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that signatures cover.
    Signed,
    All,
}

/// The binary form of a transaction.
///
/// # Errors
/// A field that the ledger does not know, or a value that does not fit its field.
pub(super) fn encode(
    object: &Map<String, Value>,
    which: Which,
    network: Network,
) -> Result<Vec<u8>, PayloadError> {
    let mut fields = Vec::with_capacity(object.len());
    for (name, value) in object {
        let field = field(name)?;
        if which == Which::All || field.signed {
            fields.push((field, value));
        }
    }
    fields.sort_unstable_by_key(|(field, _)| field.code);
    let mut bytes = Vec::with_capacity(256);
    for (field, value) in fields {
        write_code(field.code, &mut bytes);
        write_value(field, value, network, &mut bytes)?;
    }
    Ok(bytes)
}

fn field(name: &str) -> Result<&'static Field, PayloadError> {
    DEFINITIONS.field(name).ok_or_else(|| PayloadError::Unsupported {
        what: format!("the field {}", described::name(name)),
        why: "the XRP Ledger has no such field",
    })
}

/// Codes below 16 share a byte.
fn write_code((kind, field): (u8, u8), bytes: &mut Vec<u8>) {
    match (kind < 16, field < 16) {
        (true, true) => bytes.push(kind << 4 | field),
        (true, false) => bytes.extend([kind << 4, field]),
        (false, true) => bytes.extend([field, kind]),
        (false, false) => bytes.extend([0, kind, field]),
    }
}

fn write_value(
    field: &'static Field,
    value: &Value,
    network: Network,
    bytes: &mut Vec<u8>,
) -> Result<(), PayloadError> {
    let problem = |problem: String| PayloadError::Field { field: field.name, problem };
    match (field.kind, value) {
        (Kind::Object, Value::Object(object)) => {
            bytes.extend(encode(object, Which::All, network)?);
            bytes.push(OBJECT_END);
        }
        (Kind::Array, Value::Array(elements)) => {
            for element in elements {
                write_element(element, network, bytes).map_err(|e| {
                    e.unwrap_or_else(|| {
                        problem(
                            "has an element that is not an object with one object in it".to_owned(),
                        )
                    })
                })?;
            }
            bytes.push(ARRAY_END);
        }
        (Kind::Object, _) => return Err(problem("is not an object".to_owned())),
        (Kind::Array, _) => return Err(problem("is not a list".to_owned())),
        (kind, value) => {
            let encoded = value::encode(field, value, network).map_err(problem)?;
            if matches!(kind, Kind::Blob | Kind::Account | Kind::Vector256) {
                write_length(encoded.len(), bytes).map_err(problem)?;
            }
            bytes.extend(encoded);
        }
    }
    Ok(())
}

/// An element is an object with the name of its kind around it.
fn write_element(
    element: &Value,
    network: Network,
    bytes: &mut Vec<u8>,
) -> Result<(), Option<PayloadError>> {
    let mut members = element.as_object().into_iter().flatten();
    let (Some((name, value)), None) = (members.next(), members.next()) else { return Err(None) };
    let field = field(name)?;
    if field.kind != Kind::Object {
        return Err(None);
    }
    write_code(field.code, bytes);
    write_value(field, value, network, bytes)?;
    Ok(())
}

/// One to three bytes.
fn write_length(length: usize, bytes: &mut Vec<u8>) -> Result<(), String> {
    let low = |number: usize| number.to_le_bytes()[0];
    match length {
        0..=192 => bytes.push(low(length)),
        193..=12_480 => {
            let rest = length - 193;
            bytes.extend([193 + low(rest >> 8), low(rest)]);
        }
        12_481..=918_744 => {
            let rest = length - 12_481;
            bytes.extend([241 + low(rest >> 16), low(rest >> 8), low(rest)]);
        }
        _ => return Err("is longer than 918744 bytes".to_owned()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hex_of(object: &Value) -> String {
        let bytes = encode(object.as_object().unwrap(), Which::All, Network::Mainnet);
        hex::encode_upper(bytes.unwrap())
    }

    #[test]
    fn codes_take_one_to_three_bytes() {
        assert_eq!(hex_of(&json!({"Sequence": 1})), "2400000001");
        assert_eq!(hex_of(&json!({"LastLedgerSequence": 1})), "201B00000001");
        assert_eq!(hex_of(&json!({"CloseResolution": 1})), "011001");
        assert_eq!(hex_of(&json!({"TickSize": 5})), "00101005");
    }

    #[test]
    fn lengths_take_one_to_three_bytes() {
        for (size, start) in
            [(0, "7300"), (192, "73C0"), (193, "73C100"), (12_480, "73F0FF"), (12_481, "73F10000")]
        {
            let encoded = hex_of(&json!({"SigningPubKey": "00".repeat(size)}));
            assert!(encoded.starts_with(start), "{size}");
            assert_eq!(encoded.len(), start.len() + 2 * size);
        }
        let long = json!({"SigningPubKey": "00".repeat(918_745)});
        assert!(encode(long.as_object().unwrap(), Which::All, Network::Mainnet).is_err());
    }

    #[test]
    fn fields_are_in_the_order_of_their_codes_whatever_they_came_in() {
        let one = json!({"Fee": "10", "Sequence": 1, "TransactionType": "Payment"});
        let other = json!({"TransactionType": "Payment", "Sequence": 1, "Fee": "10"});
        assert_eq!(hex_of(&one), "120000240000000168400000000000000A");
        assert_eq!(hex_of(&one), hex_of(&other));
    }

    #[test]
    fn lists_and_objects_end_with_marks() {
        let memos = json!({"Memos": [{"Memo": {"MemoData": "AB"}}]});
        assert_eq!(hex_of(&memos), "F9EA7D01ABE1F1");
        for bad in [
            json!([{"Memo": {}, "Signer": {}}]),
            json!([{}]),
            json!([1]),
            json!({"Memo": {}}),
            json!([{"Fee": "1"}]),
            json!([{"Memo": {"Nonsense": 1}}]),
        ] {
            let object = json!({"Memos": bad});
            assert!(encode(object.as_object().unwrap(), Which::All, Network::Mainnet).is_err());
        }
    }
}
