//! What the chain takes: bandwidth for bytes, energy for calls, and a fee for new accounts.
//!
//! <https://developers.tron.network/docs/resource-model>

/// Bytes a day that cost nothing.
pub(super) const FREE_BANDWIDTH: u64 = 600;

/// Sun for a byte beyond that.
const BYTE: u128 = 1_000;

/// Sun for an account that a transfer makes.
pub(super) const NEW_ACCOUNT: u128 = 1_000_000;

/// Sun for its bandwidth.
pub(super) const NEW_ACCOUNT_BANDWIDTH: u128 = 100_000;

/// Sun for a unit of energy.
pub(super) const ENERGY_PRICE: u128 = 100;

/// Sun.
pub(super) const LARGEST_FEE_LIMIT: u128 = 15_000_000_000;

/// Milliseconds in which used bandwidth comes back.
const WINDOW: i64 = 24 * 60 * 60 * 1000;

/// How much of its free bandwidth an account has used, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bandwidth {
    used: u64,
    at: i64,
}

impl Bandwidth {
    /// What is still used up: it comes back evenly over a day.
    pub(super) fn used(&self, now: i64) -> u64 {
        let left = (self.at + WINDOW - now).clamp(0, WINDOW).unsigned_abs();
        self.used * left / WINDOW.unsigned_abs()
    }

    /// Uses so many bytes: what is burnt for them in sun, and the state afterwards. A transaction is
    /// free as a whole or not at all.
    pub(super) fn take(self, bytes: u64, now: i64) -> (u128, Self) {
        let used = self.used(now) + bytes;
        if used > FREE_BANDWIDTH {
            return (u128::from(bytes) * BYTE, self);
        }
        (0, Self { used, at: now })
    }
}

/// What a call of the test token uses: the first tokens of an account need room in the storage, and a
/// call that is refused stops early.
pub(super) fn call_energy(is_transfer: bool, is_first: bool) -> u128 {
    match (is_transfer, is_first) {
        (false, _) => 2_000,
        (true, false) => 14_650,
        (true, true) => 29_650,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bandwidth_comes_back_over_a_day() {
        let (fee, after) = Bandwidth::default().take(350, 0);
        assert_eq!(
            (fee, after.used(0), after.used(WINDOW / 2), after.used(WINDOW)),
            (0, 350, 175, 0)
        );
        assert_eq!(after.take(350, 0), (350_000, after));
        assert_eq!(after.take(350, WINDOW / 2).0, 0);
    }
}
