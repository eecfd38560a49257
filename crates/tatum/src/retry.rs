//! When and how long to wait before a call is repeated.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// The longest wait between two tries of one call. Whoever wants a longer one is asked at a later poll.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The waits of one call: doubling, with jitter, so that daemons that failed together don't return together.
pub(crate) struct Backoff {
    next: Duration,
    left: u32,
    /// All waits of the client are counted here.
    count: Arc<AtomicU64>,
}

impl Backoff {
    /// At most `retries` waits, the first about `delay` long.
    pub(crate) fn new(retries: u32, delay: Duration, count: Arc<AtomicU64>) -> Self {
        Self { next: delay, left: retries, count }
    }

    /// The next wait, no shorter than `asked_for`; none when it is time to give up.
    pub(crate) fn wait(&mut self, asked_for: Option<Duration>) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let own = jittered(self.next.min(LONGEST_WAIT));
        self.next = self.next.saturating_mul(2);
        let wait = own.max(asked_for.unwrap_or_default());
        if wait > LONGEST_WAIT {
            return None;
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        Some(wait)
    }
}

/// A wait in seconds, or until a date (RFC 9110); a date that has passed is no wait.
pub(crate) fn read_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// Between half of `wait` and all of it. The keys of a `RandomState` are random enough for that.
fn jittered(wait: Duration) -> Duration {
    let percent = RandomState::new().build_hasher().finish() % 51;
    let percent = u32::try_from(percent).unwrap_or_default();
    wait * (50 + percent) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        let mut backoff = Backoff::new(3, Duration::from_secs(1), Arc::default());
        for most in [1, 2, 4] {
            let wait = backoff.wait(None).unwrap();
            let most = Duration::from_secs(most);
            assert!(wait >= most / 2 && wait <= most, "{wait:?}");
        }
        assert_eq!(backoff.wait(None), None);
    }

    #[test]
    fn the_api_may_ask_for_more_but_not_for_ever() {
        let mut backoff = Backoff::new(3, Duration::from_millis(10), Arc::default());
        let asked = Duration::from_secs(7);
        assert_eq!(backoff.wait(Some(asked)), Some(asked));
        assert_eq!(backoff.wait(Some(Duration::from_secs(3600))), None);
    }

    #[test]
    fn a_wait_is_given_in_seconds_or_as_a_date() {
        let now = httpdate::parse_http_date("Wed, 21 Oct 2026 07:28:00 GMT").unwrap();
        let read = |text| read_retry_after(text, now);
        assert_eq!(read(" 120 "), Some(Duration::from_secs(120)));
        assert_eq!(read("Wed, 21 Oct 2026 07:28:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(read("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
    }
}
