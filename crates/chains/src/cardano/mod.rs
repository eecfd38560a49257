//! Cardano.
//!
//! - **Units**: 1 ADA = 10^6 lovelace.
//! - **Keys**: BIP32-Ed25519 with the Icarus master key, at `m/1852'/1815'/0'/0'/index` on both networks; 128
//!   hexadecimal digits (kL, kR). The role level is hardened, unlike in CIP-1852: no other wallet finds these
//!   keys by their mnemonic, but every wallet of Tatum KMS has them there.
//! - **Addresses**: enterprise addresses, Bech32 of `61` (testnet `60`) and BLAKE2b-224 of the public key.
//! - **Payload**: a JSON array of Rosetta operations: inputs, then outputs; the fee is the difference.
//! - **Asked**: the Rosetta server, for the unsigned transaction. Its body is decoded, and inputs, outputs and fee
//!   must be those of the operations before anything is signed.
//! - **Signed**: BLAKE2b-256 of the body as it came, by the key of every input's address.
//! - **Sent**: what `construction/combine` makes of it: CBOR of the transaction's hex and the server's own
//!   data. The journal has the same before, put together here. The hash is what is signed.
//!
//! Two transactions that spend the same input exclude each other.
//!
//! <https://cips.cardano.org/cip/CIP-19>, <https://docs.cdp.coinbase.com/mesh/docs/overview>

mod address;
mod body;
mod cbor;
mod intent;
mod keys;
mod operations;
mod prepare;
mod rosetta;
mod transaction;

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use crate::chain::Chain;

/// Cardano.
pub struct Cardano {
    spec: ChainSpec,
}

/// Cardano.
pub static CARDANO: Cardano = Cardano {
    spec: ChainSpec {
        ticker: Ticker(TICKER),
        name: "Cardano",
        symbol: "ADA",
        decimals: 6,
        node: NodeHost::Gateway(ByNetwork {
            mainnet: "/v3/blockchain/node/cardano-mainnet",
            testnet: "/v3/blockchain/node/cardano-preprod",
        }),
        broadcast_path: "/v3/ada/broadcast",
        offchain_withdrawals: true,
        fee_cap: 5_000_000,
    },
};

const TICKER: &str = "ADA";

/// What is signed of an unsigned transaction of the Rosetta server.
#[cfg(fuzzing)]
pub(crate) fn body_hash(text: &str) -> Option<[u8; 32]> {
    body::Transaction::read(text).ok().map(|transaction| transaction.hash())
}

impl Chain for Cardano {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }
}
