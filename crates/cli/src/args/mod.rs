//! The command line: types only. What the flags mean is in [`crate::settings`] and the commands.

mod help;
mod values;

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use kms_core::SignatureId;

pub(crate) use values::{ChainArg, Method, web_url};

mod addresses;
mod approval;
mod config;
mod daemon;
mod delivery;
mod password;
mod pending;
mod reference;
mod store;

pub(crate) use addresses::{
    AddressArgs, FindArgs, Import, Key, LabelArgs, Limit, ListArgs, NextAddressArgs,
};
pub(crate) use approval::ApprovalArgs;
#[cfg(test)]
pub(crate) use config::daemon_flags;
pub(crate) use config::{ConfigArgs, ConfigCommand, as_flags, check, defaults, help_of, typed};
pub(crate) use daemon::{DaemonArgs, LogFormat, OutputFormat};
pub(crate) use help::{Block, blocks};
pub(crate) use password::PasswordArgs;
pub(crate) use pending::PendingCommand;
pub(crate) use reference::{CompletionsArgs, ManArgs, completed, described};
pub(crate) use store::{ExportPassword, StoreCommand, Target};

/// Everything that was given.
#[derive(Parser)]
#[command(
    name = "tatum-kms",
    bin_name = "tatum-kms",
    about = help::ABOUT,
    long_about = help::ABOUT,
    after_help = help::OVERVIEW,
    version,
    propagate_version = true,
    disable_version_flag = true,
    subcommand_required = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command takes.
#[derive(Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Common {
    /// Work with the chain's test network; mainnet is the default
    #[arg(
        long, global = true, num_args = 0..=1, require_equals = true, value_name = "true|false",
        default_missing_value = "true", default_value = "false", action = ArgAction::Set,
        hide_default_value = true, hide_possible_values = true
    )]
    pub(crate) testnet: bool,

    /// The wallet file [default: ~/.tatumrc/wallet.dat]
    #[arg(long, global = true, value_name = "FILE", value_parser = values::path)]
    pub(crate) path: Option<PathBuf>,

    /// A file with TATUM_… settings, one NAME=VALUE a line [default: ~/.tatumrc/.env]
    #[arg(
        long = "envFile", alias = "env-file", global = true, value_name = "FILE",
        value_parser = values::path
    )]
    pub(crate) env_file: Option<PathBuf>,

    /// The key for the Tatum API; others on this machine can see it, prefer TATUM_API_KEY
    #[arg(long = "apiKey", alias = "api-key", global = true, value_name = "KEY")]
    pub(crate) api_key: Option<String>,

    /// At an upgrade from the old format, keep the old file as a plain copy instead of a sealed one
    #[arg(long = "keepLegacy", alias = "keep-legacy", global = true)]
    pub(crate) keep_legacy: bool,

    /// Accept a file of the old format where the store had been upgraded before
    #[arg(long = "allowLegacyAgain", alias = "allow-legacy-again", global = true)]
    pub(crate) allow_legacy_again: bool,

    /// Accept a wallet file that other users may read or write
    #[arg(long = "allowLoosePermissions", alias = "allow-loose-permissions", global = true)]
    pub(crate) allow_loose_permissions: bool,

    #[command(flatten)]
    config: ConfigArgs,

    /// Print the version
    #[arg(long, short = 'V', global = true, action = ArgAction::Version)]
    version: Option<bool>,

    #[command(flatten)]
    pub(crate) password: PasswordArgs,
}

/// One command each.
#[derive(Subcommand)]
#[command(rename_all = "lower")]
pub(crate) enum Command {
    /// Make a wallet and print it; nothing is stored
    #[command(after_help = help::GENERATE_WALLET)]
    GenerateWallet {
        #[arg(value_name = "CHAIN", help = help::CHAIN)]
        chain: ChainArg,
    },

    /// Make a wallet, store it, and print its signature id
    #[command(after_help = help::GENERATE_MANAGED_WALLET)]
    GenerateManagedWallet {
        #[arg(value_name = "CHAIN", help = help::CHAIN)]
        chain: ChainArg,
        #[command(flatten)]
        limit: Limit,
    },

    /// Store the wallet of a mnemonic that you have, and print its signature id
    #[command(after_help = help::STORE_MANAGED_WALLET)]
    StoreManagedWallet {
        #[command(flatten)]
        import: Import,
        /// Accept a mnemonic whose words or checksum are not those of BIP-39
        #[arg(long = "allowAnyMnemonic", alias = "allow-any-mnemonic")]
        allow_any_mnemonic: bool,
    },

    /// Store a private key that you have, and print its signature id
    #[command(after_help = help::STORE_MANAGED_PRIVATE_KEY)]
    StoreManagedPrivateKey {
        #[command(flatten)]
        import: Import,
    },

    /// Make and store COUNT private keys, and print a signature id and an address for each
    #[command(after_help = help::GENERATE_MANAGED_PRIVATE_KEY_BATCH)]
    GenerateManagedPrivateKeyBatch {
        #[arg(value_name = "CHAIN", help = help::CHAIN)]
        chain: ChainArg,
        /// How many keys, from 1
        #[arg(value_parser = values::count, allow_negative_numbers = true)]
        count: usize,
        #[command(flatten)]
        limit: Limit,
    },

    /// Print a stored wallet, its secrets included
    #[command(after_help = help::GET_MANAGED_WALLET)]
    GetManagedWallet {
        #[arg(value_name = "ID", help = help::ID, value_parser = values::wallet_id)]
        id: SignatureId,
    },

