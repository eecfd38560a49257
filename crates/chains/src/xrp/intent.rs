//! What a transaction does, for people.

use kms_core::{Action, Asset, Fee, Intent, Network};
use serde_json::Value;

use super::Xrp;
use super::definitions::DEFINITIONS;
use super::payload::Request;
use crate::chain::Chain as _;

/// The flag of a payment that may deliver less than its amount.
const PARTIAL_PAYMENT: u64 = 0x0002_0000;

/// Reads the fields that will be signed. Payments and trust lines are shown as such; of all others every
/// field is shown.
pub(super) fn intent(chain: &Xrp, network: Network, request: &Request) -> Intent {
    let spec = chain.spec();
    let native = Asset::Native { symbol: spec.symbol.to_owned(), decimals: spec.decimals };
    let (named, mut actions) = match request.kind {
        "Payment" => payment(request, &native),
        "TrustSet" => trust(request),
        _ => (&[][..], Vec::new()),
    };
    let common = |name: &str| DEFINITIONS.common.iter().any(|(common, _)| *common == name);
    // Of the fields of all transactions, these three do something.
    let telling = |name: &str| !common(name) || matches!(name, "Flags" | "Delegate" | "Sponsor");
    let rest: Vec<String> = request
        .fields
        .iter()
        .filter(|(name, _)| telling(name) && !named.contains(&name.as_str()))
        .filter(|(name, value)| *name != "Flags" || value.as_u64() != Some(0))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    if actions.is_empty() || !rest.is_empty() {
        actions.push(Action::Other { what: request.kind.to_owned(), details: rest });
    }
    if let Some(memos) = request.fields.get("Memos") {
        actions.push(Action::Memo { data_bytes: memos.to_string().len() });
    }
    let max_fee = Fee { asset: native, amount: request.fee.to_string() };
    let from = vec![request.account.clone()];
    Intent { chain: spec.ticker, network, from, actions, max_fee }
}

/// The fields that the action shows, and the action.
type Shown = (&'static [&'static str], Vec<Action>);

fn payment(request: &Request, native: &Asset) -> Shown {
    let fields = &request.fields;
    let flags = fields.get("Flags").and_then(Value::as_u64).unwrap_or(0);
    let destination = fields.get("Destination").and_then(Value::as_str).unwrap_or_default();
    let to = match fields.get("DestinationTag") {
        Some(tag) => format!("{destination}, tag {tag}"),
        None => destination.to_owned(),
    };
    let (asset, amount) = asset(fields.get("Amount"), native);
    let action = Action::Transfer { asset, from: None, to, amount };
    // A partial payment is told by its flags, which are shown then.
    let named: &[&str] = if flags & PARTIAL_PAYMENT == 0 {
        &["Amount", "Destination", "DestinationTag", "Flags"]
    } else {
        &["Amount", "Destination", "DestinationTag"]
    };
    (named, vec![action])
}

fn trust(request: &Request) -> Shown {
    let limit = request.fields.get("LimitAmount");
    let none = Asset::Native { symbol: String::new(), decimals: 0 };
    match asset(limit, &none) {
        (asset @ Asset::Token { .. }, limit) => {
            (&["LimitAmount"], vec![Action::Trust { asset, limit }])
        }
        _ => (&[], Vec::new()),
    }
}

fn asset(amount: Option<&Value>, native: &Asset) -> (Asset, String) {
    let object = match amount {
        Some(Value::Object(object)) => object,
        Some(Value::String(drops)) => return (native.clone(), drops.clone()),
        _ => return (native.clone(), String::new()),
    };
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let asset = match text("mpt_issuance_id") {
        Some(contract) => Asset::Token { standard: "MPT".to_owned(), contract, token_id: None },
        None => Asset::Token {
            standard: "issued currency".to_owned(),
            contract: text("issuer").unwrap_or_default(),
            token_id: text("currency"),
        },
    };
    (asset, text("value").unwrap_or_default())
}
