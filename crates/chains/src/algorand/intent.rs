//! What a transaction does, for people.

use kms_core::{Action, Asset, Fee, Intent, Network};

use super::Algorand;
use super::fields;
use super::msgpack::Value;
use super::payload::Request;
use crate::chain::Chain as _;

const ZERO_ADDRESS: &str = "the address of zeros: burnt";

/// Reads the fields that will be signed.
pub(super) fn intent(chain: &Algorand, network: Network, request: &Request) -> Intent {
    let spec = chain.spec();
    let native = Asset::Native { symbol: spec.symbol.to_owned(), decimals: spec.decimals };
    let mut actions = match request.kind {
        "pay" => vec![transfer(request, native.clone(), "rcv", "amt", None)],
        "axfer" => vec![token_transfer(request)],
        "acfg" => {
            vec![Action::Other { what: configuration(request), details: parameters(request) }]
        }
        _ => vec![freeze(request)],
    };
    for (key, what) in [
        ("close", "close the account; all that is left goes to"),
        ("aclose", "close the holding of the token; all that is left goes to"),
        ("rekey", "give the account into the hands of"),
    ] {
        let to = request.address(key);
        actions.extend(to.map(|to| Action::Other { what: what.to_owned(), details: vec![to] }));
    }
    if let Some(Value::Bytes(note)) = request.fields.get("note")
        && !note.is_empty()
    {
        actions.push(Action::Memo { data_bytes: note.len() });
    }
    let from = request.address("snd").into_iter().collect();
    let max_fee = Fee { asset: native, amount: request.number("fee").to_string() };
    Intent { chain: spec.ticker, network, from, actions, max_fee }
}

fn transfer(
    request: &Request,
    asset: Asset,
    to: &str,
    amount: &str,
    from: Option<String>,
) -> Action {
    let to = request.address(to).unwrap_or_else(|| ZERO_ADDRESS.to_owned());
    Action::Transfer { asset, from, to, amount: request.number(amount).to_string() }
}

fn token(id: u64) -> Asset {
    Asset::Token { standard: "ASA".to_owned(), contract: id.to_string(), token_id: None }
}

/// Nothing of a token to oneself opens the account for it.
fn token_transfer(request: &Request) -> Action {
    let asset = token(request.number("xaid"));
    let from = request.address("asnd");
    let to_oneself = request.fixed("arcv") == request.fixed("snd");
    if from.is_none() && to_oneself && request.number("aamt") == 0 {
        return Action::Trust { asset, limit: u64::MAX.to_string() };
    }
    transfer(request, asset, "arcv", "aamt", from)
}

fn configuration(request: &Request) -> String {
    match (request.number("caid"), parameters(request).is_empty()) {
        (0, _) => "create a token".to_owned(),
        (id, true) => format!("destroy the token {id}"),
        (id, false) => format!("change the token {id}"),
    }
}

/// In the words of the SDK.
fn parameters(request: &Request) -> Vec<String> {
    let Some(Value::Map(given)) = request.fields.get(fields::PARAMETERS_KEY) else {
        return Vec::new();
    };
    let show = |field: &fields::Field| {
        let value = match given.get(field.key)? {
            Value::Number(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::Text(text) => text.clone(),
            Value::Fixed(key) if field.kind == fields::Kind::Address => super::address::write(key),
            Value::Fixed(bytes) => hex::encode(bytes),
            Value::Bytes(bytes) => hex::encode(bytes),
            Value::Map(_) => return None,
        };
        Some(format!("{}: {value}", field.name))
    };
    fields::PARAMETERS.iter().filter_map(show).collect()
}

fn freeze(request: &Request) -> Action {
    let frozen = request.fields.get("afrz") == Some(&Value::Flag(true));
    let what = if frozen { "freeze" } else { "unfreeze" };
    let account = request.address("fadd").unwrap_or_else(|| ZERO_ADDRESS.to_owned());
    let what = format!("{what} the token {} of an account", request.number("faid"));
    Action::Other { what, details: vec![account] }
}
