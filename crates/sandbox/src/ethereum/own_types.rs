//! Transactions of types that no other chain has: Klaytn's value transfers and executions, Celo's CIP-64.
//!
//! They are executed as the transaction of Ethereum that does the same; sender and hash are their own.
//! Fee-delegated types of Klaytn are refused: nobody here pays for others.
//!
//! <https://docs.kaia.io/build/transactions/basic/>,
//! <https://github.com/celo-org/celo-proposals/blob/master/CIPs/cip-0064.md>

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope, TxLegacy};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, Bytes, Signature, TxKind, U256, keccak256};
use alloy_rlp::{Decodable, Encodable, Header};

use super::transaction::SignedTransaction;

/// A type by its first byte, and what reads the rest.
pub(super) struct OwnType {
    pub(super) number: u8,
    /// From the whole transaction and the id of the chain.
    pub(super) read: fn(&[u8], u64) -> Result<SignedTransaction, String>,
}

/// VALUE_TRANSFER, VALUE_TRANSFER_MEMO and SMART_CONTRACT_EXECUTION.
pub(super) static KLAYTN: &[OwnType] = &[
    OwnType { number: 0x08, read: klaytn },
    OwnType { number: 0x10, read: klaytn },
    OwnType { number: 0x30, read: klaytn },
];

/// A fee in a token.
pub(super) static CELO: &[OwnType] = &[OwnType { number: 0x7b, read: cip64 }];

const VALUE_TRANSFER: u8 = 0x08;

/// RLP[nonce, price, gas, to, value, from, data?, [[v, r, s]]] behind the type. The signature is over
/// RLP[RLP[type, …, data?], chain id, 0, 0].
fn klaytn(bytes: &[u8], chain_id: u64) -> Result<SignedTransaction, String> {
    let (number, mut rest) = (bytes[0], &bytes[1..]);
    let mut items = list(&mut rest)?;
    let nonce = item(&mut items)?;
    let gas_price: u128 = item(&mut items)?;
    let gas_limit = item(&mut items)?;
    let to: Address = item(&mut items)?;
    let value: U256 = item(&mut items)?;
    let from: Address = item(&mut items)?;
    let input: Bytes = if number == VALUE_TRANSFER { Bytes::new() } else { item(&mut items)? };
    let (v, r, s) = {
        let mut signatures = list(&mut items)?;
        let mut one = list(&mut signatures)?;
        (item::<u64>(&mut one)?, item::<U256>(&mut one)?, item::<U256>(&mut one)?)
    };
    let parity = parity(v, chain_id)?;
    let data = (number != VALUE_TRANSFER).then_some(&input);
    let inner = encoded(|out| {
        number.encode(out);
        nonce_to_data(out, (nonce, gas_price, gas_limit), to, value, from, data);
    });
    let outer = encoded(|out| {
        inner.as_slice().encode(out);
        chain_id.encode(out);
        0_u8.encode(out);
        0_u8.encode(out);
    });
    let signature = Signature::new(r, s, parity);
    let sender = sender(&signature, &outer)?;
    if sender != from {
        return Err("invalid sender: the signature is not of the account in `from`".to_owned());
    }
    let legacy = TxLegacy {
        chain_id: Some(chain_id),
        nonce,
        gas_price,
        gas_limit,
        to: TxKind::Call(to),
        value,
        input,
    };
    let envelope = TxEnvelope::from(legacy.into_signed(signature));
    Ok(SignedTransaction { envelope, sender, hash: keccak256(bytes), fee_currency: None })
}

fn nonce_to_data(
    out: &mut Vec<u8>,
    (nonce, gas_price, gas_limit): (u64, u128, u64),
    to: Address,
    value: U256,
    from: Address,
    data: Option<&Bytes>,
) {
    nonce.encode(out);
    gas_price.encode(out);
    gas_limit.encode(out);
    to.encode(out);
    value.encode(out);
    from.encode(out);
    if let Some(data) = data {
        data.encode(out);
    }
}

/// EIP-155.
fn parity(v: u64, chain_id: u64) -> Result<bool, String> {
    match v.checked_sub(chain_id * 2 + 35) {
        Some(0) => Ok(false),
        Some(1) => Ok(true),
        _ => Err(format!("invalid sender: invalid chain id for signer: v is {v}")),
    }
}

/// RLP[chain id, nonce, priority fee, max fee, gas, to, value, data, access list, fee currency, parity, r, s]
/// behind the type. The signature is over the type and the first ten.
fn cip64(bytes: &[u8], chain_id: u64) -> Result<SignedTransaction, String> {
    let mut rest = &bytes[1..];
    let mut items = list(&mut rest)?;
    let whole = items;
    let transaction = TxEip1559 {
        chain_id: item(&mut items)?,
        nonce: item(&mut items)?,
        max_priority_fee_per_gas: item(&mut items)?,
        max_fee_per_gas: item(&mut items)?,
        gas_limit: item(&mut items)?,
        to: item(&mut items)?,
        value: item(&mut items)?,
        input: item(&mut items)?,
        access_list: item::<AccessList>(&mut items)?,
    };
    let currency: Address = item(&mut items)?;
    let signed = &whole[..whole.len() - items.len()];
    let parity: bool = item(&mut items)?;
    let signature = Signature::new(item(&mut items)?, item(&mut items)?, parity);
    let found = transaction.chain_id;
    if found != chain_id {
        return Err(format!(
            "invalid sender: invalid chain id for signer: have {found} want {chain_id}"
        ));
    }
    let mut preimage = vec![bytes[0]];
    Header { list: true, payload_length: signed.len() }.encode(&mut preimage);
    preimage.extend_from_slice(signed);
    let sender = sender(&signature, &preimage)?;
    let envelope = TxEnvelope::from(transaction.into_signed(signature));
    Ok(SignedTransaction { envelope, sender, hash: keccak256(bytes), fee_currency: Some(currency) })
}

fn sender(signature: &Signature, signed: &[u8]) -> Result<Address, String> {
    let high = signature.normalize_s().is_some();
    let found = alloy_consensus::crypto::secp256k1::recover_signer(signature, keccak256(signed));
    match found {
        Ok(sender) if !high => Ok(sender),
        _ => Err("invalid sender: invalid transaction v, r, s values".to_owned()),
    }
}

fn list<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], String> {
    Header::decode_bytes(bytes, true).map_err(unreadable)
}

fn item<T: Decodable>(bytes: &mut &[u8]) -> Result<T, String> {
    T::decode(bytes).map_err(unreadable)
}

fn unreadable(error: alloy_rlp::Error) -> String {
    format!("the transaction can't be read: {error}")
}

/// A list of what is written into it.
fn encoded(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut payload = Vec::new();
    write(&mut payload);
    let mut out = Vec::new();
    Header { list: true, payload_length: payload.len() }.encode(&mut out);
    out.extend_from_slice(&payload);
    out
}
