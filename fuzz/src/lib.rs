//! What the fuzz targets do with their bytes, and what must hold whatever the bytes are.
//!
//! Beyond "does not crash": what has two directions comes back as it was, a transaction that is accepted has
//! one digest, one intent and one signed form, and what is said of a refusal is [one sentence](sentence) that
//! does not repeat what was refused. `docs/fuzzing.md` says how the targets are run.

pub mod binary;
pub mod encodings;
pub mod keys;
pub mod local;
pub mod node;
pub mod parts;
pub mod seeds;
pub mod sentence;
pub mod store;
pub mod tatum;
pub mod transaction;
