//! The daemon as a process that is killed and started again.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::process::Child;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::kms::{Kms, stop_daemon};
use crate::random::Random;

/// Ends of its own accord that are put up with; after each the daemon is started again.
const MOST_ENDS: u32 = 25;
const AFTER_AN_END: Duration = Duration::from_millis(300);

/// What the one who watches wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// `kill -9` at random instants.
    Storm,
    /// Let it work.
    Calm,
    /// SIGTERM, and an end.
    End,
}

/// When a daemon is killed: this long after its start, at random.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// At least.
    pub least: Duration,
    /// At most.
    pub most: Duration,
}

/// How it went.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lives {
    /// How often it was killed.
    pub(super) kills: u32,
    /// How often it ended without being asked to.
    pub(super) ends: u32,
}

/// Keeps a daemon running until the end is wanted.
pub(super) async fn keep_running(
    kms: &Kms,
    flags: &[String],
    lifetime: Option<Lifetime>,
    mut random: Random,
    mut wanted: watch::Receiver<Wanted>,
) -> Result<Lives> {
    let mut lives = Lives::default();
    loop {
        let mut daemon = kms.start_daemon(flags)?;
        let lifetime = lifetime.map(|lifetime| lifetime.draw(&mut random));
        match live(&mut daemon, lifetime, &mut wanted).await? {
            Death::Killed => lives.kills += 1,
            Death::Stopped => return Ok(lives),
            Death::OfItself(status) => {
                lives.ends += 1;
                if lives.ends > MOST_ENDS {
                    let log = kms.last_words();
                    bail!("the daemon ends again and again, now with {status}; it said:\n{log}");
                }
                sleep(AFTER_AN_END).await;
            }
        }
    }
}

enum Death {
    Killed,
    Stopped,
    OfItself(ExitStatus),
}

async fn live(
    daemon: &mut Child,
    lifetime: Option<Duration>,
    wanted: &mut watch::Receiver<Wanted>,
) -> Result<Death> {
    let born = Instant::now();
    loop {
        let now = *wanted.borrow_and_update();
        let left = match (now, lifetime) {
            (Wanted::End, _) => return stop_daemon(daemon).await.map(|()| Death::Stopped),
            (Wanted::Storm, Some(lifetime)) => lifetime.saturating_sub(born.elapsed()),
            _ => Duration::MAX,
        };
        tokio::select! {
            status = daemon.wait() => return Ok(Death::OfItself(status?)),
            () = sleep(left) => {
                // SIGKILL.
                daemon.kill().await.context("the daemon can't be killed")?;
                return Ok(Death::Killed);
            }
            change = wanted.changed() => change.context("nobody watches any more")?,
        }
    }
}

impl Lifetime {
    fn draw(&self, random: &mut Random) -> Duration {
        let span = self.most.saturating_sub(self.least).as_millis();
        let span = u64::try_from(span).unwrap_or(u64::MAX).saturating_add(1);
        self.least + Duration::from_millis(random.below(span))
    }
}
