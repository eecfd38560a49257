//! A pending transaction of any chain, from its payload to its signed bytes.
//!
//! An input has the [parts](crate::parts) chain, flags, keys (with commas), the item without its payload, the
//! payload, and the answers of the node in the order in which they are asked for.

use kms_chains::registry::CHAINS;
use kms_chains::{Chain, Context, Delivery, Signed, SigningKeys, Unsigned, WalletRule};
use kms_core::{Digest, Intent, KeyText, Network, PendingTransaction, Sequence};
use serde_json::{Map, Value, json};

use crate::node::{Answers, NothingBefore, now, policy};
use crate::{parts, sentence};

/// When it is prepared, where the fourth bit of the flags says that the time is known: 2023-11-14.
const TIME: u64 = 1_700_000_000;

/// The chain that a byte stands for.
pub fn chain(byte: u8) -> &'static dyn Chain {
    CHAINS[usize::from(byte) % CHAINS.len()]
}

/// The network that flags stand for.
pub fn network(flags: u8) -> Network {
    Network::from_testnet(flags & 1 != 0)
}

/// An input, taken apart.
struct Input<'a> {
    chain: &'static dyn Chain,
    flags: u8,
    keys: Vec<&'a str>,
    transaction: PendingTransaction,
    answers: Vec<&'a str>,
}

/// The target: any chain.
pub fn fuzz(data: &[u8]) {
    let Some((chain, flags, texts)) = parts::split(data) else { return };
    let [keys, item, payload, answers @ ..] = &texts[..] else { return };
    check(chain, flags, keys, item, payload, answers);
}

/// Takes a transaction as far as it goes.
///
/// # Panics
/// Something does not hold that must.
pub fn check(chain: u8, flags: u8, keys: &str, item: &str, payload: &str, answers: &[&str]) {
    let chain = self::chain(chain);
    let keys: Vec<_> = keys.split(',').collect();
    let Some(transaction) = pending(chain, keys.len(), item, payload) else { return };
    Input { chain, flags, keys, transaction, answers: answers.to_vec() }.check();
}

/// The item as the API would hand it out, read by its client.
fn pending(
    chain: &dyn Chain,
    keys: usize,
    item: &str,
    payload: &str,
) -> Option<PendingTransaction> {
    let mut object: Map<String, Value> = serde_json::from_str(item).unwrap_or_default();
    let name = |number: usize| format!("6d78dad2-518f-4e76-8255-8f1df0de{number:04}");
    object.entry("id").or_insert_with(|| "5e6645712b55823de7ea82f1".into());
    object.entry("hashes").or_insert_with(|| (0..keys.min(100)).map(name).collect());
    object.insert("chain".to_owned(), chain.spec().ticker.0.into());
    object.insert("serializedTransaction".to_owned(), payload.into());
    let body = json!([object]).to_string();
    match kms_tatum::fuzzing::pending(body.as_bytes()) {
        Ok(mut pending) => pending.items.pop().map(|item| item.transaction),
        Err(_) => None,
    }
}

/// What must be the same each time.
type Seen = (Digest, Intent, Option<Sequence>, Vec<String>);

impl Input<'_> {
    fn check(&self) {
        let Some(keys) = self.signing_keys() else { return };
        let Some((unsigned, node)) = self.prepare(&keys) else { return };
        let seen = seen(&*unsigned);
        let (again, _) = self.prepare(&keys).expect("what was accepted once is accepted again");
        assert_eq!(seen, self::seen(&*again), "another reading of the same transaction");
        if let Some(header) = kms_daemon::fuzzing::intent_header(&seen.1) {
            assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header:?}");
            let intent = serde_json::to_value(&seen.1).expect("an intent is JSON");
            assert_eq!(serde_json::from_str::<Value>(&header).ok(), Some(intent));
        }
        for warning in &seen.3 {
            sentence::check(warning, &[]);
        }
        match (unsigned.sign(&keys), again.sign(&keys)) {
            (Ok(signed), Ok(other)) => {
                assert_eq!(signed.transaction(), other.transaction(), "signed differently");
                self.check_signed(signed, &node);
            }
            (Err(error), Err(_)) => self.check_error(&error),
            _ => panic!("signed only once of two times"),
        }
        assert_eq!(seen, self::seen(&*unsigned), "signing changed what is signed");
        now(again.abandon(&node));
    }

    /// As many keys as the transaction wants, those of the input one after the other.
    fn signing_keys(&self) -> Option<SigningKeys> {
        let refs = match self.chain.signers(&self.transaction) {
            Ok(refs) => refs,
            Err(error) => {
                self.check_error(&error);
                return None;
            }
        };
        let few = self.chain.wallet_rule(&self.transaction) == WalletRule::PassesOverMnemonics;
        let count = if few { refs.len().min(self.keys.len()) } else { refs.len() }.min(50);
        let parse =
            |text: &&str| self.chain.parse(&KeyText::new((*text).to_owned()), network(self.flags));
        self.keys
            .iter()
            .cycle()
            .take(count)
            .map(parse)
            .collect::<Result<_, _>>()
            .ok()
            .map(SigningKeys::new)
    }

    fn prepare(&self, keys: &SigningKeys) -> Option<(Box<dyn Unsigned>, Answers)> {
        let node = Answers::new(&self.answers);
        let signers = keys.public();
        let cx = Context {
            network: network(self.flags),
            signers: &signers,
            node: &node,
            sequences: &NothingBefore,
            now: (self.flags & 8 != 0).then_some(TIME),
            policy: policy(self.flags),
        };
        match now(self.chain.prepare(&self.transaction, &cx)) {
            Ok(unsigned) => Some((unsigned, node)),
            Err(error) => {
                self.check_error(&error);
                None
            }
        }
    }

    /// What becomes of it after it was signed.
    fn check_signed(&self, signed: Box<dyn Signed>, node: &Answers) {
        let transaction = signed.transaction().clone();
        assert!(!transaction.data.is_empty() && !transaction.hash.0.is_empty());
        if !signed.is_final() {
            let kept = signed.kept();
            let taken = self.chain.take_up(&kept, network(self.flags)).expect("ours");
            assert_eq!(taken.kept(), kept, "what is taken up is what was kept");
        }
        if let Err(error) = now(signed.finish(node)) {
            self.check_error(&error);
        }
        if let Delivery::Node(submit) = self.chain.delivery() {
            let _ = now(submit.submit(&transaction, node));
            let _ = now(submit.look_up(&transaction.hash, node));
        }
        let _ = now(self.chain.find(&transaction.hash, node));
    }

    fn check_error(&self, error: &dyn std::error::Error) {
        let text = error.to_string();
        sentence::check(&text, &[self.transaction.payload.expose_secret()]);
        for key in &self.keys {
            sentence::check_secret(&text, key);
        }
    }
}

fn seen(unsigned: &dyn Unsigned) -> Seen {
    (unsigned.digest(), unsigned.intent(), unsigned.sequence(), unsigned.warnings())
}
