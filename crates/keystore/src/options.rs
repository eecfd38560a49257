//! What the caller decides: cost of the key derivation, waiting, leniency.

use std::fmt;
use std::time::Duration;

/// Cost of Argon2id (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl KdfCost {
    /// The second recommendation of RFC 9106: 64 MiB, 3 passes, 4 lanes.
    pub const RECOMMENDED: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
    /// The least that is accepted by default: 19 MiB, 2 passes, 1 lane.
    pub const FLOOR: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// The most that is accepted by default: 4 GiB, 64 passes, 64 lanes. A foreign file can not ask for more.
    pub const CEILING: Self = Self { memory_kib: 4 * 1024 * 1024, passes: 64, lanes: 64 };

    /// Whether no figure is below `floor` and none above `ceiling`.
    pub(crate) fn is_within(&self, floor: &Self, ceiling: &Self) -> bool {
        (floor.memory_kib..=ceiling.memory_kib).contains(&self.memory_kib)
            && (floor.passes..=ceiling.passes).contains(&self.passes)
            && (floor.lanes..=ceiling.lanes).contains(&self.lanes)
    }

    /// Figure by figure the higher of the two.
    pub(crate) fn at_least(self, other: Self) -> Self {
        Self {
            memory_kib: self.memory_kib.max(other.memory_kib),
            passes: self.passes.max(other.passes),
            lanes: self.lanes.max(other.lanes),
        }
    }
}

impl fmt::Display for KdfCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KiB, {} passes, {} lanes", self.memory_kib, self.passes, self.lanes)
    }
}

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Cost of the key derivation for a store that is made or whose password is changed.
    pub kdf: KdfCost,
    /// The least cost with which a store is opened or made.
    pub kdf_floor: KdfCost,
    /// The highest cost with which a store is opened or made.
    pub kdf_ceiling: KdfCost,
    /// How long to wait for another command that holds the store.
    pub busy_timeout: Duration,
    /// Keep the legacy file as a plain copy at an upgrade, not sealed.
    pub keep_legacy: bool,
    /// Accept a legacy file at a path whose store was upgraded before.
    pub allow_legacy_again: bool,
    /// Accept a store of our format that others than its owner may read or write.
    pub allow_loose_permissions: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            kdf: KdfCost::RECOMMENDED,
            kdf_floor: KdfCost::FLOOR,
            kdf_ceiling: KdfCost::CEILING,
            busy_timeout: Duration::from_secs(10),
            keep_legacy: false,
            allow_legacy_again: false,
            allow_loose_permissions: false,
        }
    }
}

/// Which format a wallet file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Ours: SQLite, sealed rows.
    Current,
    /// That of the old program: one encrypted JSON text.
    Legacy,
}
