//! Reading the values of flags. What is wrong with one is said in a sentence.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use kms_chains::{Chain, registry};
use kms_core::{PendingId, SignatureId, parse_units};
use url::Url;

/// A chain, by its ticker in any letter case.
#[derive(Clone, Copy)]
pub(crate) struct ChainArg(pub(crate) &'static dyn Chain);

impl FromStr for ChainArg {
    type Err = registry::UnknownChain;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        registry::find(text.trim()).map(Self)
    }
}

/// The most that one transaction of a chain may pay in fees.
#[derive(Clone, Copy)]
pub(crate) struct FeeCap {
    /// The chain.
    pub(crate) chain: ChainArg,
    /// In base units.
    pub(crate) base_units: u128,
}

impl FromStr for FeeCap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (chain, amount) = text
            .split_once('=')
            .ok_or("a fee cap is written CHAIN=AMOUNT, for example ETH=0.05")?;
        let chain: ChainArg = chain.parse().map_err(|e: registry::UnknownChain| e.to_string())?;
        let spec = chain.0.spec();
        let base_units = parse_units(amount.trim(), spec.decimals)
            .map_err(|e| format!("{e}; the amount is in {}", spec.symbol))?;
        Ok(Self { chain, base_units })
    }
}

/// How the approval server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum Method {
    /// With the transaction's id in the URL.
    Get,
    /// With the whole pending transaction as JSON.
    Post,
}

pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("the path is empty; leave the flag out or name a file".to_owned());
    }
    Ok(PathBuf::from(text))
}

pub(super) fn wallet_id(text: &str) -> Result<SignatureId, String> {
    text.trim().parse().map_err(|e| format!("{e}"))
}

pub(super) fn pending_id(text: &str) -> Result<PendingId, String> {
    text.trim().parse().map_err(|e| format!("{e}"))
}

pub(super) fn index(text: &str) -> Result<u32, String> {
    whole_number(text)
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| "an index is a whole number from 0 to 2147483647".to_owned())
}

pub(super) fn small_number(text: &str) -> Result<u32, String> {
    whole_number(text)
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| "it must be a whole number, for example 20".to_owned())
}

pub(super) fn count(text: &str) -> Result<usize, String> {
    whole_number(text)
        .filter(|&count| count > 0)
        .and_then(|count| usize::try_from(count).ok())
        .ok_or_else(|| "the count is a whole number, 1 or more".to_owned())
}

pub(super) fn small_count(text: &str) -> Result<u32, String> {
    whole_number(text)
        .filter(|count| (1..=1 << 31).contains(count))
        .and_then(|count| u32::try_from(count).ok())
        .ok_or_else(|| "it is a whole number from 1 to 2147483648".to_owned())
}

/// Digits only: `u64::from_str` would take a sign.
fn whole_number(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

pub(super) fn period(text: &str) -> Result<Duration, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain
        .then(|| text.parse::<f64>().ok())
        .flatten()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|period| !period.is_zero())
        .ok_or_else(|| "the period is a number of seconds above 0, for example 5 or 0.5".to_owned())
}

/// The address of the approval server. An empty one is left to the check that says why it is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApprovalUrl(pub(crate) Option<Url>);

impl FromStr for ApprovalUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(Self(None)) } else { web_url(text).map(|url| Self(Some(url))) }
    }
}

/// An address that can be asked over HTTP.
pub(crate) fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("it is not a URL: {e}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("it is not an http:// or https:// URL".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_and_nothing_else() {
        assert_eq!(index("0"), Ok(0));
        assert_eq!(index("2147483647"), Ok(2_147_483_647));
        for bad in ["", "-1", "+1", "abc", "1.9", "5abc", "0x10", " 7", "1e3", "4294967296"] {
            assert!(index(bad).is_err(), "{bad}");
        }
        assert_eq!(count("25000"), Ok(25_000));
        for bad in ["", "0", "-1", "abc", "2.5", "1e1", "99999999999999999999"] {
            assert!(count(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_period_is_above_zero() {
        assert_eq!(period("5"), Ok(Duration::from_secs(5)));
        assert_eq!(period("0.5"), Ok(Duration::from_millis(500)));
        for bad in
            ["", "abc", "0", "0.0", "-1", "NaN", "inf", "1e3", ".", "1e999", &"9".repeat(400)]
        {
            assert!(period(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn fee_caps_are_in_coins() {
        let cap: FeeCap = "eth=0.05".parse().unwrap();
        assert_eq!((cap.chain.0.spec().ticker.0, cap.base_units), ("ETH", 50_000_000_000_000_000));
        for bad in ["ETH", "ETH=", "ETH=-1", "ETH=1e5", "FOO=1", "ETH=0.0000000000000000001"] {
            assert!(bad.parse::<FeeCap>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_web_addresses_are_asked() {
        assert!(web_url("http://127.0.0.1:8080/check").is_ok());
        for bad in
            ["example.com", "ftp://example.com", "file:///etc/passwd", "https://", "localhost:80"]
        {
            assert!(web_url(bad).is_err(), "{bad}");
        }
        assert_eq!("".parse(), Ok(ApprovalUrl(None)));
    }
}
