//! How high a chain is that makes a block for each transaction, and blocks without one as time passes.

use std::time::Duration;

use crate::clock;

/// A height that only grows.
#[derive(Debug)]
pub(crate) struct Height {
    /// Where it began, and what has been added since.
    counted: u64,
    /// When, in microseconds since 1970.
    opened: u64,
    /// How long a block takes that nobody asked for.
    pace: Duration,
}

impl Height {
    /// Begins at a height; a block comes by itself each time that `pace` has passed.
    pub(crate) fn new(start: u64, pace: Duration) -> Self {
        Self { counted: start, opened: clock::microseconds(), pace }
    }

    /// The height now.
    pub(crate) fn now(&self) -> u64 {
        self.after(clock::since(self.opened))
    }

    /// Makes blocks; the height afterwards.
    pub(crate) fn advance(&mut self, blocks: u64) -> u64 {
        self.counted = self.counted.saturating_add(blocks);
        self.now()
    }

    fn after(&self, elapsed: Duration) -> u64 {
        let alone = elapsed.as_millis() / self.pace.as_millis().max(1);
        self.counted.saturating_add(u64::try_from(alone).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_by_blocks_and_by_time() {
        let mut height = Height::new(100, Duration::from_secs(4));
        assert_eq!(height.after(Duration::from_millis(3_999)), 100);
        assert_eq!(height.after(Duration::from_secs(9)), 102);
        height.advance(50);
        assert_eq!(height.after(Duration::ZERO), 150);
        assert_eq!(height.advance(u64::MAX), u64::MAX);
    }
}
