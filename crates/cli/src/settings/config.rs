//! The config file: TOML, with profiles.
//!
//! What a flag can say goes in front of the parser of the command line, as if it had been typed, unless it was
//! typed; so there is one place that knows what a value means. What a variable can say is taken over by
//! [`Settings`](super::Settings), after everything else.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use toml::{Table, Value};
use zeroize::Zeroizing;

use super::table::{self, Given, Setting, Shown};
use super::{in_home, profile, trust};
use crate::args;

/// What the config file says; nothing, if there is none.
#[derive(Default)]
pub(crate) struct Config {
    file: Option<PathBuf>,
    profile: Option<String>,
    entries: BTreeMap<&'static str, Entry>,
    /// The flags that were added to the command line.
    added: BTreeSet<&'static str>,
    /// Those that were on it, with their values.
    typed: BTreeMap<String, String>,
}

/// What it says of one setting.
struct Entry {
    setting: &'static Setting,
    texts: Vec<String>,
    of_profile: bool,
}

impl Entry {
    /// Whether it says where the password of the wallet file comes from.
    fn names_password(&self) -> bool {
        let taken_back = matches!(&self.texts[..], [text] if text.is_empty() || text == "false");
        table::PASSWORD_SOURCES.contains(&self.setting.key) && !taken_back
    }
}

impl Config {
    /// Reads the file that the command line or the home has, and adds the flags in it to the command line.
    ///
    /// # Errors
    /// The file can't be read or trusted, is no TOML, has an unknown setting or none of the wanted profile, or one of
    /// the flags that the command takes has an impossible value.
    pub(crate) fn join(
        tree: &clap::Command,
        arguments: Vec<OsString>,
    ) -> anyhow::Result<(Self, Vec<OsString>)> {
        let Some(typed) = args::typed(tree, &arguments) else {
            return Ok((Self::default(), arguments));
        };
        let wanted = match typed.profile {
            Some(name) => Some(name),
            None => profile()?,
        };
        let mut config = Self::find(typed.config, wanted)?;
        config.typed = typed.flags;
        let arguments = config.add_to(tree, arguments, &typed.command)?;
        Ok((config, arguments))
    }

    fn find(given: Option<PathBuf>, profile: Option<String>) -> anyhow::Result<Self> {
        let explicit = given.is_some();
        let file = given.or_else(|| in_home("config.toml"));
        let text = file.as_deref().map(trust::read).transpose()?.flatten();
        match (file, text) {
            (Some(file), Some(text)) => Self::read(&file, &text, profile),
            (Some(file), None) if explicit => {
                bail!("there is no file `{}`; check --config", file.display())
            }
            _ => match profile {
                Some(name) => bail!(
                    "the profile `{name}` is wanted, but there is no config file; give it with --config"
                ),
                None => Ok(Self::default()),
            },
        }
    }

