//! Ethereum.
//!
//! Testnets: Sepolia (11155111) and Hoodi (560048). The API estimates the gas price. The gas of a withdrawal from a virtual account is always estimated anew.
//!
//! <https://ethereum.org>

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use super::{Evm, PriceSource, Rules, coins};

/// Ethereum.
pub static ETHEREUM: Evm = Evm {
    spec: ChainSpec {
        ticker: Ticker("ETH"),
        name: "Ethereum",
        symbol: "ETH",
        decimals: 18,
        node: NodeHost::gateway("/v3/ethereum/web3"),
        broadcast_path: "/v3/ethereum/broadcast",
        offchain_withdrawals: true,
        fee_cap: coins(1),
    },
    coin_type: 60,
    chain_ids: ByNetwork { mainnet: &[1], testnet: &[11_155_111, 560_048] },
    rules: Rules {
        gas_price: PriceSource::FeeEstimate("/v3/blockchain/fee/ETH"),
        ..Rules::ETHEREUM
    },
};
