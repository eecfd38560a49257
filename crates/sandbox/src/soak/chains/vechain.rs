//! VET.

use alloy_primitives::Address;
use serde_json::json;

use super::accounts::{Accounts, member};
use crate::vechain::DECIMALS;

pub(super) static VECHAIN: Accounts = Accounts {
    ticker: "VET",
    decimals: DECIMALS,
    private_keys: 2,
    indices: &[0, 7],
    names_index: true,
    one_at_a_time: false,
    opening: ("/sandbox/VET/faucet", "address"),
    stake: None,
    recipient: |bytes| Address::from_slice(&bytes[..20]).to_checksum(None),
    path: "/v3/vet/transaction",
    request: |_, to, amount| json!({ "to": to, "amount": amount }),
    account: |address| format!("/v3/vet/account/balance/{address}"),
    balance: |answer| member(answer, "balance"),
    balance_decimals: DECIMALS,
};
