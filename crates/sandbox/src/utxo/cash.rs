//! Bitcoin Cash: P2PKH with the forked sighash and either kind of signature. Core's code knows
//! neither. Other scripts can be funded here, but not spent.

use bitcoin::consensus::Encodable;
use bitcoin::hashes::{Hash as _, HashEngine, hash160, sha256d};
use bitcoin::secp256k1::{Message, PublicKey, Secp256k1, ecdsa};
use bitcoin::{Script, TxOut};

use super::consensus::{has_high_s, pushes};
use super::reason::{EQUAL_VERIFY, NO_FORK_ID, NOT_DER, NULL_FAIL, STACK};
use super::schnorr;
use super::spec::{ScriptError, Spending};

/// ALL with FORKID.
const HASH_TYPE: u8 = 0x41;
const FORK_ID: u8 = 0x40;

/// Checks every input.
pub(super) fn verify(spending: &Spending) -> Result<(), ScriptError> {
    if spending.transaction.input.iter().any(|input| !input.witness.is_empty()) {
        return Err(ScriptError::Mandatory("Witness provided for non-witness script"));
    }
    for (index, output) in spending.spent.iter().enumerate() {
        verify_input(spending, index, output)?;
    }
    Ok(())
}

fn verify_input(spending: &Spending, index: usize, output: &TxOut) -> Result<(), ScriptError> {
    let script = &output.script_pubkey;
    let unlocking = &spending.transaction.input[index].script_sig;
    if !script.is_p2pkh() {
        return Err(ScriptError::Mandatory("the sandbox spends P2PKH alone on this chain"));
    }
    if !unlocking.is_push_only() {
        return Err(ScriptError::Mandatory("Only push operators allowed in signatures"));
    }
    let stack: Vec<_> = pushes(unlocking).collect();
    let [rest @ .., signature, key] = stack.as_slice() else {
        return Err(ScriptError::Mandatory(STACK));
    };
    if hash160::Hash::hash(key).to_byte_array() != script.as_bytes()[3..23] {
        return Err(ScriptError::Mandatory(EQUAL_VERIFY));
    }
    verify_signature(signature, key, &sighash(spending, index, script, output))?;
    if !rest.is_empty() {
        return Err(ScriptError::Mandatory("Stack size must be exactly one after execution"));
    }
    Ok(())
}

fn verify_signature(signature: &[u8], key: &[u8], digest: &[u8; 32]) -> Result<(), ScriptError> {
    let Some((hash_type, bytes)) = signature.split_last() else {
        return Err(ScriptError::Mandatory(NULL_FAIL));
    };
    if hash_type & FORK_ID == 0 {
        return Err(ScriptError::Mandatory(NO_FORK_ID));
    }
    if *hash_type != HASH_TYPE {
        return Err(ScriptError::Mandatory("Signature hash type missing or not understood"));
    }
    let is_valid = match <&[u8; 64]>::try_from(bytes) {
        Ok(bytes) => schnorr::verify(key, digest, bytes),
        Err(_) => verify_ecdsa(bytes, key, digest)?,
    };
    if is_valid { Ok(()) } else { Err(ScriptError::Mandatory(NULL_FAIL)) }
}

fn verify_ecdsa(bytes: &[u8], key: &[u8], digest: &[u8; 32]) -> Result<bool, ScriptError> {
    let signature =
        ecdsa::Signature::from_der(bytes).map_err(|_| ScriptError::Mandatory(NOT_DER))?;
    if has_high_s(&[bytes, &[1]].concat()) {
        return Err(ScriptError::Mandatory(
            "Non-canonical signature: S value is unnecessarily high",
        ));
    }
    let message = Message::from_digest(*digest);
    let key = PublicKey::from_slice(key);
    Ok(key.is_ok_and(|key| {
        Secp256k1::verification_only().verify_ecdsa(&message, &signature, &key).is_ok()
    }))
}

/// BIP-143 with the hash type of the fork, for ALL.
fn sighash(spending: &Spending, index: usize, script: &Script, output: &TxOut) -> [u8; 32] {
    let transaction = spending.transaction;
    let input = &transaction.input[index];
    let inputs = || transaction.input.iter();
    let mut engine = sha256d::Hash::engine();
    write(&mut engine, &transaction.version);
    write(&mut engine, &digest_of(inputs().map(|input| &input.previous_output)));
    write(&mut engine, &digest_of(inputs().map(|input| &input.sequence)));
    write(&mut engine, &input.previous_output);
    write(&mut engine, &script.as_bytes().to_vec());
    write(&mut engine, &output.value);
    write(&mut engine, &input.sequence);
    write(&mut engine, &digest_of(transaction.output.iter()));
    write(&mut engine, &transaction.lock_time);
    write(&mut engine, &u32::from(HASH_TYPE));
    sha256d::Hash::from_engine(engine).to_byte_array()
}

fn digest_of<'a, T: Encodable + 'a>(parts: impl Iterator<Item = &'a T>) -> sha256d::Hash {
    let mut engine = sha256d::Hash::engine();
    parts.for_each(|part| write(&mut engine, part));
    sha256d::Hash::from_engine(engine)
}

fn write<T: Encodable>(engine: &mut impl HashEngine, part: &T) {
    let mut bytes = Vec::new();
    // A Vec takes everything.
    let _ = part.consensus_encode(&mut bytes);
    engine.input(&bytes);
}

#[cfg(test)]
mod tests {
    use bitcoin::consensus::encode;
    use bitcoin::{Amount, Transaction};

    use super::*;

    /// Signed by Tatum KMS 8.0.1: two wallets; more than 32 bits of satoshi and a lock time; an
    /// uncompressed key.
    const SIGNED: [(&str, &[u64]); 3] = [
        (include_str!("../../tests/fixtures/bch-two-wallets.hex"), &[30_000_000, 31_000_000]),
        (include_str!("../../tests/fixtures/bch-large-amount.hex"), &[4_294_967_296]),
        (include_str!("../../tests/fixtures/bch-uncompressed-key.hex"), &[70_000_000]),
    ];

    fn check(hex: &str, values: &[u64]) -> Result<(), ScriptError> {
        let bytes = hex::decode(hex.trim()).unwrap();
        let transaction: Transaction = encode::deserialize(&bytes).unwrap();
        let spent = |(input, value): (&bitcoin::TxIn, &u64)| {
            let key = pushes(&input.script_sig).last().unwrap();
            let hash = bitcoin::PubkeyHash::from_raw_hash(hash160::Hash::hash(key));
            TxOut {
                value: Amount::from_sat(*value),
                script_pubkey: bitcoin::ScriptBuf::new_p2pkh(&hash),
            }
        };
        let spent: Vec<_> = transaction.input.iter().zip(values).map(spent).collect();
        verify(&Spending { transaction: &transaction, bytes: &bytes, spent: &spent })
    }

    #[test]
    fn signatures_of_another_signer_are_accepted() {
        for (hex, values) in SIGNED {
            assert_eq!(check(hex, values), Ok(()));
            let other: Vec<_> = values.iter().map(|value| value + 1).collect();
            assert_eq!(check(hex, &other), Err(ScriptError::Mandatory(NULL_FAIL)));
        }
    }
}
