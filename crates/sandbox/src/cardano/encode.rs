//! Transactions as the Rosetta server puts them together.

use ciborium::Value;

use super::cbor;
use super::decode::{Body, Witness};

/// The body, in the form of the recorded runs: keys in order, outputs as lists.
pub(super) fn body(body: &Body) -> Vec<u8> {
    let input = |(hash, place): &([u8; 32], u64)| {
        Value::Array(vec![Value::Bytes(hash.to_vec()), (*place).into()])
    };
    let output = |output: &super::Output| {
        Value::Array(vec![Value::Bytes(output.address.0.clone()), output.lovelace.into()])
    };
    let mut entries: Vec<(Value, Value)> = vec![
        (0.into(), Value::Array(body.inputs.iter().map(input).collect())),
        (1.into(), Value::Array(body.outputs.iter().map(output).collect())),
        (2.into(), body.fee.into()),
    ];
    entries.extend(body.ttl.map(|ttl| (3.into(), ttl.into())));
    cbor::write(&Value::Map(entries))
}

/// The transaction: a body as it is, and what has been signed.
pub(super) fn transaction(body: &[u8], witnesses: &[Witness]) -> Vec<u8> {
    let pair = |witness: &Witness| {
        let (key, signature) = (witness.key.to_vec(), witness.signature.to_vec());
        Value::Array(vec![Value::Bytes(key), Value::Bytes(signature)])
    };
    let pairs: Vec<_> = witnesses.iter().map(pair).collect();
    let entries = if pairs.is_empty() { vec![] } else { vec![(0.into(), Value::Array(pairs))] };
    // A list of four; scripts hold, for there are none, and there is no auxiliary data.
    [&[0x84][..], body, &cbor::write(&Value::Map(entries)), &[0xf5, 0xf6]].concat()
}

/// The server's text: the hex of a transaction, and data of its own.
pub(super) fn wrapped(transaction: &[u8]) -> String {
    let extra = Value::Map(vec![(Value::Text("operations".into()), Value::Array(Vec::new()))]);
    let whole = Value::Array(vec![Value::Text(hex::encode(transaction)), extra]);
    hex::encode(cbor::write(&whole))
}

/// How large a transaction is once so many have signed.
pub(super) fn signed_size(body: &[u8], signers: usize) -> u64 {
    let witness = Witness { key: [0; 32], signature: [0; 64] };
    transaction(body, &vec![witness; signers]).len() as u64
}
