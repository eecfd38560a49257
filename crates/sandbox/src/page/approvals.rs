//! The daemon's questions, and what was decided.
//!
//! A decision is for what a transaction does, not for its bytes: on chains with a recent block hash
//! these are others each time the daemon asks. A question that says something else is a new one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Who answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// The person at the page.
    #[default]
    Ask,
    /// Yes to whatever nobody has denied.
    Automatic,
}

/// What a question was answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Decision {
    Approve,
    Deny,
}

/// What the daemon says of a transaction that it has made ready to sign.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Digest of the bytes that will be signed, hex.
    pub(super) digest: Option<String>,
    /// Digest of the pending transaction, hex.
    pub(super) content: Option<String>,
    /// What it does, as the daemon wrote it.
    pub(super) intent: Option<String>,
    /// Microseconds since 1970.
    pub(super) at: u64,
}

/// A question as it stands.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// Tells it from another question about the same pending transaction.
    pub(super) key: String,
    pub(super) last: Asked,
    pub(super) intent: Option<Value>,
    /// When it was asked first, in microseconds since 1970.
    pub(super) first_at: u64,
    pub(super) times: u64,
    /// What a person decided.
    pub(super) decision: Option<Decision>,
    /// Whether a yes was given without one.
    pub(super) automatic: bool,
    /// Whether another question about the same transaction had been decided before.
    pub(super) changed: bool,
}

/// Why a decision does not count.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DecisionError {
    #[error("the daemon has not asked about this transaction; wait until it does")]
    NotAsked,
    #[error("the daemon asks about something else by now; look at it again")]
    Changed,
}

/// All questions, by pending id.
pub(super) struct Approvals {
    mode: Mutex<Mode>,
    questions: Mutex<HashMap<String, Question>>,
}

impl Asked {
    /// The same for the same transaction that does the same.
    fn key(&self) -> String {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        hex::encode(Sha256::digest(format!("{}\n{}", text(&self.content), text(&self.intent))))
    }
}

impl Approvals {
    pub(super) fn new(mode: Mode) -> Self {
        Self { mode: Mutex::new(mode), questions: Mutex::default() }
    }

    pub(super) fn mode(&self) -> Mode {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_mode(&self, mode: Mode) {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    /// Takes a question and answers it, unless it is not decided yet. What a person decided stands in
    /// both modes.
    pub(super) fn ask(&self, id: &str, asked: Asked) -> Option<Decision> {
        let (mode, key) = (self.mode(), asked.key());
        let mut questions = self.lock();
        let known = questions.remove(id);
        let question = match known {
            Some(known) if known.key == key => {
                Question { last: asked, times: known.times + 1, automatic: false, ..known }
            }
            before => Question {
                key,
                intent: asked.intent.as_deref().and_then(|text| serde_json::from_str(text).ok()),
                first_at: asked.at,
                last: asked,
                times: 1,
                decision: None,
                automatic: false,
                changed: before.is_some_and(|before| before.changed || before.decision.is_some()),
            },
        };
        let automatic = mode == Mode::Automatic && question.decision.is_none();
        let decision = if automatic { Some(Decision::Approve) } else { question.decision };
        questions.insert(id.to_owned(), Question { automatic, ..question });
        decision
    }

    /// Decides the question with this key; a later decision counts.
    pub(super) fn decide(
        &self,
        id: &str,
        key: &str,
        decision: Decision,
    ) -> Result<(), DecisionError> {
        let mut questions = self.lock();
        let question = questions.get_mut(id).ok_or(DecisionError::NotAsked)?;
        if question.key != key {
            return Err(DecisionError::Changed);
        }
        question.decision = Some(decision);
        question.automatic = false;
        Ok(())
    }

    /// Looks at all questions.
    pub(super) fn look<T>(&self, look: impl FnOnce(&HashMap<String, Question>) -> T) -> T {
        look(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Question>> {
        // Whole questions are put in and taken out.
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(digest: &str, intent: &str) -> Asked {
        let text = |text: &str| Some(text.to_owned());
        Asked { digest: text(digest), content: text("c"), intent: text(intent), at: 5 }
    }

    fn key(approvals: &Approvals) -> String {
        approvals.look(|questions| questions["a"].key.clone())
    }

    #[test]
    fn a_decision_is_for_what_it_does_and_not_for_its_bytes() {
        let approvals = Approvals::new(Mode::Ask);
        assert_eq!(approvals.decide("a", "", Decision::Approve), Err(DecisionError::NotAsked));
        assert_eq!(approvals.ask("a", asked("1", "{}")), None);
        let first = key(&approvals);
        approvals.decide("a", &first, Decision::Approve).unwrap();
        assert_eq!(approvals.ask("a", asked("2", "{}")), Some(Decision::Approve));

        assert_eq!(approvals.ask("a", asked("3", "{\"to\":1}")), None);
        assert!(approvals.look(|questions| questions["a"].changed));
        assert_eq!(approvals.decide("a", &first, Decision::Approve), Err(DecisionError::Changed));
        approvals.decide("a", &key(&approvals), Decision::Deny).unwrap();
        assert_eq!(approvals.ask("a", asked("3", "{\"to\":1}")), Some(Decision::Deny));
    }

    #[test]
    fn an_automatic_yes_ends_with_its_mode_and_a_no_does_not() {
        let approvals = Approvals::new(Mode::Automatic);
        assert_eq!(approvals.ask("a", asked("1", "{}")), Some(Decision::Approve));
        approvals.set_mode(Mode::Ask);
        assert_eq!(approvals.ask("a", asked("1", "{}")), None);
        approvals.decide("a", &key(&approvals), Decision::Deny).unwrap();
        approvals.set_mode(Mode::Automatic);
        assert_eq!(approvals.ask("a", asked("1", "{}")), Some(Decision::Deny));
        approvals.look(|questions| {
            let question = &questions["a"];
            assert_eq!((question.times, question.automatic, question.changed), (3, false, false));
        });
    }
}
