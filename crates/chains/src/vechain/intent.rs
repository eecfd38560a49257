//! What a transaction does, for people.

use kms_core::{Action, Asset, Fee, Intent, Network};

use super::VECHAIN;
use super::body::Body;
use super::payload::Clause;
use crate::evm::abi;
use crate::evm::address::Address;

/// The contract of VTHO, in which fees are paid.
const VTHO: &str = "0x0000000000000000000000000000456E65726779";

pub(super) fn intent(body: &Body, origin: Address, network: Network) -> Intent {
    Intent {
        chain: VECHAIN.spec.ticker,
        network,
        from: vec![origin.to_checksummed()],
        actions: body.clauses.iter().flat_map(actions).collect(),
        max_fee: Fee {
            asset: Asset::Token {
                standard: "VTHO".to_owned(),
                contract: VTHO.to_owned(),
                token_id: None,
            },
            amount: body.max_fee().to_string(),
        },
    }
}

fn actions(clause: &Clause) -> Vec<Action> {
    let mut actions = Vec::new();
    if clause.data.is_empty() || !clause.value.is_zero() {
        actions.push(Action::Transfer {
            asset: Asset::Native {
                symbol: VECHAIN.spec.symbol.to_owned(),
                decimals: VECHAIN.spec.decimals,
            },
            from: None,
            to: clause.to.map_or_else(|| "the new contract".to_owned(), Address::to_checksummed),
            amount: clause.value.to_string(),
        });
    }
    match clause.to {
        None => actions.push(Action::Deploy { data_bytes: clause.data.len() }),
        Some(_) if clause.data.is_empty() => {}
        Some(contract) => actions.extend(call(contract.to_checksummed(), &clause.data)),
    }
    actions
}

fn call(contract: String, data: &[u8]) -> Vec<Action> {
    abi::read(data, &contract, &|address| address.to_checksummed()).unwrap_or_else(|| {
        let selector = data.get(..4).map(|selector| format!("0x{}", hex::encode(selector)));
        vec![Action::Call { contract, selector, data_bytes: data.len() }]
    })
}
