//! The payload: JSON and the bytes it stands for, held against each other.

use kms_core::Payload;
use kms_crypto::hash::sha256;
use kms_crypto::secp256k1::{PublicKey, Signature};
use serde_json::{Map, Value};

use super::TICKER;
use super::address::Address;
use super::compare::Decoded;
use super::contracts::{self, Contract, RAW, TYPE_URL};
use crate::error::PayloadError;
use crate::json;

/// A transaction whose JSON says what its bytes say.
pub(super) struct Request {
    /// As it came, to be sent with one member more.
    pub(super) json: Map<String, Value>,
    /// `raw_data_hex`, decoded.
    pub(super) raw: Vec<u8>,
    /// SHA-256 of it: what is signed.
    pub(super) hash: [u8; 32],
    /// The type of what is done.
    pub(super) contract: &'static Contract,
    /// Its message, as protobuf.
    pub(super) message: Vec<u8>,
    pub(super) owner: Address,
    /// The most that may be burnt for energy, in sun.
    pub(super) fee_limit: u64,
    /// The size of the memo in bytes.
    pub(super) memo: usize,
    /// When it expires, in milliseconds since 1970.
    pub(super) expiration: u64,
    /// How many have signed already.
    pub(super) signatures: usize,
}

impl Request {
    /// Reads and checks a payload that `signer` is to sign.
    ///
    /// # Errors
    /// Names the member that is wrong.
    pub(super) fn read(payload: &Payload, signer: &PublicKey) -> Result<Self, PayloadError> {
        let json = json::object(TICKER, payload)?;
        let raw = hex_member(&json, "raw_data_hex")?;
        let hash = sha256(&raw);
        if hex_member(&json, "txID")? != hash {
            return Err(field("txID", "is not the SHA-256 of `raw_data_hex`".to_owned()));
        }
        let visible = json.get("visible").and_then(Value::as_bool).unwrap_or(false);
        let data = member(&json, "raw_data")?;
        let decoded = Decoded::read(&RAW, &raw).map_err(|e| field("raw_data_hex", e))?;
        decoded
            .compare(data, visible, "raw_data", &["contract"])
            .map_err(|e| field("raw_data", e))?;
        let Action { contract, message, permission } =
            action(&decoded, data, visible).map_err(|e| field("raw_data", e))?;
        let fields =
            Decoded::read(&contract.message, &message).map_err(|e| field("raw_data", e))?;
        let owner = Address::from_bytes(fields.bytes("owner_address"));
        let owner = owner.ok_or_else(|| field("raw_data", "has no owner address".to_owned()))?;
        check_owner(owner, signer, permission)?;
        Ok(Self {
            hash,
            owner,
            fee_limit: decoded.number("fee_limit"),
            expiration: decoded.number("expiration"),
            memo: decoded.bytes("data").len(),
            signatures: signatures(&json, &hash, signer, owner, permission)?,
            contract,
            message,
            raw,
            json,
        })
    }
}

/// What a transaction does, as far as it was compared.
struct Action {
    contract: &'static Contract,
    message: Vec<u8>,
    permission: bool,
}

