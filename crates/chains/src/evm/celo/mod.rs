//! Celo.
//!
//! A layer 2 of Ethereum since March 2025. Fees can be paid in a token (CIP-64, in `transaction.rs`); the older
//! twelve-item form with gateway fees is refused by the network and is not signed. Testnets: Alfajores (44787,
//! retired) and Celo Sepolia (11142220).
//!
//! <https://docs.celo.org>

mod transaction;

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use super::{Evm, Rules, coins};

/// Celo.
pub static CELO: Evm = Evm {
    spec: ChainSpec {
        ticker: Ticker("CELO"),
        name: "Celo",
        symbol: "CELO",
        decimals: 18,
        node: NodeHost::gateway("/v3/blockchain/node/CELO"),
        broadcast_path: "/v3/celo/broadcast",
        offchain_withdrawals: false,
        fee_cap: coins(10_000),
    },
    coin_type: 52_752,
    chain_ids: ByNetwork { mainnet: &[42_220], testnet: &[44_787, 11_142_220] },
    rules: Rules { own_types: Some(transaction::OWN_TYPES), ..Rules::ETHEREUM },
};
