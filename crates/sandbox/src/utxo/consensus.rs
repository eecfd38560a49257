//! Scripts as Bitcoin Core verifies them: its own consensus code gives the verdict.

use bitcoin::script::Instruction;
use bitcoin::{Script, TxOut, ecdsa};
use bitcoinconsensus::{
    Utxo, VERIFY_ALL_PRE_TAPROOT, VERIFY_CHECKLOCKTIMEVERIFY, VERIFY_DERSIG, VERIFY_P2SH,
    VERIFY_TAPROOT, verify_with_flags,
};

use super::reason;
use super::spec::{ScriptError, Spending};

/// All rules of Bitcoin and Litecoin, taproot among them.
pub(super) fn with_segwit(spending: &Spending) -> Result<(), ScriptError> {
    let utxos: Vec<_> = spending.spent.iter().map(borrow).collect();
    each_input(spending, |output, index| {
        let flags = VERIFY_ALL_PRE_TAPROOT | VERIFY_TAPROOT;
        verify(spending, output, Some(&utxos), index, flags)
    })
}

/// The rules of Dogecoin, which has no witnesses.
pub(super) fn legacy(spending: &Spending) -> Result<(), ScriptError> {
    if spending.transaction.input.iter().any(|input| !input.witness.is_empty()) {
        return Err(ScriptError::Mandatory("Witness provided for non-witness script"));
    }
    each_input(spending, |output, index| {
        let flags = VERIFY_P2SH | VERIFY_DERSIG | VERIFY_CHECKLOCKTIMEVERIFY;
        verify(spending, output, None, index, flags)
    })
}

fn each_input(
    spending: &Spending,
    is_satisfied: impl Fn(&TxOut, usize) -> bool,
) -> Result<(), ScriptError> {
    for (index, output) in spending.spent.iter().enumerate() {
        let input = &spending.transaction.input[index];
        if !is_satisfied(output, index) {
            return Err(ScriptError::Mandatory(reason::of(input, &output.script_pubkey)));
        }
        if pushes(&input.script_sig).chain(input.witness.iter()).any(has_high_s) {
            return Err(ScriptError::Policy(
                "Non-canonical signature: S value is unnecessarily high",
            ));
        }
    }
    Ok(())
}

fn verify(
    spending: &Spending,
    output: &TxOut,
    utxos: Option<&[Utxo]>,
    index: usize,
    flags: u32,
) -> bool {
    let (script, value) = (output.script_pubkey.as_bytes(), output.value.to_sat());
    verify_with_flags(script, value, spending.bytes, utxos, index, flags).is_ok()
}

/// What Core's code reads the outputs from; it must not outlive them.
fn borrow(output: &TxOut) -> Utxo {
    let script = output.script_pubkey.as_bytes();
    Utxo {
        script_pubkey: script.as_ptr(),
        // Scripts and amounts come from blocks and faucets, which are far below these limits.
        script_pubkey_len: u32::try_from(script.len()).unwrap_or(0),
        value: i64::try_from(output.value.to_sat()).unwrap_or(-1),
    }
}

/// What a script pushes.
pub(super) fn pushes(script: &Script) -> impl Iterator<Item = &[u8]> {
    script.instructions().flatten().filter_map(|instruction| match instruction {
        Instruction::PushBytes(bytes) => Some(bytes.as_bytes()),
        Instruction::Op(_) => None,
    })
}

/// Anybody can turn S around without the key, so nodes relay the lower one only.
pub(super) fn has_high_s(element: &[u8]) -> bool {
    ecdsa::Signature::from_slice(element).is_ok_and(|given| {
        let mut low = given.signature;
        low.normalize_s();
        low != given.signature
    })
}
