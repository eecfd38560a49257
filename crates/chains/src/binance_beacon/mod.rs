//! BNB Beacon Chain (formerly Binance Chain).
//!
//! **Shut down**: it made its last block in December 2024, and no node takes its transactions any more. Keys and
//! signatures are kept for wallets that exist; the daemon warns of it once.
//!
//! - **Units**: 1 BNB = 10^8 base units, and as many in tokens (BEP-2).
//! - **Keys**: secp256k1, one for each wallet, 64 hexadecimal digits. Nothing is derived.
//! - **Addresses**: Bech32 of RIPEMD-160 of SHA-256 of the public key, with the prefix `bnb` or `tbnb`.
//! - **Payload**: `msg` and `signMsg`, the same transfer twice, and `memo`. They must agree.
//! - **Asked**: a node of the chain (`TATUM_KMS_BNB_NODE_URL`) for the chain id; the API, and the node after it,
//!   for account number and sequence.
//! - **Signed**: SHA-256 of the compact JSON with sorted members. RFC 6979, low S.
//! - **Sent**: the hex of the Amino form: a length, a prefix of four bytes for each type, protobuf. The hash is
//!   SHA-256 of it.
//!
//! Two transactions of one account with the same sequence exclude each other.
//!
//! <https://github.com/bnb-chain/docs.bnbchain.org>

mod address;
mod amino;
mod intent;
mod keys;
mod payload;
mod prepare;
mod transaction;

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};

use crate::chain::Chain;

/// BNB Beacon Chain.
pub struct BeaconChain {
    spec: ChainSpec,
    chain_ids: ByNetwork<&'static str>,
}

/// BNB Beacon Chain.
pub static BEACON_CHAIN: BeaconChain = BeaconChain {
    spec: ChainSpec {
        ticker: Ticker(TICKER),
        name: "BNB Beacon Chain",
        symbol: "BNB",
        decimals: 8,
        node: NodeHost::Outside {
            setting: "TATUM_KMS_BNB_NODE_URL",
            url: ByNetwork {
                mainnet: "https://dex-european.binance.org",
                testnet: "https://testnet-dex-atlantic.binance.org",
            },
        },
        broadcast_path: "/v3/bnb/broadcast",
        offchain_withdrawals: false,
        fee_cap: 1_000_000,
    },
    chain_ids: ByNetwork { mainnet: "Binance-Chain-Tigris", testnet: "Binance-Chain-Ganges" },
};

const TICKER: &str = "BNB";

impl Chain for BeaconChain {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    /// Tendermint, `mempool/errors.go`, `ErrTxInCache`: the mempool has seen these very bytes.
    fn known_already(&self) -> &'static [&'static str] {
        &["tx already exists in cache"]
    }

    /// Cosmos SDK, `x/auth/ante.go`: "Invalid sequence. Got 5, expected 4".
    fn is_too_early(&self, reason: &str) -> bool {
        let number = |text: &str| {
            let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().ok()
        };
        let numbers = reason.split_once("Invalid sequence. Got ").and_then(|(_, rest)| {
            let (_, expected) = rest.split_once(", expected ")?;
            Some((number(rest)?, number(expected)?))
        });
        numbers.is_some_and(|(got, expected)| got > expected)
    }

    fn notice(&self) -> Option<&'static str> {
        Some("BNB Beacon Chain was shut down in December 2024; no node takes transactions")
    }
}
