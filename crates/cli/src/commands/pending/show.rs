//! One transaction in full: what it does, how far it has come, what was sent.

use kms_core::format_units;
use kms_daemon::{JournalItem, State};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Everything the journal knows of `item`; the signed bytes only if they were asked for.
pub(super) fn document(item: &JournalItem, bytes: bool) -> Value {
    let intent: Value =
        item.intent.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let times: Map<String, Value> = item
        .times
        .iter()
        .map(|(state, seconds)| (state.as_str().to_owned(), json!(time(*seconds))))
        .collect();
    let approved = item.times.iter().rev().find(|(state, _)| *state == State::Approved);
    let mut document = json!({
        "id": item.id.as_str(),
        "chain": item.chain,
        "network": item.network.to_string(),
        "state": item.state.as_str(),
        "reason": item.reason,
        "does": does(&intent),
        "from": intent["from"],
        "actions": intent["actions"],
        "maxFee": intent["maxFee"],
        "approved": approved.map(|(_, seconds)| time(*seconds)),
        "times": times,
        "hash": item.hash.as_ref().map(|hash| &hash.0),
        "earlierHashes": item.earlier.iter().map(|hash| &hash.0).collect::<Vec<_>>(),
        "account": item.account,
        "nonce": item.nonce,
        "expiry": item.expiry,
        "bytesSha256": item.data.as_ref().map(|data| sha256(data)),
        "tries": item.tries,
        "reported": item.reported,
        "retry": item.retry,
    });
    if bytes {
        document["bytes"] = json!(item.data);
    }
    document
}

/// The intent in a sentence for each thing that it does, and one for the fee.
fn does(intent: &Value) -> Vec<String> {
    let from = intent["from"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let from: Vec<&str> = from.collect();
    let mut lines: Vec<String> =
        intent["actions"].as_array().into_iter().flatten().map(sentence).collect();
    if let Some(fee) = intent.get("maxFee") {
        lines.push(format!("from {}, fee at most {}", from.join(", "), amount(fee)));
    }
    lines
}

fn sentence(action: &Value) -> String {
    let word = |name: &str| action[name].as_str().unwrap_or("?");
    match word("kind") {
        "transfer" => format!("transfer {} to {}", amount(action), word("to")),
        "mint" => format!("mint {} for {}", amount(action), word("to")),
        "approve" => format!("let {} move {}", word("spender"), amount(action)),
        "call" => format!("call contract {}", word("contract")),
        other => other.to_owned(),
    }
}

/// An amount of base units, in coins where it is known how many make one.
fn amount(of: &Value) -> String {
    let (asset, units) = (&of["asset"], of["amount"].as_str().unwrap_or("?"));
    let decimals = asset["decimals"].as_u64().and_then(|number| u8::try_from(number).ok());
    match (units.parse::<u128>(), decimals, asset["symbol"].as_str()) {
        (Ok(number), Some(decimals), Some(symbol)) => {
            format!("{} {symbol}", format_units(number, decimals))
        }
        _ => format!("{units} units of {}", asset["contract"].as_str().unwrap_or("an asset")),
    }
}

/// Seconds since 1970 as people write them.
pub(super) fn time(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| seconds.to_string())
}

fn sha256(text: &str) -> String {
    kms_crypto::hash::sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_is_told_in_sentences() {
        let ether = json!({"type": "native", "symbol": "ETH", "decimals": 18});
        let token = json!({"type": "token", "standard": "ERC-20", "contract": "0xc"});
        let intent = json!({
            "from": ["0xa"],
            "actions": [
                {"kind": "transfer", "asset": ether, "to": "0xb", "amount": "1500000000000000000"},
                {"kind": "approve", "asset": token, "spender": "0xd", "amount": "all"},
            ],
            "maxFee": {"asset": ether, "amount": "21000000000000"},
        });
        assert_eq!(
            does(&intent),
            [
                "transfer 1.5 ETH to 0xb",
                "let 0xd move all units of 0xc",
                "from 0xa, fee at most 0.000021 ETH"
            ]
        );
        assert!(does(&Value::Null).is_empty());
    }
}
