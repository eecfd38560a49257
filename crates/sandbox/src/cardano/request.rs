//! What applications ask for, made into the operations that the daemon signs.
//!
//! The API's two forms: `fromAddress` takes outputs of addresses until they are enough, `fromUTXO`
//! spends exactly what it names. With `fee` and `changeAddress` the rest comes back; without them it
//! is the fee.

use serde::Deserialize;

use super::address::Address;
use super::ledger::{Ledger, least_lovelace};
use super::{DECIMALS, Outpoint, Output, operations};
use crate::decimal::Decimal;
use crate::error::ApiError;
use crate::pending::{Draft, Signer};
use crate::signed_by::check_wallet;

/// The body of `/v3/ada/transaction`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Transfer {
    #[serde(default)]
    from_address: Vec<FromAddress>,
    #[serde(default, rename = "fromUTXO")]
    from_utxo: Vec<FromUtxo>,
    to: Vec<Target>,
    fee: Option<Decimal>,
    change_address: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FromAddress {
    address: String,
    #[serde(default)]
    signature_id: String,
    /// Which key of a mnemonic.
    index: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FromUtxo {
    tx_hash: String,
    /// Which output of the transaction.
    index: u64,
    #[serde(default)]
    signature_id: String,
    /// Which key of a mnemonic.
    signature_id_index: Option<u64>,
}

#[derive(Deserialize)]
struct Target {
    address: String,
    value: Decimal,
}

/// What is spent, and who signs for it.
#[derive(Default)]
struct Inputs {
    list: Vec<(Outpoint, Output)>,
    signers: Vec<Signer>,
}

impl Inputs {
    fn sum(&self) -> u128 {
        self.list.iter().map(|(_, output)| u128::from(output.lovelace)).sum()
    }

    fn add(&mut self, outpoint: Outpoint, output: Output, signer: &Signer) {
        self.list.push((outpoint, output));
        let is_new = |known: &Signer| known.id != signer.id || known.index != signer.index;
        if self.signers.iter().all(is_new) {
            self.signers.push(signer.clone());
        }
    }
}

/// Settles inputs, outputs and change.
pub(super) fn draft(ledger: &Ledger, transfer: &Transfer) -> Result<Draft, ApiError> {
    let mut outputs = targets(&transfer.to)?;
    let change = change(transfer)?;
    let paid: u128 = outputs.iter().map(|output| u128::from(output.lovelace)).sum();
    let needed = paid + change.as_ref().map_or(0, |(_, fee)| u128::from(*fee));
    let mut inputs = Inputs::default();
    for from in &transfer.from_utxo {
        take_named(ledger, from, &mut inputs)?;
    }
    for from in &transfer.from_address {
        take_enough(ledger, from, needed, &mut inputs)?;
    }
    let rest = rest(&inputs, needed)?;
    // Too little change is left to the fee.
    let change = change.filter(|(address, _)| rest >= least_lovelace(address));
    outputs.extend(change.map(|(address, _)| Output { address, lovelace: rest }));
    let serialized_transaction = operations::write(&inputs.list, &outputs).to_string();
    // Keys of mnemonics are named in one list, wallets of a single key in the other.
    let (of_mnemonics, single): (Vec<_>, Vec<_>) =
        inputs.signers.into_iter().partition(|signer| signer.index.is_some());
    Ok(Draft {
        chain: "ADA".to_owned(),
        hashes: single.into_iter().map(|signer| signer.id).collect(),
        serialized_transaction,
        signatures: (!of_mnemonics.is_empty()).then_some(of_mnemonics),
        ..Draft::default()
    })
}

fn targets(to: &[Target]) -> Result<Vec<Output>, ApiError> {
    if to.is_empty() {
        return Err(ApiError::invalid("to", "[]".into(), "it is empty; name a recipient"));
    }
    let target = |target: &Target| {
        let lovelace = target.value.units("to.value", DECIMALS)?;
        Ok(Output { address: Address::read(&target.address)?, lovelace })
    };
    to.iter().map(target).collect()
}

/// Where the rest goes, and what is kept of it as the fee.
fn change(transfer: &Transfer) -> Result<Option<(Address, u64)>, ApiError> {
    match (&transfer.change_address, &transfer.fee) {
        (None, None) => Ok(None),
        (Some(to), Some(fee)) => Ok(Some((Address::read(to)?, fee.units("fee", DECIMALS)?))),
        _ => {
            let reason = "fee and changeAddress work together only; send both or none";
            Err(ApiError::invalid("fee", "".into(), reason))
        }
    }
}

fn take_named(ledger: &Ledger, from: &FromUtxo, inputs: &mut Inputs) -> Result<(), ApiError> {
    let refused = |reason: &str| {
        ApiError::invalid("fromUTXO.txHash", from.tx_hash.as_str().into(), reason.to_owned())
    };
    let mut hash = [0; 32];
    hex::decode_to_slice(&from.tx_hash, &mut hash)
        .map_err(|_| refused("a hash is 64 hex digits"))?;
    let outpoint = (hash, from.index);
    let output = ledger.output(&outpoint);
    let output = output.ok_or_else(|| refused("it has no such unspent output"))?.clone();
    if inputs.list.iter().any(|(known, _)| *known == outpoint) {
        return Err(refused("the output is named twice"));
    }
    inputs.add(outpoint, output, &signer(&from.signature_id, from.signature_id_index)?);
    Ok(())
}

fn take_enough(
    ledger: &Ledger,
    from: &FromAddress,
    needed: u128,
    inputs: &mut Inputs,
) -> Result<(), ApiError> {
    let signer = signer(&from.signature_id, from.index)?;
    let address = Address::read(&from.address)?;
    for (outpoint, lovelace) in ledger.outputs(&address) {
        let is_taken = inputs.list.iter().any(|(known, _)| *known == outpoint);
        if inputs.sum() < needed && !is_taken {
            inputs.add(outpoint, Output { address: address.clone(), lovelace }, &signer);
        }
    }
    Ok(())
}

fn signer(id: &str, index: Option<u64>) -> Result<Signer, ApiError> {
    Ok(Signer { id: check_wallet("signatureId", id)?, index })
}

fn rest(inputs: &Inputs, needed: u128) -> Result<u64, ApiError> {
    let available = inputs.sum();
    let rest = available.checked_sub(needed).and_then(|rest| u64::try_from(rest).ok());
    rest.filter(|_| !inputs.list.is_empty()).ok_or_else(|| {
        ApiError::refused(
            "balance.insufficient",
            format!(
                "the inputs hold {available} lovelace, {needed} are needed; fund them or send less"
            ),
        )
    })
}
