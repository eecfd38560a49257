//! Transactions: complete, to be signed, signed.

use alloy_primitives::U256;
use alloy_rlp::Encodable;
use kms_core::{Digest, Intent, Network, Sequence, SignedTransaction, TransactionHash};
use kms_crypto::hash::blake2b_256;
use kms_crypto::secp256k1;

use super::body::Body;
use super::intent::intent;
use crate::chain::{Signed, Unsigned};
use crate::error::{PayloadError, SignError};
use crate::evm::address::Address;
use crate::signing::SigningKeys;

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