    /// What `text` says, with the profile's settings in place of those above it.
    fn read(file: &Path, text: &str, profile: Option<String>) -> anyhow::Result<Self> {
        let shown = file.display();
        // Its own text would quote the file.
        let mut top: Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            anyhow!("`{shown}` is not TOML, see its line {line}: {}", error.message())
        })?;
        let mut profiles = match top.remove("profile") {
            None => Table::new(),
            Some(Value::Table(profiles)) => profiles,
            Some(_) => bail!(
                "`profile` in `{shown}` is no table; name a profile by a line `[profile.staging]`"
            ),
        };
        let mut entries = entries(file, top, false)?;
        // All of them, so that a mistake in one does not wait for the day when it is needed.
        let mut read = BTreeMap::new();
        for (name, settings) in &mut profiles {
            let Value::Table(settings) = std::mem::replace(settings, Value::Boolean(false)) else {
                bail!(
                    "the profile `{name}` in `{shown}` is no table; begin it by `[profile.{name}]`"
                );
            };
            read.insert(name.clone(), self::entries(file, settings, true)?);
        }
        if let Some(name) = &profile {
            let Some(chosen) = read.remove(name) else {
                let known: Vec<_> = read.keys().map(String::as_str).collect();
                bail!("`{shown}` has no profile `{name}`; it has these: {}", known.join(", "));
            };
            if chosen.values().any(Entry::names_password) {
                entries.retain(|_, entry| !entry.names_password());
            }
            entries.extend(chosen);
        }
        Ok(Self { file: Some(file.to_owned()), profile, entries, ..Self::default() })
    }

    /// The command line with the flags that were not typed. Those of every command come first, those of `daemon`
    /// last, where clap expects them.
    fn add_to(
        &mut self,
        tree: &clap::Command,
        mut arguments: Vec<OsString>,
        command: &str,
    ) -> anyhow::Result<Vec<OsString>> {
        let password_typed =
            table::PASSWORD_SOURCES.iter().any(|key| self.typed.contains_key(*key));
        let mut all = Vec::new();
        for (key, entry) in &self.entries {
            let at = match entry.setting.given {
                Given::Flag => 1,
                Given::DaemonFlag if command == "daemon" => arguments.len(),
                _ => continue,
            };
            if self.typed.contains_key(*key) || password_typed && entry.names_password() {
                continue;
            }
            let flags = args::as_flags(tree, key, &entry.texts);
            all.extend_from_slice(&flags);
            arguments.splice(at..at, flags);
            self.added.insert(key);
        }
        // All at once, since parsing takes time; which of them it is matters only where something is wrong.
        if args::check(tree, &all).is_err()
            && let Some(problem) = self.added.iter().find_map(|key| self.problem(key))
        {
            bail!(problem);
        }
        Ok(arguments)
    }

    /// What is wrong with the value of a flag.
    pub(crate) fn problem(&self, key: &str) -> Option<String> {
        let entry = self.entries.get(key)?;
        let tree = args::tree();
        let wrong = args::check(&tree, &args::as_flags(&tree, key, &entry.texts)).err()?;
        Some(format!("`{key}` in {} can't be used: {wrong}", self.place_of(entry)))
    }

    /// The file, if there is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The profile, if one was chosen.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The value of the setting `key` as text, and where it is.
    pub(crate) fn get(&self, key: &str) -> Option<(String, String)> {
        let entry = self.entries.get(key)?;
        Some((entry.texts.join(","), self.place_of(entry)))
    }

    /// The value of the flag `key`, if it was typed.
    pub(crate) fn typed(&self, key: &str) -> Option<&str> {
        self.typed.get(key).map(String::as_str)
    }

    /// Whether the flag `key` is from the file, so that a variable of the same meaning wins over it.
    pub(crate) fn has_added(&self, key: &str) -> bool {
        self.added.contains(key)
    }

    /// The variables in the file with their values and places, but for those that are `set` already.
    ///
    /// # Errors
    /// A file that it names can't be read.
    pub(super) fn variables(
        &self,
        set: impl Fn(&str) -> bool,
    ) -> anyhow::Result<Vec<(&'static str, Zeroizing<String>, String)>> {
        let mut all = Vec::new();
        for entry in self.entries.values() {
            let text = entry.texts.join(",");
            let value = match entry.setting.given {
                Given::Variable(name) | Given::FlagOrVariable(name) if !set(name) => {
                    (name, Zeroizing::new(text))
                }
                Given::FileOf(name) if !set(name) => (name, content(Path::new(&text))?),
                _ => continue,
            };
            all.push((value.0, value.1, self.place_of(entry)));
        }
        Ok(all)
    }

    fn place_of(&self, entry: &Entry) -> String {
        let file = self.file.as_deref().unwrap_or(Path::new("")).display();
        match &self.profile {
            Some(name) if entry.of_profile => format!("{file} [profile.{name}]"),
            _ => file.to_string(),
        }
    }
}

