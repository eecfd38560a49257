//! TRON.
//!
//! - **Units**: 1 TRX = 10^6 sun.
//! - **Keys**: secp256k1, BIP-32 at `m/44'/195'/0'/0/index` on both networks; 64 hexadecimal digits.
//! - **Addresses**: Base58Check of `41` and the last 20 bytes of the Keccak-256 of the public key; in
//!   payloads also as hexadecimal digits.
//! - **Payload**: the transaction as a java-tron node or tronweb prints it: `txID`, `raw_data` as JSON and
//!   `raw_data_hex`, the protobuf bytes. Nothing is asked of the network.
//! - **Signed**: SHA-256 of `raw_data_hex`, which must be `txID`. The bytes are decoded and every member of
//!   the JSON is held against them; what can't be compared is refused. RFC 6979, low S.
//! - **Sent**: the payload with `signature` as its last member, every other member in its place. The hash
//!   is `txID`.
//!
//! An account may have several keys. Where the payload names a permission (`Permission_id`), another key
//! than the owner's signs, and a signature may be added to those that are there already.
//!
//! <https://developers.tron.network/docs/tron-protocol-transaction>,
//! <https://github.com/tronprotocol/protocol>

mod address;
mod compare;
mod contracts;
mod intent;
mod keys;
mod payload;
mod transaction;

use kms_core::{ChainSpec, NodeHost, Ticker};

use crate::chain::Chain;

/// TRON.
pub struct Tron {
    spec: ChainSpec,
}

/// TRON.
pub static TRON: Tron = Tron {
    spec: ChainSpec {
        ticker: Ticker("TRON"),
        name: "TRON",
        symbol: "TRX",
        decimals: 6,
        node: NodeHost::gateway("/v3/tron/node"),
        broadcast_path: "/v3/tron/broadcast",
        offchain_withdrawals: false,
        fee_cap: 2_000 * 1_000_000,
    },
};

const TICKER: &str = "TRON";

impl Chain for Tron {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    /// java-tron, `Wallet.broadcastTransaction` on a `DupTransactionException`: the transaction waits or is in a
    /// block. The message comes as hex where the request does not ask for text with `visible`. The code that stands
    /// with it, `DUP_TRANSACTION_ERROR`, does not count, nor does "Transaction already exists": a node says both of
    /// a transaction that it has just seen and may have refused.
    fn known_already(&self) -> &'static [&'static str] {
        &[
            "dup transaction",
            // The same in hex, and with a capital letter.
            "647570207472616e73616374696f6e",
            "447570207472616e73616374696f6e",
        ]
    }
}
