//! Until which block a transaction can be executed.

use kms_core::Expiry;

/// For how many blocks after its reference block that is.
const LIFE: u64 = 600;
const HEIGHT: &str = "height:";

/// That of a transaction with `reference` as its reference block.
pub(super) fn after(reference: u64) -> Expiry {
    Expiry(format!("{HEIGHT}{}", reference.saturating_add(LIFE)))
}

/// The height of the last block; nothing where the text is damaged.
pub(super) fn last_block(expiry: &Expiry) -> Option<u64> {
    expiry.0.strip_prefix(HEIGHT)?.parse().ok()
}
