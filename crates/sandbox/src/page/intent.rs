//! What the daemon says a transaction does, written for people. `docs/four-eyes.md` has its form.

use alloy_primitives::U256;
use serde::Serialize;
use serde_json::Value;

use crate::amount;
use crate::chain::Token;

/// What fits a row.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Summary {
    pub(super) kind: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) amount: Option<String>,
    pub(super) fee: Option<String>,
}

/// One thing that is done: what, and its names and values.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Action {
    pub(super) kind: String,
    pub(super) lines: Vec<(String, String)>,
}

/// Reads what is done for a row: the first thing of weight, and how many more there are.
pub(super) fn summary(intent: &Value, tokens: &[Token]) -> Summary {
    let none = Vec::new();
    let actions = intent["actions"].as_array().unwrap_or(&none);
    let of_weight: Vec<_> =
        actions.iter().filter(|action| action["kind"] != "change" && !is_note(action)).collect();
    let Some(first) = of_weight.first().copied().or_else(|| actions.first()) else {
        return Summary::default();
    };
    let more = of_weight.len().saturating_sub(1);
    let and_more = if more > 0 { format!(" +{more}") } else { String::new() };
    let name = if first["kind"] == "other" { &first["what"] } else { &first["kind"] };
    let to = ["to", "spender", "contract"].iter().find_map(|name| first[*name].as_str());
    let fee = &intent["maxFee"];
    Summary {
        kind: format!("{}{and_more}", name.as_str().unwrap_or("unknown")),
        from: intent["from"].as_array().map(|from| text(&Value::from(from.clone()))),
        to: to.map(str::to_owned),
        amount: first["amount"].as_str().map(|amount| units(amount, &first["asset"], tokens)),
        fee: fee["amount"].as_str().map(|amount| units(amount, &fee["asset"], tokens)),
    }
}

/// Texts on chain come as one of them.
fn is_note(action: &Value) -> bool {
    action["kind"] == "memo" || (action["kind"] == "other" && action["what"] == "memo")
}

/// Everything that is done, in order.
pub(super) fn actions(intent: &Value, tokens: &[Token]) -> Vec<Action> {
    let actions = intent["actions"].as_array().map(Vec::as_slice).unwrap_or_default();
    actions.iter().map(|action| read(action, tokens)).collect()
}

fn read(action: &Value, tokens: &[Token]) -> Action {
    let mut lines = Vec::new();
    for (name, value) in action.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("kind", _) => {}
            ("asset", asset) => {
                let standard = asset["standard"].as_str();
                let contract = || text(&asset["contract"]);
                lines.extend(
                    standard.map(|name| ("token".to_owned(), format!("{name} {}", contract()))),
                );
            }
            ("amount" | "limit", Value::String(number)) => {
                lines.push((name.clone(), units(number, &action["asset"], tokens)));
            }
            (_, Value::Array(all)) => {
                lines.extend(all.iter().map(|one| (name.clone(), text(one))));
            }
            (_, value) => lines.push((name.clone(), text(value))),
        }
    }
    Action { kind: text(&action["kind"]), lines }
}

/// An amount in coins, or in tokens where it is known how many digits they have.
fn units(number: &str, asset: &Value, tokens: &[Token]) -> String {
    let show = |decimals: u8| {
        let all_digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let units = U256::from_str_radix(number, 10).ok().filter(|_| all_digits);
        units.map_or_else(|| number.to_owned(), |units| amount::format(units, decimals))
    };
    if let Some(symbol) = asset["symbol"].as_str() {
        let decimals = asset["decimals"].as_u64().and_then(|digits| u8::try_from(digits).ok());
        return format!("{} {symbol}", show(decimals.unwrap_or_default()));
    }
    if let Some(code) = asset["tokenId"].as_str() {
        return format!("{number} {code} (ledger units)");
    }
    let contract = asset["contract"].as_str().unwrap_or_default();
    match tokens.iter().find(|token| token.address.eq_ignore_ascii_case(contract)) {
        Some(token) => format!("{} {}", show(token.decimals), token.symbol),
        None => format!("{number} base units"),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) if all.len() == 1 => text(&all[0]),
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn intent(actions: Value) -> Value {
        let asset = json!({ "type": "native", "symbol": "ETH", "decimals": 18 });
        json!({
            "chain": "ETH", "network": "testnet", "from": ["0xa"], "actions": actions,
            "maxFee": { "asset": asset, "amount": "21000000000000" },
        })
    }

    fn coin(kind: &str, to: &str, amount: &str) -> Value {
        let asset = json!({ "type": "native", "symbol": "ETH", "decimals": 18 });
        json!({ "kind": kind, "asset": asset, "to": to, "amount": amount })
    }

    #[test]
    fn a_row_has_the_first_thing_of_weight() {
        let memo = json!({ "kind": "other", "what": "memo", "details": ["text hi"] });
        let two = intent(json!([
            memo,
            coin("transfer", "0xb", "1500000000000000000"),
            coin("change", "0xa", "1"),
            coin("transfer", "0xc", "1"),
        ]));
        let text = |text: &str| Some(text.to_owned());
        let expected = Summary {
            kind: "transfer +1".to_owned(),
            from: text("0xa"),
            to: text("0xb"),
            amount: text("1.5 ETH"),
            fee: text("0.000021 ETH"),
        };
        assert_eq!(summary(&two, &[]), expected);
        assert_eq!(summary(&json!({}), &[]), Summary::default());
        assert_eq!(summary(&json!({ "actions": 7, "from": 7 }), &[]), Summary::default());
    }

    #[test]
    fn tokens_have_the_digits_that_are_known() {
        let tokens = [Token { address: "0xAB".to_owned(), symbol: "TEST".to_owned(), decimals: 6 }];
        let asset =
            |contract: &str| json!({ "type": "token", "standard": "ERC-20", "contract": contract });
        assert_eq!(units("1500000", &asset("0xab"), &tokens), "1.5 TEST");
        assert_eq!(units("1500000", &asset("0xcd"), &tokens), "1500000 base units");
        assert_eq!(units("all", &asset("0xab"), &tokens), "all TEST");
        let issued = json!({ "type": "token", "contract": "r", "tokenId": "USD" });
        assert_eq!(units("1.5", &issued, &tokens), "1.5 USD (ledger units)");
    }

    #[test]
    fn details_are_one_line_each() {
        let other = json!({ "kind": "other", "what": "memo", "details": ["text <b>", "x"] });
        let read = actions(&intent(json!([other])), &[]);
        let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read[0].lines,
            [line("what", "memo"), line("details", "text <b>"), line("details", "x")]
        );
    }
}
