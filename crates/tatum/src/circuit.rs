//! What is down is left alone for a while, instead of being asked by everybody until it times out.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many failures in a row open it.
const FAILURES: u32 = 10;
/// How long it stays open at first, and at most; it doubles in between.
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);

/// One circuit for each part of the API that can be down while others are not: the scope of a call.
#[derive(Debug, Default)]
pub(crate) struct Circuits(Mutex<HashMap<&'static str, Circuit>>);

#[derive(Debug, Default)]
struct Circuit {
    /// Failures in a row.
    failures: u32,
    open_until: Option<Instant>,
    /// How long it was open the last time.
    wait: Duration,
    /// Whether one call is trying.
    trying: bool,
}

impl Circuits {
    /// Whether a call may be made; if not, how long it stays like that. When the time is over, one call
    /// may try, and the others wait on for its outcome.
    pub(crate) fn check(&self, scope: &'static str) -> Result<(), Duration> {
        self.check_at(scope, Instant::now())
    }

    fn check_at(&self, scope: &'static str, now: Instant) -> Result<(), Duration> {
        let mut circuits = self.lock();
        let Some(circuit) = circuits.get_mut(scope) else { return Ok(()) };
        match circuit.open_until {
            Some(until) if now < until => Err(until - now),
            Some(_) => {
                // Should that call never end, the next one tries.
                circuit.open_until = Some(now + circuit.wait);
                circuit.trying = true;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A call was answered by something that works, whatever it said.
    pub(crate) fn works(&self, scope: &'static str) {
        if let Some(circuit) = self.lock().get_mut(scope) {
            if circuit.open_until.is_some() {
                tracing::info!(scope, "the API answers again");
            }
            *circuit = Circuit::default();
        }
    }

    /// A call was not answered, or with a 5xx.
    pub(crate) fn failed(&self, scope: &'static str) {
        self.failed_at(scope, Instant::now());
    }

    fn failed_at(&self, scope: &'static str, now: Instant) {
        let mut circuits = self.lock();
        let circuit = circuits.entry(scope).or_default();
        circuit.failures = circuit.failures.saturating_add(1);
        if circuit.failures < FAILURES {
            return;
        }
        let first = circuit.open_until.is_none();
        // Calls that were on their way when it opened don't make it longer.
        if first || circuit.trying {
            circuit.wait = (circuit.wait * 2).clamp(FIRST, LONGEST);
            circuit.open_until = Some(now + circuit.wait);
            circuit.trying = false;
        }
        if first {
            tracing::warn!(scope, "the API is down; it is left alone for a while");
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<&'static str, Circuit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_opens_lets_one_try_and_closes() {
        let circuits = Circuits::default();
        let mut now = Instant::now();
        for _ in 0..FAILURES {
            assert_eq!(circuits.check_at("ETH", now), Ok(()));
            circuits.failed_at("ETH", now);
        }
        assert_eq!(circuits.check_at("ETH", now), Err(FIRST));
        assert_eq!(circuits.check_at("BTC", now), Ok(()), "the others go on");
        now += FIRST;
        assert_eq!(circuits.check_at("ETH", now), Ok(()));
        assert!(circuits.check_at("ETH", now).is_err(), "one tries, and only one");
        circuits.works("ETH");
        assert_eq!(circuits.check_at("ETH", now), Ok(()));
        circuits.failed_at("ETH", now);
        assert_eq!(circuits.check_at("ETH", now), Ok(()), "it counts from the beginning");
    }

    #[tokio::test]
    async fn it_stays_open_longer_each_time_but_not_for_ever() {
        let circuits = Circuits::default();
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..FAILURES + 10 {
            if let Err(wait) = circuits.check_at("ETH", now) {
                waits.push(wait);
                now += wait;
                assert_eq!(circuits.check_at("ETH", now), Ok(()));
            }
            circuits.failed_at("ETH", now);
        }
        assert!(waits.is_sorted() && waits[0] == FIRST, "{waits:?}");
        assert_eq!(waits.last(), Some(&LONGEST));
    }
}
