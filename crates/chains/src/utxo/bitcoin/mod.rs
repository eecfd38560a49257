//! Bitcoin.
//!
//! Addresses are `bc1q…` although the path is that of BIP-44. Testnet 3, testnet 4 and signet share keys and
//! formats.
//!
//! <https://developer.bitcoin.org/reference/transactions.html>

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};
use kms_crypto::bip32::XpubVersion;

use super::address::Prefixes;
use super::{Rules, Utxo, WifVersions};

/// Bitcoin.
pub static BITCOIN: Utxo = Utxo {
    spec: ChainSpec {
        ticker: Ticker("BTC"),
        name: "Bitcoin",
        symbol: "BTC",
        decimals: 8,
        node: NodeHost::gateway("/v3/bitcoin/node"),
        broadcast_path: "/v3/bitcoin/broadcast",
        offchain_withdrawals: true,
        fee_cap: 10_000_000,
    },
    coin_types: ByNetwork { mainnet: 0, testnet: 1 },
    xpub: ByNetwork { mainnet: XpubVersion::XPUB, testnet: XpubVersion::TPUB },
    wif: ByNetwork {
        mainnet: WifVersions { own: 0x80, foreign: &[0xef] },
        testnet: WifVersions { own: 0xef, foreign: &[0x80] },
    },
    prefixes: ByNetwork {
        mainnet: Prefixes::Base58 { p2pkh: 0x00, p2sh: 0x05, segwit: Some("bc") },
        testnet: Prefixes::Base58 { p2pkh: 0x6f, p2sh: 0xc4, segwit: Some("tb") },
    },
    rules: Rules::BITCOIN,
};
