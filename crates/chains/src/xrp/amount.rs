//! Amounts and other decimal numbers: exact or refused.
//!
//! <https://xrpl.org/docs/references/protocol/binary-format#amount-fields>

use super::address::Address;
use super::value::{currency, hash};
use crate::described;
use kms_core::Network;
use serde_json::{Map, Value};

/// All the drops there ever were.
const MAX_DROPS: u64 = 100_000_000_000_000_000;
/// Tells issued currencies from drops.
const ISSUED: u64 = 1 << 63;
const POSITIVE: u64 = 1 << 62;
/// Tells tokens of many purposes (MPT) from both.
const MPT: u8 = 0x60;

/// Digits of an issued amount.
const DIGITS: usize = 16;
const EXPONENTS: std::ops::RangeInclusive<i64> = -96..=80;

/// An amount of drops, of an issued currency, or of a token of many purposes.
pub(super) fn amount(value: &Value, network: Network) -> Result<Vec<u8>, String> {
    match value {
        Value::String(text) => Ok((drops(text)? | POSITIVE).to_be_bytes().to_vec()),
        Value::Object(object) if object.contains_key("mpt_issuance_id") => mpt(object),
        Value::Object(object) => issued(object, network),
        _ => {
            Err("is neither drops as text nor an amount with currency, value and issuer".to_owned())
        }
    }
}

/// A whole number of drops.
pub(super) fn drops(text: &str) -> Result<u64, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("is {}, which is not a whole number of drops", described::text(text)));
    }
    let drops: Option<u64> = text.parse().ok().filter(|drops| *drops <= MAX_DROPS);
    drops.ok_or_else(|| "is a number of drops that is more than all XRP".to_owned())
}

/// A change of a number of drops, which may be negative.
pub(super) fn change(value: &Value) -> Result<Vec<u8>, String> {
    let text = value.as_str().ok_or("is not drops as text")?;
    let digits = text.strip_prefix('-');
    let drops = drops(digits.unwrap_or(text))?;
    let sign = if digits.is_some() && drops > 0 { 0 } else { POSITIVE };
    Ok((drops | sign).to_be_bytes().to_vec())
}

fn members<'a, const N: usize>(
    object: &'a Map<String, Value>,
    names: [&str; N],
) -> Result<[&'a str; N], String> {
    let found = names.map(|name| object.get(name).and_then(Value::as_str));
    if object.len() != N || found.contains(&None) {
        return Err(format!("must have {} as text, and nothing else", names.join(", ")));
    }
    Ok(found.map(Option::unwrap_or_default))
}

fn issued(object: &Map<String, Value>, network: Network) -> Result<Vec<u8>, String> {
    let [code, value, issuer] = members(object, ["currency", "value", "issuer"])?;
    let currency = currency(code)?;
    if currency == [0; 20] {
        return Err("has XRP as issued currency; XRP is written as drops".to_owned());
    }
    let issuer = Address::read(issuer, network)
        .map_err(|problem| format!("has an issuer that {problem}"))?;
    if issuer.tag.is_some() {
        return Err("has an issuer with a tag".to_owned());
    }
    Ok([&issued_number(value)?.to_be_bytes()[..], &currency, &issuer.account.0].concat())
}

/// Marker, sign, exponent in 8 bits, 16 digits in 54 bits.
fn issued_number(text: &str) -> Result<u64, String> {
    let decimal = Decimal::read(text)?;
    if decimal.digits.is_empty() {
        return Ok(ISSUED);
    }
    let missing = DIGITS
        .checked_sub(decimal.digits.len())
        .ok_or_else(|| format!("is a number with more than {DIGITS} digits"))?;
    let mantissa: u64 = format!("{}{}", decimal.digits, "0".repeat(missing))
        .parse()
        .expect("16 digits fit in 64 bits");
    let exponent = decimal.exponent - i64::try_from(missing).expect("it is at most 15");
    if !EXPONENTS.contains(&exponent) {
        return Err("is a number out of range".to_owned());
    }
    let exponent = u64::try_from(exponent + 97).expect("the range begins above -97");
    let sign = if decimal.negative { 0 } else { POSITIVE };
    Ok(ISSUED | sign | exponent << 54 | mantissa)
}

fn mpt(object: &Map<String, Value>) -> Result<Vec<u8>, String> {
    let [id, value] = members(object, ["mpt_issuance_id", "value"])?;
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<i64> = value.parse().ok().filter(|_| digits);
    let number = number
        .ok_or_else(|| format!("is {}, not a whole number below 2^63", described::text(value)))?;
    Ok([&[MPT][..], &number.to_be_bytes(), &hash(id, 24)?].concat())
}

