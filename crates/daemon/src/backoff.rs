//! When something is tried again: a transaction that failed, a chain for which nothing comes.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use kms_core::PendingId;

/// So many transactions are remembered; beyond that, remembering starts anew.
const MOST: usize = 100_000;

/// Transactions that failed, and when they are tried again.
pub(crate) struct Backoffs {
    first: Duration,
    waiting: HashMap<PendingId, (u32, Instant)>,
}

impl Backoffs {
    /// The first wait is about `first`; each further one is twice as long.
    pub(crate) fn new(first: Duration) -> Self {
        Self { first, waiting: HashMap::new() }
    }

    /// Whether it is too early to try again.
    pub(crate) fn blocks(&self, id: &PendingId) -> bool {
        self.waiting.get(id).is_some_and(|(_, until)| Instant::now() < *until)
    }

    /// A try has ended: well, without a wait, or badly, to be repeated after a wait of `at_most`.
    pub(crate) fn ended(&mut self, id: &PendingId, at_most: Option<Duration>) {
        let Some(at_most) = at_most else {
            self.waiting.remove(id);
            return;
        };
        if self.waiting.len() >= MOST {
            self.waiting.clear();
        }
        let (tries, until) = self.waiting.entry(id.clone()).or_insert((0, Instant::now()));
        let wait = self.first.saturating_mul(1 << (*tries).min(16)).min(at_most);
        // A little earlier than the poll that is due then.
        *until = Instant::now() + wait.mul_f64(0.9);
        *tries = tries.saturating_add(1);
    }
}

/// The time from one poll to the next: short while something comes, longer and longer while nothing does.
pub(crate) struct Period {
    least: Duration,
    most: Duration,
    now: Duration,
}

impl Period {
    pub(crate) fn new(least: Duration, most: Duration) -> Self {
        Self { least, most: most.max(least), now: least }
    }

    /// The time until the next poll, after one that was `busy` or not.
    pub(crate) fn next(&mut self, busy: bool) -> Duration {
        self.now = if busy { self.least } else { self.now.mul_f64(1.25).min(self.most) };
        self.now
    }

    /// The time between polls as it is.
    pub(crate) fn now(&self) -> Duration {
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_are_forgotten_after_a_success() {
        let mut backoffs = Backoffs::new(Duration::from_secs(10));
        let id: PendingId = "a".parse().unwrap();
        assert!(!backoffs.blocks(&id));
        let mut wait = |most| {
            backoffs.ended(&id, Some(Duration::from_secs(most)));
            (backoffs.waiting[&id].1 - Instant::now()).as_secs_f64().round()
        };
        assert_eq!([wait(60), wait(60), wait(60), wait(60)], [9.0, 18.0, 36.0, 54.0]);
        assert!(backoffs.blocks(&id));
        backoffs.ended(&id, None);
        assert!(!backoffs.blocks(&id));
    }

    #[test]
    fn polls_get_rarer_while_nothing_comes() {
        let seconds = Duration::from_secs;
        let mut period = Period::new(seconds(4), seconds(6));
        assert_eq!([period.next(false), period.next(false)], [seconds(5), seconds(6)]);
        assert_eq!((period.next(true), period.now()), (seconds(4), seconds(4)));
        assert_eq!(Period::new(seconds(4), seconds(1)).next(false), seconds(4));
    }
}
