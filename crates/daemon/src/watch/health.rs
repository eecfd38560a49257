//! Whether the daemon does its work.

use std::time::{Duration, Instant};

use crate::status::{ChainStatus, Status};

/// How long a chain may go without a good poll at least before something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many periods a chain may go without one.
const PERIODS: u32 = 3;

/// Why the daemon is not ready; nothing if it is.
pub(super) fn trouble(status: &Status) -> Option<String> {
    if !status.is_open() {
        return Some("the daemon is starting".to_owned());
    }
    if status.is_store_lost() {
        let what = "the wallet file is gone, or is another one or under another key now";
        return Some(format!("{what}; the daemon is stopping, start it anew"));
    }
    if status.is_stopping() {
        return Some("the daemon is stopping".to_owned());
    }
    let chains = status.chains();
    let (chain, late) = chains.iter().find(|(_, told)| is_late(told))?;
    let why = late.last_error.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    Some(match late.last_good_poll {
        Some(when) => format!("{chain} had no good poll for {} s{why}", when.elapsed().as_secs()),
        None => format!("{chain} had no good poll yet{why}"),
    })
}

/// A chain that was not answered for yet is late too: what it would do is not known.
fn is_late(told: &ChainStatus) -> bool {
    match told.last_good_poll {
        Some(when) => when.elapsed() > PATIENCE.max(told.period.saturating_mul(PERIODS)),
        None => true,
    }
}

/// The time since the last good poll; since the start, if there was none.
pub(super) fn since_good_poll(told: &ChainStatus, uptime: Duration) -> Duration {
    told.last_good_poll.as_ref().map_or(uptime, Instant::elapsed)
}

#[cfg(test)]
mod tests {
    use kms_core::Ticker;

    use super::*;

    #[test]
    fn ready_is_open_answered_and_not_stopping() {
        let status = Status::default();
        assert!(trouble(&status).unwrap().contains("starting"));
        status.opened();
        assert_eq!(trouble(&status), None);
        status.of(Ticker("ETH"), |told| told.poll_failed("no route".to_owned()));
        assert_eq!(trouble(&status).unwrap(), "ETH had no good poll yet: no route");
        status.of(Ticker("ETH"), |told| told.polled(Duration::from_millis(1)));
        assert_eq!(trouble(&status), None);
        let long_ago = Instant::now().checked_sub(Duration::from_secs(100));
        status.of(Ticker("ETH"), |told| told.last_good_poll = long_ago);
        assert!(trouble(&status).unwrap().contains("100 s"));
        status.of(Ticker("ETH"), |told| told.period = Duration::from_secs(40));
        assert_eq!(trouble(&status), None);
        status.stop();
        assert_eq!(trouble(&status).unwrap(), "the daemon is stopping");
        status.lose_store();
        assert!(trouble(&status).unwrap().starts_with("the wallet file is gone, or is another"));
    }
}
