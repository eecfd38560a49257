//! A chain whose transactions expire and are sent to its node, with a network that a test disturbs.
#![allow(dead_code, missing_docs, unreachable_pub)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use kms_daemon::{DaemonSettings, Looking};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::fake;
use crate::node_chain::NodeChain;
use crate::stub::{self, Answer, Seen, Stub};

/// What becomes of bytes that are sent to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They are executed after so many looks.
    Executed(u32),
    /// They are executed in vain.
    Failed,
    /// They are taken and never executed.
    Dropped,
    /// They are executed after so many looks, and the reply is lost.
    LostReply(u32),
    /// They are lost on the way.
    Lost,
    /// The node simulates them and says no.
    Refused,
}

/// A moment in which the process is killed: as it does this, and before it hears an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Preparing,
    /// Before the bytes arrive.
    Sending,
    /// After they have.
    Waiting,
    Looking,
    Settling,
    Announcing,
}

#[derive(Default)]
pub struct World {
    pub pending: Vec<Value>,
    pub height: u64,
    /// How much the height grows with each look.
    pub growth: u64,
    /// What was sent to the node: item, number of the signature, last height.
    pub sent: Vec<(String, u64, u64)>,
    /// What waits to be executed, and for how many looks.
    waiting: BTreeMap<String, u32>,
    /// What was executed: item and failure.
    pub executed: BTreeMap<String, (String, Option<&'static str>)>,
    pub completed: BTreeMap<String, String>,
    pub announced: Vec<(String, String)>,
    pub put: Vec<String>,
    pub settled: Vec<String>,
    pub reports: Vec<String>,
    /// How many questions of the node are answered with 502, from now on and after the next send.
    pub down: u32,
    pub down_after_send: u32,
    /// How many looks find nothing, whatever was executed.
    pub behind: u32,
    /// The node does not tell the height, so that nobody knows what has expired.
    pub blind: bool,
    /// How many announcements are answered with 500, and how many with `failed: true`.
    pub deaf: (u32, u32),
    pub kill: Option<Moment>,
    last_expiry: BTreeMap<String, u64>,
}

pub struct Network {
    pub stub: Stub,
    pub chain: &'static NodeChain,
    world: Arc<Mutex<World>>,
    killed: Arc<Notify>,
}

impl Network {
    /// A network in which `fate` decides about each send, given how many came before.
    pub async fn start(
        pending: Vec<Value>,
        fate: impl Fn(usize) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let world =
            Arc::new(Mutex::new(World { pending, height: 100, growth: 1, ..World::default() }));
        let killed = Arc::new(Notify::new());
        let (shared, tell) = (world.clone(), killed.clone());
        let stub = Stub::start(move |seen, _| {
            let (answer, killed) = shared.lock().unwrap().answer(seen, &fate);
            if killed {
                tell.notify_one();
                return Answer::Silence;
            }
            answer
        })
        .await;
        Self { stub, chain: NodeChain::leak("FAKE"), world, killed }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Ends when the process was to be killed.
    pub async fn killed(&self) {
        self.killed.notified().await;
    }

    /// One pass, with short waits.
    pub fn settings(&self) -> DaemonSettings {
        let mut settings = fake::settings(&self.stub.url, &[]);
        settings.chains = Box::leak(Box::new([self.chain as &'static dyn kms_chains::Chain]));
        let ms = Duration::from_millis;
        settings.looking =
            Looking { step: ms(1), longest: ms(4), once: ms(10_000), at_most: ms(10_000) };
        settings
    }
}

impl World {
    fn answer(&mut self, seen: &Seen, fate: &dyn Fn(usize) -> Fate) -> (Answer, bool) {
        let path: Vec<&str> = seen.path.trim_start_matches('/').split('/').collect();
        let answer = match (seen.method.as_str(), path.as_slice()) {
            ("POST", ["v3", "kms", "pending", chain]) => {
                let waits = |item: &&Value| {
                    item["chain"] == *chain
                        && !self.completed.contains_key(item["id"].as_str().unwrap())
                };
                stub::json(self.pending.iter().filter(waits).cloned().collect())
            }
            ("POST", ["v3", "fake", "node", _]) => return self.node(&seen.json(), fate),
            ("POST", ["v3", "fake", "settled"]) => {
                self.settled.push(text(&seen.json()["hash"]));
                return (stub::json(json!({})), self.is_killed(Moment::Settling));
            }
            ("POST", ["v3", "fake", "broadcast"]) => return self.announce(&seen.json()),
            ("POST", ["v3", "tatum", "kms", "batch"]) => {
                let body = seen.json();
                let errors = body["errors"].as_array().unwrap().iter();
                self.reports.extend(errors.map(|e| text(&e["error"])));
                Answer::Text(200, String::new())
            }
            ("PUT", ["v3", "kms", id, hash]) => {
                self.put.push((*hash).to_owned());
                self.completed.insert((*id).to_owned(), (*hash).to_owned());
                Answer::Text(204, String::new())
            }
            ("GET", ["v3", "kms", id]) => match self.completed.get(*id) {
                Some(hash) => stub::json(json!({"id": id, "txId": hash})),
                None => stub::json(json!({ "id": id })),
            },
            _ => Answer::Text(404, String::new()),
        };
        (answer, false)
    }

    fn is_killed(&mut self, moment: Moment) -> bool {
        self.kill.take_if(|at| *at == moment).is_some()
    }

    fn announce(&mut self, body: &Value) -> (Answer, bool) {
        let (id, hash) = (text(&body["signatureId"]), text(&body["txData"]));
        assert!(self.executed.contains_key(&hash), "{hash} is not on chain");
        self.announced.push((id.clone(), hash.clone()));
        if self.deaf.0 > 0 {
            self.deaf.0 -= 1;
            return (Answer::Text(500, String::new()), false);
        }
        if self.deaf.1 > 0 {
            self.deaf.1 -= 1;
            return (stub::json(json!({"txId": hash, "failed": true})), false);
        }
        self.completed.insert(id, hash.clone());
        (stub::json(json!({ "txId": hash })), self.is_killed(Moment::Announcing))
    }

    fn node(&mut self, request: &Value, fate: &dyn Fn(usize) -> Fate) -> (Answer, bool) {
        if self.down > 0 {
            self.down -= 1;
            return (Answer::Text(502, String::new()), false);
        }
        let parameter = text(&request["params"][0]);
        match request["method"].as_str().unwrap() {
            "prepare" => {
                (stub::json(json!({"result": self.height})), self.is_killed(Moment::Preparing))
            }
            "height" if self.blind => (Answer::Text(400, String::new()), false),
            "height" => (stub::json(json!({"result": self.height})), false),
            "send" if self.is_killed(Moment::Sending) => (Answer::Silence, true),
            "send" => self.send(&parameter, fate(self.sent.len())),
            _ => self.look(&parameter),
        }
    }

    /// The bytes are `item signature last-height`.
    fn send(&mut self, data: &str, fate: Fate) -> (Answer, bool) {
        let words: Vec<&str> = data.split(' ').collect();
        let (id, number, last) = (words[0], words[1].parse().unwrap(), words[2].parse().unwrap());
        self.check_alone(id, number);
        self.sent.push((id.to_owned(), number, last));
        let hash = format!("hash-{number}");
        self.last_expiry.insert(hash.clone(), last);
        if let Fate::Executed(looks) | Fate::LostReply(looks) = fate {
            self.waiting.entry(hash.clone()).or_insert(looks);
        }
        if fate == Fate::Failed {
            self.executed.insert(hash.clone(), (id.to_owned(), Some("out of funds")));
        }
        let answer = match fate {
            Fate::Refused => stub::json(json!({"error": {"code": -1, "message": "no funds"}})),
            Fate::LostReply(_) | Fate::Lost => Answer::Text(502, String::new()),
            _ => stub::json(json!({ "result": hash })),
        };
        self.execute(&hash, id);
        self.down = std::mem::take(&mut self.down_after_send);
        (answer, self.is_killed(Moment::Waiting))
    }

    /// A new signature must not be sent while an earlier one can be executed, or was.
    fn check_alone(&self, id: &str, number: u64) {
        for (other, earlier, last) in &self.sent {
            if other != id || *earlier == number {
                continue;
            }
            match self.executed.get(&format!("hash-{earlier}")) {
                Some((_, Some(_))) => {}
                Some((_, None)) => {
                    panic!("{id}: signature {number}, though {earlier} was executed")
                }
                None => assert!(self.height > *last, "{id}: {number} while {earlier} is alive"),
            }
        }
    }

    fn look(&mut self, hash: &str) -> (Answer, bool) {
        self.height += self.growth;
        let id = self.sent.iter().find(|(_, number, _)| format!("hash-{number}") == hash);
        if let Some((id, _, _)) = id.cloned() {
            self.execute(hash, &id);
        }
        let told = match self.executed.get(hash) {
            _ if self.behind > 0 => {
                self.behind -= 1;
                Value::Null
            }
            Some((_, None)) => json!("ok"),
            Some((_, Some(failure))) => json!(failure),
            None => Value::Null,
        };
        (stub::json(json!({ "result": told })), self.is_killed(Moment::Looking))
    }

    fn execute(&mut self, hash: &str, id: &str) {
        match self.waiting.get_mut(hash) {
            Some(0) if self.height <= self.last_expiry[hash] => {
                self.executed.entry(hash.to_owned()).or_insert((id.to_owned(), None));
            }
            Some(looks) => *looks = looks.saturating_sub(1),
            None => {}
        }
    }

    /// No item is on chain twice, and what is on chain is what the API was told.
    pub fn check(&self) {
        let mut paid = BTreeMap::new();
        for (hash, (id, failed)) in &self.executed {
            if failed.is_none() {
                assert_eq!(paid.insert(id, hash), None, "{id} is on chain twice");
                assert_eq!(self.completed.get(id), Some(hash), "{id} was not completed");
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
