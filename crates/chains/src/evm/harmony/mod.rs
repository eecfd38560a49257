//! Harmony.
//!
//! Shard 0 only. Addresses are printed as `0x` hex; recipients may also be `one1…` (BIP-173).
//!
//! <https://docs.harmony.one>

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use super::address::Spelling;
use super::{Evm, Rules, coins};

/// Harmony.
pub static HARMONY: Evm = Evm {
    spec: ChainSpec {
        ticker: Ticker("ONE"),
        name: "Harmony",
        symbol: "ONE",
        decimals: 18,
        node: NodeHost::gateway("/v3/one/web3"),
        broadcast_path: "/v3/one/broadcast",
        offchain_withdrawals: true,
        fee_cap: coins(10_000),
    },
    coin_type: 1_023,
    chain_ids: ByNetwork { mainnet: &[1_666_600_000], testnet: &[1_666_700_000] },
    rules: Rules { spelling: Spelling::HexOrBech32("one"), ..Rules::ETHEREUM },
};
