//! The command line.

use std::ffi::OsString;
use std::time::Duration;

use crate::stores::Store;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Takes the password of the wallet file from a secret store of a cloud, for tatum-kms

Usage: tatum-kms-secrets [--timeout SECONDS] aws|azure|gcp|vault|vgs
       tatum-kms-secrets --version

It prints the password, as one line. Its settings are in the environment: TATUM_KMS_AWS_…, TATUM_KMS_AZURE_…,
TATUM_KMS_GCP_…, TATUM_KMS_VAULT_… or TATUM_KMS_VGS_… (docs/passwords.md).

Options:
      --timeout <SECONDS>  How long the store may take, 1 to 25 [default: 25]
  -h, --help               Print help
  -V, --version            Print the version";

/// How long a store may take. `tatum-kms` waits for 30 seconds, and could not say what took so long.
const PATIENCE_SECONDS: u64 = 25;

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arguments {
    /// Print the version.
    Version,
    /// Print the help.
    Help,
    /// Print the password that is in a store.
    Fetch {
        /// The store.
        store: Store,
        /// How long it may take.
        patience: Duration,
    },
}

impl Arguments {
    /// Reads them.
    ///
    /// # Errors
    /// One sentence: something is missing or not known.
    pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut patience = Duration::from_secs(PATIENCE_SECONDS);
        let mut store = None;
        let mut arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--version" | "-V" => return Ok(Self::Version),
                "--help" | "-h" => return Ok(Self::Help),
                "--timeout" => patience = seconds(&arguments.next().unwrap_or_default())?,
                name if store.is_none() => store = Some(self::store(name)?),
                other => return Err(format!("{other:?} is one argument too many; try --help")),
            }
        }
        let store = store.ok_or("the store is missing; name one: aws, azure, gcp, vault or vgs")?;
        Ok(Self::Fetch { store, patience })
    }
}

fn store(name: &str) -> Result<Store, String> {
    let found = Store::ALL.into_iter().find(|store| store.word() == name);
    found.ok_or_else(|| {
        format!("{name:?} is no store that is known; they are aws, azure, gcp, vault and vgs")
    })
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.parse().ok().filter(|number| (1..=PATIENCE_SECONDS).contains(number));
    number.map(Duration::from_secs).ok_or_else(|| {
        format!("--timeout is {text:?}; it must be a whole number from 1 to {PATIENCE_SECONDS}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn every_store_has_its_word() {
        for store in Store::ALL {
            let patience = Duration::from_secs(PATIENCE_SECONDS);
            assert_eq!(parse(store.word()), Ok(Arguments::Fetch { store, patience }));
        }
        let short = Arguments::Fetch { store: Store::Vault, patience: Duration::from_secs(3) };
        assert_eq!(parse("--timeout 3 vault"), Ok(short));
        assert_eq!(parse("aws --version"), Ok(Arguments::Version));
        assert_eq!(parse("-h"), Ok(Arguments::Help));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, part) in [
            ("", "the store is missing"),
            ("s3", "\"s3\" is no store"),
            ("aws gcp", "\"gcp\" is one argument too many"),
            ("--timeout 0 aws", "--timeout is \"0\""),
            ("--timeout 26 aws", "from 1 to 25"),
            ("aws --timeout", "--timeout is \"\""),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
