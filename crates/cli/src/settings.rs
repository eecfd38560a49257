//! What the program is told from outside, and the only place that reads the environment.
//!
//! A flag wins over the environment, that over `./.env`, and that over the file of `--envFile` (or
//! `~/.tatumrc/.env`): the order of Tatum KMS. Only the names in [`KNOWN`] are taken from files, so that
//! a stray `.env` can't change anything else.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use kms_core::ApiKey;
use zeroize::Zeroizing;

use crate::args::Common;
use crate::{dotenv, handover, output};

/// Every name that is read.
pub(crate) const KNOWN: &[&str] = &[
    "TATUM_API_KEY",
    "TATUM_API_URL",
    "TATUM_RETRIES",
    "TATUM_RETRY_DELAY",
    "TESTNET_TYPE",
    "TATUM_KMS_VET_NODE_URL",
    "TATUM_KMS_FLOW_NODE_URL",
    "TATUM_KMS_BNB_NODE_URL",
    "TATUM_KMS_SOL_SECOND_NODE_URL",
    "TATUM_KMS_FLOW_SECOND_NODE_URL",
    "TATUM_KMS_PASSWORD",
    "TATUM_KMS_PASSWORD_FILE",
    "TATUM_KMS_PASSWORD_COMMAND",
    "TATUM_KMS_VGS_ALIAS",
    "TATUM_KMS_VGS_USERNAME",
    "TATUM_KMS_VGS_PASSWORD",
    "TATUM_KMS_AZURE_SECRETVERSION",
    "TATUM_KMS_AZURE_SECRETNAME",
    "TATUM_KMS_AZURE_VAULTURL",
    "TATUM_KMS_AWS_REGION",
    "TATUM_KMS_AWS_ACCESS_KEY_ID",
    "TATUM_KMS_AWS_SECRET_ACCESS_KEY",
    "TATUM_KMS_AWS_SECRET_NAME",
    "TATUM_KMS_AWS_SECRET_KEY",
    "TATUM_KMS_DEBUG_MODE",
    "TATUM_KMS_APPROVAL_SECRET",
    "TATUM_KMS_EXTERNAL_HEADERS",
];

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
    values: BTreeMap<&'static str, Zeroizing<String>>,
    api_key: Option<ApiKey>,
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
    /// `--envFile` can't be read, a variable is not text, or there is no home directory to look in.
    pub(crate) fn gather(flags: &Common) -> anyhow::Result<Self> {
        let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
        let in_home = |name: &str| home.as_ref().map(|home| home.join(".tatumrc").join(name));
        let path = flags.path.clone().or_else(|| in_home("wallet.dat")).context(
            "the home directory is not known, so neither is the wallet file; give it with --path",
        )?;
        let env_file = flags.env_file.clone().or_else(|| in_home(".env"));
        let mut values = BTreeMap::new();
        from_environment(&mut values)?;
        from_current_directory(&mut values);
        if let Some(file) = &env_file {
            from_env_file(&mut values, file, flags.env_file.is_some())?;
        }
        let api_key = flags.api_key.clone().map(ApiKey::new);
        Ok(Self { path, env_file, values, api_key })
    }

    /// The value of `name`, unless it is empty: an empty variable counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Those whose names begin with `prefix`.
    pub(crate) fn of_prefix(&self, prefix: &str) -> Vec<(&'static str, Zeroizing<String>)> {
        let found = self.values.iter().filter(|(name, _)| name.starts_with(prefix));
        found.map(|(name, value)| (*name, value.clone())).collect()
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

type Values = BTreeMap<&'static str, Zeroizing<String>>;

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
    KNOWN.iter().copied().chain([handover::VARIABLE]).collect()
}

/// Where systemd keeps credentials for this process (`LoadCredential=`).
#[allow(clippy::disallowed_methods)] // the one place
pub(crate) fn credentials_directory() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// What is set in the environment of this process.
#[allow(clippy::disallowed_methods)] // the one place
fn environment() -> Vec<(&'static str, OsString)> {
    KNOWN.iter().filter_map(|&name| Some((name, std::env::var_os(name)?))).collect()
}

