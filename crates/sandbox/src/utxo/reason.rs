//! Why Core refuses an input, in its words. Its library says no without a reason: this one is read
//! off the shape of the usual kinds, and decides nothing.

use bitcoin::hashes::{Hash as _, hash160, sha256};
use bitcoin::{Script, TxIn, ecdsa};

use super::consensus::pushes;

pub(super) const EMPTY_WITNESS: &str = "Witness program was passed an empty witness";
pub(super) const EQUAL_VERIFY: &str = "Script failed an OP_EQUALVERIFY operation";
pub(super) const NO_FORK_ID: &str = "Signature must use SIGHASH_FORKID";
pub(super) const NOT_DER: &str = "Non-canonical DER signature";
pub(super) const NULL_FAIL: &str = "Signature must be zero for failed CHECK(MULTI)SIG operation";
pub(super) const STACK: &str = "Operation not valid with the current stack size";
const UNKNOWN: &str = "unknown error";
const FALSE: &str =
    "Script evaluated without error but finished with a false/empty top stack element";
const PROGRAM_MISMATCH: &str = "Witness program hash mismatch";
const SCHNORR: &str = "Invalid Schnorr signature";

/// The reason for an input that does not satisfy a script.
pub(super) fn of(input: &TxIn, script: &Script) -> &'static str {
    let witness: Vec<_> = input.witness.iter().collect();
    let stack: Vec<_> = pushes(&input.script_sig).collect();
    if script.is_p2sh() {
        return of_p2sh(&stack, &witness, script);
    }
    if script.is_witness_program() {
        return of_program(&witness, script);
    }
    if script.is_p2pkh() {
        return of_key_hash(&stack, &script.as_bytes()[3..23]);
    }
    match stack.as_slice() {
        [] => STACK,
        [.., signature] if script.is_p2pk() => of_signature(signature),
        _ => UNKNOWN,
    }
}

fn of_p2sh(stack: &[&[u8]], witness: &[&[u8]], script: &Script) -> &'static str {
    let Some(redeem) = stack.last() else {
        return STACK;
    };
    if hash160::Hash::hash(redeem).to_byte_array() != script.as_bytes()[2..22] {
        return FALSE;
    }
    let redeem = Script::from_bytes(redeem);
    if redeem.is_witness_program() { of_program(witness, redeem) } else { NULL_FAIL }
}

fn of_program(witness: &[&[u8]], script: &Script) -> &'static str {
    match witness {
        [] => EMPTY_WITNESS,
        _ if script.is_p2tr() => SCHNORR,
        [_, _] if script.is_p2wpkh() => of_key_hash(witness, &script.as_bytes()[2..22]),
        _ if script.is_p2wpkh() => PROGRAM_MISMATCH,
        [.., program] if script.is_p2wsh() => of_witness_script(program, script),
        _ => UNKNOWN,
    }
}

fn of_witness_script(program: &[u8], script: &Script) -> &'static str {
    let is_same = sha256::Hash::hash(program).as_byte_array()[..] == script.as_bytes()[2..];
    if is_same { NULL_FAIL } else { PROGRAM_MISMATCH }
}

fn of_key_hash(stack: &[&[u8]], expected: &[u8]) -> &'static str {
    let [.., signature, key] = stack else {
        return STACK;
    };
    if hash160::Hash::hash(key).as_byte_array() != expected {
        return EQUAL_VERIFY;
    }
    of_signature(signature)
}

fn of_signature(signature: &[u8]) -> &'static str {
    if signature.is_empty() {
        return FALSE;
    }
    if ecdsa::Signature::from_slice(signature).is_err() { NOT_DER } else { NULL_FAIL }
}
