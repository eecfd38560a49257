//! The wish to stop, seen by whoever waits.

use std::time::Duration;

use tokio::sync::watch;

/// Says whether the daemon is to stop. Work in flight is finished; waits end at once.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// A wish, and the way to make it.
    pub(crate) fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    pub(crate) fn is_wanted(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when the daemon is to stop.
    pub(crate) async fn wanted(&self) {
        // An error means that the sender is gone, and with it whoever would wait.
        let _ = self.0.clone().wait_for(|stop| *stop).await;
    }

    /// Waits, unless the daemon is to stop.
    pub(crate) async fn wait(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.wanted() => {}
        }
    }
}
