//! Transactions: complete, to be signed, signed.

use alloy_primitives::U256;
use alloy_rlp::Encodable;
use kms_core::{Digest, Intent, Network, Sequence, SignedTransaction, TransactionHash};
use kms_crypto::hash::blake2b_256;
use kms_crypto::secp256k1;

use super::intent::intent;
use super::payload::Clause;
use crate::chain::{Signed, Unsigned};
use crate::error::{PayloadError, SignError};
use crate::evm::address::Address;
use crate::evm::transaction::rlp_list;
use crate::keys::SigningKeys;

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
    fn items(&self) -> Vec<u8> {
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

    fn envelope(&self, items: &[u8]) -> Vec<u8> {
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

/// A transaction that lacks only its signature.
pub(super) struct ThorTransaction {
    network: Network,
    signer: secp256k1::PublicKey,
    body: Body,
    digest: [u8; 32],
}

impl ThorTransaction {
    /// # Errors
    /// The values of the clauses together are above 2^256 - 1.
    pub(super) fn new(
        network: Network,
        signer: secp256k1::PublicKey,
        body: Body,
    ) -> Result<Self, PayloadError> {
        let mut values = body.clauses.iter().map(|clause| clause.value);
        if values.try_fold(U256::ZERO, U256::checked_add).is_none() {
            let problem = "of all clauses together is above 2^256 - 1".to_owned();
            return Err(PayloadError::Field { field: "value", problem });
        }
        let digest = blake2b_256(&body.signing_bytes());
        Ok(Self { network, signer, body, digest })
    }
}

impl Unsigned for ThorTransaction {
    fn intent(&self) -> Intent {
        intent(&self.body, Address::of(&self.signer), self.network)
    }

    fn digest(&self) -> Digest {
        Digest(self.digest)
    }

    /// None: nonces are not counted on this chain.
    fn sequence(&self) -> Option<Sequence> {
        None
    }

    fn sign(&self, keys: &SigningKeys) -> Result<Box<dyn Signed>, SignError> {
        let key = keys.only()?.secp256k1()?;
        if key.public() != self.signer {
            return Err(SignError::OtherKey);
        }
        let signature = key.sign_digest(&self.digest)?;
        let bytes = [&signature.r[..], &signature.s, &[u8::from(signature.odd_y)]].concat();
        let mut items = self.body.items();
        bytes.as_slice().encode(&mut items);
        let origin = Address::of(&self.signer);
        let id = blake2b_256(&[&self.digest[..], &origin.0].concat());
        Ok(Box::new(SignedTransaction {
            data: format!("0x{}", hex::encode(self.body.envelope(&items))),
            hash: TransactionHash(format!("0x{}", hex::encode(id))),
        }))
    }
}
