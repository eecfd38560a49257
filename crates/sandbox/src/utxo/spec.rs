//! What sets the chains apart.

use bitcoin::{Transaction, TxOut};

use super::payload::{self, Plan};
use super::{cash, consensus};

/// Everything about a chain that the rest of this folder asks for.
pub struct Spec {
    /// The name in bodies.
    pub ticker: &'static str,
    /// The name in addresses of the API.
    pub path: &'static str,
    /// Version byte of P2PKH addresses.
    pub(super) p2pkh: u8,
    /// Version bytes of P2SH addresses; the first is the one that is written.
    pub(super) p2sh: &'static [u8],
    /// What Bech32 addresses start with, the written one first; none on a chain without SegWit.
    pub(super) hrp: &'static [&'static str],
    /// What CashAddr addresses start with.
    pub(super) cashaddr: Option<&'static str>,
    /// More than this can't be in one output.
    pub(super) max_money: u64,
    /// The version the API gives its transactions.
    pub(super) version: i32,
    /// Less change than this is left to the miners.
    pub(super) least_change: u64,
    /// What nodes ask for 1000 (virtual) bytes.
    pub(super) relay_fee: u64,
    /// The error code of a refused broadcast.
    pub(super) refusal: &'static str,
    /// Checks that the scripts of all inputs are satisfied.
    pub(super) verify: fn(&Spending) -> Result<(), ScriptError>,
    /// Writes what the daemon is to sign.
    pub(super) payload: fn(&Plan) -> String,
}

/// A transaction with the outputs it spends, in the order of its inputs.
pub(super) struct Spending<'a> {
    pub(super) transaction: &'a Transaction,
    pub(super) bytes: &'a [u8],
    pub(super) spent: &'a [TxOut],
}

/// Why a script is not satisfied, in Bitcoin Core's words.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum ScriptError {
    /// A block with it would be invalid.
    #[error("mandatory-script-verify-flag-failed ({0})")]
    Mandatory(&'static str),
    /// Valid, but not relayed.
    #[error("non-mandatory-script-verify-flag ({0})")]
    Policy(&'static str),
}

/// Bitcoin; the others say where they differ.
const COMMON: Spec = Spec {
    ticker: "BTC",
    path: "bitcoin",
    p2pkh: 0x6f,
    p2sh: &[0xc4],
    hrp: &["tb"],
    cashaddr: None,
    max_money: 2_100_000_000_000_000,
    version: 2,
    least_change: 547,
    relay_fee: 1_000,
    refusal: "bitcoin.broadcast.failed",
    verify: consensus::with_segwit,
    payload: payload::bitcore,
};

/// Bitcoin, testnet.
pub static BITCOIN: Spec = COMMON;

/// Litecoin, testnet; regtest differs in the prefix of Bech32 addresses alone.
pub static LITECOIN: Spec = Spec {
    ticker: "LTC",
    path: "litecoin",
    p2sh: &[0x3a, 0xc4],
    hrp: &["tltc", "rltc"],
    max_money: 8_400_000_000_000_000,
    refusal: "litecoin.broadcast.failed",
    ..COMMON
};

/// Dogecoin, testnet.
pub static DOGECOIN: Spec = Spec {
    ticker: "DOGE",
    path: "dogecoin",
    p2pkh: 0x71,
    hrp: &[],
    max_money: 1_000_000_000_000_000_000,
    version: 1,
    least_change: 100_000_000,
    relay_fee: 100_000,
    refusal: "dogecoin.broadcast.failed",
    verify: consensus::legacy,
    ..COMMON
};

/// Bitcoin Cash, testnet.
pub static BITCOIN_CASH: Spec = Spec {
    ticker: "BCH",
    path: "bcash",
    hrp: &[],
    cashaddr: Some("bchtest"),
    refusal: "bcash.broadcast.failed",
    verify: cash::verify,
    payload: payload::hex_and_values,
    ..COMMON
};
