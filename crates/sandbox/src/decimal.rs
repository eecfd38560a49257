//! Amounts in requests: texts or JSON numbers, read digit by digit and never as floats.

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use crate::amount;
use crate::error::ApiError;

/// The digits of an amount as they were sent.
pub(crate) struct Decimal(pub(crate) String);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        if text.starts_with('"') {
            return serde_json::from_str(text).map(Self).map_err(de::Error::custom);
        }
        plain(text)
            .map(Self)
            .ok_or_else(|| de::Error::custom(format!("{text} is no amount; send digits")))
    }
}

impl Decimal {
    /// The amount in the smallest units of an asset with so many digits behind the point.
    pub(crate) fn units(&self, property: &str, decimals: u8) -> Result<u64, ApiError> {
        units(property, &self.0, decimals)
    }
}

/// Reads a decimal text, on chains whose amounts fit 64 bits.
pub(crate) fn units(property: &str, text: &str, decimals: u8) -> Result<u64, ApiError> {
    let refused = |reason: String| ApiError::invalid(property, text.into(), reason);
    let units = amount::parse(text, decimals).map_err(|error| refused(error.to_string()))?;
    u64::try_from(units)
        .map_err(|_| refused("there are not so many coins; give a smaller amount".to_owned()))
}

/// A JSON number without an exponent: `1e-7` is how JavaScript writes small ones.
fn plain(number: &str) -> Option<String> {
    let Some((digits, exponent)) = number.split_once(['e', 'E']) else {
        return number.starts_with(|first: char| first.is_ascii_digit()).then(|| number.to_owned());
    };
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
    // No amount has more digits than that.
    if !(-40..=40).contains(&point) || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let Ok(point) = usize::try_from(point) else {
        return Some(format!("0.{}{all}", "0".repeat(usize::try_from(-point).ok()?)));
    };
    let padded = format!("{all:0<point$}");
    let (whole, fraction) = padded.split_at(point);
    Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<u64> {
        serde_json::from_str::<Decimal>(json).ok()?.units("value", 8).ok()
    }

    #[test]
    fn numbers_and_texts_are_exact() {
        for (json, expected) in [
            ("0.00000001", 1),
            ("\"0.00000001\"", 1),
            ("1e-7", 10),
            ("1.5e-7", 15),
            ("2E2", 20_000_000_000),
            ("1.25e1", 1_250_000_000),
            ("20999999.99999999", 2_099_999_999_999_999),
            ("9999999999.99999999", 999_999_999_999_999_999),
            ("0", 0),
        ] {
            assert_eq!(read(json), Some(expected), "{json}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for json in ["-1", "1e-9", "1e99", "1e999999999999999999999", "null", "[]", "\"x\"", "true"]
        {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
