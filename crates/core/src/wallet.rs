//! A wallet as the store hands it out.

use crate::{KeyText, Mnemonic, Network, Seed, SignatureId, WalletJson};

/// One wallet, opened: what it is, and the secrets it holds.
///
/// Which of the secrets signs is the chain's decision; a Solana wallet, for one, has both a mnemonic
/// and a key.
#[derive(Clone, Debug)]
pub struct Wallet {
    /// Names the wallet towards the API.
    pub id: SignatureId,
    /// The chain code it was stored under, as it was given.
    pub ticker: String,
    /// The network it was made for.
    pub network: Network,
    /// The mnemonic, if the wallet has one.
    pub mnemonic: Option<Mnemonic>,
    /// The seed of the mnemonic, if the store keeps it, so that a signature costs no PBKDF2.
    pub seed: Option<Seed>,
    /// The private key (`privateKey` or, on ledger chains, `secret`), if the wallet has one.
    pub key: Option<KeyText>,
    /// The extended public key, if the wallet has one.
    pub xpub: Option<String>,
    /// The address, on chains where a wallet has exactly one.
    pub address: Option<String>,
    /// The whole wallet as it was stored, key order included, for `export` and `getmanagedwallet`.
    pub json: WalletJson,
}
