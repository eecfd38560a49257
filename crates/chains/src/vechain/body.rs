//! What is signed, as RLP.

use alloy_primitives::U256;
use alloy_rlp::Encodable as _;

use super::payload::Clause;
use crate::evm::transaction::rlp_list;

/// The first byte of a transaction with a dynamic fee.
const DYNAMIC_FEE: u8 = 0x51;

/// The base price of gas for legacy transactions, in VTHO's smallest unit. Set by the chain's parameters,
/// and used here only to show and to cap the fee.
const BASE_GAS_PRICE: u128 = 10_000_000_000_000;

/// What a unit of gas may cost.
pub(super) enum Fees {
    /// The base price, raised by `coefficient / 255`.
    Coefficient(u8),
    /// VIP-251, in VTHO's smallest unit.
    Dynamic { max: u128, priority: u128 },
}

/// Everything that is signed.
pub(super) struct Body {
    pub(super) chain_tag: u8,
    pub(super) block_ref: [u8; 8],
    pub(super) expiration: u32,
    pub(super) clauses: Vec<Clause>,
    pub(super) fees: Fees,
    pub(super) gas: u64,
    pub(super) depends_on: Option<[u8; 32]>,
    pub(super) nonce: u64,
}

impl Body {
    /// The items of the RLP list, up to the reserved one.
    pub(super) fn items(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.chain_tag.encode(&mut out);
        u64::from_be_bytes(self.block_ref).encode(&mut out);
        self.expiration.encode(&mut out);
        let clauses: Vec<u8> = self.clauses.iter().flat_map(encode_clause).collect();
        out.extend_from_slice(&rlp_list(&clauses));
        match self.fees {
            Fees::Coefficient(coefficient) => coefficient.encode(&mut out),
            Fees::Dynamic { max, priority } => {
                priority.encode(&mut out);
                max.encode(&mut out);
            }
        }
        self.gas.encode(&mut out);
        match &self.depends_on {
            Some(id) => id.as_slice().encode(&mut out),
            None => [0_u8; 0].as_slice().encode(&mut out),
        }
        self.nonce.encode(&mut out);
        out.extend_from_slice(&rlp_list(&[]));
        out
    }

    pub(super) fn envelope(&self, items: &[u8]) -> Vec<u8> {
        let mut out = match self.fees {
            Fees::Coefficient(_) => Vec::new(),
            Fees::Dynamic { .. } => vec![DYNAMIC_FEE],
        };
        out.extend_from_slice(&rlp_list(items));
        out
    }

    /// The bytes whose BLAKE2b-256 is signed.
    pub(super) fn signing_bytes(&self) -> Vec<u8> {
        self.envelope(&self.items())
    }

    /// The most that can be paid, in VTHO's smallest unit.
    pub(super) fn max_fee(&self) -> U256 {
        let price = match self.fees {
            Fees::Coefficient(coefficient) => {
                U256::from(BASE_GAS_PRICE + BASE_GAS_PRICE * u128::from(coefficient) / 255)
            }
            Fees::Dynamic { max, .. } => U256::from(max),
        };
        price * U256::from(self.gas)
    }
}

fn encode_clause(clause: &Clause) -> Vec<u8> {
    let mut out = Vec::new();
    match clause.to {
        Some(to) => to.0.as_slice().encode(&mut out),
        None => [0_u8; 0].as_slice().encode(&mut out),
    }
    clause.value.encode(&mut out);
    clause.data.as_slice().encode(&mut out);
    rlp_list(&out)
}
