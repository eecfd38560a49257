//! Who is next: the transactions of one account in order, different accounts side by side.
//!
//! What has left its lane and is not forgotten yet keeps its id taken: it is not begun a second time.

use std::collections::{HashMap, HashSet, VecDeque};

use kms_core::PendingId;

/// What orders transactions: an account. Two wallets with the same key are one account.
pub(crate) type Lane = Vec<u8>;

/// Transactions that wait for their turn, by account.
pub(crate) struct Lanes<W> {
    /// A lane is here while it has something waiting or in work.
    waiting: HashMap<Lane, VecDeque<(PendingId, W)>>,
    /// Lanes of which the next may start.
    ready: VecDeque<Lane>,
    /// Everything that waits, is in work, or has left its lane and goes on beside it.
    ids: HashSet<PendingId>,
    running: usize,
    most: usize,
}

impl<W> Lanes<W> {
    /// Lanes of which at most `most` are in work at once.
    pub(crate) fn new(most: usize) -> Self {
        let (waiting, ready, ids) = Default::default();
        Self { waiting, ready, ids, running: 0, most }
    }

    /// Puts `work` at the end of its lane, unless `id` is waiting or in work already.
    pub(crate) fn push(&mut self, lane: Lane, id: PendingId, work: W) -> bool {
        if !self.ids.insert(id.clone()) {
            return false;
        }
        let queue = self.waiting.entry(lane.clone()).or_insert_with(|| {
            self.ready.push_back(lane);
            VecDeque::new()
        });
        queue.push_back((id, work));
        true
    }

    /// The next that may start.
    pub(crate) fn start(&mut self) -> Option<(Lane, PendingId, W)> {
        if self.running >= self.most {
            return None;
        }
        let lane = self.ready.pop_front()?;
        let (id, work) = self.waiting.get_mut(&lane)?.pop_front()?;
        self.running += 1;
        Some((lane, id, work))
    }

    /// What was started has left its lane, and may go on beside it until it is forgotten. The next of the lane may
    /// start.
    pub(crate) fn leave(&mut self, lane: Lane) {
        self.running -= 1;
        match self.waiting.get(&lane) {
            Some(queue) if !queue.is_empty() => self.ready.push_back(lane),
            _ => drop(self.waiting.remove(&lane)),
        }
    }

    /// What left its lane is done, and may be begun once more.
    pub(crate) fn forget(&mut self, id: &PendingId) {
        self.ids.remove(id);
    }

    /// Forgets what has not been started.
    pub(crate) fn clear(&mut self) {
        for (id, _) in self.waiting.values_mut().flat_map(|queue| queue.drain(..)) {
            self.ids.remove(&id);
        }
        for lane in self.ready.drain(..) {
            self.waiting.remove(&lane);
        }
    }

    /// Whether this one is waiting, in work, or goes on beside its lane.
    pub(crate) fn has(&self, id: &PendingId) -> bool {
        self.ids.contains(id)
    }

    /// How many wait, are in work, or go on beside their lanes.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(id: &str) -> PendingId {
        id.parse().unwrap()
    }

    fn done(lanes: &mut Lanes<()>, lane: Lane, id: &PendingId) {
        lanes.leave(lane);
        lanes.forget(id);
    }

    #[test]
    fn one_account_in_order_the_others_beside_it() {
        let mut lanes = Lanes::new(8);
        for (lane, name) in [(1, "a"), (1, "b"), (2, "c"), (1, "d")] {
            assert!(lanes.push(vec![lane], id(name), ()));
        }
        assert!(!lanes.push(vec![1], id("b"), ()), "it waits already");
        let next = |lanes: &mut Lanes<()>| lanes.start().map(|(lane, id, ())| (lane, id));
        let (a, c) = (next(&mut lanes).unwrap(), next(&mut lanes).unwrap());
        assert_eq!((a.1.as_str(), c.1.as_str()), ("a", "c"));
        assert_eq!(next(&mut lanes), None, "b waits for a");
        done(&mut lanes, a.0, &a.1);
        let b = next(&mut lanes).unwrap();
        assert_eq!(b.1.as_str(), "b");
        lanes.clear();
        done(&mut lanes, b.0, &b.1);
        done(&mut lanes, c.0, &c.1);
        assert_eq!((lanes.start(), lanes.len(), lanes.waiting.len()), (None, 0, 0));
    }

    #[test]
    fn what_leaves_its_lane_holds_up_nothing_and_stays_known() {
        let mut lanes = Lanes::new(1);
        lanes.push(vec![1], id("a"), ());
        lanes.push(vec![1], id("b"), ());
        let (lane, a, ()) = lanes.start().unwrap();
        assert!(lanes.start().is_none());
        lanes.leave(lane.clone());
        assert_eq!(lanes.start().unwrap().1, id("b"));
        assert!(!lanes.push(lane.clone(), a.clone(), ()), "it goes on elsewhere");
        lanes.forget(&a);
        assert!(lanes.push(lane, a, ()));
    }

    #[test]
    fn no_more_are_in_work_than_allowed() {
        let mut lanes = Lanes::new(2);
        for lane in 0..5 {
            lanes.push(vec![lane], id(&format!("a{lane}")), ());
        }
        let (one, two) = (lanes.start().unwrap(), lanes.start().unwrap());
        assert!(lanes.start().is_none());
        done(&mut lanes, two.0, &two.1);
        assert!(lanes.start().is_some());
        assert!(lanes.has(&one.1) && !lanes.has(&two.1));
    }
}
