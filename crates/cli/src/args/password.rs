//! The flags about the password of the wallet file.

use std::path::PathBuf;

use clap::Args;
use kms_password::SecretStore;

use super::values;

/// Where the password comes from. One of these at most.
#[derive(Args)]
#[command(next_help_heading = "Password of the wallet file (docs/passwords.md)")]
pub(crate) struct PasswordArgs {
    /// Take the password from a file, such as a secret of Docker or Kubernetes
    #[arg(
        id = "passwordFile", long = "passwordFile", alias = "password-file", global = true, value_name = "FILE",
        value_parser = values::path
    )]
    pub(crate) file: Option<PathBuf>,

    /// Take the password from an open file descriptor, read to its end
    #[arg(
        id = "passwordFd", long = "passwordFd", alias = "password-fd", global = true, value_name = "N",
        value_parser = descriptor, allow_negative_numbers = true
    )]
    pub(crate) descriptor: Option<u32>,

    /// Take the password from the first line that this shell command prints
    #[arg(
        id = "passwordCommand",
        long = "passwordCommand",
        alias = "password-command",
        global = true,
        value_name = "COMMAND"
    )]
    pub(crate) command: Option<String>,

    /// Take the password from AWS Secrets Manager (needs tatum-kms-secrets)
    #[arg(long, global = true)]
    aws: bool,

    /// Take the password from Azure Key Vault (needs tatum-kms-secrets)
    #[arg(long, global = true)]
    azure: bool,

    /// Take the password from Google Secret Manager (needs tatum-kms-secrets)
    #[arg(long, global = true)]
    gcp: bool,

    /// Take the password from HashiCorp Vault or OpenBao (needs tatum-kms-secrets)
    #[arg(long, global = true)]
    vault: bool,

    /// Take the password from the VGS vault (needs tatum-kms-secrets)
    #[arg(long, global = true)]
    vgs: bool,
}

impl PasswordArgs {
    /// The secret store that was chosen.
    pub(crate) fn store(&self) -> Option<SecretStore> {
        self.stores().next()
    }

    fn stores(&self) -> impl Iterator<Item = SecretStore> {
        let given = [
            (self.aws, SecretStore::Aws),
            (self.azure, SecretStore::Azure),
            (self.gcp, SecretStore::Gcp),
            (self.vault, SecretStore::Vault),
            (self.vgs, SecretStore::Vgs),
        ];
        given.into_iter().filter_map(|(given, store)| given.then_some(store))
    }

    /// What clap's declarations can't say.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.command.as_deref().is_some_and(|command| command.trim().is_empty()) {
            return Err("--passwordCommand is empty; leave it out or give a command".to_owned());
        }
        let named = [
            self.file.as_ref().map(|_| "--passwordFile"),
            self.descriptor.map(|_| "--passwordFd"),
            self.command.as_ref().map(|_| "--passwordCommand"),
        ];
        let mut given = named.into_iter().flatten().chain(self.stores().map(SecretStore::flag));
        match (given.next(), given.next()) {
            (Some(one), Some(other)) => Err(format!(
                "{one} and {other} both say where the password comes from; give one of them"
            )),
            _ => Ok(()),
        }
    }
}

/// A number that may be open for reading.
fn descriptor(text: &str) -> Result<u32, String> {
    match text.parse::<i32>() {
        Ok(number) if number == 0 || number > 2 => Ok(number.unsigned_abs()),
        _ => Err("a file descriptor to read from is 0, or a whole number above 2".to_owned()),
    }
}
