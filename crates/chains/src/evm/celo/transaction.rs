//! CIP-64: a transaction whose fee is paid in a token.
//!
//! `0x7b` and RLP[chain id, nonce, priority fee, max fee, gas, to, value, data, access list, fee
//! currency], then parity, r and s. <https://github.com/celo-org/celo-proposals/blob/master/CIPs/cip-0064.md>

use alloy_primitives::{Address as AlloyAddress, TxKind, U256};
use alloy_rlp::Encodable as _;
use kms_crypto::hash::keccak256;
use kms_crypto::secp256k1::Signature;

use crate::error::PayloadError;
use crate::evm::payload::{Kind, Request};
use crate::evm::transaction::{Assembled, Envelope, Filled, OwnEnvelope, OwnTypes, rlp_list};

/// The hook in Celo's rules.
pub(super) const OWN_TYPES: OwnTypes = OwnTypes { fields: &["feeCurrency"], envelope };

const TYPE: u8 = 0x7b;

struct Cip64 {
    /// The encoded items up to the fee currency.
    items: Vec<u8>,
}

fn envelope(request: &Request, filled: &Filled) -> OwnEnvelope {
    let Some(fee_currency) = request.fee_currency else {
        let named = matches!(&request.kind, Kind::Own(name) if name == "0x7b");
        return if named { Err(no_currency()) } else { Ok(None) };
    };
    let to = request.call.to.map_or(TxKind::Create, |to| TxKind::Call(AlloyAddress::new(to.0)));
    let mut items = Vec::new();
    filled.chain_id.encode(&mut items);
    filled.nonce.encode(&mut items);
    filled.fees.priority().encode(&mut items);
    filled.fees.highest().encode(&mut items);
    filled.gas.encode(&mut items);
    to.encode(&mut items);
    request.call.value.encode(&mut items);
    request.call.data.as_slice().encode(&mut items);
    request.access_list.encode(&mut items);
    fee_currency.0.encode(&mut items);
    Ok(Some(Box::new(Cip64 { items })))
}

fn no_currency() -> PayloadError {
    PayloadError::Field {
        field: "feeCurrency",
        problem: "is missing, but the type is 0x7b (CIP-64)".to_owned(),
    }
}

impl Envelope for Cip64 {
    fn signing_bytes(&self) -> Vec<u8> {
        typed(&self.items)
    }

    fn assemble(&self, signature: &Signature) -> Assembled {
        let mut items = self.items.clone();
        signature.odd_y.encode(&mut items);
        U256::from_be_bytes(signature.r).encode(&mut items);
        U256::from_be_bytes(signature.s).encode(&mut items);
        let raw = typed(&items);
        Assembled { hash: keccak256(&raw), raw }
    }
}

fn typed(items: &[u8]) -> Vec<u8> {
    let mut out = vec![TYPE];
    out.extend_from_slice(&rlp_list(items));
    out
}
