//! Signed transactions: read, with the bytes that are signed.

use ciborium::Value;

use super::address::Address;
use super::cbor::{self, CborError, array, bytes, list, map, number, pair};
use super::{Outpoint, Output, blake2b_256};
use crate::chain::Identity;

/// What the body of a transaction says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) inputs: Vec<Outpoint>,
    pub(super) outputs: Vec<Output>,
    pub(super) fee: u64,
    /// The first slot in which it is not valid any more.
    pub(super) ttl: Option<u64>,
}

/// A key and what it has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Witness {
    pub(super) key: [u8; 32],
    pub(super) signature: [u8; 64],
}

/// A transaction whose witnesses have not been verified.
#[derive(Clone, Debug)]
pub(super) struct SignedTransaction {
    /// BLAKE2b-256 of the body as it came: what is signed.
    pub(super) hash: [u8; 32],
    pub(super) body: Body,
    pub(super) witnesses: Vec<Witness>,
    /// In bytes, for the fee.
    pub(super) size: u64,
}

impl SignedTransaction {
    /// Reads the hex of a broadcast: the transaction, or Rosetta's list with it.
    pub(super) fn read(text: &str) -> Result<Self, CborError> {
        let whole = hex::decode(text).map_err(|_| CborError::Broken)?;
        Self::decode(&unwrapped(&whole)?)
    }

    /// Reads the bytes of a transaction: body, witnesses, whether scripts hold, auxiliary data.
    pub(super) fn decode(whole: &[u8]) -> Result<Self, CborError> {
        let (head, mut rest) = whole.split_first().ok_or(CborError::Broken)?;
        let items = match head {
            0x83 => 3,
            0x84 => 4,
            _ => return Err(CborError::Expected("a list of three or four")),
        };
        let (body, signed) = cbor::take(&mut rest)?;
        let (witnesses, _) = cbor::take(&mut rest)?;
        for _ in 2..items {
            let (value, _) = cbor::take(&mut rest)?;
            if !matches!(value, Value::Bool(true) | Value::Null) {
                return Err(CborError::Unsupported("auxiliary data or scripts"));
            }
        }
        if !rest.is_empty() {
            return Err(CborError::Expected("the end"));
        }
        Ok(Self {
            hash: blake2b_256(signed),
            body: read_body(&body)?,
            witnesses: read_witnesses(&witnesses)?,
            size: whole.len() as u64,
        })
    }

    /// What it says of itself.
    pub(super) fn identity(&self) -> Identity {
        let inputs = self.body.inputs.iter();
        Identity {
            hash: hex::encode(self.hash),
            sender: None,
            nonce: None,
            inputs: inputs.map(|(hash, place)| format!("{}:{place}", hex::encode(hash))).collect(),
        }
    }
}

/// The transaction in Rosetta's list, where it is the hex of it or the bytes themselves; or else what
/// is there.
pub(super) fn unwrapped(whole: &[u8]) -> Result<Vec<u8>, CborError> {
    if whole.first() != Some(&0x82) {
        return Ok(whole.to_vec());
    }
    match pair(&cbor::only(whole)?)? {
        [Value::Text(digits), _] => hex::decode(digits).map_err(|_| CborError::Broken),
        [Value::Bytes(bytes), _] => Ok(bytes.clone()),
        _ => Err(CborError::Expected("the hex of a transaction")),
    }
}

fn read_body(value: &Value) -> Result<Body, CborError> {
    let mut body = Body::default();
    for (key, value) in map(value)? {
        match key {
            0 => body.inputs = list(value)?.iter().map(input).collect::<Result<_, _>>()?,
            1 => body.outputs = list(value)?.iter().map(output).collect::<Result<_, _>>()?,
            2 => body.fee = number(value)?,
            3 => body.ttl = Some(number(value)?),
            _ => return Err(CborError::Unsupported("more than inputs, outputs, fee and ttl")),
        }
    }
    Ok(body)
}

fn input(value: &Value) -> Result<Outpoint, CborError> {
    let [hash, place] = pair(value)?;
    Ok((array(hash)?, number(place)?))
}

/// Both forms: the list, and the map of the Babbage era.
fn output(value: &Value) -> Result<Output, CborError> {
    let (address, amount) = match value {
        Value::Map(_) => match map(value)?[..] {
            [(0, address), (1, amount)] => (address, amount),
            _ => return Err(CborError::Unsupported("an output with a datum or a script")),
        },
        _ => pair(value)?.into(),
    };
    if amount.is_array() {
        return Err(CborError::Unsupported("tokens"));
    }
    Ok(Output { address: Address(bytes(address)?.to_vec()), lovelace: number(amount)? })
}

fn read_witnesses(value: &Value) -> Result<Vec<Witness>, CborError> {
    match map(value)?[..] {
        [] => Ok(Vec::new()),
        [(0, witnesses)] => list(witnesses)?.iter().map(witness).collect(),
        _ => Err(CborError::Unsupported("witnesses other than keys")),
    }
}

fn witness(value: &Value) -> Result<Witness, CborError> {
    let [key, signature] = pair(value)?;
    Ok(Witness { key: array(key)?, signature: array(signature)? })
}
