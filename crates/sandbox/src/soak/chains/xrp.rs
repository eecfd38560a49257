//! XRP. The API numbers a transaction when it is asked for.

use serde_json::json;

use super::accounts::{Accounts, member};
use crate::xrp::address;

pub(super) static XRP: Accounts = Accounts {
    ticker: "XRP",
    decimals: 6,
    private_keys: 6,
    indices: &[],
    names_index: false,
    one_at_a_time: true,
    opening: ("/sandbox/XRP/faucet", "address"),
    stake: Some("50"),
    recipient: |bytes| address(&bytes),
    path: "/v3/xrp/transaction",
    request: |from, to, amount| json!({ "fromAccount": from, "to": to, "amount": amount }),
    account: |address| format!("/v3/xrp/account/{address}/balance"),
    balance: |answer| member(answer, "balance"),
    balance_decimals: 0,
};
