//! Blocks: one each second, and those that are made to pass at once.

use std::collections::HashMap;

use super::sha3_256;
use crate::clock;

/// The height at which the sandbox begins.
const FIRST: u64 = 200_000_000;

/// The chain of blocks. What was executed is in no block in particular.
pub(super) struct Blocks {
    /// In microseconds since 1970.
    started: u64,
    skipped: u64,
    heights: HashMap<[u8; 32], u64>,
    tip: u64,
}

/// A block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) id: [u8; 32],
    pub(super) height: u64,
}

impl Blocks {
    pub(super) fn new() -> Self {
        let heights = HashMap::from([(id(FIRST), FIRST)]);
        Self { started: clock::microseconds(), skipped: 0, heights, tip: FIRST }
    }

    /// The last block, which is final and sealed.
    pub(super) fn tip(&mut self) -> Block {
        let now = FIRST + clock::since(self.started).as_secs() + self.skipped;
        for height in self.tip + 1..=now {
            self.heights.insert(id(height), height);
        }
        self.tip = self.tip.max(now);
        Block { id: id(self.tip), height: self.tip }
    }

    /// Lets so many blocks pass.
    pub(super) fn skip(&mut self, count: u64) -> Block {
        self.skipped += count;
        self.tip()
    }

    /// The height of a block that there is.
    pub(super) fn height(&self, id: &[u8; 32]) -> Option<u64> {
        self.heights.get(id).copied()
    }

    /// The block at a height that has been reached.
    pub(super) fn at(&mut self, height: u64) -> Option<Block> {
        (FIRST..=self.tip().height).contains(&height).then(|| Block { id: id(height), height })
    }
}

/// The id of the block at a height.
pub(super) fn id(height: u64) -> [u8; 32] {
    sha3_256(format!("tatum-sandbox block {height}").as_bytes())
}
