//! BNB, of the Beacon Chain. Wallets hold no mnemonic.

use serde_json::json;

use super::accounts::{Accounts, listed};
use crate::binance_beacon::{COIN, DECIMALS, address_of};

pub(super) static BINANCE_BEACON: Accounts = Accounts {
    ticker: "BNB",
    decimals: DECIMALS,
    private_keys: 3,
    indices: &[],
    names_index: false,
    one_at_a_time: false,
    opening: ("/sandbox/BNB/faucet", "address"),
    stake: Some("1"),
    recipient: |bytes| {
        let mut key = [2; 33];
        key[1..].copy_from_slice(&bytes);
        address_of(&key)
    },
    path: "/v3/bnb/transaction",
    request: |from, to, amount| json!({ "fromAddress": from, "to": to, "amount": amount, "currency": COIN }),
    account: |address| format!("/v3/bnb/account/{address}"),
    balance: |answer| listed(&answer["balances"], "symbol", COIN, "free"),
    balance_decimals: DECIMALS,
};
