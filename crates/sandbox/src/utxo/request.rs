//! What applications ask for, made into what the daemon signs.
//!
//! The API's two forms: `fromAddress` takes coins of addresses until they are enough, `fromUTXO`
//! spends exactly what it names. With `fee` and `changeAddress` the rest comes back; without them it
//! is the fee.

use bitcoin::{Amount, OutPoint, TxOut, Txid};
use serde::Deserialize;
use serde_json::{Value, json};

use super::address;
use super::book::{Book, Coin};
use super::payload::{Change, Plan};
use super::spec::Spec;
use super::{DECIMALS, show};
use crate::decimal::Decimal;
use crate::error::ApiError;
use crate::pending::{Draft, Signer};
use crate::signed_by::check_wallet;

/// The body of `/v3/{chain}/transaction`.
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
    index: u32,
    #[serde(default)]
    signature_id: String,
    /// Which key of a mnemonic.
    signature_id_index: Option<u64>,
    /// DOGE names it; it must be right.
    value: Option<Decimal>,
    /// DOGE names it; it must be right.
    address: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    address: String,
    value: Decimal,
}

/// A coin and whose key signs for it.
struct Input {
    coin: Coin,
    signer: Signer,
}

/// The body of `/v3/offchain/{chain}/transfer`. The deposit addresses of a virtual account are the API's to
/// know; the sandbox is told.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Withdrawal {
    address: String,
    amount: Decimal,
    #[serde(default)]
    fee: Option<Decimal>,
    /// Where the rest goes.
    attr: Option<String>,
    from: Vec<DepositAddress>,
    #[serde(default)]
    signature_id: String,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DepositAddress {
    address: String,
    /// Which key of the mnemonic.
    derivation_key: u64,
}

/// A transfer with settled inputs, outputs and change.
struct Settled {
    plan: Plan,
    signers: Vec<Signer>,
}

/// A transfer from addresses and outputs.
pub(super) async fn draft(
    spec: &Spec,
    book: &dyn Book,
    transfer: Transfer,
) -> Result<Draft, ApiError> {
    let Settled { plan, signers } = settle(spec, book, &transfer).await?;
    let hashes = signers.iter().map(|signer| signer.id.clone()).collect();
    let signatures: Vec<_> = signers.into_iter().filter(|signer| signer.index.is_some()).collect();
    Ok(Draft {
        chain: spec.ticker.to_owned(),
        hashes,
        serialized_transaction: (spec.payload)(&plan),
        signatures: (!signatures.is_empty()).then_some(signatures),
        ..Draft::default()
    })
}

/// A withdrawal: one wallet signs, and for each input is said with which of its keys.
pub(super) async fn withdrawal(
    spec: &Spec,
    book: &dyn Book,
    request: Withdrawal,
) -> Result<Draft, ApiError> {
    let wallet = check_wallet("signatureId", &request.signature_id)?;
    let Some(first) = request.from.first() else {
        let reason = "it is empty; name the deposit addresses of the account";
        return Err(ApiError::invalid("from", "[]".into(), reason));
    };
    let change = request.attr.clone().unwrap_or_else(|| first.address.clone());
    let of = |from: &DepositAddress| FromAddress {
        address: from.address.clone(),
        signature_id: wallet.clone(),
        index: Some(from.derivation_key),
    };
    let transfer = Transfer {
        from_address: request.from.iter().map(of).collect(),
        from_utxo: Vec::new(),
        to: vec![Target { address: request.address, value: request.amount }],
        fee: Some(request.fee.unwrap_or_else(|| Decimal(show(spec.relay_fee)))),
        change_address: Some(change),
    };
    let Settled { plan, signers } = settle(spec, book, &transfer).await?;
    let inputs = plan.inputs.iter().zip(&signers).map(|(coin, signer)| {
        let OutPoint { txid, vout } = coin.outpoint;
        json!({
            "address": {
                "address": address::write(spec, &coin.output.script_pubkey),
                "currency": spec.ticker, "derivationKey": signer.index,
            },
            "amount": coins(coin.output.value), "vIn": txid.to_string(), "vInIndex": vout,
        })
    });
    // Behind the inputs stands what comes back.
    let change = plan.change.as_ref().and_then(|change| plan.outputs.get(change.index?));
    let change =
        change.map(|output| json!({ "amount": coins(output.value), "vIn": "-1", "vInIndex": -1 }));
    Ok(Draft {
        chain: spec.ticker.to_owned(),
        hashes: vec![wallet],
        withdrawal_responses: Some(inputs.chain(change).collect()),
        serialized_transaction: (spec.payload)(&Plan { change: None, ..plan }),
        ..Draft::default()
    })
}

/// A JSON number, as the API gives it.
fn coins(value: Amount) -> Value {
    serde_json::from_str(&show(value.to_sat())).unwrap_or_default()
}

