//! The subcommands of `pending`.

use clap::Subcommand;
use kms_core::PendingId;

use super::{help, values};

/// What to do with the journal's items.
#[derive(Subcommand)]
#[command(rename_all = "lower")]
pub(crate) enum PendingCommand {
    /// List the transactions that are not finished: a table at a terminal, JSON otherwise
    #[command(after_help = help::PENDING_LIST)]
    List {
        /// Those that are completed or discarded too
        #[arg(long)]
        all: bool,
    },

    /// Print what is known of a transaction: from, to, amount, fee, when it was approved, what was sent
    #[command(after_help = help::PENDING_SHOW)]
    Show {
        #[arg(value_name = "ID", help = "The pending id", value_parser = values::pending_id)]
        id: PendingId,
        /// The signed bytes too; whoever has them can send them
        #[arg(long)]
        bytes: bool,
    },

    /// Have the daemon's next pass handle a transaction again, by one that excludes the earlier ones
    #[command(after_help = help::PENDING_RETRY)]
    Retry {
        #[arg(value_name = "ID", help = "The pending id", value_parser = values::pending_id)]
        id: PendingId,
    },

    /// Have no pass handle a transaction any more, for good
    #[command(after_help = help::PENDING_DISCARD)]
    Discard {
        #[arg(value_name = "ID", help = "The pending id", value_parser = values::pending_id)]
        id: PendingId,
    },
}
