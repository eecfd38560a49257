//! The payload: the same transfer as it is sent (`msg`) and as it is signed (`signMsg`).

use kms_core::{Network, Payload};
use serde_json::{Map, Value};

use super::TICKER;
use super::address::Address;
use crate::error::PayloadError;
use crate::{json, number};

/// A transfer.
pub(super) struct Request {
    pub(super) inputs: Vec<Party>,
    pub(super) outputs: Vec<Party>,
    pub(super) memo: String,
}

/// Who gives or gets what.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Party {
    pub(super) address: Address,
    pub(super) coins: Vec<Coin>,
}

/// An amount of a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Coin {
    pub(super) denom: String,
    /// In base units.
    pub(super) amount: u64,
}

/// The type of `msg`: a transfer.
const SEND: &str = "2A2C87FA";

impl Request {
    /// Reads the payload of a pending transaction of `owner`.
    ///
    /// # Errors
    /// Names the member that is wrong.
    pub(super) fn read(
        payload: &Payload,
        owner: Address,
        network: Network,
    ) -> Result<Self, PayloadError> {
        let object = json::object(TICKER, payload)?;
        let sent = member(&object, "msg")?;
        let signed = member(&object, "signMsg")?;
        let prefix = sent.get("aminoPrefix").and_then(Value::as_str).unwrap_or_default();
        if !prefix.eq_ignore_ascii_case(SEND) {
            let what = "another message than a transfer".to_owned();
            let why = "freezes, swaps, votes and orders ended with the chain";
            return Err(PayloadError::Unsupported { what, why });
        }
        let wrong = |problem| PayloadError::Field { field: "signMsg", problem };
        let parties = |message, name| parties(message, name, network).map_err(wrong);
        let (inputs, outputs) = (parties(signed, "inputs")?, parties(signed, "outputs")?);
        if inputs != parties(sent, "inputs")? || outputs != parties(sent, "outputs")? {
            return Err(wrong("says something else than `msg`".to_owned()));
        }
        if let Some(stranger) = inputs.iter().find(|party| party.address != owner) {
            let (stranger, own) = (stranger.address.write(network), owner.write(network));
            return Err(wrong(format!(
                "spends from {stranger}, but the wallet's address is {own}"
            )));
        }
        check_sums(&inputs, &outputs).map_err(wrong)?;
        let memo = match object.get("memo") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(memo)) => memo.clone(),
            Some(_) => {
                let problem = "is not a string".to_owned();
                return Err(PayloadError::Field { field: "memo", problem });
            }
        };
        Ok(Self { inputs, outputs, memo })
    }
}

fn member<'a>(
    object: &'a Map<String, Value>,
    field: &'static str,
) -> Result<&'a Map<String, Value>, PayloadError> {
    object
        .get(field)
        .and_then(Value::as_object)
        .ok_or_else(|| PayloadError::Field { field, problem: "is not an object".to_owned() })
}

fn parties(
    message: &Map<String, Value>,
    name: &str,
    network: Network,
) -> Result<Vec<Party>, String> {
    let list = message.get(name).and_then(Value::as_array);
    let list = list.filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| format!("has no `{name}`"))?;
    list.iter().map(|party| read_party(party, name, network)).collect()
}

fn read_party(party: &Value, name: &str, network: Network) -> Result<Party, String> {
    let address = match &party["address"] {
        Value::String(text) => Address::read(text, network),
        buffer => bytes(&buffer["data"]),
    };
    let address = address.ok_or_else(|| format!("has no address of {network} in `{name}`"))?;
    let coins = party["coins"].as_array().filter(|coins| !coins.is_empty());
    let coins = coins.ok_or_else(|| format!("has no coins in `{name}`"))?;
    let coin = |coin: &Value| {
        let amount: u64 = number::required(coin.get("amount"))
            .map_err(|problem| format!("has an amount in `{name}` that {problem}"))?;
        let denom = coin["denom"].as_str().filter(|denom| !denom.is_empty());
        let denom = denom.ok_or_else(|| format!("has a coin without `denom` in `{name}`"))?;
        if amount == 0 || i64::try_from(amount).is_err() {
            return Err(format!("has the amount {amount} in `{name}`, which is out of range"));
        }
        Ok(Coin { denom: denom.to_owned(), amount })
    };
    Ok(Party { address, coins: coins.iter().map(coin).collect::<Result<_, String>>()? })
}

/// The 20 bytes of a JavaScript buffer.
fn bytes(data: &Value) -> Option<Address> {
    let byte = |byte: &Value| byte.as_u64().and_then(|byte| u8::try_from(byte).ok());
    let bytes: Vec<u8> = data.as_array()?.iter().map(byte).collect::<Option<_>>()?;
    Some(Address(bytes.try_into().ok()?))
}

/// As much must go out as comes in, of every token.
fn check_sums(inputs: &[Party], outputs: &[Party]) -> Result<(), String> {
    let sum = |parties: &[Party], denom: &str| -> u128 {
        let coins = parties.iter().flat_map(|party| &party.coins);
        coins.filter(|coin| coin.denom == denom).map(|coin| u128::from(coin.amount)).sum()
    };
    for coin in inputs.iter().chain(outputs).flat_map(|party| &party.coins) {
        let (spent, paid) = (sum(inputs, &coin.denom), sum(outputs, &coin.denom));
        if spent != paid {
            return Err(format!("takes {spent} and gives {paid} of one token"));
        }
    }
    Ok(())
}
