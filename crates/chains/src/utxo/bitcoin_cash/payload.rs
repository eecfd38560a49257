//! The payload of Bitcoin Cash: `<hex of the unsigned transaction>:[<spent amounts in satoshi>]`.

use std::collections::{HashMap, HashSet};

use bitcoin::consensus::encode;
use bitcoin::{Amount, OutPoint, Transaction, TxOut};
use kms_core::{PendingTransaction, WithdrawalInput};
use kms_crypto::secp256k1::PublicKey;
use serde_json::Value;

use crate::chain::Chain as _;
use crate::error::PayloadError;
use crate::number;
use crate::utxo::draft::Draft;
use crate::utxo::spend::key_hash;
use crate::utxo::{Utxo, pending as named};

/// Reads the payload of a pending transaction, and says which signer each input belongs to.
pub(super) fn read(
    chain: &Utxo,
    pending: &PendingTransaction,
    signers: &[PublicKey],
) -> Result<Draft, PayloadError> {
    let chain = chain.spec().ticker.0;
    let json = |problem: &str| PayloadError::Json { chain, problem: problem.to_owned() };
    let text = pending.payload.expose_secret();
    let (digits, amounts) =
        text.split_once(':').ok_or_else(|| json("it is not `hex:[amounts]`; there is no colon"))?;
    let tx = transaction(digits).map_err(json)?;
    let amounts = read_amounts(amounts, tx.input.len()).map_err(|error| match error {
        AmountError::List(problem) => PayloadError::Json { chain, problem },
        AmountError::Input(number, problem) => {
            let problem = format!("has an amount that {problem}");
            PayloadError::Part { part: "input", number, problem }
        }
    })?;
    let inputs = pending.withdrawal.as_ref().and_then(|withdrawal| withdrawal.inputs.as_ref());
    let spent = inputs.map(|inputs| named::spent(inputs).collect::<Vec<_>>());
    let assigned = match spent {
        Some(spent) if spent.len() == signers.len() => by_outpoint(&tx, &spent)?,
        _ => by_position(tx.input.len(), signers, pending)?,
    };
    let output = |(amount, signer): (u64, &usize)| TxOut {
        value: Amount::from_sat(amount),
        script_pubkey: key_hash(&signers[*signer].to_script_form()),
    };
    Draft {
        spent: amounts.into_iter().zip(&assigned).map(output).collect(),
        tx,
        multisig: HashMap::new(),
        assigned: Some(assigned),
        has_change: false,
        fee: None,
    }
    .checked()
}

fn transaction(digits: &str) -> Result<Transaction, &'static str> {
    let bytes = hex::decode(digits).map_err(|_| "the transaction is not hexadecimal")?;
    let tx: Transaction = encode::deserialize(&bytes)
        .map_err(|_| "the transaction breaks off, or there are bytes behind its end")?;
    // Bitcoin's form with witnesses would be read as well, and written differently.
    if encode::serialize(&tx) != bytes || tx.input.iter().any(|input| !input.witness.is_empty()) {
        return Err("the transaction is not in Bitcoin Cash's form");
    }
    if tx.input.iter().any(|input| !input.script_sig.is_empty()) {
        return Err("the transaction has unlocking scripts already");
    }
    Ok(tx)
}

enum AmountError {
    List(String),
    Input(usize, String),
}

fn read_amounts(text: &str, inputs: usize) -> Result<Vec<u64>, AmountError> {
    let list = serde_json::from_str::<Vec<Value>>(text).map_err(|_| {
        AmountError::List("what follows the colon is not a list of amounts".to_owned())
    })?;
    if list.len() != inputs {
        let problem = format!("it has {} amounts for {inputs} inputs", list.len());
        return Err(AmountError::List(problem));
    }
    let amount = |(place, value)| {
        number::required(Some(value)).map_err(|problem| AmountError::Input(place, problem))
    };
    list.iter().enumerate().map(amount).collect()
}

/// As many keys as inputs belong to them in order, also if some repeat; else as many different keys; else
/// one key signs all.
fn by_position(
    inputs: usize,
    signers: &[PublicKey],
    pending: &PendingTransaction,
) -> Result<Vec<usize>, PayloadError> {
    if signers.len() == inputs {
        return Ok((0..inputs).collect());
    }
    let mut seen = HashSet::new();
    let distinct: Vec<usize> =
        (0..signers.len()).filter(|place| seen.insert(signers[*place].to_script_form())).collect();
    match distinct.len() {
        1 => Ok(vec![distinct[0]; inputs]),
        count if count == inputs => Ok(distinct),
        count => Err(PayloadError::Field {
            field: "inputs",
            problem: format!(
                "are {inputs}, but the wallets {} have {count} different keys; name one wallet for \
                 each input",
                named::wallets(pending)
            ),
        }),
    }
}

/// In a withdrawal every input names the output it spends.
fn by_outpoint(tx: &Transaction, spent: &[&WithdrawalInput]) -> Result<Vec<usize>, PayloadError> {
    let mut places: HashMap<(String, Option<u32>), usize> = HashMap::new();
    for (place, input) in spent.iter().enumerate() {
        places.insert((input.transaction.to_ascii_lowercase(), input.output), place);
    }
    let find = |OutPoint { txid, vout }: OutPoint| {
        let txid = txid.to_string();
        places.get(&(txid.clone(), Some(vout))).or_else(|| places.get(&(txid, None))).copied()
    };
    let inputs = tx.input.iter().enumerate();
    let assigned = inputs.map(|(number, input)| {
        find(input.previous_output).ok_or_else(|| PayloadError::Part {
            part: "input",
            number,
            problem: format!(
                "spends {}, which withdrawalResponses does not name",
                input.previous_output
            ),
        })
    });
    assigned.collect()
}
