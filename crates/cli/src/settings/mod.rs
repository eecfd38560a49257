//! What the program is told from outside, and the only place that reads the environment.
//!
//! A flag wins over the environment, that over `./.env`, that over the file of `--envFile` (or
//! `~/.tatumrc/.env`), as in Tatum KMS, and that over the config file. Only the settings in [`table`] are taken
//! from files, so that a stray `.env` can't change anything else.

mod config;
mod example;
mod table;
mod trust;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use kms_core::ApiKey;
use zeroize::Zeroizing;

use crate::args::Common;
use crate::{dotenv, handover, output};

pub(crate) use config::Config;
pub(crate) use example::example;
pub(crate) use table::{Given, Setting, Shown, TABLE};

/// Those that say where the password of the wallet file is. The nearest that is set decides, so that a file
/// further away does not name a second source.
pub(crate) const PASSWORD: &[&str] =
    &["TATUM_KMS_PASSWORD", "TATUM_KMS_PASSWORD_FILE", "TATUM_KMS_PASSWORD_COMMAND"];

/// Not taken from `./.env`, which comes with whatever directory the program is started in: it would run there
/// what somebody else wrote.
const NOT_FROM_HERE: &[&str] = &["TATUM_KMS_PASSWORD_COMMAND"];

/// The settings in force.
pub(crate) struct Settings {
    /// The wallet file.
    pub(crate) path: PathBuf,
    /// The file of `--envFile`, or the default one.
    pub(crate) env_file: Option<PathBuf>,
    /// What the config file says.
    pub(crate) config: Config,
    values: Values,
    api_key: Option<ApiKey>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The command line.
    Flag,
    /// The environment.
    Environment,
    /// A `.env` file.
    EnvFile(PathBuf),
    /// The config file.
    Config(String),
    /// Nobody has said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::EnvFile(file) => write!(f, "{}", file.display()),
            Self::Config(place) => f.write_str(place),
            Self::Default => f.write_str("default"),
        }
    }
}

/// What systemd says to a service that it starts. Taken from the environment only.
#[derive(Default)]
pub(crate) struct Systemd {
    /// `NOTIFY_SOCKET`: where it wants to be told of our state.
    pub(crate) socket: Option<OsString>,
    /// `WATCHDOG_USEC`: how long it waits for a sign of life.
    pub(crate) watchdog: Option<Duration>,
}

impl Settings {
    /// Gathers them.
    ///
    /// # Errors
    /// `--envFile` can't be read or trusted, a variable is not text, or there is no home directory to look in.
    pub(crate) fn gather(flags: &Common, config: Config) -> anyhow::Result<Self> {
        let path = flags.path.clone().or_else(|| in_home("wallet.dat")).context(
            "the home directory is not known, so neither is the wallet file; give it with --path",
        )?;
        let env_file = flags.env_file.clone().or_else(|| in_home(".env"));
        let mut values = Values::new();
        from_environment(&mut values)?;
        from_current_directory(&mut values);
        if let Some(file) = &env_file {
            from_env_file(&mut values, file, flags.env_file.is_some())?;
        }
        let has_password = names_password(&values);
        let set =
            |name: &str| values.contains_key(name) || has_password && PASSWORD.contains(&name);
        for (name, value, place) in config.variables(set)? {
            values.insert(name, (value, Origin::Config(place)));
        }
        let api_key = flags.api_key.clone().map(ApiKey::new);
        Ok(Self { path, env_file, config, values, api_key })
    }

    /// The value of `name`, unless it is empty: an empty variable counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Where the value of the variable `name` came from.
    pub(crate) fn origin(&self, name: &str) -> Origin {
        if name == "TATUM_API_KEY" && self.api_key.is_some() {
            return Origin::Flag;
        }
        let found = self.values.get(name).filter(|(value, _)| !value.is_empty());
        found.map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    /// Those whose names begin with `prefix`.
    pub(crate) fn of_prefix(&self, prefix: &str) -> Vec<(&'static str, Zeroizing<String>)> {
        let found = self.values.iter().filter(|(name, _)| name.starts_with(prefix));
        found.map(|(name, (value, _))| (*name, value.clone())).collect()
    }

    /// The key for the Tatum API, if it was given.
    pub(crate) fn api_key(&self) -> Option<ApiKey> {
        let from_values = || self.get("TATUM_API_KEY").map(|key| ApiKey::new(key.to_owned()));
        self.api_key.clone().or_else(from_values)
    }

    /// The value of `name` as a whole number.
    ///
    /// # Errors
    /// It is something else.
    pub(crate) fn whole_number(&self, name: &str) -> anyhow::Result<Option<u32>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let number = text.trim().parse();
        number.map(Some).map_err(|_| {
            anyhow::anyhow!("{name} is {text:?}; it must be a whole number, for example 5")
        })
    }

