//! XLM. The API numbers a transaction when it is asked for.

use serde_json::json;

use super::accounts::{Accounts, listed};
use crate::stellar::{DECIMALS, address};

pub(super) static STELLAR: Accounts = Accounts {
    ticker: "XLM",
    decimals: DECIMALS,
    private_keys: 6,
    indices: &[],
    names_index: false,
    one_at_a_time: true,
    opening: ("/sandbox/XLM/faucet", "address"),
    stake: Some("50"),
    recipient: address,
    path: "/v3/xlm/transaction",
    request: |from, to, amount| json!({ "fromAccount": from, "to": to, "amount": amount }),
    account: |address| format!("/v3/xlm/account/{address}"),
    balance: |answer| listed(&answer["balances"], "asset_type", "native", "balance"),
    balance_decimals: DECIMALS,
};
