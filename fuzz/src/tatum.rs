//! What the API answers.

use kms_tatum::fuzzing;
use serde_json::Value;

use crate::sentence;

/// The answer to a poll: every item is read or refused on its own, and what is read says what the item says.
pub fn pending(body: &[u8]) {
    let pending = match fuzzing::pending(body) {
        Ok(pending) => pending,
        Err(error) => return sentence::check(&error.to_string(), &[]),
    };
    if let Ok(list) = serde_json::from_slice::<Vec<Value>>(body) {
        let read = pending.items.len() + pending.bad.len() + pending.left_out;
        assert_eq!(read, list.len(), "items were lost");
    }
    for bad in &pending.bad {
        sentence::check(&bad.problem, &[]);
    }
    for item in &pending.items {
        // The approval server is shown the same transaction that is signed.
        let shown: Value = serde_json::from_str(item.json.expose_secret()).expect("JSON");
        let payload = shown.get("serializedTransaction").and_then(Value::as_str);
        assert_eq!(payload, Some(item.transaction.payload.expose_secret()));
        assert_eq!(shown.get("id").and_then(Value::as_str), Some(item.transaction.id.as_str()));
        let again = format!("[{}]", item.json.expose_secret());
        let again = fuzzing::pending(again.as_bytes()).expect("what was read can be read again");
        let again = again.items.first().expect("what was read can be read again");
        assert_eq!(again.transaction.wallets, item.transaction.wallets);
        assert_eq!(again.transaction.signers, item.transaction.signers);
        assert_eq!(again.transaction.index, item.transaction.index);
        assert_eq!(again.completed_with, item.completed_with);
        assert_eq!(again.json.expose_secret(), item.json.expose_secret());
    }
}

/// Error bodies, headers and other foreign words: one line that no terminal takes for more.
pub fn answer(data: &[u8]) {
    shown(&fuzzing::error_words(data));
    let Ok(text) = str::from_utf8(data) else { return };
    shown(&kms_tatum::escaped(text));
    let _ = fuzzing::retry_after(text);
    if let Some((version, message)) = fuzzing::update_notice(text) {
        shown(&message);
        assert!(version.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'+')));
    }
}

/// 300 characters at most, each of which may have become ten.
fn shown(words: &str) {
    assert!(words.chars().count() <= 3001, "{words:?}");
    assert!(!words.chars().any(char::is_control), "{words:?}");
}
