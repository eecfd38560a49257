//! Algorand.
//!
//! - **Units**: 1 ALGO = 10^6 microAlgo; tokens count in base units. Amounts are exact 64-bit numbers.
//! - **Keys**: Ed25519, as Base32 of seed and public key. New wallets have a random one. A mnemonic has 25 words of
//!   Algorand's own kind and *is* the key: nothing is derived. Mainnet and testnet share keys and addresses.
//! - **Payload**: the JSON of algosdk 1's `Transaction` object: payments (`pay`), transfers of tokens (`axfer`), their
//!   creation, change and destruction (`acfg`), and freezing (`afrz`). Nothing is asked of the network; every field is
//!   signed as given, the fee included.
//! - **Signed**: `TX` and the canonical MessagePack of the transaction: sorted keys, shortest forms, no zeros.
//! - **Sent**: lower-case hex of the MessagePack map of signature and transaction, with `sgnr` where the key is not
//!   the sender's own. Its hash is the Base32 of the SHA-512/256 of what was signed.
//!
//! <https://developer.algorand.org/docs/get-details/transactions/transactions/>,
//! <https://developer.algorand.org/docs/get-details/encoding/>

mod address;
mod fields;
mod intent;
mod keys;
mod msgpack;
mod payload;
mod transaction;

use kms_core::{ChainSpec, NodeHost, Ticker};

use crate::chain::Chain;

/// Algorand.
pub static ALGORAND: Algorand = Algorand {
    spec: ChainSpec {
        ticker: Ticker("ALGO"),
        name: "Algorand",
        symbol: "ALGO",
        decimals: 6,
        node: NodeHost::gateway("/v3/algorand/node"),
        broadcast_path: "/v3/algorand/broadcast",
        offchain_withdrawals: false,
        fee_cap: 1_000_000,
    },
};

/// Algorand, of which there is one.
pub struct Algorand {
    spec: ChainSpec,
}

impl Chain for Algorand {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    /// go-algorand, `ledgercore/error.go`, `TransactionInLedgerError`, with the id behind it.
    fn known_already(&self) -> &'static [&'static str] {
        &["transaction already in ledger"]
    }
}
