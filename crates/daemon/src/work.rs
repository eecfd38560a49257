//! What is in hand on one chain: in the lanes of its accounts, and beside them.

use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use kms_chains::Chain;
use kms_core::PendingId;
use kms_tatum::PendingItem;

use crate::backoff::Backoffs;
use crate::daemon::Daemon;
use crate::error::DaemonError;
use crate::lanes::{Lane, Lanes};
use crate::one::{Ended, Worked};
use crate::stop::Stop;

/// How many accounts of a chain are worked for at once.
const SIDE_BY_SIDE: usize = 256;

/// A transaction on its way into a lane.
pub(crate) struct Job {
    pub(crate) item: PendingItem,
    pub(crate) polled: Instant,
    /// How long it is followed, once it was handed to its node.
    pub(crate) patience: Duration,
    /// Whether it was begun before, in the same pass.
    pub(crate) again: bool,
}

type InLane<'d> = Pin<Box<dyn Future<Output = (Lane, Worked)> + 'd>>;
type Beside<'d> = Pin<Box<dyn Future<Output = (Lane, Ended)> + 'd>>;

/// What was handed out, and has not come to its end.
pub(crate) struct Work<'d, 'a> {
    daemon: &'d Daemon<'a>,
    chain: &'static dyn Chain,
    stop: Stop,
    lanes: Lanes<Job>,
    in_lanes: FuturesUnordered<InLane<'d>>,
    /// What was handed to its node. It waits for the network, and nothing waits for it.
    beside: FuturesUnordered<Beside<'d>>,
    backoffs: Backoffs,
    /// Whether something has still to be looked up in a journal that is new to the chain.
    pub(crate) unsure: bool,
}

impl<'d, 'a> Work<'d, 'a> {
    pub(crate) fn new(daemon: &'d Daemon<'a>, chain: &'static dyn Chain, stop: Stop) -> Self {
        Self {
            daemon,
            chain,
            stop,
            lanes: Lanes::new(SIDE_BY_SIDE),
            in_lanes: FuturesUnordered::new(),
            beside: FuturesUnordered::new(),
            backoffs: Backoffs::new(daemon.settings.period),
            unsure: false,
        }
    }

    /// Whether a transaction is in hand.
    pub(crate) fn has(&self, id: &PendingId) -> bool {
        self.lanes.has(id)
    }

    /// Whether it failed just now, so that it is too early to try it again.
    pub(crate) fn is_too_early(&self, id: &PendingId) -> bool {
        self.backoffs.blocks(id)
    }

    /// How many are in hand.
    pub(crate) fn len(&self) -> usize {
        self.lanes.len()
    }

    /// How many of them were handed to their node.
    pub(crate) fn followed(&self) -> usize {
        self.beside.len()
    }

    /// Puts a transaction into the lane of its account. False if it is in hand already.
    pub(crate) fn push(&mut self, lane: Lane, job: Job) -> bool {
        self.lanes.push(lane, job.item.transaction.id.clone(), job)
    }

    /// Forgets what has not been begun.
    pub(crate) fn clear(&mut self) {
        self.lanes.clear();
    }

    /// Leaves what was handed to its node to the journal, and to the next poll.
    pub(crate) fn leave_followed(&mut self) {
        self.beside.clear();
    }

    /// Waits for `until` and works meanwhile.
    pub(crate) async fn during<T>(
        &mut self,
        until: impl Future<Output = T>,
    ) -> Result<T, DaemonError> {
        let mut until = pin!(until);
        loop {
            self.start();
            tokio::select! {
                Some((lane, worked)) = self.in_lanes.next() => self.left(lane, worked)?,
                Some((lane, ended)) = self.beside.next() => self.ended(lane, ended)?,
                out = &mut until => return Ok(out),
            }
        }
    }

    /// Works until nothing is left, or, when the daemon is to stop, until nothing is in flight.
    pub(crate) async fn finish(&mut self) -> Result<(), DaemonError> {
        self.finish_until(|work| work.in_lanes.is_empty() && work.beside.is_empty()).await
    }

    /// The same for the lanes alone.
    pub(crate) async fn finish_lanes(&mut self) -> Result<(), DaemonError> {
        self.finish_until(|work| work.in_lanes.is_empty()).await
    }

    async fn finish_until(&mut self, is_finished: fn(&Self) -> bool) -> Result<(), DaemonError> {
        let mut first = Ok(());
        loop {
            self.start();
            if is_finished(self) {
                return first;
            }
            let result = tokio::select! {
                Some((lane, worked)) = self.in_lanes.next() => self.left(lane, worked),
                Some((lane, ended)) = self.beside.next() => self.ended(lane, ended),
                else => return first,
            };
            if let Err(error) = result {
                self.lanes.clear();
                first = first.and(Err(error));
            }
        }
    }

    /// Starts as many transactions as may be in work.
    fn start(&mut self) {
        if self.stop.is_wanted() {
            self.lanes.clear();
        }
        while let Some((lane, _, job)) = self.lanes.start() {
            let (daemon, chain) = (self.daemon, self.chain);
            if !job.again {
                daemon.count(|summary| summary.pending += 1);
            }
            self.in_lanes.push(Box::pin(async move { (lane, daemon.work_one(chain, job).await) }));
        }
    }

    /// The work in a lane is done.
    fn left(&mut self, lane: Lane, worked: Worked) -> Result<(), DaemonError> {
        self.lanes.leave(lane.clone());
        match worked {
            Worked::Ended(ended) => self.ended(lane, ended),
            Worked::Follow(job, follow) => {
                let (daemon, chain, stop) = (self.daemon, self.chain, self.stop.clone());
                self.beside.push(Box::pin(async move {
                    (lane, daemon.follow_one(chain, job, follow, &stop).await)
                }));
                Ok(())
            }
        }
    }

    /// A transaction has come to its end, or to its beginning.
    fn ended(&mut self, lane: Lane, ended: Ended) -> Result<(), DaemonError> {
        self.lanes.forget(&ended.id);
        self.unsure |= ended.unsure;
        self.backoffs.ended(&ended.id, ended.wait_at_most);
        if let Some(job) = ended.again {
            self.push(lane, job);
        }
        ended.fatal.map_or(Ok(()), Err)
    }
}
