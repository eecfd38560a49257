//! An API and a network that keep accounts, and that fail as a test wants.
#![allow(dead_code, missing_docs, unreachable_pub)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::fake::account_of;
use crate::stub::{self, Answer, Seen, Stub};

/// The first nonce of every account.
pub const FIRST: u64 = 5;

/// What the API does with a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The network has it, the reply does not arrive.
    LostReply,
    /// The network has it, the API could not complete the item.
    NotCompleted,
    /// Nobody has it, and nobody says so.
    LostRequest,
    /// The node refuses it.
    Refused,
    /// The node can't be asked for hashes either.
    RefusedAndBlind,
}

#[derive(Default)]
pub struct World {
    pub pending: Vec<Value>,
    /// Every broadcast: item and bytes.
    pub broadcasts: Vec<(String, String)>,
    /// What the network has: account and nonce, the hash, the item.
    pub accepted: BTreeMap<(String, u64), (String, String)>,
    pub completed: BTreeMap<String, String>,
    pub reports: Vec<String>,
    pub blind: bool,
    /// Whether the node refuses what is not the next of its account.
    pub strict: bool,
    /// Whether the node never says what it has.
    pub mute: bool,
    /// By how much the node counts less than there is.
    pub behind: u64,
}

pub type Shared = Arc<Mutex<World>>;

/// Starts the API of a world with these items.
pub async fn start(
    pending: Vec<Value>,
    fault: impl Fn(&str) -> Fault + Send + Sync + 'static,
) -> (Stub, Shared) {
    let world: Shared = Arc::new(Mutex::new(World { pending, ..World::default() }));
    let shared = world.clone();
    let stub =
        Stub::start(move |seen, _| shared.lock().unwrap().answer(seen, &|id| fault(id))).await;
    (stub, world)
}

impl World {
    fn answer(&mut self, seen: &Seen, fault: &dyn Fn(&str) -> Fault) -> Answer {
        let path: Vec<&str> = seen.path.trim_start_matches('/').split('/').collect();
        match (seen.method.as_str(), path.as_slice()) {
            ("POST", ["v3", "kms", "pending", chain]) => {
                let asked = seen.json()["signatureIds"].clone();
                stub::json(self.waiting(chain, asked.as_array().unwrap()))
            }
            ("POST", ["v3", "fake", "broadcast"]) => self.broadcast(&seen.json(), fault),
            ("POST", ["v3", "fake", "node", _]) => self.node(&seen.json()),
            ("POST", ["v3", "tatum", "kms", "batch"]) => {
                let body = seen.json();
                let ids = body["errors"].as_array().unwrap().iter();
                self.reports.extend(ids.map(|e| e["signatureId"].as_str().unwrap().to_owned()));
                Answer::Text(200, String::new())
            }
            ("PUT", ["v3", "kms", id, hash]) => {
                self.completed.insert((*id).to_owned(), (*hash).to_owned());
                Answer::Text(204, String::new())
            }
            ("GET", ["v3", "kms", id]) => match self.completed.get(*id) {
                Some(hash) => stub::json(json!({"id": id, "txId": hash})),
                None => stub::json(json!({ "id": id })),
            },
            _ => Answer::Text(404, String::new()),
        }
    }

    fn waiting(&self, chain: &str, asked: &[Value]) -> Value {
        let waiting = self.pending.iter().filter(|item| {
            item["chain"] == chain
                && asked.contains(&item["hashes"][0])
                && !self.completed.contains_key(item["id"].as_str().unwrap())
        });
        waiting.cloned().collect()
    }

    fn node(&self, request: &Value) -> Answer {
        let parameter = request["params"][0].as_str().unwrap();
        match request["method"].as_str().unwrap() {
            "count" => {
                let count = self.next_nonce(parameter) - self.behind;
                stub::json(json!({ "result": count }))
            }
            _ if self.blind || self.mute => Answer::Text(502, String::new()),
            _ => {
                let known = self.accepted.values().any(|(hash, _)| hash == parameter);
                stub::json(json!({ "result": known }))
            }
        }
    }

    pub fn next_nonce(&self, account: &str) -> u64 {
        let taken = |nonce: &u64| self.accepted.contains_key(&(account.to_owned(), *nonce));
        (FIRST..).find(|nonce| !taken(nonce)).unwrap()
    }

    fn broadcast(&mut self, body: &Value, fault: &dyn Fn(&str) -> Fault) -> Answer {
        let id = body["signatureId"].as_str().unwrap().to_owned();
        let data = body["txData"].as_str().unwrap().to_owned();
        self.broadcasts.push((id.clone(), data.clone()));
        let fault = fault(&id);
        self.blind = fault == Fault::RefusedAndBlind;
        match fault {
            Fault::LostRequest => return Answer::Text(502, String::new()),
            Fault::Refused | Fault::RefusedAndBlind => {
                return refusal("insufficient funds");
            }
            _ => {}
        }
        let item = self.pending.iter().find(|item| item["id"] == id.as_str()).unwrap();
        let account = account_of(item["hashes"][0].as_str().unwrap());
        let (nonce, hash) = (nonce(&data), hash(&data));
        if self.strict && nonce > self.next_nonce(&account) {
            return refusal("too early");
        }
        if let Some((known, _)) = self.accepted.get(&(account.clone(), nonce)) {
            return refusal(if *known == hash { "already known" } else { "nonce too low" });
        }
        self.accepted.insert((account, nonce), (hash.clone(), id.clone()));
        match fault {
            Fault::LostReply => Answer::Text(502, String::new()),
            Fault::NotCompleted => stub::json(json!({"txId": hash, "failed": true})),
            _ => {
                self.completed.insert(id, hash.clone());
                stub::json(json!({ "txId": hash }))
            }
        }
    }

    /// What must be true whatever happened: what was ever sent for an item excludes the rest of it, no
    /// item is on chain twice, what is on chain is what the API was told, and no account has a gap.
    pub fn check(&self) {
        let mut nonces: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for (id, data) in &self.broadcasts {
            nonces.entry(id).or_default().insert(nonce(data));
        }
        for (id, nonces) in nonces {
            assert_eq!(nonces.len(), 1, "{id} was signed with {nonces:?}");
        }
        let mut items = BTreeSet::new();
        let mut accounts: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for ((account, nonce), (hash, id)) in &self.accepted {
            assert!(items.insert(id), "{id} is on chain twice");
            assert_eq!(self.completed.get(id), Some(hash), "{id} was not completed");
            accounts.entry(account).or_default().insert(*nonce);
        }
        for (account, nonces) in accounts {
            let all: BTreeSet<u64> = (FIRST..).take(nonces.len()).collect();
            assert_eq!(nonces, all, "{account} has a gap");
        }
    }
}

fn refusal(message: &str) -> Answer {
    Answer::Text(403, json!({ "message": message }).to_string())
}

/// `nonce 5 signature 1`
pub fn nonce(data: &str) -> u64 {
    data.split(' ').nth(1).unwrap().parse().unwrap()
}

fn hash(data: &str) -> String {
    format!("0xhash{}-{}", nonce(data), data.split(' ').nth(3).unwrap())
}

/// An item of chain FAKE for a wallet.
pub fn item_of(id: &str, wallet: &str) -> Value {
    json!({"id": id, "chain": "FAKE", "hashes": [wallet], "serializedTransaction": "{}"})
}
