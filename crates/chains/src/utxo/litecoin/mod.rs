//! Litecoin.
//!
//! Addresses are `L…` (P2PKH); extended public keys begin with `Ltub` and `ttub`. A peg-in to MWEB is an
//! output like any other; inputs from there have no place in the payload.
//!
//! <https://litecoin.info>

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};
use kms_crypto::bip32::XpubVersion;

use super::address::Prefixes;
use super::{OwnAddress, Rules, Utxo, WifVersions, coins};

/// Litecoin.
pub static LITECOIN: Utxo = Utxo {
    spec: ChainSpec {
        ticker: Ticker("LTC"),
        name: "Litecoin",
        symbol: "LTC",
        decimals: 8,
        node: NodeHost::gateway("/v3/litecoin/node"),
        broadcast_path: "/v3/litecoin/broadcast",
        offchain_withdrawals: true,
        fee_cap: 10_000_000,
    },
    coin_types: ByNetwork { mainnet: 2, testnet: 1 },
    xpub: ByNetwork {
        mainnet: XpubVersion([0x01, 0x9d, 0xa4, 0x62]),
        testnet: XpubVersion([0x04, 0x36, 0xf6, 0xe1]),
    },
    wif: ByNetwork {
        mainnet: WifVersions { own: 0xb0, foreign: &[0xef] },
        testnet: WifVersions { own: 0xef, foreign: &[0xb0] },
    },
    prefixes: ByNetwork {
        mainnet: Prefixes::Base58 { p2pkh: 0x30, p2sh: 0x32, segwit: Some("ltc") },
        testnet: Prefixes::Base58 { p2pkh: 0x6f, p2sh: 0x3a, segwit: Some("tltc") },
    },
    rules: Rules {
        own_address: OwnAddress::KeyHash,
        max_money: coins(84_000_000),
        ..Rules::BITCOIN
    },
};
