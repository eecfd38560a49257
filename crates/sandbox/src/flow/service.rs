//! What the API does for those who use it: it proposes and pays, with an account of its own.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k256::ecdsa::signature::hazmat::PrehashSigner as _;
use k256::ecdsa::{Signature, SigningKey};

use super::address::Address;
use super::ledger::{AccountKey, FULL_WEIGHT};
use super::message::{digest, untagged};
use super::sha3_256;
use crate::clock;
use crate::error::ApiError;

/// The API's account.
const ADDRESS: Address = Address([0x7a, 0x74, 0x75, 0x6d, 0x5f, 0x70, 0x61, 0x79]);

/// The key that pays.
const PAYER: u32 = 0;

/// How many keys propose; one for each transaction under way.
const PROPOSERS: u32 = 32;

/// How long a key is held for a client that gives no word of it.
const LEASE: Duration = Duration::from_secs(60);

/// Payer and proposer. All keys of the account are the same one; each has a sequence number of its own.
#[derive(Default)]
pub(super) struct Service {
    /// Since when, in microseconds since 1970.
    held: Mutex<HashMap<u32, u64>>,
}

impl Service {
    pub(super) fn address(&self) -> Address {
        ADDRESS
    }

    /// The keys of the account.
    pub(super) fn keys(&self) -> Vec<AccountKey> {
        let point = key().verifying_key().to_encoded_point(false);
        let mut public = [0; 64];
        public.copy_from_slice(&point.as_bytes()[1..]);
        let weight = |index| if index == PAYER { FULL_WEIGHT } else { 0 };
        let of = |index| AccountKey { public, weight: weight(index), sequence: 0 };
        (0..=PROPOSERS).map(of).collect()
    }

    /// The payer's key, or one for a proposal, which is held till it is given back.
    pub(super) fn assign(&self, is_payer: bool) -> Result<u32, ApiError> {
        if is_payer {
            return Ok(PAYER);
        }
        let mut held = self.held();
        held.retain(|_, since| clock::since(*since) < LEASE);
        let free = (1..=PROPOSERS).find(|key| !held.contains_key(key)).ok_or_else(|| {
            ApiError::refused("flow.proposal.failed", "all proposal keys are in use; ask later")
        })?;
        held.insert(free, clock::microseconds());
        Ok(free)
    }

    /// Takes a key back.
    pub(super) fn release(&self, key: u32) {
        self.held().remove(&key);
    }

    /// Signs a payload as proposer, or an envelope as payer.
    pub(super) fn sign(&self, data: &str) -> Result<String, ApiError> {
        let refused = |reason| ApiError::invalid("data", data.into(), reason);
        let message = hex::decode(data).map_err(|_| refused("it is not hex"))?;
        let message = untagged(&message);
        let message = message.ok_or_else(|| refused("it is no transaction with its tag"))?;
        let signed: Result<Signature, _> = key().sign_prehash(&digest(message));
        let signature = signed.map_err(|error| ApiError::broken(error.to_string()))?;
        Ok(hex::encode(signature.to_bytes()))
    }

    fn held(&self) -> MutexGuard<'_, HashMap<u32, u64>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same in every sandbox: nothing of worth depends on it.
fn key() -> SigningKey {
    SigningKey::from_slice(&sha3_256(b"tatum-sandbox payer of Flow"))
        .expect("the hash is a number below the order of the curve")
}
