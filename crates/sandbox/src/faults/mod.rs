//! Faults on purpose: what an API, or the network before it, does to a client sooner or later.
//!
//! They come from flags of `serve`, from `POST /sandbox/faults`, or for a single request from its
//! header `x-sandbox-fault`, which can name how many more like it are struck. Only requests of the kinds that a daemon makes are hit by chance;
//! those of applications are answered as ever. The same seed and the same order of requests give
//! the same faults.

mod body;
mod endpoint;
mod inject;
mod line;
mod rule;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::Method;
use serde::{Deserialize, Serialize};

pub use self::endpoint::Endpoint;
pub(crate) use self::inject::{HandOutAgain, LeaveOpen, inject};
pub(crate) use self::line::{Lines, Switch};
pub use self::rule::{Fault, Rule, RuleError};
use crate::random::Random;

/// What goes wrong from now on.
#[derive(Clone, Debug, Default)]
pub struct FaultSettings {
    /// Every fault that may strike; of those that do, the first counts.
    pub rules: Vec<Rule>,
    /// Repeats a run.
    pub seed: u64,
    /// What every request takes in addition.
    pub latency: Duration,
}

/// The same as texts and numbers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FaultList {
    faults: Vec<String>,
    seed: u64,
    latency: u64,
    /// How often each has struck; only in answers.
    #[serde(skip_deserializing)]
    struck: BTreeMap<String, u64>,
}

/// The dice.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<State>);

#[derive(Debug)]
struct State {
    rules: Vec<Rule>,
    latency: Duration,
    seed: u64,
    random: Random,
    struck: BTreeMap<String, u64>,
    /// What requests have wished for the next ones of their kind, and for how many.
    promised: HashMap<RequestKind, (Rule, u64)>,
}

/// Method and path.
pub(crate) type RequestKind = (Method, String);

impl Faults {
    pub(crate) fn new(settings: FaultSettings) -> Self {
        let FaultSettings { rules, seed, latency } = settings;
        let (struck, promised) = (BTreeMap::new(), HashMap::new());
        let random = Random::new(seed);
        Self(Mutex::new(State { rules, latency, seed, random, struck, promised }))
    }

    /// Puts other faults in place. The counts go on.
    pub(crate) fn set(&self, settings: FaultSettings) {
        let mut state = self.lock();
        state.random = Random::new(settings.seed);
        (state.seed, state.latency) = (settings.seed, settings.latency);
        state.rules = settings.rules;
        state.promised.clear();
    }

    /// Lets a fault strike the next requests of a kind, whatever the dice say.
    pub(crate) fn promise(&self, kind: RequestKind, rule: Rule, count: u64) {
        let mut state = self.lock();
        *state.struck.entry(rule.fault.to_string()).or_default() += 1;
        if count == 0 {
            state.promised.remove(&kind);
        } else {
            state.promised.insert(kind, (rule, count));
        }
    }

    /// What was promised to a request of this kind.
    pub(crate) fn promised(&self, kind: &RequestKind) -> Option<Rule> {
        let mut state = self.lock();
        let (rule, left) = state.promised.get_mut(kind)?;
        *left -= 1;
        let (rule, left) = (rule.clone(), *left);
        if left == 0 {
            state.promised.remove(kind);
        }
        *state.struck.entry(rule.fault.to_string()).or_default() += 1;
        Some(rule)
    }

    /// How often each fault has struck.
    pub(crate) fn struck(&self) -> BTreeMap<String, u64> {
        self.lock().struck.clone()
    }

    /// What is in place, and what has happened.
    pub(crate) fn list(&self) -> FaultList {
        let state = self.lock();
        FaultList {
            faults: state.rules.iter().map(Rule::to_string).collect(),
            seed: state.seed,
            latency: u64::try_from(state.latency.as_millis()).unwrap_or(u64::MAX),
            struck: state.struck.clone(),
        }
    }

    fn latency(&self) -> Duration {
        self.lock().latency
    }

    /// Throws the dice for one request.
    fn draw(&self, endpoint: Endpoint) -> Option<Rule> {
        let mut state = self.lock();
        let State { rules, random, .. } = &mut *state;
        let mut concerned = rules.iter_mut().filter(|rule| rule.concerns(endpoint));
        let struck = concerned.find(|rule| {
            // Thrown even for a rule that is used up: the others keep their dice.
            random.chance(rule.millionths.into()) && rule.times != Some(0)
        })?;
        struck.times = struck.times.map(|times| times - 1);
        let rule = struck.clone();
        *state.struck.entry(rule.fault.to_string()).or_default() += 1;
        Some(rule)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FaultList {
    /// Reads the texts.
    pub(crate) fn settings(&self) -> Result<FaultSettings, RuleError> {
        let rules = self.faults.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        Ok(FaultSettings { rules, seed: self.seed, latency: Duration::from_millis(self.latency) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(texts: &[&str], seed: u64) -> Faults {
        let rules = texts.iter().map(|text| text.parse().unwrap()).collect();
        Faults::new(FaultSettings { rules, seed, ..FaultSettings::default() })
    }

    fn draws(faults: &Faults) -> Vec<Option<Fault>> {
        (0..200).map(|_| faults.draw(Endpoint::Broadcast).map(|rule| rule.fault)).collect()
    }

    #[test]
    fn a_seed_repeats_the_faults() {
        let texts = ["lost-reply=0.1", "reset=0.1,at=broadcast", "slow=0.5,at=poll"];
        let first = draws(&faults(&texts, 5));
        assert_eq!(first, draws(&faults(&texts, 5)));
        assert_ne!(first, draws(&faults(&texts, 6)));
        assert!(first.contains(&Some(Fault::LostReply)) && first.contains(&Some(Fault::Reset)));
        assert!(!first.contains(&Some(Fault::Slow)));
    }

    #[test]
    fn a_fault_strikes_no_more_often_than_it_may() {
        let faults = faults(&["credits=1,times=2"], 0);
        let struck = draws(&faults).into_iter().flatten().count();
        assert_eq!((struck, faults.struck()["credits"]), (2, 2));
    }
}
