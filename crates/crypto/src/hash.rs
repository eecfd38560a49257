//! Hash functions.

use bitcoin::hashes::{Hash as _, hash160 as bitcoin_hash160};
use sha2::Digest as _;
use zeroize::Zeroizing;

/// SHA-256 (FIPS 180-4).
pub fn sha256(data: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(data).into()
}

/// SHA-256 of the SHA-256, as Bitcoin uses it.
pub fn sha256d(data: &[u8]) -> [u8; 32] {
    sha256(&sha256(data))
}

/// RIPEMD-160 of the SHA-256, as Bitcoin uses it for keys and scripts.
pub fn hash160(data: &[u8]) -> [u8; 20] {
    bitcoin_hash160::Hash::hash(data).to_byte_array()
}

/// Keccak-256 as Ethereum uses it (before the padding of FIPS 202).
pub fn keccak256(data: &[u8]) -> [u8; 32] {
    sha3::Keccak256::digest(data).into()
}

/// BLAKE2b with 32 bytes (RFC 7693).
pub fn blake2b_256(data: &[u8]) -> [u8; 32] {
    blake2::Blake2b256::digest(data).into()
}

/// BLAKE2b with 28 bytes (RFC 7693).
pub fn blake2b_224(data: &[u8]) -> [u8; 28] {
    blake2::Blake2b::<blake2::digest::consts::U28>::digest(data).into()
}

/// SHA3-256 (FIPS 202).
pub fn sha3_256(data: &[u8]) -> [u8; 32] {
    sha3::Sha3_256::digest(data).into()
}

/// The first half of the SHA-512 of `parts` one after the other, as the XRP Ledger uses it.
pub fn sha512_half(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = sha2::Sha512::new();
    for part in parts {
        hash.update(part);
    }
    let whole = Zeroizing::new(<[u8; 64]>::from(hash.finalize()));
    let mut half = [0; 32];
    half.copy_from_slice(&whole[..32]);
    half
}

/// SHA-512/256 (FIPS 180-4), which is not the first half of SHA-512.
pub fn sha512_256(data: &[u8]) -> [u8; 32] {
    sha2::Sha512_256::digest(data).into()
}
