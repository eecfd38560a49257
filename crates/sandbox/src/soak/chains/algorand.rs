//! ALGO. Wallets hold no mnemonic: its words are the key.

use serde_json::json;

use super::accounts::{Accounts, member};
use crate::algorand::{DECIMALS, address};

pub(super) static ALGORAND: Accounts = Accounts {
    ticker: "ALGO",
    decimals: DECIMALS,
    private_keys: 3,
    indices: &[],
    names_index: false,
    one_at_a_time: false,
    opening: ("/sandbox/ALGO/faucet", "address"),
    stake: Some("1"),
    recipient: |bytes| address(&bytes),
    path: "/v3/algorand/transaction",
    request: |from, to, amount| json!({ "from": from, "to": to, "amount": amount }),
    account: |address| format!("/v3/algorand/account/balance/{address}"),
    balance: |answer| member(answer, "balance"),
    balance_decimals: DECIMALS,
};
