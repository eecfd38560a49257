//! The time, as chains write it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
pub(crate) fn seconds() -> u64 {
    age().as_secs()
}

/// Milliseconds since 1970.
pub(crate) fn milliseconds() -> i64 {
    i64::try_from(age().as_millis()).unwrap_or(i64::MAX)
}

fn age() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
