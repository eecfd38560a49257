//! Solana.
//!
//! - **Units**: 1 SOL = 10^9 lamports; tokens count in base units. Amounts are exact 64-bit numbers.
//! - **Keys**: Ed25519, Base58 of seed and public key. Mnemonics lead to keys at `m/44'/501'/0'/0'/index'` (SLIP-0010),
//!   five levels, not the four of most wallets. Mainnet and testnet (devnet) share keys and addresses.
//! - **Payload**: JSON with `txData`, the hex of a message, legacy or of version 0, and `mintPK`, the secret key of an
//!   account that the transaction makes. All of it counts as secret.
//! - **Asked**: the latest blockhash, which is put into the message; every other byte stays as it came. A message that
//!   begins with the advance of a nonce keeps its own and asks nothing.
//! - **Signed**: the bytes of the message, by Ed25519, with the key of every account that must sign.
//! - **Sent**: the Base64 of signatures and message, by [`Delivery::Node`]; the API gets the hash afterwards. The hash
//!   is the first signature in Base58.
//!
//! <https://solana.com/docs/core/transactions>, <https://solana.com/docs/rpc>

mod deliver;
mod instruction;
mod intent;
mod keys;
mod message;
mod payload;
mod prepare;
mod transaction;

use kms_core::{ChainSpec, NodeHost, Ticker};
use kms_crypto::base58::{self, Alphabet};

use crate::chain::Chain;
use crate::delivery::Delivery;

/// Solana.
pub static SOLANA: Solana = Solana {
    spec: ChainSpec {
        ticker: Ticker("SOL"),
        name: "Solana",
        symbol: "SOL",
        decimals: 9,
        node: NodeHost::gateway("/v3/blockchain/node/SOL"),
        broadcast_path: "/v3/solana/broadcast",
        offchain_withdrawals: false,
        fee_cap: 100_000_000,
    },
};

/// Solana, of which there is one.
pub struct Solana {
    spec: ChainSpec,
}

impl Chain for Solana {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    fn delivery(&self) -> Delivery {
        Delivery::Node(&SOLANA)
    }
}

/// An account or a blockhash as text.
fn text(key: &[u8; 32]) -> String {
    base58::encode(key, Alphabet::BITCOIN).as_str().to_owned()
}
