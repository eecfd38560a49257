//! `tatum-kms`: wallets and keys of an application on the Tatum API, and the daemon that signs for it.
//!
//! The way of a command: [`args`] says what was typed, [`settings`] adds what is set around it and in the config
//! file, one file of [`commands`] does the work, and [`output`] writes the result. What fails is printed here, once.

mod args;
mod commands;
#[cfg(test)]
mod documents;
mod dotenv;
mod handover;
mod hardening;
mod json;
mod log;
mod output;
mod settings;

use std::process::ExitCode;

use clap::error::ErrorKind;

use self::settings::Config;

/// The command line is wrong.
const USAGE: u8 = 2;
/// The daemon's wallet file is gone or was replaced; it has to be started anew.
const STORE_LOST: u8 = 3;
/// Ctrl-C at a prompt, as shells number it.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let memory = hardening::harden();
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.len() < 2 {
        arguments.push("--help".into());
    }
    let tree = args::tree();
    let (config, arguments) = match Config::join(&tree, arguments) {
        Ok(joined) => joined,
        Err(error) => return fail(&error),
    };
    let arguments = match args::parse(tree, arguments) {
        Ok(arguments) => arguments,
        Err(instead) => return print_instead(&instead),
    };
    match commands::run(arguments, config, memory) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

fn print_instead(instead: &clap::Error) -> ExitCode {
    let printed = match instead.kind() {
        ErrorKind::DisplayVersion => output::text(concat!(env!("CARGO_PKG_VERSION"), "\n")),
        ErrorKind::DisplayHelp => output::text(&instead.render().to_string()),
        _ => {
            output::talk(&instead.render().to_string());
            return ExitCode::from(USAGE);
        }
    };
    printed.map_or_else(|error| fail(&error.into()), |()| ExitCode::SUCCESS)
}

fn fail(error: &anyhow::Error) -> ExitCode {
    output::error(error);
    if let Some(kms_password::PasswordError::Interrupted) = error.downcast_ref() {
        return ExitCode::from(INTERRUPTED);
    }
    match error.downcast_ref::<kms_daemon::DaemonError>() {
        Some(error) if error.is_store_lost() => ExitCode::from(STORE_LOST),
        _ => ExitCode::FAILURE,
    }
}
