//! What a transaction does, for people.

use kms_core::{Action, Asset, Fee, Intent, Network, parse_units};
use kms_crypto::hash::sha256;

use super::FLOW;
use super::message::Message;
use super::payload::Transfer;

pub(super) fn intent(message: &Message, transfer: Option<&Transfer>, network: Network) -> Intent {
    let spec = &FLOW.spec;
    let flow = Asset::Native { symbol: spec.symbol.to_owned(), decimals: spec.decimals };
    let action = match transfer {
        Some(Transfer { to, amount }) => Action::Transfer {
            asset: flow.clone(),
            from: None,
            to: to.clone(),
            amount: parse_units(amount, spec.decimals)
                .map_or_else(|_| amount.clone(), |units| units.to_string()),
        },
        None => custom(message),
    };
    Intent {
        chain: spec.ticker,
        network,
        from: vec![format!("0x{}", hex::encode(message.authorizer))],
        actions: vec![action],
        // The API pays.
        max_fee: Fee { asset: flow, amount: "0".to_owned() },
    }
}

/// A script can do whatever its account can; it is told by its hash, for those who know it.
fn custom(message: &Message) -> Action {
    let script = message.script.as_bytes();
    let mut details = vec![
        format!("script: {} bytes, SHA-256 {}", script.len(), hex::encode(sha256(script))),
        format!("payer: 0x{}", hex::encode(message.payer.address)),
    ];
    let arguments = message.arguments.iter().enumerate();
    details.extend(arguments.map(|(place, argument)| format!("argument {place}: {argument}")));
    Action::Other { what: "custom transaction".to_owned(), details }
}