/// What a file that is named says, without white space around it.
fn content(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = trust::read(file)?;
    let text = text.with_context(|| format!("there is no file `{}`", file.display()))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

fn entries(
    file: &Path,
    table: Table,
    of_profile: bool,
) -> anyhow::Result<BTreeMap<&'static str, Entry>> {
    let mut entries = BTreeMap::new();
    for (name, value) in table {
        let setting = known(file, &name)?;
        let wrong = || {
            anyhow!(
                "`{name}` in `{}` has a value of the wrong kind; see `config init`",
                file.display()
            )
        };
        let texts = texts(setting, value).ok_or_else(wrong)?;
        if entries.insert(setting.key, Entry { setting, texts, of_profile }).is_some() {
            bail!(
                "`{}` has the setting `{}` in two spellings; leave one",
                file.display(),
                setting.key
            );
        }
    }
    let mut sources = entries.values().filter(|entry: &&Entry| entry.names_password());
    if let (Some(one), Some(other)) = (sources.next(), sources.next()) {
        bail!(
            "`{}` and `{}` in `{}` both say where the password comes from; leave one",
            one.setting.key,
            other.setting.key,
            file.display()
        );
    }
    Ok(entries)
}

/// The setting that is called `name`, in kebab-case or camelCase.
fn known(file: &Path, name: &str) -> anyhow::Result<&'static Setting> {
    let (shown, key) = (file.display(), camel_case(name));
    match table::find(&key) {
        Some(Setting { shown: Shown::Secret, given: Given::Variable(variable), .. }) => bail!(
            "`{name}` in `{shown}` is a secret, which has no place there; set {variable} in the environment or a \
             .env file, or name a file that holds it if there is a setting for that, as apiKeyFile"
        ),
        Some(setting) => Ok(setting),
        None => match table::nearest(&key) {
            Some(like) => {
                bail!("`{shown}` has the unknown setting `{name}`; did you mean `{like}`?")
            }
            None => bail!("`{shown}` has the unknown setting `{name}`; `config init` lists them"),
        },
    }
}

