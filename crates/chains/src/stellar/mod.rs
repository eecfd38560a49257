//! Stellar.
//!
//! - **Units**: 1 XLM = 10^7 stroops; every asset has seven decimals. Amounts are exact 64-bit numbers.
//! - **Keys**: Ed25519, a seed as strkey `S…`. New wallets have a random one; mnemonics lead to keys at
//!   `m/44'/148'/index'` (SEP-0005). Mainnet and testnet share keys and addresses.
//! - **Payload**: the Base64 of a transaction envelope in XDR: of version 0, version 1, or one that raises the fee
//!   of another. Nothing is asked of the network.
//! - **Signed**: SHA-256 of the network's id, the kind of envelope and the transaction, by Ed25519. The signature is
//!   put behind those that are there; every other byte stays as it came.
//! - **Sent**: the envelope in Base64. Its hash is what was signed, in hexadecimal.
//!
//! <https://developers.stellar.org/docs/learn/fundamentals/transactions>,
//! <https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md>

mod envelope;
mod intent;
mod keys;
mod operation;
mod strkey;
mod transaction;

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use crate::chain::Chain;

/// Stellar.
pub static STELLAR: Stellar = Stellar {
    spec: ChainSpec {
        ticker: Ticker("XLM"),
        name: "Stellar",
        symbol: "XLM",
        decimals: 7,
        node: NodeHost::gateway("/v3/blockchain/node/XLM"),
        broadcast_path: "/v3/xlm/broadcast",
        offchain_withdrawals: false,
        fee_cap: 100_000_000,
    },
    passphrases: ByNetwork {
        mainnet: "Public Global Stellar Network ; September 2015",
        testnet: "Test SDF Network ; September 2015",
    },
};

/// Stellar, of which there is one.
pub struct Stellar {
    spec: ChainSpec,
    /// Their SHA-256 is the id of the network, which every signature covers.
    passphrases: ByNetwork<&'static str>,
}

impl Chain for Stellar {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }
}
