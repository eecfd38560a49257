//! The sandbox's own chain: outputs, who spent them, and which transactions wait for a block.

use std::collections::{HashMap, HashSet};

use bitcoin::absolute::LockTime;
use bitcoin::consensus::serialize;
use bitcoin::transaction::Version;
use bitcoin::{
    Amount, OutPoint, Script, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness,
};

use super::book::{Balance, Coin, DECODE_FAILED, Seen};
use super::show;
use super::spec::{Spec, Spending};

/// The chain and what waits to get into it.
pub(super) struct Ledger {
    spec: &'static Spec,
    known: HashMap<Txid, Known>,
    /// By whom an output was spent, waiting transactions included.
    spenders: HashMap<OutPoint, Txid>,
    /// Every output that ever was, by script, oldest first.
    outputs: HashMap<ScriptBuf, Vec<OutPoint>>,
    /// What is in no block yet.
    waiting: Vec<Txid>,
    height: u32,
}

struct Known {
    transaction: Transaction,
    /// None while it waits.
    height: Option<u32>,
}

impl Ledger {
    /// A chain without coins.
    pub(super) fn new(spec: &'static Spec) -> Self {
        let (known, spenders, outputs, waiting) = Default::default();
        Self { spec, known, spenders, outputs, waiting, height: 0 }
    }

    /// Checks a transaction as a node does and lets it wait. The errors are Bitcoin Core's.
    pub(super) fn accept(&mut self, tx: Transaction, bytes: &[u8]) -> Result<Txid, String> {
        self.check_shape(&tx)?;
        match self.known.get(&tx.compute_txid()) {
            Some(Known { height: None, .. }) => return Err("txn-already-in-mempool".to_owned()),
            Some(_) => return Err("Transaction already in block chain".to_owned()),
            None => {}
        }
        let spent = self.find_spent(&tx)?;
        self.check_amounts(&tx, &spent)?;
        let spending = Spending { transaction: &tx, bytes, spent: &spent };
        (self.spec.verify)(&spending).map_err(|error| error.to_string())?;
        Ok(self.add(tx, None))
    }

    /// Makes a confirmed output out of nothing, in a block with all that waits.
    pub(super) fn fund(&mut self, script: &Script, units: u64) -> Result<Txid, String> {
        let transaction = coinbase(self.height + 1, script, units);
        self.check_outputs(&transaction)?;
        let height = self.mine();
        Ok(self.add(transaction, Some(height)))
    }

    /// Puts all that waits into a block; its height.
    pub(super) fn mine(&mut self) -> u32 {
        self.height += 1;
        for txid in self.waiting.drain(..) {
            if let Some(known) = self.known.get_mut(&txid) {
                known.height = Some(self.height);
            }
        }
        self.height
    }

    pub(super) fn coin(&self, outpoint: OutPoint) -> Option<Coin> {
        if self.spenders.contains_key(&outpoint) {
            return None;
        }
        let known = self.known.get(&outpoint.txid)?;
        let output = self.output(outpoint)?.clone();
        Some(Coin { outpoint, output, height: known.height })
    }

    pub(super) fn coins(&self, script: &Script) -> Vec<Coin> {
        self.outputs_of(script).iter().filter_map(|outpoint| self.coin(*outpoint)).collect()
    }

    pub(super) fn transaction(&self, txid: Txid) -> Option<Seen> {
        let known = self.known.get(&txid)?;
        Some(Seen { bytes: serialize(&known.transaction), height: known.height })
    }

    pub(super) fn balance(&self, script: &Script) -> Balance {
        let mut balance = Balance { incoming: 0, outgoing: 0 };
        for outpoint in self.outputs_of(script) {
            let Some(output) = self.output(*outpoint) else { continue };
            let units = u128::from(output.value.to_sat());
            balance.incoming += units;
            if self.spenders.contains_key(outpoint) {
                balance.outgoing += units;
            }
        }
        balance
    }

    fn outputs_of(&self, script: &Script) -> &[OutPoint] {
        self.outputs.get(script).map(Vec::as_slice).unwrap_or_default()
    }

