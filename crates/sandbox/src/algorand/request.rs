//! What applications ask for, made into the JSON that the daemon signs: algosdk's `Transaction` as
//! JavaScript prints it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::address::{self, Key};
use super::ledger::{GENESIS_HASH, Ledger, MAX_LIFE, MIN_FEE, TEST_ASSET};
use super::{DECIMALS, TICKER};
use crate::amount;
use crate::error::ApiError;
use crate::pending::Draft;
use crate::request::read;
use crate::signed_by::SignedBy;

const GENESIS_ID: &str = "testnet-v1.0";

/// The body of `/v3/algorand/transaction`.
#[derive(Deserialize)]
pub(super) struct Payment {
    from: String,
    to: String,
    amount: String,
    /// In ALGO.
    fee: Option<String>,
    note: Option<String>,
    #[serde(flatten)]
    signed_by: SignedBy,
}

/// The body of `/v3/blockchain/token/transaction`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenTransfer {
    from: String,
    to: String,
    amount: String,
    /// The asset's number.
    contract_address: String,
    digits: Option<u8>,
    #[serde(flatten)]
    signed_by: SignedBy,
}

/// The body of `/v3/algorand/asset/receive`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Receive {
    from: String,
    asset_id: u64,
    #[serde(flatten)]
    signed_by: SignedBy,
}

pub(super) fn payment(ledger: &Ledger, request: &Payment) -> Result<Draft, ApiError> {
    let fee = match &request.fee {
        Some(fee) => whole("fee", fee, DECIMALS)?,
        None => MIN_FEE,
    };
    let note = request.note.as_deref().unwrap_or_default();
    let mut payload = beginning();
    payload.extend(parties(&request.from, &request.to)?);
    payload.extend([
        ("amount".to_owned(), whole("amount", &request.amount, DECIMALS)?.into()),
        ("note".to_owned(), indexed(note.as_bytes())),
        ("type".to_owned(), "pay".into()),
        ("flatFee".to_owned(), true.into()),
    ]);
    payload.extend(end(ledger, fee));
    request.signed_by.draft(TICKER, Value::from(payload).to_string())
}

pub(super) fn token_transfer(ledger: &Ledger, request: Value) -> Result<Draft, ApiError> {
    let request: TokenTransfer = read(request)?;
    let asset = request.contract_address.parse().map_err(|_| {
        let given = request.contract_address.as_str().into();
        ApiError::invalid("contractAddress", given, "it is no number of an asset")
    })?;
    let units = whole("amount", &request.amount, request.digits.unwrap_or(DECIMALS))?;
    let payload = asset_transfer(ledger, &request.from, &request.to, units, asset)?;
    request.signed_by.draft(TICKER, payload)
}

/// A transfer of nothing to oneself.
pub(super) fn receive(ledger: &Ledger, request: &Receive) -> Result<Draft, ApiError> {
    let payload = asset_transfer(ledger, &request.from, &request.from, 0, request.asset_id)?;
    request.signed_by.draft(TICKER, payload)
}

fn asset_transfer(
    ledger: &Ledger,
    from: &str,
    to: &str,
    units: u64,
    asset: u64,
) -> Result<String, ApiError> {
    if asset != TEST_ASSET {
        let reason = format!("the sandbox has the asset {TEST_ASSET} only; use that one");
        return Err(ApiError::invalid("contractAddress", asset.into(), reason));
    }
    let mut payload = beginning();
    payload.insert("type".to_owned(), "axfer".into());
    payload.extend(parties(from, to)?);
    payload.extend([
        ("amount".to_owned(), units.into()),
        ("assetIndex".to_owned(), asset.into()),
        ("note".to_owned(), json!({})),
        // What follows is the final fee all the same.
        ("flatFee".to_owned(), false.into()),
    ]);
    payload.extend(end(ledger, MIN_FEE));
    Ok(Value::from(payload).to_string())
}

fn beginning() -> Map<String, Value> {
    let tag = json!({ "type": "Buffer", "data": b"TX" });
    Map::from_iter([("name".to_owned(), "Transaction".into()), ("tag".to_owned(), tag)])
}

fn parties(from: &str, to: &str) -> Result<[(String, Value); 2], ApiError> {
    let account = |key: Key| json!({ "publicKey": indexed(&key), "checksum": indexed(&address::checksum(&key)) });
    Ok([
        ("from".to_owned(), account(address::read("from", from)?)),
        ("to".to_owned(), account(address::read("to", to)?)),
    ])
}

/// As things are when the transaction is asked for.
fn end(ledger: &Ledger, fee: u64) -> [(String, Value); 7] {
    let round = ledger.round();
    [
        ("genesisHash", json!({ "type": "Buffer", "data": GENESIS_HASH })),
        ("fee", fee.into()),
        ("firstRound", round.into()),
        ("lastRound", (round + MAX_LIFE).into()),
        ("genesisID", GENESIS_ID.into()),
        ("appArgs", json!([])),
        ("lease", json!({})),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

/// A typed array as JavaScript prints it: an object with the places as names.
fn indexed(bytes: &[u8]) -> Value {
    let places = bytes.iter().enumerate();
    places.map(|(index, byte)| (index.to_string(), Value::from(*byte))).collect()
}

fn whole(property: &str, text: &str, decimals: u8) -> Result<u64, ApiError> {
    let units = amount::units(property, text, decimals)?;
    u64::try_from(units)
        .map_err(|_| ApiError::invalid(property, text.into(), "it does not fit 64 bits"))
}