/// The type `Number`: a mantissa of 19 digits (18 where they pass 2^63) and an exponent, both with sign.
pub(super) fn number(text: &str) -> Result<Vec<u8>, String> {
    const SIZE: usize = 19;
    let inexact = || "is a number with more digits than are kept".to_owned();
    let decimal = Decimal::read(text)?;
    let (mut mantissa, mut exponent) = (0_i64, i64::from(i32::MIN));
    if !decimal.digits.is_empty() {
        let missing = SIZE.checked_sub(decimal.digits.len()).ok_or_else(inexact)?;
        let digits = format!("{}{}", decimal.digits, "0".repeat(missing));
        exponent = decimal.exponent - i64::try_from(missing).expect("it is at most 18");
        mantissa = match (digits.parse(), digits.strip_suffix('0')) {
            (Ok(mantissa), _) => mantissa,
            (Err(_), Some(shorter)) => {
                exponent += 1;
                shorter.parse().expect("18 digits fit in 63 bits")
            }
            (Err(_), None) => return Err(inexact()),
        };
        if !(-32768..=32768).contains(&exponent) {
            return Err("is a number out of range".to_owned());
        }
    }
    let mantissa = if decimal.negative { -mantissa } else { mantissa };
    let exponent = i32::try_from(exponent).expect("the range was checked");
    Ok([&mantissa.to_be_bytes()[..], &exponent.to_be_bytes()].concat())
}

/// A decimal number as `digits` times 10 to the power of `exponent`.
struct Decimal {
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn read(text: &str) -> Result<Self, String> {
        let none = || format!("is {}, which is not a decimal number", described::text(text));
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (plain, power) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if text.len() > 200 || !all_digits(whole) || !all_digits(fraction) {
            return Err(none());
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(none());
        }
        let power: i64 = i64::from(power.parse::<i32>().map_err(|_| none())?);
        let all = format!("{whole}{fraction}");
        let significant = all.trim_end_matches('0');
        let dropped = all.len() - significant.len();
        let shift = i64::try_from(dropped).expect("the text is short")
            - i64::try_from(fraction.len()).expect("the text is short");
        let digits = significant.trim_start_matches('0').to_owned();
        Ok(Self { negative: negative && !digits.is_empty(), digits, exponent: power + shift })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hex_of(value: &Value) -> Result<String, String> {
        amount(value, Network::Mainnet).map(|bytes| hex::encode_upper(&bytes[..8]))
    }

    #[test]
    fn drops_are_whole_numbers_up_to_all_xrp() {
        assert_eq!(hex_of(&json!("0")).unwrap(), "4000000000000000");
        assert_eq!(hex_of(&json!("3100000")).unwrap(), "40000000002F4D60");
        assert_eq!(hex_of(&json!("100000000000000000")).unwrap(), "416345785D8A0000");
        for bad in ["", "1.5", "-1", "1e6", "100000000000000001", " 1", "0x10"] {
            assert!(hex_of(&json!(bad)).is_err(), "{bad}");
        }
        assert!(hex_of(&json!(5)).is_err());
    }

    #[test]
    fn changes_are_drops_with_a_sign() {
        for (text, hex) in
            [("7", "4000000000000007"), ("-7", "0000000000000007"), ("-0", "4000000000000000")]
        {
            assert_eq!(hex::encode_upper(change(&json!(text)).unwrap()), hex, "{text}");
        }
        for bad in [json!("--1"), json!("-"), json!("-1.5"), json!(-1), json!({"value": "1"})] {
            assert!(change(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn issued_amounts_have_one_form() {
        let issued = |value: &str| json!({"currency": "USD", "value": value, "issuer": "rrrrrrrrrrrrrrrrrrrrrhoLvTp"});
        for (text, hex) in [
            ("0", "8000000000000000"),
            ("-0.00", "8000000000000000"),
            ("1", "D4838D7EA4C68000"),
            ("10.50", "D4C3BAF82D03A000"),
            ("10.5", "D4C3BAF82D03A000"),
            ("-1", "94838D7EA4C68000"),
            ("1234567890123456", "D84462D53C8ABAC0"),
            ("9999999999999999e80", "EC6386F26FC0FFFF"),
            ("1000000000000000e-96", "C0438D7EA4C68000"),
        ] {
            assert_eq!(hex_of(&issued(text)).unwrap(), hex, "{text}");
        }
        for bad in ["12345678901234567", "1e96", "1e-82", "", ".", "1.2.3", "1e", "0x1", "é"] {
            assert!(hex_of(&issued(bad)).is_err(), "{bad}");
        }
        let mut more = issued("1");
        more["tag"] = json!("1");
        assert!(hex_of(&more).unwrap_err().contains("nothing else"));
    }

    #[test]
    fn numbers_are_kept_exactly() {
        for (text, hex) in [
            ("0", "000000000000000080000000"),
            ("1", "0DE0B6B3A7640000FFFFFFEE"),
            ("-1", "F21F494C589C0000FFFFFFEE"),
            ("9223372036854775807", "7FFFFFFFFFFFFFFF00000000"),
            ("9300000000000000000", "0CE80612991D000000000001"),
        ] {
            assert_eq!(hex::encode_upper(number(text).unwrap()), hex, "{text}");
        }
        assert!(number("9223372036854775809").is_err() && number("12345678901234567891").is_err());
    }
}
