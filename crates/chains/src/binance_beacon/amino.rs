//! The Amino form: protobuf, with four bytes in front of every type that stands for an interface.

use super::payload::{Party, Request};
use crate::protobuf::{write_bytes, write_field, write_number};

const TRANSACTION: [u8; 4] = [0xf0, 0x62, 0x5d, 0xee];
const SEND: [u8; 4] = [0x2a, 0x2c, 0x87, 0xfa];
const SECP256K1_KEY: [u8; 4] = [0xeb, 0x5a, 0xe9, 0x87];

/// A signature and what goes with it.
pub(super) struct Signature {
    pub(super) key: [u8; 33],
    pub(super) bytes: [u8; 64],
    pub(super) account_number: u64,
    pub(super) sequence: u64,
}

/// The signed transaction, with its length in front.
pub(super) fn encode(request: &Request, signature: &Signature) -> Vec<u8> {
    let mut out = TRANSACTION.to_vec();
    write_bytes(&mut out, 1, &message(request));
    write_bytes(&mut out, 2, &encode_signature(signature));
    if !request.memo.is_empty() {
        write_bytes(&mut out, 3, request.memo.as_bytes());
    }
    let mut whole = Vec::new();
    write_number(&mut whole, out.len() as u64);
    whole.extend_from_slice(&out);
    whole
}

fn message(request: &Request) -> Vec<u8> {
    let mut out = SEND.to_vec();
    for (field, parties) in [(1, &request.inputs), (2, &request.outputs)] {
        for one in parties {
            write_bytes(&mut out, field, &party(one));
        }
    }
    out
}

fn party(party: &Party) -> Vec<u8> {
    let mut out = Vec::new();
    write_bytes(&mut out, 1, &party.address.0);
    for coin in &party.coins {
        let mut inner = Vec::new();
        write_bytes(&mut inner, 1, coin.denom.as_bytes());
        write_field(&mut inner, 2, coin.amount);
        write_bytes(&mut out, 2, &inner);
    }
    out
}

fn encode_signature(signature: &Signature) -> Vec<u8> {
    let mut key = SECP256K1_KEY.to_vec();
    // A byte string of 33 bytes, without a field number.
    key.push(33);
    key.extend_from_slice(&signature.key);
    let mut out = Vec::new();
    write_bytes(&mut out, 1, &key);
    write_bytes(&mut out, 2, &signature.bytes);
    write_field(&mut out, 3, signature.account_number);
    write_field(&mut out, 4, signature.sequence);
    out
}
