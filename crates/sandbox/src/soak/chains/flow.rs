//! FLOW. A wallet knows its public key only; the account is opened on chain with it.

use serde_json::json;

use super::accounts::{Accounts, member};
use crate::flow::DECIMALS;

pub(super) static FLOW: Accounts = Accounts {
    ticker: "FLOW",
    decimals: DECIMALS,
    private_keys: 2,
    indices: &[0, 7],
    names_index: true,
    one_at_a_time: false,
    opening: ("/sandbox/FLOW/account", "publicKey"),
    stake: Some("1"),
    recipient: |bytes| hex::encode([bytes, bytes].concat()),
    path: "/v3/flow/transaction",
    request: |from, to, amount| json!({ "account": from, "to": to, "amount": amount, "currency": "FLOW" }),
    account: |address| format!("/v3/flow/account/{address}"),
    balance: |answer| member(answer, "balance"),
    balance_decimals: DECIMALS,
};
