//! Where the config file is, and how what it says becomes flags.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, CommandFactory as _, Subcommand};

use super::{Arguments, help, values};

/// The flags about the config file.
#[derive(Args)]
pub(crate) struct ConfigArgs {
    /// A file with settings, as TOML [default: ~/.tatumrc/config.toml]
    #[arg(long, global = true, value_name = "FILE", value_parser = values::path)]
    config: Option<PathBuf>,

    /// Which profile of that file [default: TATUM_KMS_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
}

/// The subcommands of `config`.
#[derive(Subcommand)]
#[command(rename_all = "lower")]
pub(crate) enum ConfigCommand {
    /// Write a config file with every setting, commented out
    #[command(after_help = help::CONFIG)]
    Init {
        /// Where to; a file that is there already is left alone [default: ~/.tatumrc/config.toml]
        #[arg(value_name = "FILE", value_parser = values::path)]
        file: Option<PathBuf>,
    },
}

/// The commands that take none: they work where a config file is broken, or has still to be made.
const WITHOUT_SETTINGS: &[&str] = &["config", "help", "completions", "man"];

/// What can be known of a command line before the config file is read.
pub(crate) struct Typed {
    /// The command.
    pub(crate) command: String,
    /// The file of `--config`.
    pub(crate) config: Option<PathBuf>,
    /// The name of `--profile`.
    pub(crate) profile: Option<String>,
    /// All flags that are on it, by their long names, with their values.
    pub(crate) flags: BTreeMap<String, String>,
}

/// Looks over a command line, whatever else may be wrong with it. None if it asks for help or the version, or has
/// no command that takes settings.
pub(crate) fn typed(tree: &Command, arguments: &[OsString]) -> Option<Typed> {
    let mut command = tree.clone().ignore_errors(true);
    let matches = command.try_get_matches_from_mut(arguments).ok()?;
    let (name, mut inner) = matches.subcommand()?;
    if WITHOUT_SETTINGS.contains(&name) {
        return None;
    }
    // Declared as far as it was parsed: with the flags of every command.
    let mut declared = command.find_subcommand(name)?;
    let mut flags = typed_flags(declared, inner);
    while let Some((name, deeper)) = inner.subcommand() {
        (declared, inner) = (declared.find_subcommand(name)?, deeper);
        flags.extend(typed_flags(declared, inner));
    }
    flags.extend(typed_flags(&command, &matches));
    let text = |id: &str| matches.try_get_one::<String>(id).ok().flatten().cloned();
    Some(Typed {
        command: name.to_owned(),
        config: matches.try_get_one::<PathBuf>("config").ok().flatten().cloned(),
        profile: text("profile"),
        flags,
    })
}

fn typed_flags(command: &Command, matches: &ArgMatches) -> BTreeMap<String, String> {
    let typed = |flag: &&Arg| {
        let id = flag.get_id().as_str();
        matches.try_contains_id(id).is_ok()
            && matches.value_source(id) == Some(ValueSource::CommandLine)
    };
    let with_value = |flag: &Arg| {
        let values = matches.get_raw(flag.get_id().as_str()).unwrap_or_default();
        let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
        Some((flag.get_long()?.to_owned(), values.join(",")))
    };
    command.get_arguments().filter(typed).filter_map(with_value).collect()
}

/// All flags that `daemon` takes, those of every command among them.
pub(crate) fn daemon_flags() -> Vec<Arg> {
    let mut command = Arguments::command();
    command.build();
    let daemon = command.find_subcommand("daemon");
    let flags = daemon.into_iter().flat_map(Command::get_arguments);
    flags.filter(|flag| flag.get_long().is_some()).cloned().collect()
}

fn daemon_flag(name: &str) -> Option<Arg> {
    daemon_flags().into_iter().find(|flag| flag.get_long() == Some(name))
}

/// What `--help` says of a flag.
pub(crate) fn help_of(name: &str) -> String {
    let help = daemon_flag(name).and_then(|flag| flag.get_help().map(ToString::to_string));
    help.unwrap_or_default()
}

