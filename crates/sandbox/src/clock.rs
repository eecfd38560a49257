//! Time and chance, as the request that is being answered sees them.
//!
//! Within [`at`] both are fixed, so that the same requests give the same answers again: those of a
//! sandbox with a seed, and those that a state file repeats. Elsewhere they are the machine's.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::task_local;

use crate::random::Random;

task_local! {
    static MOMENT: Moment;
}

/// When something is done, and the dice that are thrown for it.
pub(crate) struct Moment {
    /// Microseconds since 1970.
    micros: u64,
    random: RefCell<Random>,
}

impl Moment {
    /// A moment with dice of its own.
    pub(crate) fn new(micros: u64, seed: u64) -> Self {
        Self { micros, random: RefCell::new(Random::new(seed)) }
    }
}

/// Does something at a moment.
pub(crate) async fn at<F: Future>(moment: Moment, work: F) -> F::Output {
    MOMENT.scope(moment, work).await
}

/// Microseconds since 1970.
pub(crate) fn microseconds() -> u64 {
    MOMENT.try_with(|moment| moment.micros).unwrap_or_else(|_| system_microseconds())
}

/// Milliseconds since 1970.
pub(crate) fn milliseconds() -> i64 {
    i64::try_from(microseconds() / 1_000).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
pub(crate) fn seconds() -> u64 {
    microseconds() / 1_000_000
}

/// How long ago a moment was, which was read from [`microseconds`].
pub(crate) fn since(micros: u64) -> Duration {
    Duration::from_micros(microseconds().saturating_sub(micros))
}

/// Bytes that nobody has had before, or had in the same run with the same seed.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let thrown = MOMENT.try_with(|moment| {
        let mut random = moment.random.borrow_mut();
        [(); N].map(|()| random.number().to_le_bytes()[7])
    });
    thrown.unwrap_or_else(|_| system_random())
}

/// What the machine's clock says, in microseconds since 1970.
pub(crate) fn system_microseconds() -> u64 {
    let age = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(age.as_micros()).unwrap_or(u64::MAX)
}

/// A number from the machine.
pub(crate) fn system_number() -> u64 {
    u64::from_le_bytes(system_random())
}

fn system_random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    for part in bytes.chunks_mut(4) {
        // Its first bytes are random throughout.
        part.copy_from_slice(&uuid::Uuid::new_v4().as_bytes()[..part.len()]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seen(seed: u64) -> (u64, [u8; 32]) {
        at(Moment::new(1_500_000, seed), async { (seconds(), random()) }).await
    }

    #[tokio::test]
    async fn a_moment_stands_still_and_repeats_itself() {
        assert_eq!(seen(7).await, seen(7).await);
        assert_ne!(seen(7).await.1, seen(8).await.1);
        assert_eq!(seen(7).await.0, 1);
    }

    #[test]
    fn elsewhere_the_machine_decides() {
        assert!(seconds() > 1_700_000_000);
        assert_ne!(random::<16>(), random::<16>());
        assert_eq!(since(u64::MAX), Duration::ZERO);
    }
}
