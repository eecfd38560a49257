//! The flags of `daemon` that say how fast it works, how often it tries, and with which journal.

use std::time::Duration;

use clap::Args;

use super::values;

/// Pace, patience and the journal.
#[derive(Args)]
pub(crate) struct DeliveryArgs {
    /// Seconds between two polls of a chain for which nothing comes [default: three times --period]
    #[arg(
        long = "idlePeriod", alias = "idle-period", value_name = "SECONDS", value_parser = values::period,
        allow_negative_numbers = true
    )]
    pub(crate) idle_period: Option<Duration>,

    /// The most calls of the API in a second [default: as many as it takes]
    #[arg(
        long, value_name = "NUMBER", value_parser = calls_per_second, allow_negative_numbers = true
    )]
    pub(crate) rps: Option<f64>,

    /// After so many permanent errors a transaction is left alone
    #[arg(
        long = "maxTries", alias = "max-tries", value_name = "NUMBER", default_value = "5",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub(crate) max_tries: u32,

    /// Sign transactions that give an account, or all that is left in it, into other hands (ALGO)
    #[arg(long = "allowRekey", alias = "allow-rekey")]
    pub(crate) allow_rekey: bool,

    /// Refuse transactions whose time has passed, instead of signing them with a warning
    #[arg(long = "refuseExpired", alias = "refuse-expired")]
    pub(crate) refuse_expired: bool,

    /// Work on mainnet even if the API is a sandbox, which holds test coins only
    #[arg(long = "allowSandbox", alias = "allow-sandbox")]
    pub(crate) allow_sandbox: bool,

    /// Take the journal as it is, though it is lost or older than the last one
    #[arg(long = "adoptJournal", alias = "adopt-journal")]
    pub(crate) adopt_journal: bool,
}

fn calls_per_second(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && (0.01..=100_000.0).contains(&number) => Ok(number),
        _ => Err("it must be a number from 0.01 to 100000, for example 5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_in_reason() {
        assert_eq!(calls_per_second("5"), Ok(5.0));
        assert_eq!(calls_per_second("0.5"), Ok(0.5));
        for bad in ["0", "-1", "NaN", "inf", "", "5/s", "1e9"] {
            assert!(calls_per_second(bad).is_err(), "{bad}");
        }
    }
}
