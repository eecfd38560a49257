//! How often each transaction has been denied, so that a no becomes final. The journal keeps that it is;
//! until then the count lasts as long as the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kms_core::PendingId;

use crate::content::Content;

/// How many transactions are counted at once; beyond that, counting starts anew.
const MOST: usize = 100_000;

/// The denials of this process.
pub(super) struct Denials {
    /// After how many one is final; never, if 0.
    max: u32,
    counts: Mutex<HashMap<PendingId, (Content, u32)>>,
}

impl Denials {
    pub(super) fn new(max: u32) -> Self {
        Self { max, counts: Mutex::default() }
    }

    /// Counts a denial. Returns how many there have been, if this makes it final; then counting starts
    /// anew, for whoever has the transaction tried once more.
    pub(super) fn add(&self, id: &PendingId, content: Content) -> Option<u32> {
        let mut counts = self.lock();
        if counts.len() >= MOST && !counts.contains_key(id) {
            counts.clear();
        }
        let count = counts.entry(id.clone()).or_insert((content, 0));
        if count.0 != content {
            *count = (content, 0);
        }
        count.1 = count.1.saturating_add(1);
        let asks = count.1;
        if self.max == 0 || asks < self.max {
            return None;
        }
        counts.remove(id);
        Some(asks)
    }

    /// It was approved after all.
    pub(super) fn forget(&self, id: &PendingId) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PendingId, (Content, u32)>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_so_many_is_final_for_this_content() {
        let id: PendingId = "a".parse().unwrap();
        let (one, two) = (Content([1; 32]), Content([2; 32]));
        let denials = Denials::new(2);
        assert_eq!(denials.add(&id, one), None);
        assert_eq!(denials.add(&id, two), None);
        assert_eq!(denials.add(&id, two), Some(2));
        assert_eq!(denials.add(&id, two), None);
        denials.forget(&id);
        assert_eq!(denials.add(&id, two), None);
    }

    #[test]
    fn none_is_final_where_the_operator_says_so() {
        let id: PendingId = "a".parse().unwrap();
        let denials = Denials::new(0);
        assert!((0..50).all(|_| denials.add(&id, Content([1; 32])).is_none()));
    }
}
