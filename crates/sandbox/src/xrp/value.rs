//! Amounts: drops, or units of an issued currency.
//!
//! The ledger counts issued currencies with 16 digits and an exponent. Here they are whole numbers of
//! 10^-15, which adds up exactly; what is smaller, or larger than 10^23, is not served.

use serde_json::{Value, json};

use super::address;
use crate::accounts::Asset;
use crate::amount;

/// Digits behind the point of XRP.
pub(super) const XRP_DECIMALS: u8 = 6;

/// Digits behind the point of issued currencies.
pub const ISSUED_DECIMALS: u8 = 15;

const NOT_NATIVE: u64 = 1 << 63;
const POSITIVE: u64 = 1 << 62;
/// What is added to the exponent so that it is not negative.
const EXPONENT_BIAS: i64 = 97;
const MANTISSA_BITS: u32 = 54;

/// A currency and who issues it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Currency {
    /// Three characters, or 40 hex digits.
    pub(super) code: String,
    pub(super) issuer: String,
}

impl Currency {
    pub(super) fn asset(&self) -> Asset {
        Asset::Token(format!("{}.{}", self.code, self.issuer))
    }
}

/// How much of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// In drops.
    Xrp(u64),
    /// In units of 10^-15.
    Issued(Currency, u128),
}

impl Amount {
    /// Reads the binary form; none where it is none, or none that is served.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk()?;
        let number = u64::from_be_bytes(*number);
        if number & NOT_NATIVE == 0 {
            let drops = number & !POSITIVE;
            return (rest.is_empty() && number & POSITIVE != 0).then_some(Self::Xrp(drops));
        }
        let (code, issuer) = rest.split_first_chunk::<20>()?;
        let issuer = address::write(issuer.try_into().ok()?);
        let units = units(number)?;
        Some(Self::Issued(Currency { code: currency_code(code), issuer }, units))
    }

    /// As JSON-RPC shows it.
    pub(super) fn view(&self) -> Value {
        match self {
            Self::Xrp(drops) => drops.to_string().into(),
            Self::Issued(currency, units) => json!({
                "currency": currency.code, "issuer": currency.issuer,
                "value": amount::show(*units, ISSUED_DECIMALS),
            }),
        }
    }
}

/// Sign, exponent and mantissa as a whole number of the units here.
fn units(number: u64) -> Option<u128> {
    if number == NOT_NATIVE {
        return Some(0);
    }
    let mantissa = u128::from(number & ((1 << MANTISSA_BITS) - 1));
    let exponent = i64::try_from(number >> MANTISSA_BITS & 0xff).ok()? - EXPONENT_BIAS;
    let shift = exponent + i64::from(ISSUED_DECIMALS);
    if number & POSITIVE == 0 {
        return None;
    }
    let power = 10_u128.checked_pow(u32::try_from(shift.unsigned_abs()).ok()?)?;
    if shift < 0 {
        return mantissa.is_multiple_of(power).then(|| mantissa / power);
    }
    mantissa.checked_mul(power)
}

fn currency_code(code: &[u8; 20]) -> String {
    let (before, after) = (&code[..12], &code[15..]);
    let text = std::str::from_utf8(&code[12..15]).unwrap_or_default();
    let is_text = before.iter().chain(after).all(|byte| *byte == 0) && !text.is_empty();
    if is_text { text.to_owned() } else { hex::encode_upper(code) }
}

/// Reads the name of a currency as requests have it.
pub(super) fn is_currency(text: &str) -> bool {
    let is_hex = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_name = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_graphic());
    (is_name && text != "XRP") || is_hex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Amount> {
        Amount::read(&hex::decode(text).unwrap())
    }

    #[test]
    fn both_forms_are_read() {
        assert_eq!(read("40000000004c4b40"), Some(Amount::Xrp(5_000_000)));
        // 10.5 USD, from a payment that another library has encoded.
        let issued = "d4c3baf82d03a000000000000000000000000000555344000000000\
                      07a07f5ead2a2c7bfd95d9fbdda7d0a87c48c8acb";
        let Some(Amount::Issued(currency, units)) = read(issued) else { panic!() };
        assert_eq!((currency.code.as_str(), units), ("USD", 10_500_000_000_000_000));
        assert_eq!(currency.issuer, "rU3NyWxV3ZTXCJRYNuaizhoiY6xfqjRhqT");
        assert_eq!(read("00000000004c4b40"), None, "negative");
        assert_eq!(read("40000000004c4b4000"), None, "too long");
        assert_eq!(read(""), None);
    }
}