/// The values of the flags of `daemon` that nobody gives.
pub(crate) fn defaults() -> BTreeMap<String, String> {
    let with_value = |flag: Arg| {
        let values: Vec<_> =
            flag.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let name = flag.get_long().filter(|_| !values.is_empty())?;
        Some((name.to_owned(), values.join(",")))
    };
    daemon_flags().into_iter().filter_map(with_value).collect()
}

/// The flag `name` of the commands in `tree` with these values, as it would be typed.
pub(crate) fn as_flags(tree: &Command, name: &str, values: &[String]) -> Vec<OsString> {
    let of_daemon = tree.find_subcommand("daemon").into_iter().flat_map(Command::get_arguments);
    let flag = tree.get_arguments().chain(of_daemon).find(|flag| flag.get_long() == Some(name));
    let takes_value = flag.is_some_and(|flag| flag.get_action().takes_values());
    match values {
        [yes] if !takes_value && yes == "true" => vec![format!("--{name}").into()],
        [no] if !takes_value && no == "false" => Vec::new(),
        values => values.iter().map(|value| format!("--{name}={value}").into()).collect(),
    }
}

/// Whether these flags have possible values; which other flags they need is not asked.
///
/// # Errors
/// What is wrong, in a sentence without the value.
pub(crate) fn check(tree: &Command, flags: &[OsString]) -> Result<(), String> {
    let line = ["tatum-kms", "daemon"].map(OsString::from).into_iter().chain(flags.iter().cloned());
    match tree.clone().try_get_matches_from(line) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => Ok(()),
        Err(error) => Err(error.source().map_or_else(
            || "it is not one of the possible values; see `tatum-kms daemon --help`".to_owned(),
            ToString::to_string,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_spellings(command: &Command, seen: &mut usize) {
        for flag in command.get_arguments() {
            let Some(name) = flag.get_long() else { continue };
            let kebab: String = name
                .chars()
                .flat_map(|c| {
                    let dash = c.is_ascii_uppercase().then_some('-');
                    dash.into_iter().chain([c.to_ascii_lowercase()])
                })
                .collect();
            if kebab != name {
                let aliases = flag.get_all_aliases().unwrap_or_default();
                assert!(aliases.contains(&kebab.as_str()), "--{name} has no alias --{kebab}");
                *seen += 1;
            }
        }
        command.get_subcommands().for_each(|command| both_spellings(command, seen));
    }

    #[test]
    fn every_flag_is_known_in_kebab_case_too() {
        let mut seen = 0;
        both_spellings(&Arguments::command(), &mut seen);
        assert!(seen > 20, "{seen}");
    }

    fn look(line: &str) -> Option<Typed> {
        let line: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        typed(&Arguments::command(), &line)
    }

    #[test]
    fn a_command_line_is_looked_over_whatever_is_missing() {
        let daemon = look("tatum-kms --profile x daemon --config c.toml --max-denials=3").unwrap();
        assert_eq!(daemon.command, "daemon");
        assert_eq!(daemon.profile.as_deref(), Some("x"));
        assert_eq!(daemon.config, Some("c.toml".into()));
        let flags: Vec<_> = daemon.flags.keys().map(String::as_str).collect();
        assert_eq!(flags, ["config", "maxDenials", "profile"]);
        let needs_more = look("tatum-kms daemon --strictApproval --externalUrlCa ca.pem").unwrap();
        assert!(needs_more.flags.contains_key("externalUrlCa"));
        let nested = look("tatum-kms pending list --testnet").unwrap();
        assert!(nested.flags.contains_key("testnet") && nested.command == "pending");
        for line in [
            "tatum-kms",
            "tatum-kms daemon --help",
            "tatum-kms config init",
            "tatum-kms man",
            "tatum-kms -V",
        ] {
            assert!(look(line).is_none(), "{line}");
        }
    }
}
