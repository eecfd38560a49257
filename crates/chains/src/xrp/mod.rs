//! The XRP Ledger.
//!
//! - **Units**: 1 XRP = 10^6 drops, whole numbers as text. Issued currencies are decimal numbers of at most 16
//!   digits.
//! - **Keys**: a family seed, `s…` for secp256k1 and `sEd…` for Ed25519; its prefix decides. New wallets have an
//!   Ed25519 seed. Mnemonics lead to secp256k1 keys at `m/44'/144'/0'/0/index`. Mainnet and testnet share keys,
//!   addresses and signed bytes.
//! - **Payload**: a complete transaction as JSON. Nothing is asked of the network and nothing filled in; every
//!   field that the ledger knows is signed as given, every other is refused.
//! - **Signed**: `53545800` and the canonical binary form without its signatures; by ECDSA (RFC 6979, low S,
//!   DER) over the first half of its SHA-512, or by Ed25519 over the bytes themselves.
//! - **Sent**: the upper-case hex of the binary form. Its hash is the first half of the SHA-512 of `54584E00` and
//!   the form.
//!
//! `definitions.txt` lists fields and transactions; a new kind of transaction needs a line there and no code.
//!
//! <https://xrpl.org/docs/references/protocol/binary-format>,
//! <https://xrpl.org/docs/references/protocol/transactions>

mod address;
mod amount;
mod codec;
mod definitions;
mod intent;
mod keys;
mod payload;
mod transaction;
mod value;

use kms_core::{ChainSpec, NodeHost, Ticker};

use crate::chain::Chain;

/// The XRP Ledger.
pub static XRP: Xrp = Xrp {
    spec: ChainSpec {
        ticker: Ticker("XRP"),
        name: "XRP Ledger",
        symbol: "XRP",
        decimals: 6,
        node: NodeHost::gateway("/v3/blockchain/node/XRP"),
        broadcast_path: "/v3/xrp/broadcast",
        offchain_withdrawals: false,
        fee_cap: 2_000_000,
    },
};

/// The XRP Ledger, of which there is one.
pub struct Xrp {
    spec: ChainSpec,
}

impl Chain for Xrp {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    /// rippled, `Transactor.cpp`: the ledger has a transaction with this id. `tefPAST_SEQ`, which other
    /// transactions get as well, is not among them.
    fn known_already(&self) -> &'static [&'static str] {
        &["tefalready"]
    }

    /// rippled, `TER.h`: the account's sequence number is lower than that of the transaction.
    fn is_too_early(&self, reason: &str) -> bool {
        reason.contains("terPRE_SEQ")
    }
}
