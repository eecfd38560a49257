//! The Rosetta server behind `/v3/blockchain/node/cardano-preprod/{key}`: it puts transactions
//! together from operations.
//!
//! <https://docs.cdp.coinbase.com/mesh/docs/construction-api>; the errors are those of
//! `cardano-rosetta`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::address::Address;
use super::decode::{SignedTransaction, Witness, unwrapped};
use super::ledger::{COINS_PER_BYTE, FEE_COEFFICIENT, FEE_CONSTANT, least_fee};
use super::operations::{Operation, Sum};
use super::{Cardano, DECIMALS, cbor, encode, slot_now};

/// For how many slots a transaction is valid where nobody says it.
const RELATIVE_TTL: u64 = 1_000;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Network = 4002,
    Inputs = 4008,
    Outputs = 4009,
    OutputsBigger = 4010,
    Address = 4015,
    Unspecified = 5000,
    Transaction = 5003,
    Send = 5006,
}

impl Code {
    fn message(self) -> &'static str {
        match self {
            Self::Network => "Network not found",
            Self::Inputs => "Transaction inputs parameters errors in operations array",
            Self::Outputs => "Transaction outputs parameters errors in operations array",
            Self::OutputsBigger => {
                "The transaction you are trying to build has more outputs than inputs"
            }
            Self::Address => "Provided address is invalid",
            Self::Unspecified => "An error occurred",
            Self::Transaction => "Parse signed transaction error",
            Self::Send => "Error when sending the transaction",
        }
    }
}

/// An answer that says no, in the shape of Rosetta.
#[derive(Debug)]
pub(super) struct RosettaError {
    code: Code,
    details: String,
}

impl RosettaError {
    pub(super) fn new(code: Code, details: &str) -> Self {
        Self { code, details: details.to_owned() }
    }
}

