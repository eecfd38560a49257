//! What transactions cost.
//!
//! <https://docs.multiversx.com/developers/gas-and-fees/overview>

/// The least price of a unit of gas, in the smallest units.
pub(super) const MIN_PRICE: u64 = 1_000_000_000;

/// Gas of a transfer.
pub(super) const MIN_LIMIT: u64 = 50_000;

/// Gas of a byte of data.
pub(super) const DATA_BYTE: u64 = 1_500;

/// Gas that a block holds; no transaction may ask for as much.
pub(super) const BLOCK_LIMIT: u64 = 1_500_000_000;

/// Gas that a token transfer uses when it is executed.
pub(super) const TOKEN_TRANSFER: u64 = 200_000;

/// What gas beyond that of the transfer is cheaper by: a hundredth of the price.
const PROCESSING_DISCOUNT: u128 = 100;

/// The gas that a transaction with so much data needs before anything is executed.
pub(super) fn of_data(length: usize) -> u64 {
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    MIN_LIMIT.saturating_add(DATA_BYTE.saturating_mul(length))
}

/// The fee of a transaction, all of whose gas is taken.
pub(super) fn fee(price: u64, limit: u64, data_length: usize) -> u128 {
    let moving = of_data(data_length);
    let processing = u128::from(limit.saturating_sub(moving));
    let price = u128::from(price);
    u128::from(moving) * price + processing * (price / PROCESSING_DISCOUNT)
}
