//! Bitcoin Cash.
//!
//! Its payload is the hex of the unsigned transaction and the amounts of the spent outputs. The spent
//! scripts are not in it: each is taken to be P2PKH of the key that belongs to the input. Every input is
//! signed with Schnorr over the BIP-143 hash with the hash type 41 (`ALL|FORKID`). The derivation path is
//! the same on both networks; addresses are CashAddr with their prefix.
//!
//! <https://documentation.cash/protocol/forks/2019-05-15-schnorr>,
//! <https://documentation.cash/protocol/forks/replay-protected-sighash>

mod payload;

use kms_core::{ByNetwork, ChainSpec, NodeHost, Ticker};
use kms_crypto::bip32::XpubVersion;

use super::address::Prefixes;
use super::{OwnAddress, Rules, Scheme, Utxo, WifVersions};

/// Bitcoin Cash.
pub static BITCOIN_CASH: Utxo = Utxo {
    spec: ChainSpec {
        ticker: Ticker("BCH"),
        name: "Bitcoin Cash",
        symbol: "BCH",
        decimals: 8,
        node: NodeHost::gateway("/v3/bcash/node"),
        broadcast_path: "/v3/bcash/broadcast",
        offchain_withdrawals: true,
        fee_cap: 10_000_000,
    },
    coin_types: ByNetwork { mainnet: 145, testnet: 145 },
    xpub: ByNetwork { mainnet: XpubVersion::XPUB, testnet: XpubVersion::TPUB },
    wif: ByNetwork {
        mainnet: WifVersions { own: 0x80, foreign: &[] },
        testnet: WifVersions { own: 0xef, foreign: &[] },
    },
    prefixes: ByNetwork {
        mainnet: Prefixes::Cash("bitcoincash"),
        testnet: Prefixes::Cash("bchtest"),
    },
    rules: Rules {
        hex_keys: false,
        own_address: OwnAddress::KeyHash,
        segwit: false,
        max_fee_per_vbyte: 2_500,
        read: payload::read,
        positional_keys: true,
        scheme: Scheme::Cash,
        ..Rules::BITCOIN
    },
};
