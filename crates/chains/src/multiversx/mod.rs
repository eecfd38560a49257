//! MultiversX (formerly Elrond).
//!
//! - **Units**: 1 EGLD = 10^18 base units. The payload has EGLD, what is signed has base units.
//! - **Keys**: Ed25519, SLIP-0010 at `m/44'/508'/0'/0'/index'`, coin type 1 on testnet; 64 hexadecimal
//!   digits of the seed. Addresses: Bech32 of the public key with the prefix `erd`, on all networks.
//! - **Payload**: `from`, `to`, `value` and `data` (plain text). Token operations (ESDT, NFT) are texts in
//!   `data`, signed as given.
//! - **Asked**: the node for chain id, gas price and version, for the nonce, and for the gas, which replaces
//!   what the payload has.
//! - **Signed**: the compact JSON of nonce, value, receiver, sender, gasPrice, gasLimit, data (Base64),
//!   chainID, version, in this order, with Ed25519.
//! - **Sent**: the same JSON with `signature` as its last member. The hash is BLAKE2b-256 of the
//!   transaction's protobuf form.
//!
//! Two transactions of one account with the same nonce exclude each other.
//!
//! <https://docs.multiversx.com/developers/signing-transactions/>

mod address;
mod body;
mod intent;
mod keys;
mod payload;
mod prepare;
mod transaction;

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use crate::chain::Chain;

/// MultiversX.
pub struct MultiversX {
    spec: ChainSpec,
    /// The ids of its networks; nothing else is signed.
    chain_ids: ByNetwork<&'static [&'static str]>,
}

/// MultiversX.
pub static MULTIVERSX: MultiversX = MultiversX {
    spec: ChainSpec {
        ticker: Ticker(TICKER),
        name: "MultiversX",
        symbol: "EGLD",
        decimals: 18,
        node: NodeHost::gateway("/v3/egld/node"),
        broadcast_path: "/v3/egld/broadcast",
        offchain_withdrawals: false,
        fee_cap: 1_000_000_000_000_000_000,
    },
    // Testnet and devnet.
    chain_ids: ByNetwork { mainnet: &["1"], testnet: &["T", "D"] },
};

const TICKER: &str = "EGLD";

impl Chain for MultiversX {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    /// mx-chain-go, `process/errors.go`, `ErrHigherNonceInTransaction`.
    fn is_too_early(&self, reason: &str) -> bool {
        reason.contains("higher nonce in transaction")
    }
}
