//! Doors for the fuzz targets: parsers that nobody else may call. Only there with `--cfg fuzzing`.

use crate::cardano;

/// What is signed of an unsigned transaction of the Rosetta server for ADA.
pub fn cardano_hash(text: &str) -> Option<[u8; 32]> {
    cardano::body_hash(text)
}
