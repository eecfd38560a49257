//! One fault as people write it: `lost-reply=0.1,at=broadcast`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::endpoint::Endpoint;

/// Why a text is no fault.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RuleError {
    /// No such fault.
    #[error("`{0}` is no fault; there are {names}", names = NAMES.map(|(name, _)| name).join(", "))]
    Name(String),
    /// No such endpoint.
    #[error("`{0}` is no endpoint; there are poll, broadcast, rpc, put, report, details, all")]
    Endpoint(String),
    /// Not between 0 and 1.
    #[error("`{0}` is no probability; give a number from 0 to 1, such as 0.05")]
    Probability(String),
    /// An option that is not known, or has no such value.
    #[error(
        "`{0}` is no option of a fault; there are at=, times=, ms=, retry-after=, mb=, executed"
    )]
    Option(String),
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is executed, then the connection is closed without an answer.
    LostReply,
    /// The connection is closed without an answer and nothing was executed.
    Unheard,
    /// The request is executed, then the connection is cut in the middle of the body.
    Reset,
    /// An error status in place of the answer.
    Status(u16),
    /// The 403 of an account whose credits are used up.
    Credits,
    /// A broadcast that reaches the chain without completing its pending transaction.
    FailedTrue,
    /// A poll that hands out everything twice in one answer.
    Duplicate,
    /// A poll that hands out again what was completed.
    Redeliver,
    /// An answer that takes its time.
    Slow,
    /// A web page in place of JSON.
    NotJson,
    /// JSON of another shape.
    WrongJson,
    /// A body without an end worth waiting for.
    HugeBody,
}

const NAMES: [(&str, Fault); 12] = [
    ("lost-reply", Fault::LostReply),
    ("unheard", Fault::Unheard),
    ("reset", Fault::Reset),
    ("status-NNN", Fault::Status(0)),
    ("credits", Fault::Credits),
    ("failed-true", Fault::FailedTrue),
    ("duplicate", Fault::Duplicate),
    ("redeliver", Fault::Redeliver),
    ("slow", Fault::Slow),
    ("not-json", Fault::NotJson),
    ("wrong-json", Fault::WrongJson),
    ("huge-body", Fault::HugeBody),
];

const MILLION: u32 = 1_000_000;

/// A fault and when it strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What goes wrong.
    pub fault: Fault,
    /// How likely, in millionths.
    pub(super) millionths: u32,
    /// Where; everywhere if none.
    pub(super) at: Option<Endpoint>,
    /// How often at most.
    pub(super) times: Option<u64>,
    /// How long a slow answer takes.
    pub(super) delay: Duration,
    /// What a status asks the caller to wait, in seconds.
    pub(super) retry_after: Option<u64>,
    /// Size of a huge body, in megabytes.
    pub(super) megabytes: usize,
    /// Whether an error status comes after the request was executed.
    pub(super) executed: bool,
}

impl Rule {
    /// Whether it can strike there.
    pub(super) fn concerns(&self, endpoint: Endpoint) -> bool {
        let makes_sense = match self.fault {
            Fault::FailedTrue => endpoint == Endpoint::Broadcast,
            Fault::Duplicate | Fault::Redeliver => endpoint == Endpoint::Poll,
            _ => true,
        };
        makes_sense && self.at.is_none_or(|at| at == endpoint)
    }

