//! The text whose SHA-256 is signed: compact JSON with sorted members, as Go writes it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::CHAIN_ID;
use super::transaction::{AccountSignature, Coin, Party, SignedTransaction};

/// The text that `signature` has to be of.
pub(super) fn write(transaction: &SignedTransaction, signature: &AccountSignature) -> String {
    let data = match &transaction.data[..] {
        [] => "null".to_owned(),
        data => format!("\"{}\"", STANDARD.encode(data)),
    };
    format!(
        r#"{{"account_number":"{}","chain_id":"{CHAIN_ID}","data":{data},"memo":{},"msgs":[{{"inputs":{},"outputs":{}}}],"sequence":"{}","source":"{}"}}"#,
        signature.account_number,
        text(&transaction.memo),
        list(&transaction.inputs, party),
        list(&transaction.outputs, party),
        signature.sequence,
        transaction.source,
    )
}

fn list<T>(items: &[T], write: fn(&T) -> String) -> String {
    format!("[{}]", items.iter().map(write).collect::<Vec<_>>().join(","))
}

fn party(party: &Party) -> String {
    format!(r#"{{"address":"{}","coins":{}}}"#, party.address, list(&party.coins, coin))
}

fn coin(coin: &Coin) -> String {
    format!(r#"{{"amount":{},"denom":{}}}"#, coin.amount, text(&coin.denom))
}

/// A text as Go's `encoding/json` writes it, with what HTML gives a meaning in escapes.
fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..'\x20' => {
                // A String takes everything.
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_as_go_writes_them() {
        assert_eq!(text("café \"q\"\n\x01"), r#""café \"q\"\n\u0001""#);
        assert_eq!(text("<a&b>\u{2028}"), "\"\\u003ca\\u0026b\\u003e\\u2028\"");
    }
}
