//! Amounts: exact decimal text on the outside, base units inside.

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not digits with at most one point.
    #[error("`{0}` is not a decimal number")]
    NotANumber(String),
    /// More decimals than the unit has.
    #[error("`{text}` has more than {decimals} decimals")]
    TooPrecise {
        /// The text.
        text: String,
        /// How many decimals the unit has.
        decimals: u8,
    },
    /// Larger than 2^128 - 1 base units.
    #[error("`{0}` is too large")]
    TooLarge(String),
}

/// Reads a decimal amount of coins, for example `0.05`, as base units.
///
/// # Errors
/// Anything but plain digits with at most one point, or more decimals than `decimals`.
pub fn parse_units(text: &str, decimals: u8) -> Result<u128, AmountError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(AmountError::NotANumber(text.to_owned()));
    }
    if fraction.len() > usize::from(decimals) {
        return Err(AmountError::TooPrecise { text: text.to_owned(), decimals });
    }
    let padding = usize::from(decimals) - fraction.len();
    let all = format!("{whole}{fraction}{}", "0".repeat(padding));
    all.parse().map_err(|_| AmountError::TooLarge(text.to_owned()))
}

/// Writes base units as a decimal amount of coins, without trailing zeros.
pub fn format_units(base_units: u128, decimals: u8) -> String {
    let digits = format!("{base_units:0>width$}", width = usize::from(decimals) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_round_trip_exactly() {
        for (text, decimals, units) in [
            ("1.5", 18, 1_500_000_000_000_000_000),
            ("0.000000000000000001", 18, 1),
            ("21000000", 8, 2_100_000_000_000_000),
            ("7", 0, 7),
            ("0", 18, 0),
        ] {
            assert_eq!(parse_units(text, decimals), Ok(units));
            assert_eq!(format_units(units, decimals), text);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for bad in ["", ".", "1e5", "-1", "1.2.3", " 1", "0x10", "1,5"] {
            assert!(matches!(parse_units(bad, 18), Err(AmountError::NotANumber(_))), "{bad}");
        }
        assert!(matches!(parse_units("0.123", 2), Err(AmountError::TooPrecise { .. })));
        assert!(matches!(parse_units(&"9".repeat(40), 0), Err(AmountError::TooLarge(_))));
    }
}
