//! What a transaction does, for people.

use kms_core::{Action, Asset, Fee, Intent, Network};

use super::CARDANO;
use super::operations::{Operations, Output};

pub(super) fn intent(operations: &Operations, network: Network) -> Intent {
    let mut from: Vec<String> = Vec::new();
    for input in &operations.inputs {
        if !from.contains(&input.owner) {
            from.push(input.owner.clone());
        }
    }
    let action = |output: &Output| {
        let (asset, to, amount) = (ada(), output.to.clone(), output.amount.to_string());
        if from.contains(&output.to) {
            Action::Change { asset, to, amount }
        } else {
            Action::Transfer { asset, from: None, to, amount }
        }
    };
    Intent {
        chain: CARDANO.spec.ticker,
        network,
        actions: operations.outputs.iter().map(action).collect(),
        max_fee: Fee { asset: ada(), amount: operations.fee.to_string() },
        from,
    }
}

fn ada() -> Asset {
    let spec = &CARDANO.spec;
    Asset::Native { symbol: spec.symbol.to_owned(), decimals: spec.decimals }
}
