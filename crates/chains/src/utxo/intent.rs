//! What a transaction does, for people.

use bitcoin::TxOut;
use kms_core::{Action, Asset, Fee, Intent, Network};

use super::Utxo;
use super::address::Prefixes;
use super::draft::Draft;
use super::spend::Spendable;
use crate::chain::Chain as _;

/// Who is paid by whom. An output is change if it pays a script that is spent too, or that one of the
/// signers spends alone; what the payload calls change is not taken on trust.
pub(super) fn intent(
    chain: &Utxo,
    network: Network,
    draft: &Draft,
    spendable: &Spendable<'_>,
    fee: u64,
) -> Intent {
    let spec = chain.spec();
    let asset = Asset::Native { symbol: spec.symbol.to_owned(), decimals: spec.decimals };
    let prefixes = chain.prefixes.get(network);
    let mut from: Vec<String> = Vec::new();
    let mut own = std::collections::HashSet::new();
    for spent in &draft.spent {
        if own.insert(&spent.script_pubkey) {
            from.push(prefixes.of_script(&spent.script_pubkey));
        }
    }
    let is_change = |output: &TxOut| {
        own.contains(&output.script_pubkey) || spendable.contains(&output.script_pubkey)
    };
    let outputs = draft.tx.output.iter();
    let actions =
        outputs.flat_map(|output| actions(output, is_change(output), prefixes, &asset)).collect();
    Intent {
        chain: spec.ticker,
        network,
        from,
        actions,
        max_fee: Fee { asset: asset.clone(), amount: fee.to_string() },
    }
}

fn actions(output: &TxOut, is_change: bool, prefixes: &Prefixes, asset: &Asset) -> Vec<Action> {
    let amount = output.value.to_sat().to_string();
    let (to, asset) = (prefixes.of_script(&output.script_pubkey), asset.clone());
    if !output.script_pubkey.is_op_return() {
        return vec![if is_change {
            Action::Change { asset, to, amount }
        } else {
            Action::Transfer { asset, from: None, to, amount }
        }];
    }
    let memo = Action::Memo { data_bytes: output.script_pubkey.len() };
    match output.value.to_sat() {
        0 => vec![memo],
        _ => vec![Action::Transfer { asset, from: None, to: "nobody: burnt".into(), amount }, memo],
    }
}
