//! What a transaction does, for people.

use kms_core::{Action, Asset, Fee, Intent, Network};
use stellar_xdr::Memo;

use super::Stellar;
use super::envelope::Envelope;
use super::operation;
use crate::chain::Chain as _;

pub(super) fn intent(chain: &Stellar, network: Network, envelope: &Envelope) -> Intent {
    let spec = chain.spec();
    let native = Asset::Native { symbol: spec.symbol.to_owned(), decimals: spec.decimals };
    let (payer, fee) = envelope.fee();
    let mut from = vec![envelope.source().0.to_string()];
    from.extend(payer.map(ToString::to_string).filter(|payer| *payer != from[0]));
    let mut actions: Vec<Action> = envelope
        .operations()
        .iter()
        .flat_map(|operation| operation::actions(operation, &native))
        .collect();
    if let Some(text) = memo(envelope.memo()) {
        actions.push(Action::Other { what: "memo".to_owned(), details: vec![text] });
    }
    let max_fee = Fee { asset: native, amount: fee.to_string() };
    Intent { chain: spec.ticker, network, from, actions, max_fee }
}

/// Exchanges tell their customers apart by it.
fn memo(memo: &Memo) -> Option<String> {
    Some(match memo {
        Memo::None => return None,
        Memo::Text(text) => format!("text {text}"),
        Memo::Id(id) => format!("id {id}"),
        Memo::Hash(hash) => format!("hash {}", hex::encode(hash.0)),
        Memo::Return(hash) => format!("return {}", hex::encode(hash.0)),
    })
}