impl IntoResponse for RosettaError {
    fn into_response(self) -> Response {
        let body = json!({
            "code": self.code as u16, "message": self.code.message(), "retriable": false,
            "details": { "message": self.details },
        });
        (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
    }
}

type Answer = Result<Value, RosettaError>;

/// Takes one step of the construction.
pub(super) fn construct(chain: &Cardano, step: &str, body: Value) -> Answer {
    let network = &body["network_identifier"];
    if network["blockchain"] != "cardano" || network["network"] != "preprod" {
        return Err(RosettaError::new(Code::Network, "this is preprod of cardano"));
    }
    match step {
        "derive" => derive(read(body)?),
        "preprocess" => preprocess(&read(body)?),
        "metadata" => metadata(&read(body)?),
        "payloads" => payloads(&read(body)?),
        "combine" => combine(&read(body)?),
        "hash" => hash(&read(body)?),
        "submit" => submit(chain, &read(body)?),
        _ => Err(RosettaError::new(Code::Unspecified, &format!("there is no step `{step}`"))),
    }
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, RosettaError> {
    serde_json::from_value(body)
        .map_err(|error| RosettaError::new(Code::Unspecified, &error.to_string()))
}

#[derive(Deserialize)]
struct PublicKey {
    hex_bytes: String,
}

#[derive(Deserialize)]
struct Derive {
    public_key: PublicKey,
}

fn derive(request: Derive) -> Answer {
    let address = Address::of_key(&digits(&request.public_key.hex_bytes)?).to_string();
    Ok(json!({ "address": address, "account_identifier": { "address": address } }))
}

#[derive(Deserialize)]
struct Preprocess {
    operations: Vec<Operation>,
    #[serde(default)]
    metadata: Wishes,
}

#[derive(Default, Deserialize)]
struct Wishes {
    relative_ttl: Option<u64>,
}

fn preprocess(request: &Preprocess) -> Answer {
    let mut sum = Sum::of(&request.operations)?;
    sum.body.ttl = Some(slot_now());
    let size = encode::signed_size(&encode::body(&sum.body), sum.owners.len());
    let relative_ttl = request.metadata.relative_ttl.unwrap_or(RELATIVE_TTL);
    let options = json!({ "relative_ttl": relative_ttl, "transaction_size": size });
    Ok(json!({ "options": options, "required_public_keys": null }))
}

#[derive(Deserialize)]
struct Metadata {
    options: Options,
}

#[derive(Deserialize)]
struct Options {
    relative_ttl: u64,
    transaction_size: u64,
}

fn metadata(request: &Metadata) -> Answer {
    let Options { relative_ttl, transaction_size } = request.options;
    let ttl = slot_now().saturating_add(relative_ttl);
    let parameters = json!({
        "coinsPerUtxoSize": COINS_PER_BYTE.to_string(), "maxTxSize": 16_384, "maxValSize": 5_000,
        "keyDeposit": "2000000", "maxCollateralInputs": 3, "minFeeCoefficient": FEE_COEFFICIENT,
        "minFeeConstant": FEE_CONSTANT, "minPoolCost": "170000000", "poolDeposit": "500000000",
        "protocol": 9,
    });
    let fee = least_fee(transaction_size.min(16_384)).to_string();
    Ok(json!({
        "metadata": { "ttl": ttl.to_string(), "protocol_parameters": parameters },
        "suggested_fee": [{ "value": fee, "currency": { "symbol": "ADA", "decimals": DECIMALS } }],
    }))
}

#[derive(Deserialize)]
struct Payloads {
    operations: Vec<Operation>,
    metadata: Known,
}

#[derive(Deserialize)]
struct Known {
    ttl: String,
}

fn payloads(request: &Payloads) -> Answer {
    let mut sum = Sum::of(&request.operations)?;
    let ttl = request.metadata.ttl.parse();
    sum.body.ttl = Some(ttl.map_err(|_| RosettaError::new(Code::Unspecified, "ttl is no number"))?);
    let body = encode::body(&sum.body);
    let hash = hex::encode(super::blake2b_256(&body));
    let payloads = sum.owners.iter().map(|owner| {
        let address = owner.to_string();
        json!({
            "account_identifier": { "address": address }, "address": address,
            "hex_bytes": hash, "signature_type": "ed25519",
        })
    });
    Ok(json!({
        "unsigned_transaction": encode::wrapped(&encode::transaction(&body, &[])),
        "payloads": payloads.collect::<Value>(),
    }))
}

#[derive(Deserialize)]
struct Combine {
    unsigned_transaction: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    public_key: PublicKey,
    hex_bytes: String,
}

/// Puts the signatures in their place. Whether they hold is for the ledger to see.
fn combine(request: &Combine) -> Answer {
    let unreadable = |words: &str| RosettaError::new(Code::Transaction, words);
    let whole = hex::decode(&request.unsigned_transaction).map_err(|_| unreadable("no hex"))?;
    let whole = unwrapped(&whole).map_err(|_| unreadable("no list with a transaction"))?;
    let mut rest = whole.get(1..).unwrap_or_default();
    let (_, body) = cbor::take(&mut rest).map_err(|_| unreadable("no body"))?;
    let witness = |signature: &Signature| {
        let key = digits(&signature.public_key.hex_bytes)?;
        Ok(Witness { key, signature: digits(&signature.hex_bytes)? })
    };
    let witnesses: Vec<_> = request.signatures.iter().map(witness).collect::<Result<_, _>>()?;
    let signed = encode::transaction(body, &witnesses);
    Ok(json!({ "signed_transaction": encode::wrapped(&signed) }))
}

#[derive(Deserialize)]
struct Signed {
    signed_transaction: String,
}

fn hash(request: &Signed) -> Answer {
    let transaction = SignedTransaction::read(&request.signed_transaction);
    let unreadable = |error| RosettaError::new(Code::Transaction, &format!("{error:?}"));
    let hash = hex::encode(transaction.map_err(unreadable)?.hash);
    Ok(json!({ "transaction_identifier": { "hash": hash } }))
}

fn submit(chain: &Cardano, request: &Signed) -> Answer {
    let (_, outcome) = chain.submit(&request.signed_transaction);
    let hash = outcome.map_err(|words| RosettaError::new(Code::Send, &words))?;
    Ok(json!({ "transaction_identifier": { "hash": hash } }))
}

fn digits<const N: usize>(text: &str) -> Result<[u8; N], RosettaError> {
    let mut bytes = [0; N];
    let read = hex::decode_to_slice(text, &mut bytes).map(|()| bytes);
    let wrong = || RosettaError::new(Code::Unspecified, &format!("not {N} bytes in hex"));
    read.map_err(|_| wrong())
}
