//! The values of fields, each in its binary form.
//!
//! <https://xrpl.org/docs/references/protocol/binary-format#type-list>

use kms_core::Network;
use serde_json::{Map, Value};

use super::address::Address;
use super::amount;
use super::definitions::{DEFINITIONS, Field, Kind};
use crate::{described, number};

/// Numbers of 64 bits are hexadecimal text, but for these.
const DECIMAL: [&str; 5] = [
    "MaximumAmount",
    "OutstandingAmount",
    "MPTAmount",
    "LockedAmount",
    "ConfidentialOutstandingAmount",
];

/// The value of a field that is neither an object nor a list, without its length.
///
/// # Errors
/// What is wrong, to stand after the name of the field.
pub(super) fn encode(field: &Field, value: &Value, network: Network) -> Result<Vec<u8>, String> {
    match field.kind {
        Kind::UInt(8) => uint64(field.name, value).map(|number| number.to_be_bytes().to_vec()),
        Kind::UInt(size) => uint(field.name, value, size),
        Kind::Int32 => Ok(number::required::<i32>(Some(value))?.to_be_bytes().to_vec()),
        Kind::Hash(size) => hash(text(value)?, size),
        Kind::Amount if field.name == "FeeAmountDelta" => amount::change(value),
        Kind::Amount => amount::amount(value, network),
        Kind::Number => amount::number(text(value)?),
        Kind::Blob => hex::decode(text(value)?).map_err(|_| "is not hexadecimal".to_owned()),
        Kind::Account => account(value, network),
        Kind::Currency => Ok(currency(text(value)?)?.to_vec()),
        Kind::Issue => issue(value, network),
        Kind::Bridge => bridge(value, network),
        Kind::Vector256 => vector(value),
        Kind::PathSet => path_set(value, network),
        Kind::Object | Kind::Array => Err("is an object or a list".to_owned()),
    }
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "is not a text".to_owned())
}

/// Types of transaction are numbers that JSON has names for.
fn uint(name: &str, value: &Value, size: usize) -> Result<Vec<u8>, String> {
    let code = |text: &str| DEFINITIONS.format(text).map(|format| format.code);
    let number = match (name, value) {
        ("TransactionType", Value::String(text)) => u64::from(
            code(text)
                .ok_or_else(|| format!("is {}, which is not known", described::name(text)))?,
        ),
        // A permission for a type of transaction is its number and one.
        ("PermissionValue", Value::String(text)) if code(text).is_some() => {
            u64::from(code(text).unwrap_or_default()) + 1
        }
        _ => number::required(Some(value))?,
    };
    let bytes = number.to_be_bytes();
    let (above, bytes) = bytes.split_at(8 - size);
    if above.iter().any(|byte| *byte != 0) {
        return Err(format!("is a number that does not fit in {} bits", size * 8));
    }
    Ok(bytes.to_vec())
}

fn uint64(name: &str, value: &Value) -> Result<u64, String> {
    match value {
        Value::String(text) if !DECIMAL.contains(&name) => {
            let digits = text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u64::from_str_radix(text, 16).ok().filter(|_| digits);
            number.ok_or_else(|| "is not up to 16 hexadecimal digits".to_owned())
        }
        _ => number::required(Some(value)),
    }
}

/// Exactly `size` bytes in hexadecimal.
pub(super) fn hash(text: &str, size: usize) -> Result<Vec<u8>, String> {
    let bytes = hex::decode(text).ok().filter(|bytes| bytes.len() == size);
    bytes.ok_or_else(|| format!("is not {} hexadecimal digits", size * 2))
}

/// An account in either form of address. Where a tag has a field of its own it has been moved there, so that
/// none is left here.
pub(super) fn account(value: &Value, network: Network) -> Result<Vec<u8>, String> {
    let address = Address::read(text(value)?, network)?;
    match address.tag {
        None => Ok(address.account.0.to_vec()),
        Some(_) => Err("is an address with a tag, which has no place there".to_owned()),
    }
}

