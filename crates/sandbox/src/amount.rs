//! Amounts as people write them (`1.5`) and as chains count them (1500000000000000000 wei).

use alloy_primitives::U256;

use crate::error::ApiError;

/// Why a text isn't an amount.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AmountError {
    /// Not digits with at most one point.
    #[error("`{0}` is not a decimal amount; write digits with at most one point, such as 1.5")]
    NotDecimal(String),
    /// More digits behind the point than the asset has.
    #[error("`{text}` has more than {decimals} digits behind the point; shorten it")]
    TooPrecise {
        /// What was given.
        text: String,
        /// How many digits the asset has.
        decimals: u8,
    },
    /// Does not fit 256 bits.
    #[error("`{0}` is larger than any balance can be; give a smaller amount")]
    TooLarge(String),
}

/// Reads a decimal text as a number of the smallest units, exactly or not at all.
pub fn parse(text: &str, decimals: u8) -> Result<U256, AmountError> {
    let not_decimal = || AmountError::NotDecimal(text.to_owned());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(not_decimal());
    }
    if fraction.len() > usize::from(decimals) {
        return Err(AmountError::TooPrecise { text: text.to_owned(), decimals });
    }
    let all = format!("{whole}{fraction:0<width$}", width = usize::from(decimals));
    if all.is_empty() {
        return Err(not_decimal());
    }
    U256::from_str_radix(&all, 10).map_err(|_| AmountError::TooLarge(text.to_owned()))
}

/// Writes a number of the smallest units as a decimal text without trailing zeros.
pub fn format(units: U256, decimals: u8) -> String {
    let width = usize::from(decimals) + 1;
    let digits = format!("{units:0>width$}", units = units.to_string());
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// Reads an amount out of a request, on chains that count in at most 128 bits.
pub(crate) fn units(property: &str, text: &str, decimals: u8) -> Result<u128, ApiError> {
    let units = parse(text, decimals).and_then(|units| {
        u128::try_from(units).map_err(|_| AmountError::TooLarge(text.to_owned()))
    });
    units.map_err(|error| ApiError::invalid(property, text.into(), error.to_string()))
}

/// Writes an amount into an answer, on chains that count in at most 128 bits.
pub(crate) fn show(units: u128, decimals: u8) -> String {
    format(U256::from(units), decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_round_trip() {
        for (text, units) in [("0", 0), ("1.5", 1_500_000), ("0.000001", 1), ("42", 42_000_000)] {
            assert_eq!(parse(text, 6), Ok(U256::from(units)));
            assert_eq!(format(U256::from(units), 6), text);
        }
        assert_eq!(parse(".5", 6), Ok(U256::from(500_000)));
        assert_eq!(parse("7", 0), Ok(U256::from(7)));
        assert_eq!(format(U256::from(7), 0), "7");
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in ["", ".", "-1", "1e5", "0x10", "1.2.3", " 1", "1,5"] {
            assert_eq!(parse(text, 18), Err(AmountError::NotDecimal(text.to_owned())));
        }
        assert!(matches!(parse("0.0000001", 6), Err(AmountError::TooPrecise { .. })));
        assert!(matches!(parse(&"9".repeat(80), 18), Err(AmountError::TooLarge(_))));
    }
}
