//! The fee and the outputs of a transaction that is not a withdrawal.
//!
//! The upper bound is the one that Tatum KMS has always had: 15 times 1 DOGE per 1,000 bytes, by its own
//! reckoning of the size. The lower bounds are today's of the network: 0.001 DOGE per 1,000 bytes, and no
//! output below 0.001 DOGE.

use crate::error::PayloadError;
use crate::utxo::fee::Payment;
use crate::utxo::spend::Kind;

/// 15 DOGE per 1,000 bytes, in koinu per byte.
const HIGHEST: u64 = 1_500_000;
/// 0.001 DOGE per 1,000 bytes, in koinu per byte.
const LOWEST: u64 = 100;
/// 0.001 DOGE, in koinu.
const DUST: u64 = 100_000;
/// What an output for the change would add to the size.
const CHANGE_BYTES: u64 = 62;

pub(super) fn check(payment: &Payment<'_>) -> Result<(), PayloadError> {
    if payment.is_withdrawal {
        return Ok(());
    }
    let fee = payment.fee;
    let problem = |problem: String| Err(PayloadError::Field { field: "fee", problem });
    if let Some(given) = payment.draft.fee.filter(|given| *given != 0 && *given != fee) {
        return problem(format!("is {given}, but inputs and outputs leave {fee}"));
    }
    let size = reckoned_size(payment);
    let has_change = payment.draft.has_change;
    let with_change = size + CHANGE_BYTES;
    let size = if has_change && fee > with_change * 100_000 { with_change } else { size };
    let highest = size * HIGHEST;
    if fee > highest {
        let hint =
            if has_change { "" } else { "; there is no change, so the remainder is the fee" };
        return problem(format!(
            "would be {fee} koinu, above the {highest} of 15 DOGE per 1000 bytes{hint}"
        ));
    }
    let lowest = payment.vsize * LOWEST;
    if fee < lowest {
        return problem(format!("would be {fee} koinu, but nodes relay it from {lowest} on"));
    }
    let outputs = &payment.draft.tx.output;
    let dust = |output: &bitcoin::TxOut| {
        output.value.to_sat() < DUST && !output.script_pubkey.is_op_return()
    };
    match outputs.iter().position(dust) {
        None => Ok(()),
        Some(number) => Err(PayloadError::Part {
            part: "output",
            number,
            problem: format!("is below the {DUST} koinu that nodes relay"),
        }),
    }
}

/// The size as Tatum KMS reckons it: unlocking scripts at their largest.
fn reckoned_size(payment: &Payment<'_>) -> u64 {
    let unlock = |kind: &Kind| match kind {
        Kind::P2pk => 73,
        Kind::Multisig(multisig) => {
            7 + 74 * u64::from(multisig.threshold) + 34 * multisig.keys.len() as u64
        }
        _ => 107,
    };
    let inputs: u64 = payment.spends.iter().map(|spend| 36 + unlock(&spend.kind)).sum();
    let script = |output: &bitcoin::TxOut| 9 + output.script_pubkey.len() as u64;
    26 + inputs + payment.draft.tx.output.iter().map(script).sum::<u64>()
}
