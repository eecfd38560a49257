//! What a pending transaction says beside its payload.

use kms_core::{PendingTransaction, SignatureId, WithdrawalInput};

/// How the API writes the change, which is not an input, in a withdrawal.
const CHANGE: &str = "-1";

/// How many wallets an error names.
const NAMED: usize = 5;

/// The wallets that a transaction names, for an error.
pub(super) fn wallets(tx: &PendingTransaction) -> String {
    let mut ids: Vec<&SignatureId> = tx.wallets.iter().collect();
    ids.extend(tx.signers.iter().map(|signer| &signer.wallet));
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(*id));
    let more = ids.len().saturating_sub(NAMED);
    let named = ids.iter().take(NAMED).map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} others") }
}

/// The inputs of a withdrawal that are spent, in the order of their keys.
pub(super) fn spent(inputs: &[WithdrawalInput]) -> impl Iterator<Item = &WithdrawalInput> {
    inputs.iter().filter(|input| input.transaction != CHANGE)
}
