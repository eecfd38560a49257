//! TRON.

use serde_json::json;

use super::accounts::{Accounts, member};
use crate::tron::{DECIMALS, address};

pub(super) static TRON: Accounts = Accounts {
    ticker: "TRON",
    decimals: DECIMALS,
    private_keys: 2,
    indices: &[0, 7],
    names_index: true,
    one_at_a_time: false,
    opening: ("/sandbox/TRON/faucet", "address"),
    stake: Some("1"),
    recipient: |bytes| {
        let mut account = [0; 20];
        account.copy_from_slice(&bytes[..20]);
        address(account)
    },
    path: "/v3/tron/transaction",
    request: |from, to, amount| json!({ "from": from, "to": to, "amount": amount }),
    account: |address| format!("/v3/tron/account/{address}"),
    balance: |answer| member(answer, "balance"),
    balance_decimals: 0,
};