fn action(raw: &Decoded<'_>, data: &Map<String, Value>, visible: bool) -> Result<Action, String> {
    let at = "raw_data.contract";
    let wire = raw.only("contract").ok_or("does not have exactly one contract")?;
    let Some(Value::Array(list)) = data.get("contract") else {
        return Err(format!("has no list `{at}`"));
    };
    let [Value::Object(json)] = &list[..] else {
        return Err(format!("does not have exactly one item in `{at}`"));
    };
    let decoded = Decoded::read(raw.message_of("contract"), wire)?;
    decoded.compare(json, visible, at, &["type", "parameter"])?;
    let number = decoded.number("type");
    let contract = contracts::find(number)
        .ok_or_else(|| format!("has a contract of type {number}, which is not signed"))?;
    if json.get("type").and_then(Value::as_str) != Some(contract.name) {
        return Err(format!("does not name the type {} in `{at}.type`", contract.name));
    }
    let any = Decoded::read(decoded.message_of("parameter"), decoded.bytes("parameter"))?;
    let at = format!("{at}.parameter");
    let Some(Value::Object(json)) = json.get("parameter") else {
        return Err(format!("has no object `{at}`"));
    };
    any.compare(json, visible, &at, &["value"])?;
    if any.bytes("type_url") != format!("{TYPE_URL}{}", contract.name).as_bytes() {
        return Err(format!("does not name {} in `{at}.type_url`", contract.name));
    }
    let message = any.bytes("value");
    let Some(Value::Object(value)) = json.get("value") else {
        return Err(format!("has no object `{at}.value`"));
    };
    Decoded::read(&contract.message, message)?.compare(
        value,
        visible,
        &format!("{at}.value"),
        &[],
    )?;
    let permission = json_permission(list);
    Ok(Action { contract, message: message.to_vec(), permission })
}

/// Whether the JSON names a permission; number 0, the owner's, is not in the bytes.
fn json_permission(list: &[Value]) -> bool {
    list.iter().any(|item| item.get("Permission_id").is_some_and(|id| !id.is_null()))
}

fn check_owner(owner: Address, signer: &PublicKey, named: bool) -> Result<(), PayloadError> {
    let own = Address::of(signer);
    if own == owner || named {
        return Ok(());
    }
    let (owner, own) = (owner.to_base58(), own.to_base58());
    Err(field(
        "owner_address",
        format!(
            "is {owner}, but the wallet's key has the address {own}; another key than the owner's \
             signs only where the payload names a `Permission_id`"
        ),
    ))
}

/// Checks the signatures that are there already: those of others, under a permission that is named.
fn signatures(
    json: &Map<String, Value>,
    hash: &[u8; 32],
    signer: &PublicKey,
    owner: Address,
    permission: bool,
) -> Result<usize, PayloadError> {
    let list = match json.get("signature") {
        None | Some(Value::Null) => return Ok(0),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(field("signature", "is not a list".to_owned())),
    };
    let own = Address::of(signer);
    let mut seen = vec![own];
    for (place, item) in list.iter().enumerate() {
        let by = item.as_str().and_then(|text| recover(text, hash));
        let by = by.map(|key| Address::of(&key));
        let by = by.ok_or_else(|| field("signature", format!("has none at place {place}")))?;
        if seen.contains(&by) {
            let problem = format!("of {} is there already", by.to_base58());
            return Err(field("signature", problem));
        }
        if !permission && by != owner {
            let problem = format!("has one of {}, who is not the owner", by.to_base58());
            return Err(field("signature", problem));
        }
        seen.push(by);
    }
    Ok(list.len())
}

fn recover(text: &str, hash: &[u8; 32]) -> Option<PublicKey> {
    let bytes: [u8; 65] = hex::decode(text).ok()?.try_into().ok()?;
    let odd_y = match bytes[64] {
        0 | 27 => false,
        1 | 28 => true,
        _ => return None,
    };
    let (mut r, mut s) = ([0; 32], [0; 32]);
    r.copy_from_slice(&bytes[..32]);
    s.copy_from_slice(&bytes[32..64]);
    Signature { r, s, odd_y }.recover(hash)
}

fn member<'a>(
    json: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a Map<String, Value>, PayloadError> {
    let object = json.get(name).and_then(Value::as_object);
    object.ok_or_else(|| field(name, "is not an object".to_owned()))
}

fn hex_member(json: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, PayloadError> {
    let bytes = json.get(name).and_then(Value::as_str).and_then(|text| hex::decode(text).ok());
    let bytes = bytes.filter(|bytes| !bytes.is_empty());
    bytes.ok_or_else(|| field(name, "is not a string of hexadecimal digits".to_owned()))
}

fn field(field: &'static str, problem: String) -> PayloadError {
    PayloadError::Field { field, problem }
}
