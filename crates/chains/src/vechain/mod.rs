//! VeChain Thor.
//!
//! - **Units**: 1 VET = 10^18 wei. Fees are paid in VTHO, with as many decimals.
//! - **Keys**: secp256k1, BIP-32 at `m/44'/818'/0'/0/index`, coin type 1 on testnet; `0x` and 64
//!   hexadecimal digits. Addresses are those of Ethereum.
//! - **Payload**: `to`, `value` and `data` as web3 libraries write them, or a list `clauses` of them; besides
//!   `nonce`, `chainTag`, `blockRef`, `expiration`, `dependsOn`, and `gasPriceCoef` or, for transactions of
//!   type 0x51 (VIP-251), `maxFeePerGas` and `maxPriorityFeePerGas`.
//! - **Asked**: a node of the chain (`TATUM_KMS_VET_NODE_URL`) for the gas that is used, and for the block
//!   that starts the transaction's life.
//! - **Signed**: BLAKE2b-256 of the RLP of the transaction. RFC 6979, low S.
//! - **Sent**: `0x` and the hex of the RLP with the signature (r, s, parity). The hash is BLAKE2b-256 of the
//!   signed hash and the sender.
//!
//! Nonces are not counted on this chain: two transactions with one nonce are both valid. A missing nonce
//! is made of the pending id and the content, so that the same request in the same block is the same
//! transaction; a second payment is prevented by the journal, and by `dependsOn` where it is given.
//!
//! <https://docs.vechain.org/core-concepts/transactions>,
//! <https://github.com/vechain/VIPs/blob/master/vips/VIP-251.md>

mod body;
mod intent;
mod keys;
mod payload;
mod prepare;
mod transaction;

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use crate::chain::Chain;

/// VeChain Thor.
pub struct VeChain {
    spec: ChainSpec,
    /// The last byte of the first block's id.
    chain_tags: ByNetwork<u8>,
}

/// VeChain Thor.
pub static VECHAIN: VeChain = VeChain {
    spec: ChainSpec {
        ticker: Ticker(TICKER),
        name: "VeChain",
        symbol: "VET",
        decimals: 18,
        node: NodeHost::Outside {
            setting: "TATUM_KMS_VET_NODE_URL",
            url: ByNetwork {
                mainnet: "https://sync-mainnet.vechain.org",
                testnet: "https://sync-testnet.vechain.org",
            },
        },
        broadcast_path: "/v3/vet/broadcast",
        offchain_withdrawals: false,
        // In VTHO.
        fee_cap: 10_000 * 1_000_000_000_000_000_000,
    },
    chain_tags: ByNetwork { mainnet: 0x4a, testnet: 0x27 },
};

const TICKER: &str = "VET";

impl Chain for VeChain {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    /// VeChain's thor knows transactions by their id, which covers the body and the sender.
    fn known_already(&self) -> &'static [&'static str] {
        &[
            // packer/errors.go, errKnownTx
            "known tx",
            // txpool/errors.go of its first versions, errKnownTx
            "known transaction",
        ]
    }
}
