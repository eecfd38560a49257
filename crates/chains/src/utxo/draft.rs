//! A transaction as the payload has it: complete but for what unlocks its inputs.

use std::collections::HashMap;

use bitcoin::{OutPoint, ScriptBuf, Transaction, TxOut, Witness};

use super::multisig::Multisig;
use crate::error::PayloadError;

/// What a payload asks for.
pub(super) struct Draft {
    /// Its unlocking scripts and witnesses are empty.
    pub(super) tx: Transaction,
    /// The outputs that are spent, by input.
    pub(super) spent: Vec<TxOut>,
    /// What inputs that need several keys say of themselves, by input.
    pub(super) multisig: HashMap<usize, Multisig>,
    /// The key of each input, where keys belong to inputs by position: an index into the signers.
    pub(super) assigned: Option<Vec<usize>>,
    /// Whether the payload names an output as change.
    pub(super) has_change: bool,
    /// The fee that the payload names.
    pub(super) fee: Option<u64>,
}

impl Draft {
    /// Checks what holds for every payload, and empties the unlocking scripts.
    ///
    /// # Errors
    /// There is nothing to spend or to pay, or an output is spent twice.
    pub(super) fn checked(mut self) -> Result<Self, PayloadError> {
        let missing = |field| {
            let problem = "is empty; there is nothing to sign".to_owned();
            Err(PayloadError::Field { field, problem })
        };
        if self.tx.input.is_empty() {
            return missing("inputs");
        }
        if self.tx.output.is_empty() {
            return missing("outputs");
        }
        let mut seen: HashMap<OutPoint, usize> = HashMap::new();
        for (number, input) in self.tx.input.iter_mut().enumerate() {
            if let Some(first) = seen.insert(input.previous_output, number) {
                let problem = format!("spends the same output as input {first}");
                return Err(PayloadError::Part { part: "input", number, problem });
            }
            input.script_sig = ScriptBuf::new();
            input.witness = Witness::new();
        }
        Ok(self)
    }
}
