//! Dogecoin.
//!
//! Legacy transactions only. Extended public keys are written as Bitcoin's (`xpub…`, not `dgub…`). A single
//! amount may be up to 10^18 koinu, 10 billion coins.
//!
//! <https://github.com/dogecoin/dogecoin/blob/master/doc/fee-recommendation.md>

mod fees;

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};
use kms_crypto::bip32::XpubVersion;

use super::address::Prefixes;
use super::{OwnAddress, Rules, Utxo, WifVersions, coins};

/// Dogecoin.
pub static DOGECOIN: Utxo = Utxo {
    spec: ChainSpec {
        ticker: Ticker("DOGE"),
        name: "Dogecoin",
        symbol: "DOGE",
        decimals: 8,
        node: NodeHost::gateway("/v3/dogecoin/node"),
        broadcast_path: "/v3/dogecoin/broadcast",
        offchain_withdrawals: true,
        fee_cap: 100 * 100_000_000,
    },
    coin_types: ByNetwork { mainnet: 3, testnet: 1 },
    xpub: ByNetwork { mainnet: XpubVersion::XPUB, testnet: XpubVersion::TPUB },
    wif: ByNetwork {
        mainnet: WifVersions { own: 0x9e, foreign: &[0xf1, 0xef] },
        testnet: WifVersions { own: 0xf1, foreign: &[0x9e, 0xef] },
    },
    prefixes: ByNetwork {
        mainnet: Prefixes::Base58 { p2pkh: 0x1e, p2sh: 0x16, segwit: None },
        testnet: Prefixes::Base58 { p2pkh: 0x71, p2sh: 0xc4, segwit: None },
    },
    rules: Rules {
        own_address: OwnAddress::KeyHash,
        segwit: false,
        max_money: coins(10_000_000_000),
        // The size with which fees.rs reckons may be a little above the real one.
        max_fee_per_vbyte: 2_500_000,
        fee_rules: fees::check,
        ..Rules::BITCOIN
    },
};
