//! Foreign text, made fit for logs and error texts.

use std::fmt::Write as _;

use serde_json::Value;

/// The most characters of foreign text that are kept.
const MAX_CHARS: usize = 300;

/// `text` on one line, at most 300 characters of it, control and invisible characters escaped.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_CHARS));
    for (count, c) in text.trim().chars().enumerate() {
        if count == MAX_CHARS {
            out.push('…');
            break;
        }
        if is_harmless(c) {
            out.push(c);
        } else {
            let _ = write!(out, "{}", c.escape_default());
        }
    }
    out
}

/// Whether a terminal shows `c` as itself: no control characters, no line separators, nothing that
/// turns the direction of writing around or is not seen at all.
fn is_harmless(c: char) -> bool {
    let invisible = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !c.is_control() && !invisible
}

/// The causes of an HTTP error on one line. Its URL has been taken out, since some hold the API key.
pub fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut out = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        let words = cause.to_string();
        if !out.contains(&words) {
            let _ = write!(out, ": {words}");
        }
        source = cause.source();
    }
    escaped(&out)
}

/// What the body of an error answer says: the API's own words where it has them.
pub(crate) fn of_error_body(body: &[u8]) -> String {
    let whole = String::from_utf8_lossy(body);
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return whole.into_owned();
    };
    let Some(message) = value.get("message").and_then(Value::as_str) else {
        return whole.into_owned();
    };
    let mut words = message.to_owned();
    if let Some(code) = value.get("errorCode").and_then(Value::as_str) {
        let _ = write!(words, " ({code})");
    }
    for problem in value.get("data").and_then(Value::as_array).into_iter().flatten() {
        words.push_str(&validation_problem(problem));
    }
    words
}

/// One entry of a failed validation: the property and the rules it breaks. The value itself, which would
/// be a signed transaction, is left out.
fn validation_problem(problem: &Value) -> String {
    let property = problem.get("property").and_then(Value::as_str).unwrap_or("?");
    let rules = problem.get("constraints").and_then(Value::as_object).into_iter().flatten();
    let rules: Vec<&str> = rules.filter_map(|(_, rule)| rule.as_str()).collect();
    format!("; {property}: {}", rules.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_can_not_write_to_the_terminal() {
        assert_eq!(escaped("ok\u{1b}[2J\r\nfake line"), "ok\\u{1b}[2J\\r\\nfake line");
        assert_eq!(escaped("a\u{202e}b\u{9b}c"), "a\\u{202e}b\\u{9b}c");
        assert_eq!(escaped("Überweisung läuft"), "Überweisung läuft");
        assert_eq!(escaped(&"x".repeat(301)).chars().count(), 301);
        assert!(escaped(&"x".repeat(301)).ends_with('…'));
    }

    #[test]
    fn the_words_of_the_api_are_found() {
        let body = br#"{"statusCode":403,"errorCode":"kms.missing","message":"No such KMS"}"#;
        assert_eq!(of_error_body(body), "No such KMS (kms.missing)");
        assert_eq!(of_error_body(b"Bad gateway"), "Bad gateway");
        let body = br#"{"message":"Request validation failed","data":[{"property":"txData",
            "value":"0xf86c","constraints":{"isHex":"txData must be hexadecimal"}}]}"#;
        let words = "Request validation failed; txData: txData must be hexadecimal";
        assert_eq!(of_error_body(body), words);
    }
}
