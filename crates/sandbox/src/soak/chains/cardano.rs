//! ADA.

use super::coins::{Coins, units};
use crate::cardano::{DECIMALS, enterprise_address};

pub(super) static CARDANO: Coins = Coins {
    ticker: "ADA",
    decimals: DECIMALS,
    faucet: "/sandbox/ADA/faucet",
    path: "/v3/ada/transaction",
    coin: 10_000_000,
    fee: 200_000,
    least: 2_000_000,
    recipient: |bytes| enterprise_address(&bytes),
    address: |address| format!("/v3/ada/account/{address}"),
    balance: |answer| units(&answer[0], "value", 0),
};
