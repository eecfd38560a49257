//! The payload of Bitcoin, Litecoin and Dogecoin: a transaction in the JSON of bitcore, read strictly.

use std::collections::HashMap;

use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash as _;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness};
use kms_core::{Payload, PendingTransaction};
use kms_crypto::secp256k1::PublicKey;
use serde_json::{Map, Value};

use super::draft::Draft;
use super::multisig::Multisig;
use super::{Utxo, script};
use crate::chain::Chain as _;
use crate::error::PayloadError;
use crate::number;

type Object = Map<String, Value>;

/// Reads the payload of a pending transaction of `chain`.
pub(super) fn read(
    chain: &Utxo,
    tx: &PendingTransaction,
    _signers: &[PublicKey],
) -> Result<Draft, PayloadError> {
    let object = parse(chain.spec().ticker.0, &tx.payload)?;
    let inputs = list(&object, "inputs", input)?;
    let outputs = list(&object, "outputs", |_, value| output(Some(value)))?;
    let tx = Transaction {
        version: Version(whole(&object, "version")?.unwrap_or(0)),
        lock_time: LockTime::from_consensus(whole(&object, "nLockTime")?.unwrap_or(0)),
        input: inputs.iter().map(|(_, input, _)| input.clone()).collect(),
        output: outputs,
    };
    check_hash(&object, &tx)?;
    let has_change = check_change(&object, &tx)?;
    let mut multisig = HashMap::new();
    let mut spent = Vec::with_capacity(inputs.len());
    for (number, (object, _, output)) in inputs.into_iter().enumerate() {
        let found = Multisig::read(object, &output.script_pubkey, chain.rules.segwit);
        let found =
            found.map_err(|problem| PayloadError::Part { part: "input", number, problem })?;
        multisig.extend(found.map(|found| (number, found)));
        spent.push(output);
    }
    let fee = whole(&object, "fee")?;
    Draft { tx, spent, multisig, assigned: None, has_change, fee }.checked()
}

fn parse(chain: &'static str, payload: &Payload) -> Result<Object, PayloadError> {
    let json = |problem: String| PayloadError::Json { chain, problem };
    // The text of the parser's error may quote the payload; its place can't.
    let value = serde_json::from_str(payload.expose_secret()).map_err(|e| {
        json(format!("it breaks off or is damaged at line {} column {}", e.line(), e.column()))
    })?;
    match value {
        Value::Object(object) if object.contains_key("txData") => Err(json(
            "it is the whole answer of an SDK; send the text that its `txData` holds".to_owned(),
        )),
        Value::Object(object) => Ok(object),
        _ => Err(json("it is not an object".to_owned())),
    }
}

/// Reads every element of a list that must be there.
fn list<'a, T>(
    object: &'a Object,
    field: &'static str,
    read: impl Fn(&'a Object, &'a Value) -> Result<T, String>,
) -> Result<Vec<T>, PayloadError> {
    let Some(Value::Array(elements)) = object.get(field) else {
        let problem = "is missing, or no list".to_owned();
        return Err(PayloadError::Field { field, problem });
    };
    let part = if field == "inputs" { "input" } else { "output" };
    let elements = elements.iter().enumerate();
    let read = |(number, value): (usize, &'a Value)| {
        let problem = |problem| PayloadError::Part { part, number, problem };
        let object = value.as_object().ok_or_else(|| problem("is not an object".to_owned()))?;
        read(object, value).map_err(problem)
    };
    elements.map(read).collect()
}

/// An input, with its members and the output that it spends.
type Input<'a> = (&'a Object, TxIn, TxOut);

fn input<'a>(object: &'a Object, _value: &'a Value) -> Result<Input<'a>, String> {
    let member = |name: &str, problem: String| format!("has a `{name}` that {problem}");
    let id = txid(object.get("prevTxId")).map_err(|problem| member("prevTxId", problem))?;
    let vout = number::required(object.get("outputIndex"))
        .map_err(|problem| member("outputIndex", problem))?;
    let sequence = number::read(object.get("sequenceNumber"))
        .map_err(|problem| member("sequenceNumber", problem))?;
    let script_sig = match object.get("script") {
        None | Some(Value::Null) => ScriptBuf::new(),
        Some(value) => read_script(value).map_err(|problem| member("script", problem))?,
    };
    let given = object.get("output").filter(|output| !output.is_null());
    let spent = given.ok_or_else(|| {
        "has no `output`; amount and script of what is spent must be known".to_owned()
    })?;
    let input = TxIn {
        previous_output: OutPoint::new(id, vout),
        script_sig,
        sequence: sequence.map_or(Sequence::MAX, Sequence),
        witness: Witness::new(),
    };
    let spent =
        output(Some(spent)).map_err(|problem| format!("spends an output that {problem}"))?;
    Ok((object, input, spent))
}

fn output(value: Option<&Value>) -> Result<TxOut, String> {
    let member = |name: &str| value.and_then(|value| value.get(name));
    let value = number::required(member("satoshis"))
        .map_err(|problem| format!("has an amount (`satoshis`) that {problem}"))?;
    let script_pubkey = match member("script") {
        None | Some(Value::Null) => Err("is missing".to_owned()),
        Some(script) => read_script(script),
    };
    let script_pubkey =
        script_pubkey.map_err(|problem| format!("has a `script` that {problem}"))?;
    Ok(TxOut { value: Amount::from_sat(value), script_pubkey })
}

fn read_script(value: &Value) -> Result<ScriptBuf, String> {
    script::read(value.as_str().ok_or("is not a text")?)
}

/// The id is written in reverse.
fn txid(value: Option<&Value>) -> Result<Txid, String> {
    let digits = value.and_then(Value::as_str).ok_or("is missing, or no text")?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes)
        .map_err(|_| "is not 64 hexadecimal digits".to_owned())?;
    bytes.reverse();
    Ok(Txid::from_byte_array(bytes))
}

fn whole<T: TryFrom<i128>>(
    object: &Object,
    field: &'static str,
) -> Result<Option<T>, PayloadError> {
    number::read(object.get(field)).map_err(|problem| PayloadError::Field { field, problem })
}

/// The payload's own hash must be that of the transaction in it.
fn check_hash(object: &Object, tx: &Transaction) -> Result<(), PayloadError> {
    let problem = |problem: String| PayloadError::Field { field: "hash", problem };
    let given = match object.get("hash") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::String(given)) if given.is_empty() => return Ok(()),
        Some(given) => txid(Some(given)).map_err(problem)?,
    };
    let found = tx.compute_txid();
    if given == found {
        return Ok(());
    }
    Err(problem(format!("is not the transaction's, which is {found}")))
}

/// Whether there is change; if the payload says which output it is, that one must be it.
fn check_change(object: &Object, tx: &Transaction) -> Result<bool, PayloadError> {
    let problem = |field, problem: String| PayloadError::Field { field, problem };
    let script = match object.get("changeScript") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.is_empty() => None,
        Some(value) => Some(read_script(value).map_err(|p| problem("changeScript", p))?),
    };
    let index: u32 = whole(object, "changeIndex")?.unwrap_or(0);
    // Index 0 counts as none given, as in bitcore.
    if index == 0 {
        return Ok(script.is_some());
    }
    let Some(script) = script else {
        return Err(problem("changeScript", "is missing, but there is a changeIndex".to_owned()));
    };
    match tx.output.get(index as usize) {
        None => Err(problem("changeIndex", format!("is {index}, but there is no such output"))),
        Some(output) if output.script_pubkey != script => {
            Err(problem("changeScript", format!("is not the script of output {index}")))
        }
        Some(_) => Ok(true),
    }
}