    /// Refuses URLs out of `./.env`, for a daemon on mainnet: whoever can put a file where it is started would
    /// decide which servers see the API key, name the fees, and hand out what is signed.
    ///
    /// # Errors
    /// There is one.
    pub(crate) fn refuse_urls_from_here(&self) -> anyhow::Result<()> {
        let here = |name: &str| self.origin(name) == Origin::EnvFile(CURRENT.into());
        let urls = TABLE.iter().filter(|setting| setting.is_url());
        match urls.filter_map(Setting::variable).find(|name| here(name)) {
            None => Ok(()),
            Some(name) => bail!(
                "{name} comes from {CURRENT}, from where a daemon on mainnet takes no URL; set it in the \
                 environment, in the file of --envFile or in the config file"
            ),
        }
    }
}

impl Systemd {
    /// What is said to this process; nothing, without systemd.
    #[allow(clippy::disallowed_methods)] // the one place
    pub(crate) fn of_this_process() -> Self {
        let text = |name: &str| std::env::var(name).ok();
        let number = |name: &str| text(name).and_then(|text| text.parse::<u64>().ok());
        let ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let watchdog = number("WATCHDOG_USEC").filter(|micros| ours && *micros > 0);
        Self {
            socket: std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()),
            watchdog: watchdog.map(Duration::from_micros),
        }
    }
}

type Values = BTreeMap<&'static str, (Zeroizing<String>, Origin)>;

/// Names the profile of the config file.
const PROFILE: &str = "TATUM_KMS_PROFILE";

/// The file in the current directory.
const CURRENT: &str = "./.env";

/// A file in the directory of this program's files, if there is a home.
pub(crate) fn in_home(name: &str) -> Option<PathBuf> {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    home.map(|home| home.join(".tatumrc").join(name))
}

/// The profile of the config file that the environment names.
///
/// # Errors
/// It is not text.
#[allow(clippy::disallowed_methods)] // the one place
pub(crate) fn profile() -> anyhow::Result<Option<String>> {
    let Some(name) = std::env::var_os(PROFILE) else { return Ok(None) };
    match name.into_string() {
        Ok(name) => Ok(Some(name).filter(|name| !name.is_empty())),
        Err(_) => bail!("{PROFILE} is not valid UTF-8; set it as text"),
    }
}

/// Takes what is set in the environment out of it, for a process that lives long. Starts it anew once.
#[allow(clippy::disallowed_methods)] // the one place
pub(crate) fn leave_environment() {
    let set = environment();
    if set.is_empty() || std::env::var_os(handover::VARIABLE).is_some() {
        return;
    }
    if let Err(error) = handover::start_anew(&set) {
        output::warning(&format!(
            "the settings stay in the environment of the process, where root can read the password \
             as long as it runs: {error}"
        ));
    }
}

/// Every name in the environment that is for this program alone.
pub(crate) fn own_names() -> Vec<&'static str> {
    table::variables().into_iter().chain([PROFILE, handover::VARIABLE]).collect()
}

/// Where systemd keeps credentials for this process (`LoadCredential=`).
#[allow(clippy::disallowed_methods)] // the one place
pub(crate) fn credentials_directory() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// What is set in the environment of this process.
#[allow(clippy::disallowed_methods)] // the one place
fn environment() -> Vec<(&'static str, OsString)> {
    let names = table::variables().into_iter();
    names.filter_map(|name| Some((name, std::env::var_os(name)?))).collect()
}

