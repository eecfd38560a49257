//! From times to figures.

use serde::Serialize;

use crate::pending::Entry;

/// Milliseconds of a half, of all but a hundredth, and of the slowest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Latency {
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// From the poll that first hands a transaction out to its broadcast.
pub(super) fn latency(entries: &[Entry]) -> Latency {
    let passed = entries.iter().filter_map(|entry| {
        let (polled, broadcast) = (entry.times.polled?, entry.times.broadcast?);
        Some(broadcast.saturating_sub(polled))
    });
    of(passed.collect())
}

/// From the first time one is handed out until the last one is completed.
pub(super) fn per_second(entries: &[Entry]) -> f64 {
    let first = entries.iter().filter_map(|entry| entry.times.polled).min();
    let last = entries.iter().filter_map(|entry| entry.times.completed).max();
    match (first, last) {
        (Some(first), Some(last)) if last > first => {
            rounded(number(entries.len()) / (micros(last - first) / 1e6))
        }
        _ => 0.0,
    }
}

fn of(mut passed: Vec<u64>) -> Latency {
    passed.sort_unstable();
    let at = |percent: usize| {
        let place = (passed.len() * percent).div_ceil(100).saturating_sub(1);
        passed.get(place).map_or(0.0, |micros_passed| rounded(micros(*micros_passed) / 1e3))
    };
    Latency { p50_ms: at(50), p99_ms: at(99), max_ms: at(100) }
}

/// Exact below 2^53, which is 285 years.
#[expect(clippy::cast_precision_loss, reason = "no run takes that long")]
fn micros(passed: u64) -> f64 {
    passed as f64
}

#[expect(clippy::cast_precision_loss, reason = "no run has so many transactions")]
pub(super) fn number(count: usize) -> f64 {
    count as f64
}

/// Two digits behind the point.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_list() {
        let found = of((1..=200).rev().map(|number| number * 1000).collect());
        assert_eq!(found, Latency { p50_ms: 100.0, p99_ms: 198.0, max_ms: 200.0 });
        assert_eq!(of(Vec::new()), Latency { p50_ms: 0.0, p99_ms: 0.0, max_ms: 0.0 });
    }
}
