//! The unsigned transaction of the Rosetta server, decoded and held against the operations.
//!
//! It is CBOR of a list: the transaction in hexadecimal, then data of the server's own.

use kms_crypto::hash::blake2b_256;

use super::cbor::{CborError, Head, Reader, write_head};
use super::operations::Operations;

/// Keys of a transaction's body.
const INPUTS: u64 = 0;
const OUTPUTS: u64 = 1;
const FEE: u64 = 2;
const TTL: u64 = 3;
/// The tag of sets, which inputs may have since the Conway era.
const SET: u64 = 258;

/// The text of the Rosetta server, taken apart.
pub(super) struct Transaction {
    /// The transaction's body, byte for byte.
    body: Vec<u8>,
    /// What the server put behind the transaction, byte for byte.
    extra: Vec<u8>,
    /// Whether the transaction is a text of digits (or else the bytes themselves).
    is_text: bool,
}

impl Transaction {
    /// Takes the server's text apart.
    ///
    /// # Errors
    /// What it is not.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let bytes = hex::decode(text).map_err(|_| "it is not hexadecimal")?;
        Self::take_apart(&bytes).map_err(|e| format!("it is no transaction: {e}"))
    }

    fn take_apart(bytes: &[u8]) -> Result<Self, CborError> {
        let mut outer = Reader::new(bytes);
        if outer.list()? != 2 {
            return Err(CborError);
        }
        let (whole, is_text) = match outer.head()? {
            Head::Text(digits) => (hex::decode(digits).map_err(|_| CborError)?, true),
            Head::Bytes(bytes) => (bytes.to_vec(), false),
            _ => return Err(CborError),
        };
        let extra = outer.skip()?.to_vec();
        let mut reader = Reader::new(&whole);
        // Body, witnesses, and since Alonzo a flag; then the auxiliary data.
        let items = reader.list()?;
        if !(3..=4).contains(&items) {
            return Err(CborError);
        }
        let body = reader.skip()?.to_vec();
        for _ in 1..items {
            reader.skip()?;
        }
        if !reader.rest().is_empty() || !outer.rest().is_empty() {
            return Err(CborError);
        }
        Ok(Self { body, extra, is_text })
    }

    /// What is signed.
    pub(super) fn hash(&self) -> [u8; 32] {
        blake2b_256(&self.body)
    }

    /// Whether `other` has the same body.
    pub(super) fn does_the_same_as(&self, other: &Self) -> bool {
        self.body == other.body
    }

    /// Whether the transaction does what the operations say, and nothing else.
    ///
    /// # Errors
    /// Where it differs.
    pub(super) fn check(&self, operations: &Operations) -> Result<(), String> {
        let body = Body::read(&self.body).map_err(|e| format!("its body can't be read: {e}"))?;
        if let Some(key) = body.unknown {
            return Err(format!(
                "it has the entry {key}, which transfers of ADA do not have (tokens, staking, scripts)"
            ));
        }
        let mut coins: Vec<_> = operations.inputs.iter().map(|input| input.coin).collect();
        let mut inputs = body.inputs;
        coins.sort_unstable();
        inputs.sort_unstable();
        if inputs != coins {
            return Err("its inputs are not those of the operations".to_owned());
        }
        let wanted = operations.outputs.iter().map(|output| (&output.address[..], output.amount));
        if !wanted.eq(body.outputs.iter().copied()) {
            return Err("its outputs are not those of the operations".to_owned());
        }
        if body.fee != operations.fee {
            let (found, fee) = (body.fee, operations.fee);
            return Err(format!("its fee is {found}, but the operations leave {fee} lovelace"));
        }
        Ok(())
    }

    /// The signed transaction in the form of the server: `signatures` are public keys and signatures.
    pub(super) fn assemble(&self, signatures: &[([u8; 32], [u8; 64])]) -> String {
        let mut whole = vec![0x84];
        whole.extend_from_slice(&self.body);
        // The witnesses: entry 0 of a map, a list of pairs.
        whole.extend_from_slice(&[0xa1, 0]);
        write_head(&mut whole, 4, signatures.len() as u64);
        for (key, signature) in signatures {
            whole.push(0x82);
            write_head(&mut whole, 2, 32);
            whole.extend_from_slice(key);
            write_head(&mut whole, 2, 64);
            whole.extend_from_slice(signature);
        }
        // Valid, and without auxiliary data.
        whole.extend_from_slice(&[0xf5, 0xf6]);
        let mut out = vec![0x82];
        let content = if self.is_text { hex::encode(&whole).into_bytes() } else { whole };
        write_head(&mut out, if self.is_text { 3 } else { 2 }, content.len() as u64);
        out.extend_from_slice(&content);
        out.extend_from_slice(&self.extra);
        hex::encode(out)
    }
}

/// The body of a transaction.
struct Body<'a> {
    inputs: Vec<([u8; 32], u64)>,
    outputs: Vec<(&'a [u8], u64)>,
    fee: u64,
    /// The first entry that is none of these.
    unknown: Option<u64>,
}

impl<'a> Body<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(bytes);
        let mut body = Self { inputs: Vec::new(), outputs: Vec::new(), fee: 0, unknown: None };
        let mut before = None;
        for _ in 0..reader.map()? {
            let key = reader.number()?;
            if before.is_some_and(|before| before >= key) {
                return Err(CborError);
            }
            before = Some(key);
            match key {
                INPUTS => body.inputs = inputs(&mut reader)?,
                OUTPUTS => body.outputs = outputs(&mut reader)?,
                FEE => body.fee = reader.number()?,
                TTL => {
                    reader.number()?;
                }
                key => {
                    reader.skip()?;
                    body.unknown = body.unknown.or(Some(key));
                }
            }
        }
        if reader.rest().is_empty() { Ok(body) } else { Err(CborError) }
    }
}

fn inputs(reader: &mut Reader<'_>) -> Result<Vec<([u8; 32], u64)>, CborError> {
    let count = match reader.head()? {
        Head::List(count) => count,
        Head::Tag(SET) => reader.list()?,
        _ => return Err(CborError),
    };
    let mut inputs = Vec::new();
    for _ in 0..count {
        if reader.list()? != 2 {
            return Err(CborError);
        }
        let hash = reader.bytes()?.try_into().map_err(|_| CborError)?;
        inputs.push((hash, reader.number()?));
    }
    Ok(inputs)
}

/// Outputs of both forms, the list and the map of the Babbage era; with an address and ADA, nothing else.
fn outputs<'a>(reader: &mut Reader<'a>) -> Result<Vec<(&'a [u8], u64)>, CborError> {
    let mut outputs = Vec::new();
    for _ in 0..reader.list()? {
        let output = match reader.head()? {
            Head::List(2) => (reader.bytes()?, reader.number()?),
            Head::Map(2) => {
                entry(reader, 0)?;
                let address = reader.bytes()?;
                entry(reader, 1)?;
                (address, reader.number()?)
            }
            _ => return Err(CborError),
        };
        outputs.push(output);
    }
    Ok(outputs)
}

fn entry(reader: &mut Reader<'_>, expected: u64) -> Result<(), CborError> {
    if reader.number()? == expected { Ok(()) } else { Err(CborError) }
}
