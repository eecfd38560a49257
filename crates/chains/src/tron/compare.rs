//! Decoded messages, and whether the JSON beside them says the same.

use serde_json::{Map, Value};

use super::address::Address;
use super::contracts::{Field, Kind, Message};
use crate::described;
use crate::protobuf::{self, Wire};

/// A message, decoded by its table.
pub(super) struct Decoded<'a> {
    message: &'static Message,
    fields: Vec<(u64, Wire<'a>)>,
}

impl<'a> Decoded<'a> {
    /// Decodes `bytes`. Fields that the table does not have, fields that come twice and numbers where
    /// there should be bytes are refused: nothing may be signed that was not looked at.
    ///
    /// # Errors
    /// What is wrong, to stand after the name of the message.
    pub(super) fn read(message: &'static Message, bytes: &'a [u8]) -> Result<Self, String> {
        let fields = protobuf::read(bytes).map_err(|e| format!("is no message: {e}"))?;
        for (place, (number, value)) in fields.iter().enumerate() {
            let field = message.fields.iter().find(|field| field.0 == *number);
            let Field(_, name, kind) =
                field.ok_or_else(|| format!("has a field {number}, which is not known"))?;
            let twice = fields[..place].iter().any(|(earlier, _)| earlier == number);
            if twice && !matches!(kind, Kind::Many(_) | Kind::Entries(_)) {
                return Err(format!("has the field `{name}` twice"));
            }
            let is_number = matches!(kind, Kind::Int | Kind::Bool | Kind::Enum(_));
            if is_number != matches!(value, Wire::Number(_)) {
                return Err(format!("has a field `{name}` of another type"));
            }
        }
        Ok(Self { message, fields })
    }

    /// All values of a field, in order.
    fn all(&self, name: &str) -> Vec<Wire<'a>> {
        let number = self.message.fields.iter().find(|field| field.1 == name).map(|field| field.0);
        let of_field = self.fields.iter().filter(|(found, _)| Some(*found) == number);
        of_field.map(|(_, value)| *value).collect()
    }

    /// A number; 0 where it is left out.
    pub(super) fn number(&self, name: &str) -> u64 {
        match self.all(name)[..] {
            [Wire::Number(value)] => value,
            _ => 0,
        }
    }

    /// Bytes; none where they are left out.
    pub(super) fn bytes(&self, name: &str) -> &'a [u8] {
        match self.all(name)[..] {
            [Wire::Bytes(value)] => value,
            _ => &[],
        }
    }

    /// The bytes of a field that is there exactly once.
    pub(super) fn only(&self, name: &str) -> Option<&'a [u8]> {
        match self.all(name)[..] {
            [Wire::Bytes(value)] => Some(value),
            _ => None,
        }
    }

    /// The table of the messages in a field that holds messages.
    pub(super) fn message_of(&self, name: &str) -> &'static Message {
        let field = self.message.fields.iter().find(|field| field.1 == name);
        match field.map(|field| field.2) {
            Some(Kind::One(message) | Kind::Many(message) | Kind::Entries(message)) => message,
            _ => unreachable!("`{name}` holds no message"),
        }
    }

    /// The table and the values that are there, for people.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, Kind, Wire<'a>)> {
        self.fields.iter().filter_map(|(number, value)| {
            let Field(_, name, kind) = self.message.fields.iter().find(|f| f.0 == *number)?;
            Some((*name, *kind, *value))
        })
    }

    /// Holds every member of `json` against the message, those in `except` excepted.
    ///
    /// # Errors
    /// Which one differs, by its path behind `at`.
    pub(super) fn compare(
        &self,
        json: &Map<String, Value>,
        visible: bool,
        at: &str,
        except: &[&str],
    ) -> Result<(), String> {
        let known = |name: &str| self.message.fields.iter().any(|field| field.1 == name);
        if let Some(name) = json.keys().find(|name| !self.message.open && !known(name)) {
            let name = described::name(name);
            return Err(format!("has {name} in `{at}`, which is not part of what is signed"));
        }
        for Field(_, name, kind) in self.message.fields.iter().filter(|f| !except.contains(&f.1)) {
            let value = json.get(*name).filter(|value| !value.is_null());
            same(*kind, &self.all(name), value, visible, &format!("{at}.{name}"))?;
        }
        Ok(())
    }
}

fn differs(at: &str) -> String {
    format!("is not what `raw_data_hex` says in `{at}`")
}