    fn set(&mut self, option: &str) -> Result<(), RuleError> {
        let unknown = || RuleError::Option(option.escape_debug().to_string());
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let number = || value.parse::<u64>().map_err(|_| unknown());
        match name {
            "at" if value == "all" => self.at = None,
            "at" => self.at = Some(value.parse()?),
            "times" => self.times = Some(number()?),
            "ms" => self.delay = Duration::from_millis(number()?),
            "retry-after" => self.retry_after = Some(number()?),
            "mb" => self.megabytes = value.parse().map_err(|_| unknown())?,
            "executed" if value.is_empty() => self.executed = true,
            _ => return Err(unknown()),
        }
        Ok(())
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let mut parts = text.split(',');
        let first = parts.next().unwrap_or_default();
        let (name, probability) = first.split_once('=').unwrap_or((first, "1"));
        let mut rule = Self {
            fault: fault(name)?,
            millionths: millionths(probability)?,
            at: None,
            times: None,
            delay: Duration::from_millis(800),
            retry_after: None,
            megabytes: 100,
            executed: false,
        };
        for option in parts {
            rule.set(option)?;
        }
        Ok(rule)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.millionths / MILLION, self.millionths % MILLION);
        write!(f, "{}={whole}", self.fault)?;
        if rest > 0 {
            write!(f, ".{}", format!("{rest:06}").trim_end_matches('0'))?;
        }
        if let Some(at) = self.at {
            write!(f, ",at={at}")?;
        }
        if let Some(times) = self.times {
            write!(f, ",times={times}")?;
        }
        if let Some(seconds) = self.retry_after {
            write!(f, ",retry-after={seconds}")?;
        }
        match self.fault {
            Fault::Slow => write!(f, ",ms={}", self.delay.as_millis()),
            Fault::HugeBody => write!(f, ",mb={}", self.megabytes),
            Fault::Status(_) if self.executed => f.write_str(",executed"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Status(status) = self {
            return write!(f, "status-{status}");
        }
        let found = NAMES.iter().find(|(_, fault)| fault == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

fn fault(name: &str) -> Result<Fault, RuleError> {
    let unknown = || RuleError::Name(name.escape_debug().to_string());
    if let Some(status) = name.strip_prefix("status-") {
        let status = status.parse().ok().filter(|status| (400..600).contains(status));
        return status.map(Fault::Status).ok_or_else(unknown);
    }
    let found = NAMES.iter().find(|(known, _)| *known == name);
    found.map(|(_, fault)| *fault).ok_or_else(unknown)
}

/// Digits with at most six behind the point, from 0 to 1.
fn millionths(text: &str) -> Result<u32, RuleError> {
    let bad = || RuleError::Probability(text.escape_debug().to_string());
    let units = crate::amount::parse(text, 6).map_err(|_| bad())?;
    u32::try_from(units).ok().filter(|units| *units <= MILLION).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_round_trip() {
        for text in [
            "lost-reply=0.1",
            "reset=0.05,at=rpc",
            "status-429=0.05,retry-after=1",
            "status-500=1,at=broadcast,times=3,executed",
            "credits=0",
            "slow=0.000001,ms=50",
            "huge-body=1,at=poll,mb=2",
            "failed-true=1",
        ] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
        assert_eq!("not-json".parse::<Rule>().unwrap().to_string(), "not-json=1");
        assert_eq!("slow,at=all".parse::<Rule>().unwrap().to_string(), "slow=1,ms=800");
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for (text, error) in [
            ("", RuleError::Name(String::new())),
            ("status-200=1", RuleError::Name("status-200".to_owned())),
            ("reset=2", RuleError::Probability("2".to_owned())),
            ("reset=-1", RuleError::Probability("-1".to_owned())),
            ("reset=1,at=moon", RuleError::Endpoint("moon".to_owned())),
            ("reset=1,sometimes", RuleError::Option("sometimes".to_owned())),
            ("slow=1,ms=soon", RuleError::Option("ms=soon".to_owned())),
        ] {
            assert_eq!(text.parse::<Rule>(), Err(error), "{text}");
        }
    }

    #[test]
    fn some_faults_make_sense_in_one_place_only() {
        let rule = |text: &str| text.parse::<Rule>().unwrap();
        assert!(rule("reset").concerns(Endpoint::Rpc));
        assert!(!rule("reset,at=poll").concerns(Endpoint::Rpc));
        assert!(!rule("duplicate").concerns(Endpoint::Rpc));
        assert!(rule("duplicate").concerns(Endpoint::Poll));
        assert!(!rule("failed-true").concerns(Endpoint::Put));
    }
}
