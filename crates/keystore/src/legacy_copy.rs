//! The sealed copy of a legacy file that an upgrade leaves beside the store.
//!
//! A plain copy would give every key to whoever guesses the password at the speed of MD5. The copy is
//! one line of text that says what it is, the cost and salt of Argon2id, then the old bytes under
//! AES-256-GCM with all that comes before as associated data.

use std::path::Path;

use kms_core::Password;
use kms_crypto::seal::{Aad, SealKey, random_bytes};
use zeroize::Zeroizing;

use crate::kdf::{self, SALT_LEN};
use crate::{KdfCost, KeystoreError, Options, files, sealing};

const LINE: &[u8] = b"tatum-kms sealed copy of a legacy wallet file, format 1\n";
/// Line, three figures of four bytes (little-endian), salt.
const HEADER_LEN: usize = LINE.len() + 12 + SALT_LEN;

/// The old bytes, sealed under `password` with a salt of their own.
pub(crate) fn seal(
    bytes: &[u8],
    password: &Password,
    cost: KdfCost,
) -> Result<Vec<u8>, KeystoreError> {
    let mut salt = [0; SALT_LEN];
    random_bytes(&mut salt)?;
    let mut out = LINE.to_vec();
    for figure in [cost.memory_kib, cost.passes, cost.lanes] {
        out.extend_from_slice(&figure.to_le_bytes());
    }
    out.extend_from_slice(&salt);
    let key = copy_key(password, &salt, cost)?;
    let sealed = key.seal(&aad(&out), bytes)?;
    // Proved before the original goes: the key that sealed it opens it.
    if *key.open(&aad(&out), &sealed)? != bytes {
        return Err(kms_crypto::seal::SealError::NotAuthentic.into());
    }
    out.extend_from_slice(&sealed);
    Ok(out)
}

/// The legacy file in the sealed copy at `path`, exactly as it was. It is still encrypted as it was then.
///
/// # Errors
/// [`KeystoreError::LegacyCopy`] for another file, a damaged one or another password than that of the
/// upgrade; [`KeystoreError::KdfOutOfBounds`]; [`KeystoreError::Missing`].
pub fn open_legacy_copy(
    path: &Path,
    password: &Password,
    options: &Options,
) -> Result<Vec<u8>, KeystoreError> {
    let missing = || KeystoreError::Missing { path: path.to_owned() };
    let file = files::open_existing(path)?.ok_or_else(missing)?;
    let bytes = files::read_all(&file, path)?;
    Ok(open(path, &bytes, password, options)?.to_vec())
}

pub(crate) fn open(
    path: &Path,
    bytes: &[u8],
    password: &Password,
    options: &Options,
) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    let wrong = |what| KeystoreError::LegacyCopy { path: path.to_owned(), what };
    if !bytes.starts_with(LINE) || bytes.len() < HEADER_LEN {
        return Err(wrong("it is another kind of file"));
    }
    let (header, sealed) = bytes.split_at(HEADER_LEN);
    let figure = |at: usize| {
        let at = LINE.len() + 4 * at;
        u32::from_le_bytes(header[at..at + 4].try_into().expect("the slice has four bytes"))
    };
    let cost = KdfCost { memory_kib: figure(0), passes: figure(1), lanes: figure(2) };
    sealing::check_cost(path, cost, options)?;
    let salt = header.last_chunk().expect("the salt ends the header");
    copy_key(password, salt, cost)?
        .open(&aad(header), sealed)
        .map_err(|_| wrong("wrong password, or it is damaged"))
}

fn copy_key(
    password: &Password,
    salt: &[u8; SALT_LEN],
    cost: KdfCost,
) -> Result<SealKey, KeystoreError> {
    Ok(kdf::derive(password, salt, cost)?.derive("tatum-kms legacy store: sealed copy"))
}

fn aad(header: &[u8]) -> Aad {
    Aad::new("tatum-kms legacy copy").field(header)
}