#[allow(clippy::disallowed_methods)] // the one place
fn from_environment(values: &mut Values) -> anyhow::Result<()> {
    let mut set = environment();
    if let Some(pipe) = std::env::var_os(handover::VARIABLE) {
        set.extend(handover::receive(&pipe, KNOWN)?);
    }
    for (name, value) in set {
        match value.into_string() {
            Ok(text) => values.insert(name, Zeroizing::new(text)),
            Err(_) => {
                bail!("the environment variable {name} is not valid UTF-8; set it as text")
            }
        };
    }
    Ok(())
}

fn from_current_directory(values: &mut Values) {
    let file = Path::new(".env");
    match read(file) {
        Ok(Some(text)) => {
            let (taken, refused) = merge(values, &text, NOT_FROM_HERE);
            for name in refused {
                output::warning(&format!(
                    "{name} in ./.env is left out, since it would run a command; set it in the environment \
                     or in --envFile"
                ));
            }
            let names = if taken.is_empty() { "nothing new".to_owned() } else { taken.join(", ") };
            output::note(&format!("read ./.env: {names}"));
        }
        Ok(None) => {}
        // It may well belong to another program.
        Err(error) => output::warning(&format!("./.env is left out, it can't be read: {error}")),
    }
}

fn from_env_file(values: &mut Values, file: &Path, explicit: bool) -> anyhow::Result<()> {
    match read(file) {
        Ok(Some(text)) => {
            merge(values, &text, &[]);
        }
        Ok(None) if explicit => {
            bail!("there is no file `{}`; check --envFile", file.display());
        }
        Ok(None) => {}
        Err(error) => {
            bail!("the settings in `{}` can't be read: {error}; make it readable", file.display());
        }
    }
    Ok(())
}

fn read(file: &Path) -> std::io::Result<Option<Zeroizing<String>>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Takes over what is known, not `banned` and not yet set; returns the names of what was taken, and of what
/// is banned.
fn merge(
    values: &mut Values,
    text: &str,
    banned: &[&str],
) -> (Vec<&'static str>, Vec<&'static str>) {
    let mut found = Values::new();
    dotenv::parse(text, &mut |name, value| {
        if let Some(known) = KNOWN.iter().find(|known| **known == name) {
            found.insert(known, value);
        }
    });
    let has_password =
        PASSWORD.iter().any(|name| values.get(name).is_some_and(|value| !value.is_empty()));
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for (name, value) in found {
        if values.contains_key(name) || has_password && PASSWORD.contains(&name) {
            continue;
        }
        if banned.contains(&name) {
            refused.push(name);
        } else {
            values.insert(name, value);
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
        values.insert("TATUM_API_KEY", Zeroizing::new("from the environment".to_owned()));
        let text = "TATUM_API_KEY=file\nTATUM_KMS_PASSWORD=pa$$word\nPATH=/tmp\nLD_PRELOAD=x\n";
        assert_eq!(merge(&mut values, text, &[]).0, ["TATUM_KMS_PASSWORD"]);
        assert_eq!(values.len(), 2);
        assert_eq!(values["TATUM_API_KEY"].as_str(), "from the environment");
        assert_eq!(values["TATUM_KMS_PASSWORD"].as_str(), "pa$$word");
    }

    #[test]
    fn the_nearest_file_that_names_a_source_of_the_password_decides() {
        let mut values = Values::new();
        let here = "TATUM_KMS_PASSWORD_COMMAND=rm x\n";
        assert_eq!(
            merge(&mut values, here, NOT_FROM_HERE),
            (vec![], vec!["TATUM_KMS_PASSWORD_COMMAND"])
        );
        assert_eq!(merge(&mut values, here, &[]).0, ["TATUM_KMS_PASSWORD_COMMAND"]);
        let further = "TATUM_KMS_PASSWORD=x\nTATUM_KMS_PASSWORD_FILE=/x\nTATUM_RETRIES=1\n";
        assert_eq!(merge(&mut values, further, &[]).0, ["TATUM_RETRIES"]);
    }
}