    fn output(&self, outpoint: OutPoint) -> Option<&TxOut> {
        let index = usize::try_from(outpoint.vout).ok()?;
        self.known.get(&outpoint.txid)?.transaction.output.get(index)
    }

    fn check_shape(&self, tx: &Transaction) -> Result<(), String> {
        if tx.input.is_empty() {
            return Err(DECODE_FAILED.to_owned());
        }
        if tx.input.iter().any(|input| input.previous_output.is_null()) {
            return Err("coinbase".to_owned());
        }
        let distinct: HashSet<_> = tx.input.iter().map(|input| input.previous_output).collect();
        if distinct.len() != tx.input.len() {
            return Err("bad-txns-inputs-duplicate".to_owned());
        }
        self.check_outputs(tx)
    }

    fn check_outputs(&self, tx: &Transaction) -> Result<(), String> {
        if tx.output.is_empty() {
            return Err("bad-txns-vout-empty".to_owned());
        }
        if tx.output.iter().any(|output| output.value.to_sat() > self.spec.max_money) {
            return Err("bad-txns-vout-toolarge".to_owned());
        }
        if sum(&tx.output) > u128::from(self.spec.max_money) {
            return Err("bad-txns-txouttotal-toolarge".to_owned());
        }
        Ok(())
    }

    fn find_spent(&self, tx: &Transaction) -> Result<Vec<TxOut>, String> {
        let spender = |input: &TxIn| self.spenders.get(&input.previous_output);
        let waits = |txid: &Txid| self.known.get(txid).is_some_and(|known| known.height.is_none());
        if tx.input.iter().filter_map(spender).any(waits) {
            return Err("txn-mempool-conflict".to_owned());
        }
        let coins = tx.input.iter().map(|input| self.coin(input.previous_output));
        let spent: Option<Vec<_>> = coins.map(|coin| coin.map(|coin| coin.output)).collect();
        spent.ok_or_else(|| "bad-txns-inputs-missingorspent".to_owned())
    }

    fn check_amounts(&self, tx: &Transaction, spent: &[TxOut]) -> Result<(), String> {
        let (incoming, outgoing) = (sum(spent), sum(&tx.output));
        let Some(fee) = incoming.checked_sub(outgoing) else {
            let (incoming, outgoing) = (show(incoming), show(outgoing));
            return Err(format!(
                "bad-txns-in-belowout, value in ({incoming}) < value out ({outgoing})"
            ));
        };
        let size = u128::try_from(tx.vsize()).unwrap_or(u128::MAX);
        let needed = size.saturating_mul(u128::from(self.spec.relay_fee)) / 1000;
        if fee < needed {
            return Err(format!("min relay fee not met, {fee} < {needed}"));
        }
        Ok(())
    }

    fn add(&mut self, transaction: Transaction, height: Option<u32>) -> Txid {
        let txid = transaction.compute_txid();
        for input in transaction.input.iter().filter(|input| !input.previous_output.is_null()) {
            self.spenders.insert(input.previous_output, txid);
        }
        for (index, output) in (0_u32..).zip(&transaction.output) {
            let script = output.script_pubkey.clone();
            self.outputs.entry(script).or_default().push(OutPoint::new(txid, index));
        }
        if height.is_none() {
            self.waiting.push(txid);
        }
        self.known.insert(txid, Known { transaction, height });
        txid
    }
}

fn sum(outputs: &[TxOut]) -> u128 {
    outputs.iter().map(|output| u128::from(output.value.to_sat())).sum()
}

/// The height in it gives each one a hash of its own (BIP-34).
fn coinbase(height: u32, script: &Script, units: u64) -> Transaction {
    let input = TxIn {
        previous_output: OutPoint::null(),
        script_sig: ScriptBuf::builder().push_int(height.into()).into_script(),
        sequence: Sequence::MAX,
        witness: Witness::new(),
    };
    let output = TxOut { value: Amount::from_sat(units), script_pubkey: script.to_owned() };
    Transaction {
        version: Version::ONE,
        lock_time: LockTime::ZERO,
        input: vec![input],
        output: vec![output],
    }
}
