//! How fast the API is asked: one pace for all calls, that falls when the API says so and recovers
//! slowly.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// No slower than this, in calls a second.
const SLOWEST: f64 = 0.5;
/// Faster than this, nothing is counted any more.
const UNLIMITED: f64 = 5_000.0;
/// How much faster it gets each second without a complaint.
const RECOVERY: f64 = 1.05;
/// The longest that all calls wait because one of them was told to.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const SECOND: Duration = Duration::from_secs(1);

/// The pace of one client.
#[derive(Debug)]
pub(crate) struct Pace {
    /// The most calls a second that the operator wants.
    cap: Option<f64>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Calls a second; none while nothing has complained.
    rate: Option<f64>,
    /// When the next call may start.
    next: Instant,
    /// When the rate was last changed.
    changed: Instant,
    /// When it last fell.
    fell: Option<Instant>,
    /// The calls of the second that began at `since`, and those of the one before.
    since: Instant,
    calls: u32,
    before: u32,
}

impl Pace {
    pub(crate) fn new(cap: Option<f64>) -> Self {
        let now = Instant::now();
        let cap = cap.filter(|cap| cap.is_finite() && *cap > 0.0);
        let (next, changed, since) = (now, now, now);
        let state = State { rate: cap, next, changed, fell: None, since, calls: 0, before: 0 };
        Self { cap, state: Mutex::new(state) }
    }

    /// Waits for this call's turn.
    pub(crate) async fn turn(&self) {
        let start = self.take(Instant::now());
        tokio::time::sleep_until(start).await;
    }

    fn take(&self, now: Instant) -> Instant {
        let mut state = self.lock();
        state.recover(now, self.cap);
        let start = state.next.max(now);
        if let Some(rate) = state.rate {
            state.next = start + Duration::from_secs_f64(1.0 / rate);
        }
        state.count(now);
        start
    }

    /// A call was answered with 429.
    pub(crate) fn too_fast(&self, retry_after: Option<Duration>) {
        self.slow_down(Instant::now(), retry_after);
    }

    fn slow_down(&self, now: Instant, retry_after: Option<Duration>) {
        let mut state = self.lock();
        if let Some(wait) = retry_after {
            state.next = state.next.max(now + wait.min(LONGEST_PAUSE));
        }
        // The calls that were on their way together are one complaint.
        if state.fell.is_some_and(|fell| now - fell < SECOND) {
            return;
        }
        let observed = f64::from(state.calls.max(state.before).max(1));
        let rate = state.rate.map_or(observed, |rate| rate.min(observed));
        state.rate = Some((rate / 2.0).max(SLOWEST));
        (state.changed, state.fell) = (now, Some(now));
        tracing::debug!(rate = state.rate, "the API was asked too often; slowing down");
    }

    /// Calls a second; none while there is no limit.
    pub(crate) fn rate(&self) -> Option<f64> {
        self.lock().rate
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, now: Instant) {
        if now - self.since >= SECOND {
            self.before = if now - self.since < 2 * SECOND { self.calls } else { 0 };
            (self.since, self.calls) = (now, 0);
        }
        self.calls = self.calls.saturating_add(1);
    }

    fn recover(&mut self, now: Instant, cap: Option<f64>) {
        let Some(rate) = self.rate else { return };
        let quiet = (now - self.changed).as_secs();
        if quiet == 0 || cap.is_some_and(|cap| rate >= cap) {
            return;
        }
        let seconds = i32::try_from(quiet.min(600)).unwrap_or(600);
        let faster = rate * RECOVERY.powi(seconds);
        self.changed = now;
        self.rate = match cap {
            Some(cap) => Some(faster.min(cap)),
            None => Some(faster).filter(|rate| *rate < UNLIMITED),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_cap_spaces_calls_out() {
        let pace = Pace::new(Some(10.0));
        let now = Instant::now();
        let starts: Vec<_> = (0..5).map(|_| pace.take(now)).collect();
        assert_eq!(starts[4] - starts[0], Duration::from_millis(400));
    }

    #[tokio::test]
    async fn it_falls_once_for_a_burst_and_recovers_slowly() {
        let pace = Pace::new(None);
        let mut now = Instant::now();
        for _ in 0..100 {
            assert_eq!(pace.take(now), now.max(pace.lock().next));
        }
        for _ in 0..5 {
            pace.slow_down(now, None);
        }
        let fallen = pace.rate().unwrap();
        assert!((25.0..=50.0).contains(&fallen), "{fallen}");
        now += Duration::from_secs(10);
        pace.take(now);
        let later = pace.rate().unwrap();
        assert!(later > fallen * 1.5 && later < fallen * 1.8, "{later}");
        for _ in 0..20 {
            now += Duration::from_secs(10);
            pace.take(now);
        }
        assert_eq!(pace.rate(), None);
    }

    #[tokio::test]
    async fn all_wait_when_one_is_told_to() {
        let pace = Pace::new(None);
        let now = Instant::now();
        pace.slow_down(now, Some(Duration::from_secs(7)));
        assert!(pace.take(now) >= now + Duration::from_secs(7));
        pace.slow_down(now, Some(Duration::from_secs(3600)));
        assert!(pace.take(now) <= now + LONGEST_PAUSE);
    }
}
