//! Curves, derivation, sealing. Knows no chain.
//!
//! - [`bip39`]: mnemonics and their seeds
//! - [`bip32`]: hierarchical keys over secp256k1, extended public keys
//! - [`secp256k1`]: ECDSA with RFC 6979 nonces and low S (libsecp256k1)
//! - [`hash`]: the hash functions the chains need
//! - [`mac`]: a keyed hash under a secret that two sides share
//! - [`seal`]: authenticated encryption of what is kept at rest
//!
//! Keys wipe themselves when dropped, and their `Debug` output shows nothing.

pub mod bip32;
pub mod bip39;
mod entropy;
pub mod hash;
mod key;
pub mod mac;
pub mod seal;
pub mod secp256k1;

pub use entropy::{Entropy, EntropyError};
pub use key::{PrivateKey, PublicKey};