/// Whether a member says the same as a field. A missing member stands for zero or nothing.
fn same(
    kind: Kind,
    wire: &[Wire<'_>],
    json: Option<&Value>,
    visible: bool,
    at: &str,
) -> Result<(), String> {
    let (number, bytes) = match wire {
        [Wire::Number(number), ..] => (*number, &[][..]),
        [Wire::Bytes(bytes), ..] => (0, *bytes),
        [] => (0, &[][..]),
    };
    let equal = match kind {
        // No amount, time or number of the protocol is ever below zero.
        Kind::Int if number.cast_signed() < 0 => return Err(format!("has a negative `{at}`")),
        Kind::Int => json.map_or(Some(0), integer) == Some(number.cast_signed()),
        Kind::Bool => json.map_or(Some(false), Value::as_bool) == Some(number == 1) && number < 2,
        Kind::Enum(names) => json.map_or(Some(0), |json| position(names, json)) == Some(number),
        Kind::Address => json.map_or(bytes.is_empty(), |json| is_address(json, bytes)),
        Kind::Text => json.map_or(Some(""), Value::as_str).map(str::as_bytes) == Some(bytes),
        Kind::Bytes => {
            json.map_or(Some(""), Value::as_str).is_some_and(|text| is_bytes(text, bytes, visible))
        }
        Kind::One(message) => return one(message, wire, json, visible, at),
        Kind::Many(message) => return many(message, wire, json, visible, at),
        Kind::Entries(message) => return entries(message, wire, json, visible, at),
    };
    if equal { Ok(()) } else { Err(differs(at)) }
}

fn one(
    message: &'static Message,
    wire: &[Wire<'_>],
    json: Option<&Value>,
    visible: bool,
    at: &str,
) -> Result<(), String> {
    let bytes = match wire {
        [] => &[][..],
        [Wire::Bytes(bytes)] => bytes,
        _ => return Err(differs(at)),
    };
    let nothing = Map::new();
    let json = match json {
        None => &nothing,
        Some(Value::Object(json)) => json,
        Some(_) => return Err(differs(at)),
    };
    let decoded = Decoded::read(message, bytes).map_err(|e| format!("{e} in `{at}`"))?;
    decoded.compare(json, visible, at, &[])
}

fn many(
    message: &'static Message,
    wire: &[Wire<'_>],
    json: Option<&Value>,
    visible: bool,
    at: &str,
) -> Result<(), String> {
    // A list of one is sometimes written as the one.
    let items = match json {
        None => &[][..],
        Some(Value::Array(items)) => items,
        Some(single) => std::slice::from_ref(single),
    };
    if items.len() != wire.len() {
        return Err(differs(at));
    }
    for (place, (wire, item)) in wire.iter().zip(items).enumerate() {
        one(message, &[*wire], Some(item), visible, &format!("{at}.{place}"))?;
    }
    Ok(())
}

/// Maps have no order: some list their entries as they were given, some by their keys.
fn entries(
    message: &'static Message,
    wire: &[Wire<'_>],
    json: Option<&Value>,
    visible: bool,
    at: &str,
) -> Result<(), String> {
    let key = |wire: &Wire<'_>| match wire {
        Wire::Bytes(bytes) => Ok(Decoded::read(message, bytes)?.number("key").cast_signed()),
        Wire::Number(_) => Err(differs(at)),
    };
    let keyed = wire.iter().map(|wire| Ok((key(wire)?, *wire)));
    let mut sorted = keyed.collect::<Result<Vec<_>, String>>()?;
    sorted.sort_by_key(|(key, _)| *key);
    if sorted.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(format!("has a key twice in `{at}`"));
    }
    let sorted: Vec<_> = sorted.into_iter().map(|(_, wire)| wire).collect();
    let mut json = json.cloned();
    if let Some(Value::Array(items)) = &mut json {
        items.sort_by_key(|item| item.get("key").map_or(Some(0), integer));
    }
    many(message, &sorted, json.as_ref(), visible, at)
}

/// A JSON integer of 64 bits, or a decimal string.
fn integer(json: &Value) -> Option<i64> {
    match json {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn position(names: &[&str], json: &Value) -> Option<u64> {
    match json {
        Value::String(text) => {
            let place = names.iter().position(|name| name.eq_ignore_ascii_case(text))?;
            u64::try_from(place).ok()
        }
        other => other.as_u64(),
    }
}

fn is_address(json: &Value, bytes: &[u8]) -> bool {
    match json.as_str() {
        Some("") => bytes.is_empty(),
        Some(text) => Address::read(text).is_some_and(|address| address.as_bytes() == bytes),
        None => false,
    }
}

fn is_bytes(text: &str, bytes: &[u8], visible: bool) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode(digits).is_ok_and(|read| read == bytes) || (visible && text.as_bytes() == bytes)
}
