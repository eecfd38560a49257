//! Klaytn's own transaction types: value transfers (with memo) and contract executions, each also with
//! fee delegation, in whole or in part.
//!
//! The signature covers RLP[RLP[type, nonce, gas price, gas, to, value, from, data?, fee ratio?], chain
//! id, 0, 0]. A fee-delegated transaction leaves with an empty fee payer; its hash here is the sender's
//! (without the fee payer), since the final one needs the payer's signature.
//!
//! <https://docs.kaia.io/build/transactions/>

use alloy_primitives::U256;
use alloy_rlp::Encodable as _;
use kms_crypto::hash::keccak256;
use kms_crypto::secp256k1::Signature;

use crate::error::PayloadError;
use crate::evm::payload::{Kind, Request};
use crate::evm::transaction::{Assembled, Envelope, Filled, OwnEnvelope, OwnTypes, rlp_list};

/// The hook in Klaytn's rules.
pub(super) const OWN_TYPES: OwnTypes = OwnTypes { fields: &["feeRatio"], envelope };

/// The types by name: type number, whether there is data.
static TYPES: &[(&str, u8, bool)] = &[
    ("VALUE_TRANSFER", 0x08, false),
    ("VALUE_TRANSFER_MEMO", 0x10, true),
    ("SMART_CONTRACT_EXECUTION", 0x30, true),
];
const DELEGATED: &str = "FEE_DELEGATED_";
const WITH_RATIO: &str = "_WITH_RATIO";

struct Klaytn {
    number: u8,
    delegated: bool,
    chain_id: u64,
    /// The encoded items from nonce to data or fee ratio.
    items: Vec<u8>,
}

fn envelope(request: &Request, filled: &Filled) -> OwnEnvelope {
    let Kind::Own(name) = &request.kind else {
        return if request.fee_ratio.is_none() { Ok(None) } else { Err(ratio_not_wanted()) };
    };
    let (base, delegated) = match name.strip_prefix(DELEGATED) {
        Some(base) => (base, true),
        None => (name.as_str(), false),
    };
    let (base, with_ratio) = match base.strip_suffix(WITH_RATIO) {
        Some(base) if delegated => (base, true),
        _ => (base, false),
    };
    let Some((_, number, has_data)) = TYPES.iter().find(|(name, ..)| *name == base) else {
        return Ok(None);
    };
    let ratio = fee_ratio(request.fee_ratio, with_ratio)?;
    let items = items(request, filled, *has_data, ratio)?;
    let number = number + u8::from(delegated) + u8::from(with_ratio);
    Ok(Some(Box::new(Klaytn { number, delegated, chain_id: filled.chain_id, items })))
}

fn fee_ratio(given: Option<u8>, wanted: bool) -> Result<Option<u8>, PayloadError> {
    match (given, wanted) {
        (None, false) => Ok(None),
        (Some(ratio), true) if (1..=99).contains(&ratio) => Ok(Some(ratio)),
        (Some(_), false) => Err(ratio_not_wanted()),
        (_, true) => Err(PayloadError::Field {
            field: "feeRatio",
            problem: "must be a percentage from 1 to 99 in this type of transaction".to_owned(),
        }),
    }
}

fn ratio_not_wanted() -> PayloadError {
    PayloadError::Field {
        field: "feeRatio",
        problem: "has no place in this type of transaction; leave it out".to_owned(),
    }
}

fn items(
    request: &Request,
    filled: &Filled,
    has_data: bool,
    ratio: Option<u8>,
) -> Result<Vec<u8>, PayloadError> {
    let field = |field, problem: &str| PayloadError::Field { field, problem: problem.to_owned() };
    let to = request.call.to.ok_or_else(|| field("to", "is missing"))?;
    if !has_data && !request.call.data.is_empty() {
        return Err(field("data", "has no place in a value transfer; use VALUE_TRANSFER_MEMO"));
    }
    let mut out = Vec::new();
    filled.nonce.encode(&mut out);
    filled.fees.highest().encode(&mut out);
    filled.gas.encode(&mut out);
    to.0.encode(&mut out);
    request.call.value.encode(&mut out);
    filled.from.0.encode(&mut out);
    if has_data {
        request.call.data.as_slice().encode(&mut out);
    }
    if let Some(ratio) = ratio {
        ratio.encode(&mut out);
    }
    Ok(out)
}

impl Envelope for Klaytn {
    fn signing_bytes(&self) -> Vec<u8> {
        let mut inner = Vec::new();
        self.number.encode(&mut inner);
        inner.extend_from_slice(&self.items);
        let inner = rlp_list(&inner);
        let mut outer = Vec::new();
        inner.as_slice().encode(&mut outer);
        self.chain_id.encode(&mut outer);
        0_u8.encode(&mut outer);
        0_u8.encode(&mut outer);
        rlp_list(&outer)
    }

    fn assemble(&self, signature: &Signature) -> Assembled {
        let mut signed = Vec::new();
        let v =
            U256::from(self.chain_id) * U256::from(2) + U256::from(35 + u8::from(signature.odd_y));
        v.encode(&mut signed);
        U256::from_be_bytes(signature.r).encode(&mut signed);
        U256::from_be_bytes(signature.s).encode(&mut signed);
        let mut items = self.items.clone();
        items.extend_from_slice(&rlp_list(&rlp_list(&signed)));
        let of_sender = self.with_type(&items);
        let hash = keccak256(&of_sender);
        if !self.delegated {
            return Assembled { raw: of_sender, hash };
        }
        items.extend_from_slice(&no_fee_payer());
        Assembled { raw: self.with_type(&items), hash }
    }
}

impl Klaytn {
    fn with_type(&self, items: &[u8]) -> Vec<u8> {
        let mut raw = vec![self.number];
        raw.extend_from_slice(&rlp_list(items));
        raw
    }
}

/// The zero address and an empty signature, in the place of the fee payer's.
fn no_fee_payer() -> Vec<u8> {
    let mut signature = Vec::new();
    1_u8.encode(&mut signature);
    0_u8.encode(&mut signature);
    0_u8.encode(&mut signature);
    let mut out = Vec::new();
    [0_u8; 20].encode(&mut out);
    out.extend_from_slice(&rlp_list(&rlp_list(&signature)));
    out
}