/// A code of three characters, or 40 hexadecimal digits. `XRP` is all zeros.
pub(super) fn currency(code: &str) -> Result<[u8; 20], String> {
    const SYMBOLS: &[u8] = b"?!@#$%^&*<>(){}[]|";
    let mut bytes = [0; 20];
    if code == "XRP" {
        return Ok(bytes);
    }
    let standard = |byte: u8| byte.is_ascii_alphanumeric() || SYMBOLS.contains(&byte);
    if code.len() == 3 && code.bytes().all(standard) {
        bytes[12..15].copy_from_slice(code.as_bytes());
        return Ok(bytes);
    }
    hex::decode_to_slice(code, &mut bytes).map_err(|_| {
        format!(
            "has {} as currency, which is neither three characters nor 40 hexadecimal digits",
            described::text(code)
        )
    })?;
    Ok(bytes)
}

fn object<'a>(value: &'a Value, names: &[&str]) -> Result<&'a Map<String, Value>, String> {
    let object = value.as_object().ok_or("is not an object")?;
    match object.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(format!("has the member {}, which is not known", described::name(name))),
        None => Ok(object),
    }
}

/// XRP, an issued currency, or a token of many purposes, without an amount.
fn issue(value: &Value, network: Network) -> Result<Vec<u8>, String> {
    /// Stands where an issued currency has its issuer.
    const NO_ACCOUNT: [u8; 20] = {
        let mut account = [0; 20];
        account[19] = 1;
        account
    };
    let object = object(value, &["currency", "issuer", "mpt_issuance_id"])?;
    match (object.get("currency"), object.get("issuer"), object.get("mpt_issuance_id")) {
        (Some(code), issuer, None) => {
            let currency = currency(text(code)?)?;
            match issuer {
                Some(issuer) if currency != [0; 20] => {
                    Ok([&currency[..], &account(issuer, network)?].concat())
                }
                None if currency == [0; 20] => Ok(currency.to_vec()),
                _ => Err("must have an issuer, unless it is XRP".to_owned()),
            }
        }
        (None, None, Some(id)) => {
            let id = hash(text(id)?, 24)?;
            let (sequence, issuer) = id.split_at(4);
            let sequence: Vec<u8> = sequence.iter().rev().copied().collect();
            Ok([issuer, &NO_ACCOUNT, &sequence].concat())
        }
        _ => Err("is neither a currency nor an mpt_issuance_id".to_owned()),
    }
}

fn bridge(value: &Value, network: Network) -> Result<Vec<u8>, String> {
    let names = ["LockingChainDoor", "LockingChainIssue", "IssuingChainDoor", "IssuingChainIssue"];
    let object = object(value, &names)?;
    let member = |name: &str| object.get(name).ok_or_else(|| format!("has no {name}"));
    let mut bytes = Vec::new();
    for [door, asset] in [[names[0], names[1]], [names[2], names[3]]] {
        bytes.push(20);
        bytes.extend(account(member(door)?, network)?);
        bytes.extend(issue(member(asset)?, network)?);
    }
    Ok(bytes)
}

fn vector(value: &Value) -> Result<Vec<u8>, String> {
    let hashes = value.as_array().ok_or("is not a list")?;
    let hashes = hashes.iter().map(|one| hash(text(one)?, 32));
    Ok(hashes.collect::<Result<Vec<_>, _>>()?.concat())
}

/// Paths of steps; a byte says what each step has, others stand between paths and at the end.
fn path_set(value: &Value, network: Network) -> Result<Vec<u8>, String> {
    const STEPS: [(&str, u8); 3] = [("account", 0x01), ("currency", 0x10), ("issuer", 0x20)];
    const NEXT: u8 = 0xff;
    let mut bytes = Vec::new();
    let paths = value.as_array().filter(|paths| !paths.is_empty());
    for path in paths.ok_or("is not a list of paths")? {
        let steps = path.as_array().filter(|steps| !steps.is_empty());
        for step in steps.ok_or("has a path without steps")? {
            // What servers tell of a step beside its parts follows from them.
            let step = object(step, &["account", "currency", "issuer", "type", "type_hex"])?;
            let place = bytes.len();
            bytes.push(0);
            for (name, flag) in STEPS {
                let Some(part) = step.get(name) else { continue };
                bytes[place] |= flag;
                bytes.extend(match name {
                    "currency" => currency(text(part)?)?.to_vec(),
                    _ => account(part, network)?,
                });
            }
            if bytes[place] == 0 {
                return Err("has a step without account, currency and issuer".to_owned());
            }
        }
        bytes.push(NEXT);
    }
    if let Some(last) = bytes.last_mut() {
        *last = 0;
    }
    Ok(bytes)
}
