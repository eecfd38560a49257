//! Replays every recorded case of every chain: prepare with the recorded answers, then sign.

#![allow(clippy::unwrap_used)]

mod support;

use kms_chains::registry::CHAINS;
use kms_chains::{Delivery, LookUp};
use kms_core::{Outcome, SignedTransaction};
use serde_json::Value;
use support::case::Case;
use support::{cases, now, pending, secrets};

impl Case<'_> {
    /// What is written to the API and the node for it, up to and including its completion.
    fn deliver(&self, signed: &SignedTransaction) -> Vec<String> {
        let Delivery::Node(submit) = self.chain.delivery() else {
            return vec![signed.data.clone()];
        };
        let mut written = vec![signed.data.clone()];
        let outcome = now(submit.submit(signed, &self.node));
        if matches!(outcome, Outcome::Refused { .. }) {
            return written;
        }
        assert_eq!(outcome, Outcome::Sent { completed: false });
        for _ in 0..9 {
            match now(submit.look_up(&signed.hash, &self.node)) {
                LookUp::Found { failed: None } => {
                    now(submit.settled(signed, &self.node));
                    written.push(signed.hash.0.clone());
                    return written;
                }
                LookUp::Found { failed: Some(reason) } => {
                    assert!(reason.contains("InstructionError"), "{reason}");
                    return written;
                }
                LookUp::NotFound => {}
                LookUp::CannotTell(error) => panic!("{error}"),
            }
        }
        panic!("it is never found");
    }
}

/// What the case says must be sent to the node and broadcast, in order.
fn expected(case: &Value) -> Vec<String> {
    let outcome = case.get("right").unwrap_or(&case["expect"]);
    let writes = outcome["writes"].as_array().unwrap().iter();
    let sent = |write: &Value| {
        let body = &write["body"];
        let text = |pointer| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        match write["path"].as_str().unwrap() {
            // Keys that the API lends are given back on the same path.
            _ if body.get("proposalKey").is_some() => None,
            "/v1/transactions" => Some(body.to_string()),
            path if path.contains("/broadcast") => text("/txData"),
            path if path.contains("/node/") => text("/params/0"),
            _ => None,
        }
    };
    writes.filter_map(sent).collect()
}

/// Whether what others had to complete was asked of them as recorded.
fn check_questions(case: &Case<'_>, recorded: &Value, name: &str) {
    let outcome = recorded.get("right").unwrap_or(&recorded["expect"]);
    let posted = case.node.posted.lock().unwrap();
    for write in outcome["writes"].as_array().unwrap() {
        let path = write["path"].as_str().unwrap();
        let lent = write["body"].get("proposalKey").is_some();
        if lent || path.ends_with("/combine") || path.ends_with("/sign") {
            let asked = (path.to_owned(), write["body"].clone());
            assert!(posted.contains(&asked), "{name}: {posted:?}");
        }
    }
}

#[test]
fn every_recorded_case_gives_the_recorded_bytes() {
    let mut count = 0;
    for chain in CHAINS {
        for (name, recorded) in cases(chain.spec().ticker.0) {
            let case = Case::new(*chain, &recorded);
            let items = recorded["pending"].as_array().unwrap().iter().map(pending);
            let results: Vec<_> = items.map(|tx| case.sign(&tx)).collect();
            let told = format!("{results:?}");
            let written: Vec<_> =
                results.iter().flatten().flat_map(|tx| case.deliver(tx)).collect();
            assert_eq!(written, expected(&recorded), "{} {name}: {told}", chain.spec().ticker);
            check_questions(&case, &recorded, &name);
            for object in recorded["wallets"].as_object().unwrap().values() {
                for secret in secrets(object) {
                    assert!(!told.contains(&secret), "{name} shows a secret");
                }
            }
            count += 1;
        }
    }
    assert!(count >= CHAINS.len() * 15, "only {count} cases were found");
}

#[test]
fn the_digest_changes_with_the_payload_and_only_then() {
    for chain in CHAINS {
        let cases = cases(chain.spec().ticker.0);
        let good = cases.iter().filter(|(name, _)| !name.starts_with("err-"));
        let mut seen = std::collections::HashMap::new();
        for (name, recorded) in good {
            let case = Case::new(*chain, recorded);
            for item in recorded["pending"].as_array().unwrap() {
                let tx = pending(item);
                let unsigned = case.prepare(&tx).unwrap();
                let digest = unsigned.digest();
                assert_eq!(digest, case.prepare(&tx).unwrap().digest(), "{name}");
                // Who sends it is not part of what is signed everywhere.
                let actions = unsigned.intent().actions;
                if let Some(other) = seen.insert(digest, actions.clone()) {
                    assert_eq!(other, actions, "{name} has the digest of another payload");
                }
            }
        }
    }
}
