//! What a transaction pays in fees, and what it may pay.

use bitcoin::TxOut;

use super::Rules;
use super::draft::Draft;
use super::spend::Spend;
use crate::error::PayloadError;

/// Nodes relay no transaction above this, in virtual bytes.
const MAX_VSIZE: u64 = 100_000;

/// What the rules for fees look at.
pub(super) struct Payment<'a> {
    pub(super) draft: &'a Draft,
    /// In base units.
    pub(super) fee: u64,
    /// With the largest signatures.
    pub(super) vsize: u64,
    /// Whether it is a withdrawal from a virtual account.
    pub(super) is_withdrawal: bool,
    /// By input.
    pub(super) spends: &'a [Spend],
}

impl Payment<'_> {
    /// Checks size and fee against the limits of the chain.
    pub(super) fn check(&self, rules: &Rules) -> Result<(), PayloadError> {
        let Self { fee, vsize, .. } = *self;
        if vsize > MAX_VSIZE {
            let problem = format!(
                "make a transaction of {vsize} virtual bytes; nodes relay none above {MAX_VSIZE}, \
                 so split it"
            );
            return Err(PayloadError::Field { field: "inputs", problem });
        }
        let highest = vsize.saturating_mul(rules.max_fee_per_vbyte);
        if fee > highest {
            let problem = format!(
                "would be {fee} for {vsize} virtual bytes; the most is {} for each",
                rules.max_fee_per_vbyte
            );
            return Err(PayloadError::Field { field: "fee", problem });
        }
        (rules.fee_rules)(self)
    }
}

/// What the inputs leave when the outputs are paid, in base units.
///
/// # Errors
/// An amount or a sum is above the supply, or the outputs are above the inputs.
pub(super) fn remainder(draft: &Draft, max_money: u64) -> Result<u64, PayloadError> {
    let given = sum("input", &draft.spent, max_money)?;
    let paid = sum("output", &draft.tx.output, max_money)?;
    given.checked_sub(paid).ok_or_else(|| PayloadError::Field {
        field: "outputs",
        problem: format!("pay {paid}, but the inputs have only {given}"),
    })
}

fn sum(part: &'static str, outputs: &[TxOut], max_money: u64) -> Result<u64, PayloadError> {
    let mut sum: u64 = 0;
    for (number, output) in outputs.iter().enumerate() {
        let value = output.value.to_sat();
        sum = sum.saturating_add(value);
        let problem = match (value > max_money, sum > max_money) {
            (true, _) => format!("has the amount {value}, above the supply of {max_money}"),
            (_, true) => format!("brings the sum to {sum}, above the supply of {max_money}"),
            _ => continue,
        };
        return Err(PayloadError::Part { part, number, problem });
    }
    Ok(sum)
}
