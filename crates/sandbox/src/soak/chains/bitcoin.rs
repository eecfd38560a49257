//! BTC.

use anyhow::Context;

use super::coins::{Coins, units};
use crate::utxo::{self, DECIMALS, p2pkh_address};

pub(super) static BITCOIN: Coins = Coins {
    ticker: "BTC",
    decimals: DECIMALS,
    faucet: "/sandbox/BTC/faucet",
    path: "/v3/bitcoin/transaction",
    coin: 100_000,
    fee: 2_000,
    least: 10_000,
    recipient: |bytes| {
        let mut hash = [0; 20];
        hash.copy_from_slice(&bytes[..20]);
        p2pkh_address(&utxo::BITCOIN, hash)
    },
    address: |address| format!("/v3/bitcoin/address/balance/{address}"),
    balance: |answer| {
        let incoming = units(answer, "incoming", DECIMALS)?;
        let outgoing = units(answer, "outgoing", DECIMALS)?;
        incoming.checked_sub(outgoing).context("more has left than has come")
    },
};
