//! Addresses: a public key and four bytes of its hash, in Base32.

use kms_crypto::base32;
use kms_crypto::hash::sha512_256;

const CHECKSUM: usize = 4;

/// The last four bytes of the hash of a public key.
pub(super) fn checksum(key: &[u8; 32]) -> [u8; CHECKSUM] {
    let hash = sha512_256(key);
    *hash.last_chunk().expect("a hash has 32 bytes")
}

/// 58 characters.
pub(super) fn write(key: &[u8; 32]) -> String {
    base32::encode(&[&key[..], &checksum(key)].concat()).as_str().to_owned()
}

/// # Errors
/// What is wrong, to stand after the name of the field.
pub(super) fn read(text: &str) -> Result<[u8; 32], String> {
    let damaged = |why: &str| format!("is not an address of Algorand: {why}");
    let bytes = base32::decode(text).map_err(|problem| damaged(&problem.to_string()))?;
    let Some((key, checksum)) = bytes.split_first_chunk::<32>() else {
        return Err(damaged("it has not 58 characters"));
    };
    check(key, checksum)?;
    Ok(*key)
}

/// # Errors
/// The checksum is another key's.
pub(super) fn check(key: &[u8; 32], given: &[u8]) -> Result<(), String> {
    if *given == checksum(key) {
        return Ok(());
    }
    Err("is an address with a wrong checksum: a character is mistyped".to_owned())
}
