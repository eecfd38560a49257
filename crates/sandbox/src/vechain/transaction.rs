//! Signed transactions: read, and tied to the account that signed them.
//!
//! RLP of chain tag, block reference, expiration, clauses, fees, gas, dependency, nonce, reserved
//! fields and signature; transactions of type 0x51 have that byte in front. Signed is the BLAKE2b-256
//! of the same list without the signature.

use alloy_primitives::{Address, B256, Bytes, Signature, U256};
use alloy_rlp::{Decodable, Header};
use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};

use crate::chain::Identity;

/// Transactions with a fee that follows the blocks (VIP-251).
const DYNAMIC_FEE: u8 = 0x51;

/// What transactions, clauses, clauses that create, and bytes of data cost in gas.
const TRANSACTION_GAS: u64 = 5_000;
const CLAUSE_GAS: u64 = 16_000;
const CREATION_GAS: u64 = 48_000;
const ZERO_BYTE_GAS: u64 = 4;
const BYTE_GAS: u64 = 68;

/// One thing that a transaction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause {
    /// None where a contract is created.
    pub(super) to: Option<Address>,
    /// In wei.
    pub(super) value: U256,
    pub(super) data: Bytes,
}

/// What a unit of gas may cost, in the smallest unit of VTHO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fees {
    /// The base price, raised by so many 255ths.
    Coefficient(u8),
    /// At most so much, of which so much on top of the block's base fee.
    Dynamic { priority: u128, max: u128 },
}

/// A transaction whose signature holds.
#[derive(Clone, Debug)]
pub(super) struct SignedTransaction {
    pub(super) chain_tag: u8,
    /// The first eight bytes of a block's id, which begin with its number.
    pub(super) block_ref: u64,
    pub(super) expiration: u32,
    pub(super) clauses: Vec<Clause>,
    pub(super) fees: Fees,
    pub(super) gas: u64,
    pub(super) depends_on: Option<B256>,
    pub(super) nonce: u64,
    /// The account whose key signed it.
    pub(super) origin: Address,
    /// What it is known by.
    pub(super) id: B256,
    /// Bytes of the whole.
    pub(super) size: usize,
}

/// Why bytes are no transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// They can't be decoded.
    Raw(String),
    /// They can, and the signature or something else does not hold.
    Bad(String),
}

impl From<alloy_rlp::Error> for Unreadable {
    fn from(error: alloy_rlp::Error) -> Self {
        Self::Raw(match error {
            alloy_rlp::Error::InputTooShort => {
                "rlp: value size exceeds available input length".to_owned()
            }
            other => format!("rlp: {other}"),
        })
    }
}

impl SignedTransaction {
    /// Reads the bytes of a broadcast. The errors are those of Thor.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let raw = |words: &str| Unreadable::Raw(words.to_owned());
        let (prefix, mut rest) = match bytes {
            [first, ..] if *first > 0x7f => (&[][..], bytes),
            [] | [_] => return Err(raw("typed transaction too short")),
            [DYNAMIC_FEE, rest @ ..] => (&[DYNAMIC_FEE][..], rest),
            _ => return Err(raw("transaction type not supported")),
        };
        let mut fields = Header::decode_bytes(&mut rest, true)?;
        if !rest.is_empty() {
            return Err(raw("rlp: input contains more than one value"));
        }
        let unsigned = fields;
        let chain_tag = u8::decode(&mut fields)?;
        let block_ref = u64::decode(&mut fields)?;
        let expiration = u32::decode(&mut fields)?;
        let clauses = clauses(Header::decode_bytes(&mut fields, true)?)?;
        let fees = if prefix.is_empty() {
            Fees::Coefficient(u8::decode(&mut fields)?)
        } else {
            let (priority, max) = (u128::decode(&mut fields)?, u128::decode(&mut fields)?);
            Fees::Dynamic { priority, max }
        };
        let gas = u64::decode(&mut fields)?;
        let depends_on = optional(&mut fields)?.map(B256::new);
        let nonce = u64::decode(&mut fields)?;
        let reserved = Header::decode_bytes(&mut fields, true)?;
        let unsigned = &unsigned[..unsigned.len() - fields.len()];
        let signature = Header::decode_bytes(&mut fields, false)?;
        if !fields.is_empty() {
            return Err(raw("rlp: input list has too many elements"));
        }
        if !reserved.is_empty() {
            return Err(raw("the sandbox knows no fee delegation; leave the reserved list empty"));
        }
        let hash = signing_hash(prefix, unsigned);
        let origin = origin(signature, hash).map_err(|words| Unreadable::Bad(words.to_owned()))?;
        let id = blake2b(&[hash.as_slice(), origin.as_slice()].concat());
        let size = bytes.len();
        Ok(Self {
            chain_tag,
            block_ref,
            expiration,
            clauses,
            fees,
            gas,
            depends_on,
            nonce,
            origin,
            id,
            size,
        })
    }

    /// What it says of itself. Nonces are not counted on this chain.
    pub(super) fn identity(&self) -> Identity {
        let sender = Some(format!("{:#x}", self.origin));
        Identity { hash: self.id.to_string(), sender, nonce: None, inputs: Vec::new() }
    }

    /// The number of the block that it refers to.
    pub(super) fn reference(&self) -> u32 {
        let [.., a, b, c, d] = (self.block_ref >> 32).to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    /// The gas that it needs before anything is executed.
    pub(super) fn intrinsic_gas(&self) -> u64 {
        if self.clauses.is_empty() {
            return TRANSACTION_GAS + CLAUSE_GAS;
        }
        TRANSACTION_GAS + self.clauses.iter().map(Clause::intrinsic_gas).sum::<u64>()
    }
}

