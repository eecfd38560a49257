//! The canonical encoding: MessagePack maps with sorted keys, without fields that hold nothing, in the
//! shortest forms. Nodes write what they have read anew in this form before they check a signature.

use rmpv::Value;

/// Fields of a fixed length, which hold nothing where all their bytes are 0.
const FIXED: [&str; 10] =
    ["aclose", "arcv", "asnd", "close", "gh", "grp", "lx", "rcv", "rekey", "snd"];

/// Deeper than any transaction.
const MAX_DEPTH: usize = 16;

/// Reads one value that is all there is.
pub(super) fn read(bytes: &[u8]) -> Option<Value> {
    let mut rest = bytes;
    let value = rmpv::decode::read_value_with_max_depth(&mut rest, MAX_DEPTH).ok()?;
    rest.is_empty().then_some(value)
}

/// The canonical bytes of a map; none where a key is no text or occurs twice.
pub(super) fn canonical(map: &Value) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &sorted(map)?).ok()?;
    Some(bytes)
}

fn sorted(map: &Value) -> Option<Value> {
    let mut fields: Vec<(&str, Value)> = Vec::new();
    for (key, value) in map.as_map()? {
        let key = key.as_str()?;
        let value = if value.is_map() { sorted(value)? } else { value.clone() };
        if fields.iter().any(|(known, _)| *known == key) {
            return None;
        }
        if !holds_nothing(key, &value) {
            fields.push((key, value));
        }
    }
    fields.sort_by_key(|(key, _)| *key);
    Some(Value::Map(fields.into_iter().map(|(key, value)| (key.into(), value)).collect()))
}

fn holds_nothing(key: &str, value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::Boolean(is_set) => !is_set,
        Value::Integer(number) => number.as_u64() == Some(0),
        Value::String(text) => text.as_bytes().is_empty(),
        Value::Binary(bytes) if FIXED.contains(&key) => bytes.iter().all(|byte| *byte == 0),
        Value::Binary(bytes) => bytes.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Map(fields) => fields.is_empty(),
        Value::F32(_) | Value::F64(_) | Value::Ext(..) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_sorted_and_empty_ones_left_out() {
        let zero: Value = vec![0_u8; 32].into();
        let map = Value::Map(vec![
            ("type".into(), "pay".into()),
            ("rcv".into(), zero.clone()),
            ("note".into(), zero),
            ("amt".into(), 300.into()),
            ("fee".into(), 0.into()),
        ]);
        let expected =
            format!("83a3616d74cd012ca46e6f7465c420{}a474797065a3706179", "00".repeat(32));
        assert_eq!(hex::encode(canonical(&map).unwrap()), expected);
        let twice = Value::Map(vec![("a".into(), 1.into()), ("a".into(), 2.into())]);
        assert_eq!(canonical(&twice), None);
    }
}
