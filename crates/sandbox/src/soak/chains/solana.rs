//! SOL. The first key of a mnemonic stands beside it, and signs without an index.

use serde_json::json;

use super::accounts::{Accounts, member};
use crate::solana::{DECIMALS, address};

pub(super) static SOLANA: Accounts = Accounts {
    ticker: "SOL",
    decimals: DECIMALS,
    private_keys: 2,
    indices: &[0],
    names_index: false,
    one_at_a_time: false,
    opening: ("/sandbox/SOL/faucet", "address"),
    stake: Some("1"),
    recipient: address,
    path: "/v3/solana/transaction",
    request: |from, to, amount| json!({ "from": from, "to": to, "amount": amount }),
    account: |address| format!("/v3/solana/account/balance/{address}"),
    balance: |answer| member(answer, "balance"),
    balance_decimals: DECIMALS,
};
