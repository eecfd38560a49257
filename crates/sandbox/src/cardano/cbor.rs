//! CBOR (RFC 8949): items taken from the front of bytes, and what they have to be.

use ciborium::Value;

/// The bytes are no CBOR, or not of the kind that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CborError {
    /// They end too early, or are no CBOR from somewhere on.
    Broken,
    /// It is something else than this.
    Expected(&'static str),
    /// It is what only transactions have that do more than transfer ADA.
    Unsupported(&'static str),
}

/// The tag of sets, which lists may have since the Conway era.
const SET: u64 = 258;

/// Takes the first item; answers it with its bytes.
pub(super) fn take<'a>(rest: &mut &'a [u8]) -> Result<(Value, &'a [u8]), CborError> {
    let all = *rest;
    let value = ciborium::from_reader(&mut *rest).map_err(|_| CborError::Broken)?;
    Ok((value, &all[..all.len() - rest.len()]))
}

/// The only item.
pub(super) fn only(bytes: &[u8]) -> Result<Value, CborError> {
    let mut rest = bytes;
    let (value, _) = take(&mut rest)?;
    if rest.is_empty() { Ok(value) } else { Err(CborError::Expected("the end")) }
}

pub(super) fn number(value: &Value) -> Result<u64, CborError> {
    let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
    number.ok_or(CborError::Expected("a number"))
}

pub(super) fn bytes(value: &Value) -> Result<&[u8], CborError> {
    value.as_bytes().map(Vec::as_slice).ok_or(CborError::Expected("bytes"))
}

pub(super) fn array<const N: usize>(value: &Value) -> Result<[u8; N], CborError> {
    bytes(value)?.try_into().map_err(|_| CborError::Expected("bytes of another length"))
}

pub(super) fn list(value: &Value) -> Result<&[Value], CborError> {
    let list = match value {
        Value::Tag(SET, inner) => inner.as_array(),
        other => other.as_array(),
    };
    list.map(Vec::as_slice).ok_or(CborError::Expected("a list"))
}

pub(super) fn pair(value: &Value) -> Result<[&Value; 2], CborError> {
    match list(value)? {
        [first, second] => Ok([first, second]),
        _ => Err(CborError::Expected("a list of two")),
    }
}

/// The entries of a map whose keys are numbers, none twice.
pub(super) fn map(value: &Value) -> Result<Vec<(u64, &Value)>, CborError> {
    let map = value.as_map().ok_or(CborError::Expected("a map"))?;
    let mut entries: Vec<(u64, &Value)> = Vec::with_capacity(map.len());
    for (key, value) in map {
        let key = number(key)?;
        if entries.iter().any(|(known, _)| *known == key) {
            return Err(CborError::Expected("another key"));
        }
        entries.push((key, value));
    }
    Ok(entries)
}

/// The bytes of an item.
pub(super) fn write(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).expect("a vector takes all bytes");
    out
}
