//! Curves, derivation, sealing. Knows no chain.
//!
//! - [`bip39`]: mnemonics and their seeds
//! - [`bip32`]: hierarchical keys over secp256k1, extended public keys
//! - [`secp256k1`]: ECDSA with RFC 6979 nonces and low S (libsecp256k1)
//! - [`taproot`], [`cash_schnorr`]: the two Schnorr signatures over secp256k1, Bitcoin's and Bitcoin Cash's
//! - [`ed25519`], [`slip10`]: Ed25519 and its hierarchical keys
//! - [`ed25519_bip32`]: Cardano's hierarchical keys over Ed25519
//! - [`wif`]: private keys in Base58Check
//! - [`family_seed`], [`words25`]: the seeds of the XRP Ledger and the mnemonics of Algorand
//! - [`base58`], [`base32`]: encodings that leave no secret behind
//! - [`hash`]: the hash functions the chains need
//! - [`mac`]: a keyed hash under a secret that two sides share
//! - [`seal`]: authenticated encryption of what is kept at rest
//!
//! Keys wipe themselves when dropped, and their `Debug` output shows nothing.

pub mod base32;
pub mod base58;
pub mod bip32;
pub mod bip39;
pub mod cash_schnorr;
pub mod ed25519;
pub mod ed25519_bip32;
mod entropy;
pub mod family_seed;
pub mod hash;
mod key;
pub mod mac;
mod plain_ecdsa;
mod rfc6979;
pub mod seal;
pub mod secp256k1;
pub mod slip10;
pub mod taproot;
pub mod wif;
pub mod words25;

pub use entropy::{Entropy, EntropyError};
pub use key::{PrivateKey, PublicKey, WrongCurve};