/// The value as it would be typed; several for a list.
pub(super) fn texts(setting: &Setting, value: Value) -> Option<Vec<String>> {
    let is_flag = matches!(setting.given, Given::Flag | Given::DaemonFlag);
    match value {
        Value::Array(values) if is_flag => values.iter().map(scalar).collect(),
        // CHAIN=AMOUNT
        Value::Table(pairs) if setting.key == "maxFee" => {
            let pair =
                |(name, value): (&String, &Value)| Some(format!("{name}={}", scalar(value)?));
            pairs.iter().map(pair).collect()
        }
        value => scalar(&value).map(|text| vec![text]),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

fn camel_case(name: &str) -> String {
    let mut parts = name.split('-');
    let mut key = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut rest = part.chars();
        key.extend(rest.next().map(|first| first.to_ascii_uppercase()));
        key.push_str(rest.as_str());
    }
    key
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::sample::select;

    use super::*;

    fn read(text: &str, profile: Option<&str>) -> Result<Config, String> {
        Config::read("c.toml".as_ref(), text, profile.map(str::to_owned)).map_err(|e| e.to_string())
    }

    fn joined(text: &str, profile: Option<&str>, line: &str) -> Result<String, String> {
        let mut config = read(text, profile)?;
        let line: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let tree = args::tree();
        let typed = args::typed(&tree, &line).unwrap();
        config.typed = typed.flags;
        let all = config.add_to(&tree, line, &typed.command).map_err(|e| e.to_string())?;
        Ok(all.join(" ".as_ref()).into_string().unwrap())
    }

    #[test]
    fn a_profile_wins_over_what_is_above_it_and_what_was_typed_over_both() {
        let text = "period = 7\ntestnet = false\nidle-period = 20.5\n
            [profile.staging]\nperiod = 9\ntestnet = true\nchain = ['ETH', 'BTC']\n";
        let line = "tatum-kms daemon";
        let plain = joined(text, None, line).unwrap();
        assert_eq!(plain, "tatum-kms --testnet=false daemon --idlePeriod=20.5 --period=7");
        let staging = joined(text, Some("staging"), "tatum-kms daemon --period 3").unwrap();
        let flags = "--chain=ETH --chain=BTC --idlePeriod=20.5";
        assert_eq!(staging, format!("tatum-kms --testnet=true daemon --period 3 {flags}"));
        let list = joined(text, Some("staging"), "tatum-kms list --chain XRP").unwrap();
        assert_eq!(list, "tatum-kms --testnet=true list --chain XRP");
        let error = read(text, Some("live")).err().unwrap();
        assert_eq!(error, "`c.toml` has no profile `live`; it has these: staging");
    }

    #[test]
    fn the_nearest_source_of_the_password_is_left() {
        let text = "vault = true\n[profile.a]\ngcp = true\n[profile.b]\npassword-command = 'x'\n
            [profile.c]\nvault = false";
        let list = |profile| joined(text, profile, "tatum-kms list").unwrap();
        assert_eq!(list(None), "tatum-kms --vault list");
        assert_eq!(list(Some("a")), "tatum-kms --gcp list");
        assert_eq!(list(Some("b")), "tatum-kms list");
        assert_eq!(list(Some("c")), "tatum-kms list");
        let typed = joined(text, None, "tatum-kms list --passwordFd 3").unwrap();
        assert_eq!(typed, "tatum-kms list --passwordFd 3");
        let variables = read(text, Some("b")).unwrap().variables(|_| false).unwrap();
        assert_eq!(variables[0].0, "TATUM_KMS_PASSWORD_COMMAND");
    }

    #[test]
    fn tables_of_fees_and_switches_become_flags() {
        let text = "strict-approval = true\nallow-rekey = true\nrefuseExpired = false\n
            [max-fee]\nETH = '0.05'\nBTC = 0.0000001\n";
        let all = joined(text, None, "tatum-kms daemon").unwrap();
        let flags = "--allowRekey --maxFee=BTC=0.0000001 --maxFee=ETH=0.05 --strictApproval=true";
        assert_eq!(all, format!("tatum-kms daemon {flags}"));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("perod = 5", "`c.toml` has the unknown setting `perod`; did you mean `period`?"),
            (
                "[profile.a]\nzzz = 5",
                "`c.toml` has the unknown setting `zzz`; `config init` lists them",
            ),
            ("period = 5\nperiod = 6", "see its line 2"),
            ("api-url = 'x'\napiUrl = 'y'", "in two spellings"),
            ("apiUrl = ['x']", "`apiUrl` in `c.toml` has a value of the wrong kind"),
            ("period = 1979-05-27", "wrong kind"),
            ("api-key = 'x'", "set TATUM_API_KEY in the environment"),
            ("password = 'x'", "is a secret"),
            ("aws = true\npasswordFile = 'x'", "`aws` and `passwordFile` in `c.toml` both say"),
            ("profile = 'staging'", "is no table"),
            ("[profile]\nstaging = 5", "is no table"),
        ] {
            let error = read(text, None).err().unwrap();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let error = joined("period = 'often'", None, "tatum-kms daemon").unwrap_err();
        let expected =
            "`period` in c.toml can't be used: the period is a number of seconds above 0";
        assert!(error.starts_with(expected), "{error}");
        assert!(joined("period = 'often'", None, "tatum-kms list").is_ok());
    }

    const VALUE: &str = "5Tq8Wd3Fk7Hm2Vb9";

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        /// Whatever a file says, it is read or refused in one line that does not repeat its values.
        #[test]
        fn any_file_is_read_or_refused_in_a_line(
            lines in vec(
                (select(NAMES), select(&["=", ": ", "", " = [", "={a="][..]), select(QUOTES), "[ -~\t\r]{0,6}"),
                0..6,
            ),
            profile in select(&[None, Some("a"), Some("")][..]),
        ) {
            let line = |(name, is, quote, odd): &(&str, &str, &str, String)| {
                format!("{name}{is}{quote}{VALUE}{odd}{quote}")
            };
            let text = lines.iter().map(line).collect::<Vec<_>>().join("\n");
            if let Err(error) = read(&text, profile) {
                assert!(!error.contains(VALUE) && !error.contains(['\n', '\r']), "{error}");
            }
        }
    }

    const NAMES: &[&str] =
        &["period", "apiUrl", "maxFee.ETH", "api-key", "[profile.a]\nchain", "zzz"];
    const QUOTES: &[&str] = &["", "'", "\"", "\"\"\"", "[", "]"];

    #[test]
    fn a_broken_file_is_not_quoted() {
        let error = read("apiKey = 5Tq8Wd3Fk7Hm2Vb9\n", None).err().unwrap();
        assert!(error.contains("line 1") && !error.contains("5Tq8Wd"), "{error}");
    }
}
