//! EGLD.

use serde_json::json;

use super::accounts::{Accounts, member};
use crate::multiversx::{DECIMALS, address};

pub(super) static MULTIVERSX: Accounts = Accounts {
    ticker: "EGLD",
    decimals: DECIMALS,
    private_keys: 2,
    indices: &[0, 7],
    names_index: true,
    one_at_a_time: false,
    opening: ("/sandbox/EGLD/faucet", "address"),
    stake: None,
    recipient: address,
    path: "/v3/egld/transaction",
    request: |from, to, amount| json!({ "from": from, "to": to, "amount": amount }),
    account: |address| format!("/v3/egld/account/balance/{address}"),
    balance: |answer| member(answer, "balance"),
    balance_decimals: DECIMALS,
};