async fn settle(spec: &Spec, book: &dyn Book, transfer: &Transfer) -> Result<Settled, ApiError> {
    let mut outputs = targets(spec, &transfer.to)?;
    let change = change_wish(spec, transfer)?;
    let fee = change.as_ref().map_or(0, |change| change.fee);
    let needed = total(&outputs) + u128::from(fee);
    let mut inputs = Vec::new();
    for from in &transfer.from_utxo {
        inputs.push(named_coin(spec, book, from).await?);
    }
    for from in &transfer.from_address {
        add_coins(spec, book, from, needed, &mut inputs).await?;
    }
    let rest = rest(&inputs, needed)?;
    // On BCH keys go to inputs by position, and those named by index come after the others.
    inputs.sort_by_key(|input| input.signer.index.is_some());
    let change = change.map(|change| give_change(spec, change, rest, &mut outputs)).transpose()?;
    let (inputs, signers) = inputs.into_iter().map(|input| (input.coin, input.signer)).unzip();
    Ok(Settled { plan: Plan { version: spec.version, inputs, outputs, change }, signers })
}

fn targets(spec: &Spec, to: &[Target]) -> Result<Vec<TxOut>, ApiError> {
    if to.is_empty() {
        return Err(ApiError::invalid("to", "[]".into(), "it is empty; name a recipient"));
    }
    to.iter()
        .map(|target| {
            let value = Amount::from_sat(target.value.units("to.value", DECIMALS)?);
            Ok(TxOut { value, script_pubkey: address::read(spec, &target.address)? })
        })
        .collect()
}

fn change_wish(spec: &Spec, transfer: &Transfer) -> Result<Option<Change>, ApiError> {
    match (&transfer.fee, &transfer.change_address) {
        (None, None) => Ok(None),
        (Some(fee), Some(to)) => {
            let script = address::read(spec, to)?;
            Ok(Some(Change { script, index: None, fee: fee.units("fee", DECIMALS)? }))
        }
        _ => {
            let reason = "fee and changeAddress work together only; send both or none";
            Err(ApiError::invalid("fee", "".into(), reason))
        }
    }
}

/// Adds the change to the outputs; too little of it goes to the miners.
fn give_change(
    spec: &Spec,
    mut change: Change,
    rest: u64,
    outputs: &mut Vec<TxOut>,
) -> Result<Change, ApiError> {
    if rest >= spec.least_change {
        change.index = Some(outputs.len());
        let script_pubkey = change.script.clone();
        outputs.push(TxOut { value: Amount::from_sat(rest), script_pubkey });
        return Ok(change);
    }
    change.fee = change.fee.checked_add(rest).ok_or_else(|| {
        ApiError::invalid("fee", show(change.fee).into(), "it is too large; give a smaller one")
    })?;
    Ok(change)
}

async fn named_coin(spec: &Spec, book: &dyn Book, from: &FromUtxo) -> Result<Input, ApiError> {
    let refused = |property, text: &str, reason: &str| {
        Err(ApiError::invalid(property, text.into(), reason.to_owned()))
    };
    let Ok(txid) = from.tx_hash.parse::<Txid>() else {
        return refused("fromUTXO.txHash", &from.tx_hash, "a hash is 64 hex digits");
    };
    let Some(coin) = book.coin(OutPoint::new(txid, from.index)).await? else {
        return refused("fromUTXO.txHash", &from.tx_hash, "it has no such unspent output");
    };
    if let Some(value) = &from.value
        && value.units("fromUTXO.value", DECIMALS)? != coin.output.value.to_sat()
    {
        return refused("fromUTXO.value", &value.0, "the output has another value");
    }
    if let Some(address) = &from.address
        && address::read(spec, address)? != coin.output.script_pubkey
    {
        return refused("fromUTXO.address", address, "the output is at another address");
    }
    Ok(Input { coin, signer: signer(&from.signature_id, from.signature_id_index)? })
}

async fn add_coins(
    spec: &Spec,
    book: &dyn Book,
    from: &FromAddress,
    needed: u128,
    inputs: &mut Vec<Input>,
) -> Result<(), ApiError> {
    let signer = signer(&from.signature_id, from.index)?;
    for coin in book.coins(&address::read(spec, &from.address)?).await? {
        let is_taken = inputs.iter().any(|input| input.coin.outpoint == coin.outpoint);
        if available(inputs) < needed && !is_taken {
            inputs.push(Input { coin, signer: signer.clone() });
        }
    }
    Ok(())
}

fn signer(id: &str, index: Option<u64>) -> Result<Signer, ApiError> {
    Ok(Signer { id: check_wallet("signatureId", id)?, index })
}

fn rest(inputs: &[Input], needed: u128) -> Result<u64, ApiError> {
    let available = available(inputs);
    let rest = available.checked_sub(needed).and_then(|rest| u64::try_from(rest).ok());
    rest.filter(|_| !inputs.is_empty()).ok_or_else(|| {
        let (available, needed) = (show(available), show(needed));
        ApiError::refused(
            "balance.insufficient",
            format!("the inputs hold {available}, {needed} are needed; fund them or send less"),
        )
    })
}

fn available(inputs: &[Input]) -> u128 {
    inputs.iter().map(|input| u128::from(input.coin.output.value.to_sat())).sum()
}

fn total(outputs: &[TxOut]) -> u128 {
    outputs.iter().map(|output| u128::from(output.value.to_sat())).sum()
}
