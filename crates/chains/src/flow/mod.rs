//! Flow.
//!
//! - **Units**: 1 FLOW = 10^8 base units; amounts are fixed-point texts (`UFix64`).
//! - **Keys**: secp256k1, BIP-32 at `m/44'/539'/0'/0/index` on both networks; hexadecimal digits without leading
//!   zeros. What stands for an address of a key is the public key, 128 digits; accounts are made on chain.
//! - **Payload**: `{type, body}`; custom transactions (type 8) in Cadence 1.0 and transfers of FLOW (type 2), for
//!   which `transfer.cdc` is the script. The other types are Cadence 0.42, which the network stopped running in
//!   September 2024, and are refused.
//! - **Asked**: the API for proposer and payer, which are its own accounts, and an access node
//!   (`TATUM_KMS_FLOW_NODE_URL`) for a reference block and the proposer's sequence number.
//! - **Signed**: SHA3-256 of a tag and the RLP of the payload, as authorizer with key 0 of the account. RFC 6979; S is
//!   not lowered.
//! - **Completed**: the API signs as proposer, then as payer over our signature.
//! - **Sent**: by us to the access node; the API hears of the hash once the transaction is sealed. The hash is
//!   SHA3-256 of the RLP of payload and signatures.
//!
//! Nothing of an account excludes a second transaction; each ends 600 blocks after its reference block.
//!
//! <https://developers.flow.com/build/cadence/basics/transactions>,
//! <https://developers.flow.com/protocol/access-onchain-data>

mod arguments;
mod deliver;
mod expiry;
mod finish;
mod intent;
mod keys;
mod message;
mod payload;
mod prepare;
mod transaction;

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use crate::chain::Chain;
use crate::delivery::Delivery;

/// Flow.
pub struct Flow {
    spec: ChainSpec,
    chain_ids: ByNetwork<&'static str>,
    /// Where the contracts of the coin are.
    contracts: ByNetwork<Contracts>,
}

/// The contracts that a transfer of FLOW imports.
struct Contracts {
    fungible_token: &'static str,
    flow_token: &'static str,
}

/// Flow.
pub static FLOW: Flow = Flow {
    spec: ChainSpec {
        ticker: Ticker(TICKER),
        name: "Flow",
        symbol: "FLOW",
        decimals: 8,
        node: NodeHost::Outside {
            setting: "TATUM_KMS_FLOW_NODE_URL",
            url: ByNetwork {
                mainnet: "https://rest-mainnet.onflow.org",
                testnet: "https://rest-testnet.onflow.org",
            },
        },
        broadcast_path: "/v3/flow/broadcast",
        offchain_withdrawals: false,
        // Fees are the payer's, which is the API.
        fee_cap: 100_000_000,
    },
    chain_ids: ByNetwork { mainnet: "flow-mainnet", testnet: "flow-testnet" },
    contracts: ByNetwork {
        mainnet: Contracts {
            fungible_token: "0xf233dcee88fe0abe",
            flow_token: "0x1654653399040a61",
        },
        testnet: Contracts {
            fungible_token: "0x9a0766d93b6608b7",
            flow_token: "0x7e60df042a9c0868",
        },
    },
};

const TICKER: &str = "FLOW";

impl Chain for Flow {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    fn delivery(&self) -> Delivery {
        Delivery::Node(&FLOW)
    }
}