impl Clause {
    fn intrinsic_gas(&self) -> u64 {
        let base = if self.to.is_some() { CLAUSE_GAS } else { CREATION_GAS };
        let byte = |byte: &u8| if *byte == 0 { ZERO_BYTE_GAS } else { BYTE_GAS };
        base + self.data.iter().map(byte).sum::<u64>()
    }
}

fn clauses(mut list: &[u8]) -> Result<Vec<Clause>, Unreadable> {
    let mut clauses = Vec::new();
    while !list.is_empty() {
        let mut fields = Header::decode_bytes(&mut list, true)?;
        let to = optional(&mut fields)?.map(Address::new);
        let (value, data) = (U256::decode(&mut fields)?, Bytes::decode(&mut fields)?);
        if !fields.is_empty() {
            return Err(Unreadable::Raw("rlp: input list has too many elements".to_owned()));
        }
        clauses.push(Clause { to, value, data });
    }
    Ok(clauses)
}

/// Bytes of a length that is fixed, or none.
fn optional<const N: usize>(fields: &mut &[u8]) -> Result<Option<[u8; N]>, Unreadable> {
    let bytes = Header::decode_bytes(fields, false)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let bytes = bytes.try_into();
    bytes.map(Some).map_err(|_| Unreadable::Raw(format!("rlp: input is not {N} bytes long")))
}

fn signing_hash(prefix: &[u8], fields: &[u8]) -> B256 {
    let mut bytes = prefix.to_vec();
    Header { list: true, payload_length: fields.len() }.encode(&mut bytes);
    bytes.extend_from_slice(fields);
    blake2b(&bytes)
}

fn origin(signature: &[u8], hash: B256) -> Result<Address, &'static str> {
    let bytes: &[u8; 65] = signature.try_into().map_err(|_| "invalid signature length")?;
    if bytes[64] > 1 {
        return Err("invalid signature recovery id");
    }
    let signature = Signature::from_raw_array(bytes).map_err(|_| "recovery failed")?;
    if signature.normalize_s().is_some() {
        return Err("invalid signature: S value is out of range");
    }
    signature.recover_address_from_prehash(&hash).map_err(|_| "recovery failed")
}

pub(super) fn blake2b(bytes: &[u8]) -> B256 {
    B256::from_slice(&Blake2b::<U32>::digest(bytes))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{address, hex};

    use super::*;

    /// Signed by Tatum KMS 8.0.1.
    const RECORDED: &str = "f87e278801312d00aabbccdd8202d0e0df9444ee24f8b508d2f2c281b682e3b6eb3b770a82998814d1120d7b16000080808252088086011f71fb04cbc0b841d0dfb2fcad91fa6171c88600d6db200dc82fb6d74fce30384fc45ddb8f55d0030bd0b693d1002fce058e9d86243bccdc6f900ed7ec4fa318dafeecc1dba0deab00";

    #[test]
    fn a_recorded_transaction_is_read() {
        let bytes = hex::decode(RECORDED).unwrap();
        let tx = SignedTransaction::read(&bytes).unwrap();
        assert_eq!((tx.chain_tag, tx.reference(), tx.expiration), (0x27, 20_000_000, 720));
        assert_eq!((tx.gas, tx.intrinsic_gas(), tx.nonce), (21_000, 21_000, 1_234_567_890_123));
        assert_eq!(tx.fees, Fees::Coefficient(0));
        assert_eq!(tx.origin, address!("cdc57e99f7054f53bb1fba6d8a89e0a0466cb0fa"));
        let to = Some(address!("44ee24f8b508d2f2c281b682e3b6eb3b770a8299"));
        let value = U256::from(1_500_000_000_000_000_000_u64);
        assert_eq!(tx.clauses, [Clause { to, value, data: Bytes::new() }]);
    }

    #[test]
    fn what_is_cut_or_longer_is_not() {
        let bytes = hex::decode(RECORDED).unwrap();
        for length in 0..bytes.len() {
            assert!(SignedTransaction::read(&bytes[..length]).is_err(), "{length}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        let words = "rlp: input contains more than one value".to_owned();
        assert_eq!(SignedTransaction::read(&longer).unwrap_err(), Unreadable::Raw(words));
    }
}
