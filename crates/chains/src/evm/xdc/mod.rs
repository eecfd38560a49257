//! XDC Network.
//!
//! Addresses are written with `xdc` in place of `0x`; both are read. Testnet: Apothem (51). The gas is always estimated, a given one is replaced.
//!
//! <https://docs.xdc.network>

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use super::address::Spelling;
use super::{Evm, Rules, coins};

/// XDC Network.
pub static XDC: Evm = Evm {
    spec: ChainSpec {
        ticker: Ticker("XDC"),
        name: "XDC Network",
        symbol: "XDC",
        decimals: 18,
        node: NodeHost::gateway("/v3/xdc/web3"),
        broadcast_path: "/v3/xdc/broadcast",
        offchain_withdrawals: false,
        fee_cap: coins(10_000),
    },
    coin_type: 550,
    chain_ids: ByNetwork { mainnet: &[50], testnet: &[51] },
    rules: Rules { spelling: Spelling::Xdc, always_estimates: true, ..Rules::ETHEREUM },
};
