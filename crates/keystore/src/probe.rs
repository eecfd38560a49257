//! What stands at a path, by a look past SQLite: its format and metadata.

use std::fs::Metadata;
use std::io::Read;
use std::path::Path;

use crate::sqlite::{self, HEADER_LEN};
use crate::sqlite_rows::PROFILE;
use crate::{Format, KeystoreError, files, legacy};

/// Format and metadata of the file at a resolved path, by its first bytes; none if it is missing or empty.
pub(crate) fn probe(path: &Path) -> Result<Option<(Format, Metadata)>, KeystoreError> {
    let _gate = files::probing();
    let Some(file) = files::open_existing(path)? else { return Ok(None) };
    let metadata = files::metadata(&file, path)?;
    let mut first = Vec::with_capacity(HEADER_LEN);
    file.take(HEADER_LEN as u64)
        .read_to_end(&mut first)
        .map_err(KeystoreError::io("read", path))?;
    if first.is_empty() {
        Ok(None)
    } else if sqlite::is_ours(&first, PROFILE.application_id) {
        Ok(Some((Format::Current, metadata)))
    } else if legacy::is_legacy(&first) {
        Ok(Some((Format::Legacy, metadata)))
    } else {
        Err(KeystoreError::NotAWalletFile { path: path.to_owned() })
    }
}
