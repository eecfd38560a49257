//! The outputs that there are, and what a transaction has to satisfy.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ed25519_dalek::{Signature, VerifyingKey};

use super::address::{Address, key_hash};
use super::decode::{Body, SignedTransaction, Witness};
use super::refusal::Refusal;
use super::{Outpoint, Output, blake2b_256, cbor};

/// Lovelace that a transaction and each of its bytes cost at least.
pub(super) const FEE_CONSTANT: u64 = 155_381;
pub(super) const FEE_COEFFICIENT: u64 = 44;

/// Lovelace that there must be in an output for each of its bytes, and for those that it costs besides.
pub(super) const COINS_PER_BYTE: u64 = 4_310;
const OUTPUT_OVERHEAD: u64 = 160;

/// The unspent outputs.
#[derive(Default)]
pub(super) struct Ledger {
    unspent: HashMap<Outpoint, Output>,
    /// The unspent outputs of an address, oldest first.
    by_address: HashMap<Address, BTreeMap<u64, Outpoint>>,
    /// How many outputs there ever were.
    count: u64,
}

impl Ledger {
    /// Checks a transaction and puts it on chain.
    pub(super) fn submit(&mut self, tx: &SignedTransaction, slot: u64) -> Result<(), Refusal> {
        let body = &tx.body;
        self.check_inputs(body)?;
        self.check_witnesses(tx)?;
        check_interval(body, slot)?;
        check_fee(tx)?;
        self.check_value(body)?;
        check_outputs(body)?;
        for input in &body.inputs {
            self.remove(input);
        }
        for (place, output) in (0_u64..).zip(&body.outputs) {
            self.add((tx.hash, place), output.clone());
        }
        Ok(())
    }

    /// Makes an output out of nothing; answers the hash of its transaction.
    pub(super) fn fund(&mut self, address: Address, lovelace: u64) -> [u8; 32] {
        let hash = blake2b_256(format!("faucet {}", self.count).as_bytes());
        self.add((hash, 0), Output { address, lovelace });
        hash
    }

    /// An output, if it is unspent.
    pub(super) fn output(&self, outpoint: &Outpoint) -> Option<&Output> {
        self.unspent.get(outpoint)
    }

    /// The unspent outputs of an address, oldest first.
    pub(super) fn outputs(&self, address: &Address) -> Vec<(Outpoint, u64)> {
        let outpoints = self.by_address.get(address).into_iter().flat_map(BTreeMap::values);
        outpoints.map(|outpoint| (*outpoint, self.unspent[outpoint].lovelace)).collect()
    }

    fn add(&mut self, outpoint: Outpoint, output: Output) {
        let of_address = self.by_address.entry(output.address.clone()).or_default();
        of_address.insert(self.count, outpoint);
        self.count += 1;
        self.unspent.insert(outpoint, output);
    }

    fn remove(&mut self, outpoint: &Outpoint) {
        let output = self.unspent.remove(outpoint);
        if let Some(list) = output.and_then(|output| self.by_address.get_mut(&output.address)) {
            list.retain(|_, known| known != outpoint);
        }
    }

    fn check_inputs(&self, body: &Body) -> Result<(), Refusal> {
        if body.inputs.is_empty() {
            return Err(Refusal::NoInputs);
        }
        let is_missing = |input: &&Outpoint| !self.unspent.contains_key(*input);
        let missing: Vec<_> = body.inputs.iter().filter(is_missing).copied().collect();
        if missing.len() == body.inputs.len() {
            return Err(Refusal::AllInputsSpent);
        }
        if missing.is_empty() { Ok(()) } else { Err(Refusal::MissingInputs(missing)) }
    }

    fn check_witnesses(&self, tx: &SignedTransaction) -> Result<(), Refusal> {
        let is_wrong = |witness: &&Witness| !holds(witness, &tx.hash);
        let wrong: Vec<_> =
            tx.witnesses.iter().filter(is_wrong).map(|witness| witness.key).collect();
        if !wrong.is_empty() {
            return Err(Refusal::InvalidWitnesses(wrong));
        }
        let mut needed = BTreeSet::new();
        for output in tx.body.inputs.iter().filter_map(|input| self.output(input)) {
            needed.insert(output.address.payment_key().ok_or(Refusal::Script)?);
        }
        for witness in &tx.witnesses {
            needed.remove(&key_hash(&witness.key));
        }
        if needed.is_empty() {
            return Ok(());
        }
        Err(Refusal::MissingWitnesses(needed.into_iter().collect()))
    }

    /// An input that is there twice counts once: inputs are a set.
    fn check_value(&self, body: &Body) -> Result<(), Refusal> {
        let inputs: BTreeSet<_> = body.inputs.iter().collect();
        let spent = inputs.into_iter().filter_map(|input| self.output(input));
        let consumed: u128 = spent.map(|output| u128::from(output.lovelace)).sum();
        let paid: u128 = body.outputs.iter().map(|output| u128::from(output.lovelace)).sum();
        let produced = paid + u128::from(body.fee);
        if consumed == produced {
            return Ok(());
        }
        Err(Refusal::NotConserved { consumed, produced })
    }
}

fn holds(witness: &Witness, hash: &[u8; 32]) -> bool {
    let signature = Signature::from_bytes(&witness.signature);
    VerifyingKey::from_bytes(&witness.key)
        .is_ok_and(|key| key.verify_strict(hash, &signature).is_ok())
}

fn check_interval(body: &Body, slot: u64) -> Result<(), Refusal> {
    match body.ttl {
        Some(ttl) if slot >= ttl => Err(Refusal::Expired { ttl, slot }),
        _ => Ok(()),
    }
}

fn check_fee(tx: &SignedTransaction) -> Result<(), Refusal> {
    let (fee, least) = (tx.body.fee, least_fee(tx.size));
    if fee < least { Err(Refusal::FeeTooSmall { fee, least }) } else { Ok(()) }
}

/// The least fee of a transaction of so many bytes, in lovelace.
pub(super) fn least_fee(size: u64) -> u64 {
    FEE_CONSTANT + FEE_COEFFICIENT * size
}

fn check_outputs(body: &Body) -> Result<(), Refusal> {
    let all = |wrong: &dyn Fn(&Output) -> bool| -> Vec<Output> {
        body.outputs.iter().filter(|output| wrong(output)).cloned().collect()
    };
    let small = all(&|output| output.lovelace < least_lovelace(&output.address));
    if !small.is_empty() {
        return Err(Refusal::OutputTooSmall(small));
    }
    let foreign = all(&|output| output.address.is_of_mainnet() || !output.address.is_of_testnet());
    if foreign.is_empty() { Ok(()) } else { Err(Refusal::WrongNetwork(foreign)) }
}

/// The least lovelace in an output, which is more for more bytes.
pub(super) fn least_lovelace(address: &Address) -> u64 {
    // As a list with an amount of four bytes, which every amount near the least has.
    let address = cbor::write(&ciborium::Value::Bytes(address.0.clone()));
    (OUTPUT_OVERHEAD + 1 + address.len() as u64 + 5) * COINS_PER_BYTE
}
