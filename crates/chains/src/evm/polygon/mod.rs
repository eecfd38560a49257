//! Polygon.
//!
//! The coin is called POL today. Testnet: Amoy (80002).
//!
//! <https://docs.polygon.technology>

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use super::{Evm, Rules, coins};

/// Polygon.
pub static POLYGON: Evm = Evm {
    spec: ChainSpec {
        ticker: Ticker("MATIC"),
        name: "Polygon",
        symbol: "POL",
        decimals: 18,
        node: NodeHost::gateway("/v3/polygon/web3"),
        broadcast_path: "/v3/polygon/broadcast",
        offchain_withdrawals: false,
        fee_cap: coins(1_000),
    },
    coin_type: 966,
    chain_ids: ByNetwork { mainnet: &[137], testnet: &[80_002] },
    rules: Rules::ETHEREUM,
};
