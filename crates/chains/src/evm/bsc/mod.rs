//! BNB Smart Chain.
//!
//! Testnet: 97. Keys are those of Ethereum (coin type 60).
//!
//! <https://docs.bnbchain.org>

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use super::{Evm, Rules, coins};

/// BNB Smart Chain.
pub static BSC: Evm = Evm {
    spec: ChainSpec {
        ticker: Ticker("BSC"),
        name: "BNB Smart Chain",
        symbol: "BNB",
        decimals: 18,
        node: NodeHost::gateway("/v3/bsc/web3"),
        broadcast_path: "/v3/bsc/broadcast",
        offchain_withdrawals: false,
        fee_cap: coins(1),
    },
    coin_type: 60,
    chain_ids: ByNetwork { mainnet: &[56], testnet: &[97] },
    rules: Rules::ETHEREUM,
};
