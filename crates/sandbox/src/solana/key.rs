//! Accounts: public keys, and addresses that programs derive, which are no public keys.

use curve25519_dalek::edwards::CompressedEdwardsY;
use sha2::{Digest as _, Sha256};

use crate::error::ApiError;

/// What an account is known by.
pub(super) type Key = [u8; 32];

const MARKER: &[u8] = b"ProgramDerivedAddress";

/// A program or account with a fixed address, which is known to be one.
pub(super) fn well_known(text: &str) -> Key {
    parse(text).expect("the address is a constant")
}

/// Writes an address.
pub(super) fn write(key: &Key) -> String {
    bs58::encode(key).into_string()
}

/// Reads an address.
pub(super) fn parse(text: &str) -> Option<Key> {
    bs58::decode(text).into_vec().ok()?.try_into().ok()
}

/// Reads an address out of a request.
pub(super) fn read(property: &str, text: &str) -> Result<Key, ApiError> {
    parse(text).ok_or_else(|| {
        let reason = "it is no account of Solana: the Base58 of 32 bytes";
        ApiError::invalid(property, text.into(), reason)
    })
}

/// The first address that a program derives from these seeds and is no public key.
///
/// <https://solana.com/docs/core/pda>
pub(super) fn derive(seeds: [&Key; 3], program: &Key) -> Key {
    let candidate = |bump: u8| -> Key {
        let hash = seeds.iter().fold(Sha256::new(), |hash, seed| hash.chain_update(seed));
        hash.chain_update([bump]).chain_update(program).chain_update(MARKER).finalize().into()
    };
    let is_off_curve = |key: &Key| CompressedEdwardsY(*key).decompress().is_none();
    let mut candidates = (0..=u8::MAX).rev().map(candidate);
    // Every second candidate is fit: that none of 256 is does not happen.
    candidates.find(is_off_curve).unwrap_or_default()
}
