//! What is wrong with a payload is said without the payload: whatever stands in the wrong place of it may be a
//! secret, and errors go to the log and to the API.

#![allow(clippy::unwrap_used)]

mod support;

use kms_chains::registry::CHAINS;
use kms_crypto::PublicKey;
use serde_json::{Value, json};
use support::case::Case;
use support::{now, pending};

/// What somebody could put where it does not belong.
const SECRETS: &[&str] = &[
    "0x4c0883a69102937d6231471b5dbb6204fe512961708279feb1be6ae5538da033",
    "4c0883a69102937d6231471b5dbb6204fe512961708279feb1be6ae5538da033",
    "34343689992366770925461034349080279243467806245474466443286013219",
    "snoPBrXtMeMyMHUVTgbuqAfg1SUTb",
    "SAV76USXIJOBMEQXPANUOQM6F5LIOTLPDIDVRJBFFE2MDJXG24TAPUU7",
    "KwDiBf89QgGbjEhKnhXG4EHq3dyn1xbcsqbHaRR2bDUTnRrdQZ6c",
    "legal winner thank year wave sausage worth useful legal winner thank yellow",
];

/// As much of a secret as must not be seen.
const RUN: usize = 8;

/// The places of a value and of everything in it, as JSON pointers.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(inner, &format!("{at}/{name}"), all);
            }
        }
        Value::Array(list) => {
            for (place, inner) in list.iter().enumerate() {
                places(inner, &format!("{at}/{place}"), all);
            }
        }
        _ => {}
    }
}

/// `payload` with `secret` in the place of what is at `at`, and, in an object, as the name of a member.
fn spoiled(payload: &Value, at: &str, secret: &str) -> Vec<Value> {
    let mut instead = payload.clone();
    *instead.pointer_mut(at).unwrap() = json!(secret);
    let mut beside = payload.clone();
    match beside.pointer_mut(at).unwrap() {
        Value::Object(object) => drop(object.insert(secret.to_owned(), json!(secret))),
        _ => return vec![instead],
    }
    vec![instead, beside]
}

/// The error and its causes.
fn words(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|source| format!(": {}", words(source)));
    format!("{error}{}", cause.unwrap_or_default())
}

/// What is said of this item, if it is refused.
fn refusal(case: &Case<'_>, signers: &[PublicKey], item: &Value) -> Option<String> {
    let tx = pending(item);
    if let Err(error) = case.chain.signers(&tx) {
        return Some(words(&error));
    }
    let context = support::context(case.network, signers, &case.node);
    now(case.chain.prepare(&tx, &context)).err().map(|error| words(&error))
}

fn assert_unquoted(secret: &str, said: &str, place: &str) {
    let (secret, said) = (secret.to_lowercase(), said.to_lowercase());
    let mut runs = secret.as_bytes().windows(RUN).map(|run| std::str::from_utf8(run).unwrap());
    assert!(!runs.any(|run| said.contains(run)), "{place}: {said}");
}

#[test]
fn errors_repeat_nothing_of_what_is_in_the_wrong_place() {
    let mut refused = 0;
    for chain in CHAINS {
        for (name, recorded) in support::cases(chain.spec().ticker.0) {
            for item in recorded["pending"].as_array().into_iter().flatten() {
                let text = item["serializedTransaction"].as_str().unwrap_or_default();
                let Ok(payload) = serde_json::from_str::<Value>(text) else { continue };
                let Ok(keys) = Case::new(*chain, &recorded).keys(&pending(item)) else { continue };
                let mut all = Vec::new();
                places(&payload, "", &mut all);
                for (number, at) in all.iter().enumerate() {
                    let secret = SECRETS[number % SECRETS.len()];
                    for spoiled in spoiled(&payload, at, secret) {
                        let mut item = item.clone();
                        item["serializedTransaction"] = json!(spoiled.to_string());
                        let case = Case::new(*chain, &recorded);
                        if let Some(said) = refusal(&case, &keys.public(), &item) {
                            refused += 1;
                            assert_unquoted(secret, &said, &format!("{name} {at}"));
                        }
                    }
                }
            }
        }
    }
    assert!(refused > 1000, "only {refused} were refused");
}
