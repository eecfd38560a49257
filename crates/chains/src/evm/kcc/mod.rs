//! KuCoin Community Chain.
//!
//! Testnet: 322. Keys are those of Ethereum (coin type 60).
//!
//! <https://docs.kcc.io>

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use super::{Evm, Rules, coins};

/// KuCoin Community Chain.
pub static KCC: Evm = Evm {
    spec: ChainSpec {
        ticker: Ticker("KCS"),
        name: "KuCoin Community Chain",
        symbol: "KCS",
        decimals: 18,
        node: NodeHost::gateway("/v3/kcs/web3"),
        broadcast_path: "/v3/kcs/broadcast",
        offchain_withdrawals: false,
        fee_cap: coins(100),
    },
    coin_type: 60,
    chain_ids: ByNetwork { mainnet: &[321], testnet: &[322] },
    rules: Rules::ETHEREUM,
};