    /// Print a private key of a stored wallet
    #[command(after_help = help::GET_PRIVATE_KEY)]
    GetPrivateKey {
        #[command(flatten)]
        key: Key,
    },

    /// Print an address of a stored wallet, or a range of them
    #[command(after_help = help::GET_ADDRESS)]
    GetAddress(AddressArgs),

    /// Print the next address of a mnemonic that was not given out yet
    #[command(after_help = help::NEXT_ADDRESS)]
    NextAddress(NextAddressArgs),

    /// List the stored wallets: a table at a terminal, JSON otherwise; no secrets
    #[command(after_help = help::LIST)]
    List(ListArgs),

    /// Print which wallet has an address, and at which index
    #[command(after_help = help::FIND)]
    Find(FindArgs),

    /// Give a wallet a label, or take it away
    #[command(after_help = help::LABEL)]
    Label(LabelArgs),

    #[command(flatten)]
    Store(StoreCommand),

    /// Print what support needs to know about the system and some wallets; no secrets
    #[command(after_help = help::REPORT)]
    Report {
        /// Signature ids of wallets, separated by commas
        #[arg(
            value_name = "ID", value_delimiter = ',', value_parser = values::wallet_id
        )]
        ids: Vec<SignatureId>,
        /// Write it to a new file, with the settings and the daemons' status; no secrets either
        #[arg(long, value_name = "FILE", value_parser = values::path)]
        bundle: Option<PathBuf>,
    },

    /// Print the settings in force, with secrets as `set` or `not set`
    #[command(after_help = help::CHECK_CONFIG)]
    CheckConfig {
        /// `json` prints them as one JSON document
        #[arg(long, value_name = "FORMAT", ignore_case = true, hide_possible_values = true)]
        output: Option<OutputFormat>,
    },

    /// Write an example of a config file
    #[command(after_help = help::CONFIG)]
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },

    /// Poll the Tatum API for transactions that wait for a signature, sign and send them
    #[command(after_help = help::DAEMON)]
    Daemon(Box<DaemonArgs>),

    /// See what the journal knows of pending transactions, and decide what is left to people
    #[command(after_help = help::PENDING)]
    Pending {
        #[command(subcommand)]
        command: PendingCommand,
    },

    /// Print what the running daemons of this store say of themselves
    #[command(after_help = help::STATUS)]
    Status,

    /// Print a script that completes commands, flags and chains in a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions(CompletionsArgs),

    /// Print the manual page of a command, or write those of all commands into a directory
    #[command(after_help = help::MAN)]
    Man(ManArgs),
}

/// All commands with their flags. To make it costs more than to read a command line with it: once is enough.
pub(crate) fn tree() -> clap::Command {
    Arguments::command()
}

/// Reads the command line.
///
/// # Errors
/// What to print instead of running a command: help, the version, or what is wrong.
pub(crate) fn parse(
    mut tree: clap::Command,
    arguments: impl IntoIterator<Item = std::ffi::OsString>,
) -> Result<Arguments, clap::Error> {
    let mut matches = tree.try_get_matches_from_mut(arguments).map_err(nearest)?;
    let parsed = Arguments::from_arg_matches_mut(&mut matches);
    let parsed = parsed.map_err(|error| nearest(error.format(&mut tree)))?;
    parsed.check()?;
    Ok(parsed)
}

/// Of several commands or flags that may have been meant, only the nearest is suggested.
fn nearest(mut error: clap::Error) -> clap::Error {
    for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg] {
        // clap lists them from the farthest to the nearest.
        if let Some(ContextValue::Strings(names)) = error.remove(kind)
            && let Some(name) = names.last()
        {
            error.insert(kind, ContextValue::String(name.clone()));
        }
    }
    error
}

impl Arguments {
    /// What clap's declarations can't say.
    fn check(&self) -> Result<(), clap::Error> {
        if self.common.api_key.as_deref().is_some_and(|key| key.trim().is_empty()) {
            return Err(usage("--apiKey is empty; leave it out or give the key"));
        }
        self.common.password.check().map_err(|sentence| usage(&sentence))?;
        match &self.command {
            Command::StoreManagedWallet { import, .. }
            | Command::StoreManagedPrivateKey { import }
                if !import.misplaced.is_empty() =>
            {
                Err(usage(help::MISPLACED_SECRET))
            }
            Command::List(list) => list.among.check(self.common.testnet).map_err(usage),
            Command::Find(find) => find.among.check(self.common.testnet).map_err(usage),
            Command::Daemon(daemon) => daemon.check(self.common.testnet).map_err(usage),
            _ => Ok(()),
        }
    }
}

/// A usage error with a sentence of ours.
fn usage(sentence: &str) -> clap::Error {
    clap::Error::raw(
        clap::error::ErrorKind::ValueValidation,
        format!("{sentence}\n\nFor more information, try '--help'.\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declarations_are_sound() {
        Arguments::command().debug_assert();
    }

    /// Else what is given to the command would count as the flag, and the flag would be unknown there.
    #[test]
    fn no_argument_of_a_command_has_the_id_of_a_flag_of_every_command() {
        fn check(globals: &[&clap::Id], command: &clap::Command) {
            for argument in command.get_arguments() {
                assert!(!globals.contains(&argument.get_id()), "{argument} of {command}");
            }
            command.get_subcommands().for_each(|inner| check(globals, inner));
        }
        let all = Arguments::command();
        let globals: Vec<_> = all
            .get_arguments()
            .filter(|flag| flag.is_global_set())
            .map(clap::Arg::get_id)
            .collect();
        all.get_subcommands().for_each(|command| check(&globals, command));
    }
}
