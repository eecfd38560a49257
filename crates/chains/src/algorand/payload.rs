//! The payload of a pending transaction: algosdk's `Transaction` as JavaScript prints it, read strictly.

use kms_core::{Network, PendingTransaction};
use serde_json::{Map as Object, Value as Json};

use super::fields::{self, Field, Kind};
use super::msgpack::{Map, Value};
use super::{Algorand, address};
use crate::chain::Chain as _;
use crate::error::PayloadError;
use crate::{described, json, number};

/// A transaction as it will be signed.
pub(super) struct Request {
    pub(super) fields: Map,
    /// `pay`, `axfer`, `acfg` or `afrz`.
    pub(super) kind: &'static str,
}

const KINDS: [&str; 4] = ["pay", "axfer", "acfg", "afrz"];

/// The hash of the first block of mainnet.
const MAINNET: [u8; 32] = [
    0xc0, 0x61, 0xc4, 0xd8, 0xfc, 0x1d, 0xbd, 0xde, 0xd2, 0xd7, 0x60, 0x4b, 0xe4, 0x56, 0x8e, 0x3f,
    0x6d, 0x04, 0x19, 0x87, 0xac, 0x37, 0xbd, 0xe4, 0xb6, 0x20, 0xb5, 0xab, 0x39, 0x24, 0x8a, 0xdf,
];

fn problem(field: &'static str, problem: impl Into<String>) -> PayloadError {
    PayloadError::Field { field, problem: problem.into() }
}

impl Request {
    pub(super) fn read(
        chain: &Algorand,
        tx: &PendingTransaction,
        network: Network,
    ) -> Result<Self, PayloadError> {
        let mut object = json::object(chain.spec().ticker.0, &tx.payload)?;
        object.retain(|_, value| !value.is_null());
        let kind = kind(&object)?;
        let own = fields::own(kind).expect("every kind that is read has fields");
        let parameters = if kind == "acfg" { fields::PARAMETERS } else { &[] };
        check_known(&object, &[fields::COMMON, own, parameters])?;
        if let Some(name) = fields::REQUIRED.iter().find(|name| !object.contains_key(**name)) {
            return Err(problem(name, "is missing"));
        }
        let mut fields = read_all(&object, fields::COMMON)?;
        fields.extend(read_all(&object, own)?);
        let parameters = read_all(&object, parameters)?;
        fields.insert(fields::PARAMETERS_KEY, Value::Map(parameters));
        fields.insert("type", Value::Text(kind.to_owned()));
        let request = Self { fields, kind };
        request.check(network)?;
        Ok(request)
    }

    fn check(&self, network: Network) -> Result<(), PayloadError> {
        if (self.fixed("gh") == Some(&MAINNET)) == network.is_testnet() {
            return Err(problem(
                "genesisHash",
                format!("is not that of {network}; nothing was signed"),
            ));
        }
        if self.number("lv") < self.number("fv") {
            return Err(problem("lastRound", "is before firstRound"));
        }
        if self.fixed("snd").is_none() {
            return Err(problem("from", "is the address of zeros, for which nobody can sign"));
        }
        Ok(())
    }

    /// 0 where there is none.
    pub(super) fn number(&self, key: &str) -> u64 {
        match self.fields.get(key) {
            Some(Value::Number(number)) => *number,
            _ => 0,
        }
    }

    /// An address or a hash that is not all zeros.
    pub(super) fn fixed(&self, key: &str) -> Option<&[u8; 32]> {
        match self.fields.get(key) {
            Some(Value::Fixed(bytes)) if *bytes != [0; 32] => Some(bytes),
            _ => None,
        }
    }

    /// An address as text.
    pub(super) fn address(&self, key: &str) -> Option<String> {
        self.fixed(key).map(address::write)
    }
}

fn kind(object: &Object<String, Json>) -> Result<&'static str, PayloadError> {
    let name = object.get("type").and_then(Json::as_str);
    let name = name.ok_or_else(|| problem("type", "is missing, or not a text"))?;
    KINDS.into_iter().find(|kind| *kind == name).ok_or_else(|| {
        let what = format!("the type {}", described::name(name));
        PayloadError::Unsupported { what, why: "only pay, axfer, acfg and afrz are signed" }
    })
}

/// Fields that hold nothing may be there, whatever they are called.
fn check_known(object: &Object<String, Json>, known: &[&[Field]]) -> Result<(), PayloadError> {
    let is_known = |name: &str| {
        let mut fields = known.iter().flat_map(|fields| fields.iter());
        fields::IGNORED.contains(&name) || fields.any(|field| field.name == name)
    };
    let is_empty = |value: &Json| match value {
        Json::Array(list) => list.is_empty(),
        Json::Object(object) => object.is_empty(),
        _ => false,
    };
    match object.iter().find(|(name, value)| !is_known(name) && !is_empty(value)) {
        None => Ok(()),
        Some((name, _)) => Err(PayloadError::Unsupported {
            what: format!("the field {}", described::name(name)),
            why: "this type of transaction has no such field",
        }),
    }
}

fn read_all(object: &Object<String, Json>, fields: &[Field]) -> Result<Map, PayloadError> {
    let mut map = Map::new();
    for field in fields {
        let Some(value) = object.get(field.name) else { continue };
        let value = read(field.kind, value).map_err(|found| problem(field.name, found))?;
        map.insert(field.key, value);
    }
    Ok(map)
}

fn read(kind: Kind, value: &Json) -> Result<Value, String> {
    Ok(match kind {
        Kind::Number => Value::Number(number::required(Some(value))?),
        Kind::Flag => Value::Flag(value.as_bool().ok_or("is neither true nor false")?),
        Kind::Text => Value::Text(value.as_str().ok_or("is not a text")?.to_owned()),
        Kind::Bytes => Value::Bytes(bytes(value)?),
        Kind::Address => Value::Fixed(read_address(value)?),
        Kind::Fixed => match &bytes(value)?[..] {
            [] => Value::Fixed([0; 32]),
            bytes => Value::Fixed(bytes.try_into().map_err(|_| "has not 32 bytes")?),
        },
    })
}

/// An object of key and checksum, or the 58 characters.
fn read_address(value: &Json) -> Result<[u8; 32], String> {
    if let Some(text) = value.as_str() {
        return address::read(text);
    }
    let member = |name: &str| bytes(value.get(name).ok_or("is not an address")?);
    let key = member("publicKey")?.try_into().map_err(|_| "has a key that has not 32 bytes")?;
    address::check(&key, &member("checksum")?)?;
    Ok(key)
}

/// Bytes as JavaScript prints them: a list, a `Buffer`, or an object with the places as keys.
fn bytes(value: &Json) -> Result<Vec<u8>, String> {
    const NONE: &str = "is not a list of bytes";
    let byte = |value: &Json| number::required::<u8>(Some(value));
    match value {
        Json::Array(list) => list.iter().map(byte).collect(),
        Json::Object(object) if object.get("type").is_some_and(|kind| kind == "Buffer") => {
            let list = object.get("data").and_then(Json::as_array).filter(|_| object.len() == 2);
            list.ok_or(NONE)?.iter().map(byte).collect()
        }
        Json::Object(object) => {
            let at = |place: usize| byte(object.get(&place.to_string()).ok_or(NONE)?);
            (0..object.len()).map(at).collect()
        }
        _ => Err(NONE.to_owned()),
    }
}
