//! What a transaction does, for people.

use kms_core::{Action, Asset, Fee, Intent, Network};

use super::BEACON_CHAIN;
use super::payload::{Coin, Party, Request};

/// What the chain took for every output, in base units; it is not part of a transaction.
const FEE_PER_OUTPUT: u64 = 7_500;

pub(super) fn intent(request: &Request, network: Network) -> Intent {
    let mut from: Vec<String> =
        request.inputs.iter().map(|party| party.address.write(network)).collect();
    from.dedup();
    let transfer = |party: &Party, coin: &Coin| Action::Transfer {
        asset: asset(&coin.denom),
        from: None,
        to: party.address.write(network),
        amount: coin.amount.to_string(),
    };
    let of_party = |party: &Party| -> Vec<Action> {
        party.coins.iter().map(|coin| transfer(party, coin)).collect()
    };
    let mut actions: Vec<Action> = request.outputs.iter().flat_map(of_party).collect();
    if !request.memo.is_empty() {
        actions.push(Action::Memo { data_bytes: request.memo.len() });
    }
    let fee = request.outputs.len() as u64 * FEE_PER_OUTPUT;
    Intent {
        chain: BEACON_CHAIN.spec.ticker,
        network,
        from,
        actions,
        max_fee: Fee { asset: asset("BNB"), amount: fee.to_string() },
    }
}

fn asset(denom: &str) -> Asset {
    let spec = &BEACON_CHAIN.spec;
    if denom == spec.symbol {
        return Asset::Native { symbol: spec.symbol.to_owned(), decimals: spec.decimals };
    }
    Asset::Token { standard: "BEP-2".to_owned(), contract: denom.to_owned(), token_id: None }
}
