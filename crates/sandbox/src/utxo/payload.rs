//! What the daemon is given to sign.

use bitcoin::absolute::LockTime;
use bitcoin::consensus::encode;
use bitcoin::transaction::Version;
use bitcoin::{ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness};
use serde_json::{Map, Value, json};

use super::book::Coin;
use super::script_text;

/// A transfer whose inputs and outputs are settled.
pub(super) struct Plan {
    pub(super) version: i32,
    pub(super) inputs: Vec<Coin>,
    pub(super) outputs: Vec<TxOut>,
    /// Where change was to go, even if there is none.
    pub(super) change: Option<Change>,
}

/// The change and the fee that go with it.
pub(super) struct Change {
    pub(super) script: ScriptBuf,
    /// Where it is among the outputs; none where it was too little.
    pub(super) index: Option<usize>,
    /// What the miners get.
    pub(super) fee: u64,
}

impl Plan {
    fn transaction(&self) -> Transaction {
        let inputs = self.inputs.iter().map(|coin| TxIn {
            previous_output: coin.outpoint,
            script_sig: ScriptBuf::new(),
            sequence: Sequence::MAX,
            witness: Witness::new(),
        });
        Transaction {
            version: Version(self.version),
            lock_time: LockTime::ZERO,
            input: inputs.collect(),
            output: self.outputs.clone(),
        }
    }
}

/// The JSON of a bitcore transaction, which carries scripts and amounts of what is spent.
pub(super) fn bitcore(plan: &Plan) -> String {
    let inputs: Vec<_> = plan.inputs.iter().map(input).collect();
    let outputs: Vec<_> = plan.outputs.iter().map(output).collect();
    let mut object = Map::new();
    let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
    set("hash", plan.transaction().compute_txid().to_string().into());
    set("version", plan.version.into());
    set("inputs", inputs.into());
    set("outputs", outputs.into());
    set("nLockTime", 0.into());
    if let Some(change) = &plan.change {
        set("changeScript", script_text::write(&change.script).into());
        if let Some(index) = change.index {
            set("changeIndex", index.into());
        }
        set("fee", change.fee.into());
    }
    Value::from(object).to_string()
}

fn input(coin: &Coin) -> Value {
    json!({
        "prevTxId": coin.outpoint.txid.to_string(),
        "outputIndex": coin.outpoint.vout,
        "sequenceNumber": Sequence::MAX.0,
        "script": "",
        "scriptString": "",
        "output": output(&coin.output),
    })
}

fn output(output: &TxOut) -> Value {
    json!({
        "satoshis": output.value.to_sat(),
        "script": output.script_pubkey.to_hex_string(),
    })
}

/// The serialised transaction and the amounts of what it spends.
pub(super) fn hex_and_values(plan: &Plan) -> String {
    let values: Vec<_> = plan.inputs.iter().map(|coin| coin.output.value.to_sat()).collect();
    format!("{}:{}", encode::serialize_hex(&plan.transaction()), json!(values))
}
