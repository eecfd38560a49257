//! The two commands that tell others of the command line: shells, and `man`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, Args, Command, CommandFactory as _};
use clap_complete::Shell;
use kms_chains::registry::CHAINS;

use super::{Arguments, values};

/// For which shell.
#[derive(Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", ignore_case = true)]
    pub(crate) shell: Shell,
}

/// Which manual pages, and where to.
#[derive(Args)]
pub(crate) struct ManArgs {
    /// Write the pages of all commands into this directory, which is made if it is missing
    #[arg(value_name = "DIR", value_parser = values::path)]
    pub(crate) dir: Option<PathBuf>,
    /// Print the page of this command, for example daemon or "pending list" [default: that of tatum-kms]
    #[arg(long, value_name = "COMMAND", conflicts_with = "dir")]
    pub(crate) page: Option<String>,
}

/// The whole command line, for documents.
pub(crate) fn described() -> Command {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    command
}

/// The whole command line, for shells: with names in kebab-case shown, and the chains as values.
pub(crate) fn completed() -> Command {
    shown(Arguments::command().disable_help_subcommand(true))
}

fn shown(command: Command) -> Command {
    command.mut_args(with_all_names).mut_args(with_chains).mut_subcommands(shown)
}

/// Scripts for shells name visible aliases only, and ours are hidden from the help.
fn with_all_names(flag: Arg) -> Arg {
    let names = flag.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned);
    let names: Vec<String> = names.collect();
    // Names of flags live as long as the program, which ends after the script.
    let shown = |flag: Arg, name: String| flag.visible_alias(&*name.leak());
    names.into_iter().fold(flag.alias(None), shown)
}

fn with_chains(argument: Arg) -> Arg {
    let is_chain = argument
        .get_value_names()
        .is_some_and(|names| names.iter().any(|name| name.as_str() == "CHAIN"));
    if !is_chain {
        return argument;
    }
    argument
        .value_parser(PossibleValuesParser::new(CHAINS.iter().map(|chain| chain.spec().ticker.0)))
}
