//! Doors for the fuzz targets: parsers that nobody else may call. Only there with `--cfg fuzzing`.

use crate::journal::Record;

pub use crate::approve::fuzzing::*;

/// The record of a journal row, read and written again.
pub fn journal_record(bytes: &[u8]) -> Option<Vec<u8>> {
    let record: Record = serde_json::from_slice(bytes).ok()?;
    serde_json::to_vec(&record).ok()
}
