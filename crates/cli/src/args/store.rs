//! The commands that look after the wallet file itself.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use kms_core::SignatureId;

use super::{Limit, help, values};

/// One command each.
#[derive(Subcommand)]
#[command(rename_all = "lower")]
pub(crate) enum StoreCommand {
    /// Delete a wallet from the store, for good
    #[command(after_help = help::REMOVE_WALLET)]
    RemoveWallet {
        #[arg(value_name = "ID", help = help::ID, value_parser = values::wallet_id)]
        id: SignatureId,
        /// Do it without asking; only a person at a terminal is asked
        #[arg(long, short)]
        yes: bool,
    },

    /// Print all stored wallets, their secrets included, or write them into an encrypted file
    #[command(after_help = help::EXPORT)]
    Export {
        /// Write an encrypted export instead of printing, with a new key and a password of its own
        #[arg(long, value_name = "FILE", value_parser = values::path)]
        encrypted: Option<PathBuf>,
        #[command(flatten)]
        password: ExportPassword,
    },

    /// Add the wallets of an encrypted export, or of another wallet file, to the store
    #[command(after_help = help::IMPORT)]
    Import {
        /// What `export --encrypted` wrote
        #[arg(value_name = "FILE", value_parser = values::path)]
        file: PathBuf,
        /// Accept keys that are stored for the other network already
        #[arg(long = "allowBothNetworks", alias = "allow-both-networks")]
        allow_both_networks: bool,
        #[command(flatten)]
        limit: Limit,
        #[command(flatten)]
        password: ExportPassword,
    },

    /// Check the whole store, and that each address comes from its secret
    #[command(after_help = help::VERIFY)]
    Verify,

    /// Put the store under another password, with a new data key
    #[command(after_help = help::CHANGE_PASSWORD)]
    ChangePassword {
        /// Keep the data key: quick, but an old copy with the old password still leads to it
        #[arg(long = "rewrapOnly", alias = "rewrap-only")]
        rewrap_only: bool,
        /// Take the new password from a file
        #[arg(
            long = "newPasswordFile", alias = "new-password-file", value_name = "FILE",
            value_parser = values::path
        )]
        new_password_file: Option<PathBuf>,
    },

    /// Give the store a new data key under the same password
    #[command(after_help = help::ROTATE_KEY)]
    RotateKey,

    /// Write a verified copy of the store into a new file, also while a daemon runs
    #[command(after_help = help::BACKUP)]
    Backup {
        /// Where to; nothing may be there
        #[arg(value_name = "FILE", value_parser = values::path)]
        file: PathBuf,
    },

    /// Put a backup in the place of the store
    #[command(after_help = help::RESTORE)]
    Restore {
        /// What `backup` wrote
        #[arg(value_name = "FILE", value_parser = values::path)]
        file: PathBuf,
        /// Replace the store that is there, and keep it beside
        #[arg(long)]
        replace: bool,
    },

    /// Turn the wallet file into the format of Tatum KMS 8.0.1, or into the current one
    #[command(after_help = help::MIGRATE)]
    Migrate {
        /// The format it is to have
        #[arg(long, value_name = "FORMAT")]
        to: Target,
        /// Go back to the old, weak format without asking
        #[arg(long, short)]
        yes: bool,
    },
}

/// Where the password of an encrypted export comes from.
#[derive(Args)]
pub(crate) struct ExportPassword {
    /// Take the password of the export from a file
    #[arg(
        long = "exportPasswordFile", alias = "export-password-file", value_name = "FILE",
        value_parser = values::path
    )]
    pub(crate) export_password_file: Option<PathBuf>,
}

/// A format of wallet files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// That of Tatum KMS 8.0.1, whose password can be guessed fast.
    Legacy,
    /// Ours.
    Current,
}
