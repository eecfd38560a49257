//! Klaytn (Kaia).
//!
//! Renamed Kaia in August 2024. Testnet: Kairos (1001). Besides Ethereum's transactions it has types of its
//! own, in `transaction.rs`; the fee-delegated ones still need a fee payer after us.
//!
//! <https://docs.kaia.io>

mod transaction;

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use super::{Evm, Methods, Rules, coins};

/// Klaytn (Kaia).
pub static KLAYTN: Evm = Evm {
    spec: ChainSpec {
        ticker: Ticker("KLAY"),
        name: "Klaytn (Kaia)",
        symbol: "KAIA",
        decimals: 18,
        node: NodeHost::gateway("/v3/blockchain/node/KLAY"),
        broadcast_path: "/v3/klaytn/broadcast",
        offchain_withdrawals: false,
        fee_cap: coins(10_000),
    },
    coin_type: 8_217,
    chain_ids: ByNetwork { mainnet: &[8_217], testnet: &[1_001] },
    rules: Rules {
        methods: &KLAY,
        minimum_gas: false,
        // Of a fee-delegated transaction we know the sender's hash only.
        final_hash: false,
        typed_prefix: &[0x78],
        own_types: Some(transaction::OWN_TYPES),
        ..Rules::ETHEREUM
    },
};

/// <https://docs.kaia.io/references/json-rpc/klay/>
const KLAY: Methods = Methods {
    chain_id: "klay_chainID",
    estimate_gas: "klay_estimateGas",
    gas_price: "klay_gasPrice",
    transaction_count: "klay_getTransactionCount",
    priority_fee: "klay_maxPriorityFeePerGas",
    block: "klay_getBlockByNumber",
    by_hash: "klay_getTransactionByHash",
};