#[allow(clippy::disallowed_methods)] // the one place
fn from_environment(values: &mut Values) -> anyhow::Result<()> {
    let mut set = environment();
    if let Some(pipe) = std::env::var_os(handover::VARIABLE) {
        set.extend(handover::receive(&pipe, &table::variables())?);
    }
    for (name, value) in set {
        match value.into_string() {
            Ok(text) => values.insert(name, (Zeroizing::new(text), Origin::Environment)),
            Err(_) => {
                bail!("the environment variable {name} is not valid UTF-8; set it as text")
            }
        };
    }
    Ok(())
}

fn from_current_directory(values: &mut Values) {
    match trust::read(Path::new(CURRENT)) {
        Ok(Some(text)) => {
            let (taken, refused) = merge(values, &text, CURRENT.as_ref(), NOT_FROM_HERE);
            for name in refused {
                output::warning(&format!(
                    "{name} in {CURRENT} is left out, since it would run a command; set it in the environment, \
                     in the file of --envFile or in the config file"
                ));
            }
            let names = if taken.is_empty() { "nothing new".to_owned() } else { taken.join(", ") };
            output::note(&format!("read {CURRENT}: {names}"));
        }
        Ok(None) => {}
        // It may well belong to another program.
        Err(error) => output::warning(&format!("{CURRENT} is left out: {error:#}")),
    }
}

fn from_env_file(values: &mut Values, file: &Path, explicit: bool) -> anyhow::Result<()> {
    match trust::read(file)? {
        Some(text) => drop(merge(values, &text, file, &[])),
        None if explicit => bail!("there is no file `{}`; check --envFile", file.display()),
        None => {}
    }
    Ok(())
}

/// Whether one of the settings that say where the password is has a value.
fn names_password(values: &Values) -> bool {
    PASSWORD.iter().any(|name| values.get(name).is_some_and(|(value, _)| !value.is_empty()))
}

/// Takes over what is known, not `banned` and not yet set; returns the names of what was taken, and of what
/// is banned.
fn merge(
    values: &mut Values,
    text: &str,
    file: &Path,
    banned: &[&str],
) -> (Vec<&'static str>, Vec<&'static str>) {
    let known = table::variables();
    let mut found = BTreeMap::new();
    dotenv::parse(text, &mut |name, value| {
        if let Some(known) = known.iter().find(|known| **known == name) {
            found.insert(*known, value);
        }
    });
    let has_password = names_password(values);
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for (name, value) in found {
        if values.contains_key(name) || has_password && PASSWORD.contains(&name) {
            continue;
        }
        if banned.contains(&name) {
            refused.push(name);
        } else {
            values.insert(name, (value, Origin::EnvFile(file.to_owned())));
            taken.push(name);
        }
    }
    (taken, refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_before_wins_and_strangers_are_left_out() {
        let mut values = Values::new();
        let set = Zeroizing::new("from the environment".to_owned());
        values.insert("TATUM_API_KEY", (set, Origin::Environment));
        let text = "TATUM_API_KEY=file\nTATUM_KMS_PASSWORD=pa$$word\nPATH=/tmp\nLD_PRELOAD=x\n";
        let (taken, _) = merge(&mut values, text, ".env".as_ref(), &[]);
        assert_eq!(taken, ["TATUM_KMS_PASSWORD"]);
        assert_eq!(values.len(), 2);
        assert_eq!(values["TATUM_API_KEY"].0.as_str(), "from the environment");
        let (password, origin) = &values["TATUM_KMS_PASSWORD"];
        assert_eq!(password.as_str(), "pa$$word");
        assert_eq!(*origin, Origin::EnvFile(".env".into()));
    }

    #[test]
    fn the_nearest_file_that_names_a_source_of_the_password_decides() {
        let mut values = Values::new();
        let (here, file) = ("TATUM_KMS_PASSWORD_COMMAND=rm x\n", Path::new(".env"));
        assert_eq!(
            merge(&mut values, here, file, NOT_FROM_HERE),
            (vec![], vec!["TATUM_KMS_PASSWORD_COMMAND"])
        );
        assert_eq!(merge(&mut values, here, file, &[]).0, ["TATUM_KMS_PASSWORD_COMMAND"]);
        let further = "TATUM_KMS_PASSWORD=x\nTATUM_KMS_PASSWORD_FILE=/x\nTATUM_RETRIES=1\n";
        assert_eq!(merge(&mut values, further, file, &[]).0, ["TATUM_RETRIES"]);
    }
}
