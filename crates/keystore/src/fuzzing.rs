//! Doors for the fuzz targets: parsers that nobody else may call. Only there with `--cfg fuzzing`.

use std::path::Path;

use kms_core::Password;
use zeroize::Zeroizing;

use crate::legacy::{self, Legacy};
use crate::record::{Content, Fields};
use crate::sealing::State;
use crate::{Entry, KeystoreError, Options, legacy_copy};

/// The wallets in the bytes of a legacy file: id and JSON, newest first.
///
/// # Errors
/// As opening the file has them.
pub fn legacy_file(
    bytes: &[u8],
    password: &Password,
) -> Result<Vec<(String, String)>, KeystoreError> {
    let wallets = Legacy::parse(Path::new("wallet.dat"), bytes)?.open(password)?;
    Ok(wallets.iter().map(|(id, json)| (id.to_owned(), json.to_owned())).collect())
}

/// A legacy file with this text in it.
///
/// # Errors
/// There is no randomness.
pub fn seal_legacy(text: &str, password: &Password) -> Result<Vec<u8>, KeystoreError> {
    legacy::seal(text, password)
}

/// What the JSON of a wallet says of it.
pub fn entry(json: &str) -> Entry {
    Fields::read(json).entry("id")
}

/// The content of a row, read and written again.
pub fn content(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    Content::decode(bytes).map(|content| content.encode())
}

/// The state of a store, read and written again.
pub fn state(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    State::decode(bytes).map(|state| state.encode())
}

/// What is in a sealed copy of a legacy file.
///
/// # Errors
/// As opening the copy has them.
pub fn legacy_copy(
    bytes: &[u8],
    password: &Password,
    options: &Options,
) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    legacy_copy::open(Path::new("wallet.dat.legacy"), bytes, password, options)
}

/// A sealed copy of these bytes, at the cost in `options`.
///
/// # Errors
/// There is no randomness, or not enough memory.
pub fn seal_legacy_copy(
    bytes: &[u8],
    password: &Password,
    options: &Options,
) -> Result<Vec<u8>, KeystoreError> {
    legacy_copy::seal(bytes, password, options.kdf)
}
