//! One file per command, and what they share.

mod backup;
mod batch;
mod book;
mod changepassword;
mod checkconfig;
mod completions;
mod config;
mod confirm;
mod daemon;
mod duplicates;
mod export;
mod find;
mod generatemanagedwallet;
mod generatewallet;
mod getaddress;
mod getmanagedwallet;
mod getprivatekey;
mod import;
mod import_batch;
mod key;
mod keys;
mod label;
mod limits;
mod list;
mod man;
mod migrate;
mod new_file;
mod nextaddress;
mod parallel;
mod password;
mod passwords;
mod pending;
mod progress;
mod record;
mod removewallet;
mod report;
mod restore;
mod rotatekey;
mod status;
mod store;
mod storemanagedprivatekey;
mod storemanagedwallet;
mod verify;

use std::process::ExitCode;

use kms_core::Network;

use crate::args::{Arguments, Command, Common, StoreCommand};
use crate::hardening::Memory;
use crate::output;
use crate::settings::{self, Config, Settings};

/// What every command works with.
pub(crate) struct App {
    flags: Common,
    settings: Settings,
    network: Network,
    memory: Memory,
}

/// Runs the command.
///
/// # Errors
/// It failed; whatever was not said to have happened has not happened.
pub(crate) fn run(
    arguments: Arguments,
    config: Config,
    memory: Memory,
) -> anyhow::Result<ExitCode> {
    if let Command::Daemon(_) = &arguments.command {
        // It begins anew there, so that what follows is said once.
        settings::leave_environment();
    }
    if arguments.common.api_key.is_some() {
        output::warning(
            "--apiKey can be seen in the process list by everybody on this machine; use TATUM_API_KEY",
        );
    }
    match &arguments.command {
        // It makes the file that would be read.
        Command::Config { command } => return config::run(command),
        // They tell of the program, whatever is set.
        Command::Completions(wanted) => return done(completions::run(wanted)),
        Command::Man(wanted) => return done(man::run(wanted)),
        _ => {}
    }
    let settings = Settings::gather(&arguments.common, config)?;
    let network = Network::from_testnet(arguments.common.testnet);
    let app = App { flags: arguments.common, settings, network, memory };
    match arguments.command {
        Command::Daemon(daemon) => return daemon::run(app, &daemon),
        Command::Status => return status::run(&app),
        Command::Pending { command } => pending::run(&app, &command),
        Command::GenerateWallet { chain } => generatewallet::run(&app, chain.0),
        Command::GenerateManagedWallet { chain, limit } => {
            generatemanagedwallet::run(&app, chain.0, &limit)
        }
        Command::StoreManagedWallet { import, allow_any_mnemonic } => {
            storemanagedwallet::run(&app, &import, allow_any_mnemonic)
        }
        Command::StoreManagedPrivateKey { import } => storemanagedprivatekey::run(&app, &import),
        Command::GenerateManagedPrivateKeyBatch { chain, count, limit } => {
            batch::run(&app, chain.0, count, &limit)
        }
        Command::GetManagedWallet { id } => getmanagedwallet::run(&app, &id),
        Command::GetPrivateKey { key } => getprivatekey::run(&app, &key),
        Command::GetAddress(wanted) => getaddress::run(&app, &wanted),
        Command::NextAddress(wanted) => nextaddress::run(&app, &wanted),
        Command::List(wanted) => list::run(&app, &wanted),
        Command::Find(wanted) => find::run(&app, &wanted),
        Command::Label(wanted) => label::run(&app, &wanted),
        Command::Store(command) => return run_on_store(&app, command),
        Command::Report { ids, bundle } => report::run(&app, &ids, bundle.as_deref()),
        Command::CheckConfig { output } => checkconfig::run(&app, output),
        Command::Config { command } => return config::run(&command),
        Command::Completions(wanted) => completions::run(&wanted),
        Command::Man(wanted) => man::run(&wanted),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn done(result: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    result.map(|()| ExitCode::SUCCESS)
}

/// The commands that look after the wallet file itself.
fn run_on_store(app: &App, command: StoreCommand) -> anyhow::Result<ExitCode> {
    match command {
        StoreCommand::Verify => return verify::run(app),
        StoreCommand::RemoveWallet { id, yes } => removewallet::run(app, &id, yes),
        StoreCommand::Export { encrypted, password } => {
            export::run(app, encrypted.as_deref(), &password)
        }
        StoreCommand::Import { file, allow_both_networks, limit, password } => {
            import::run(app, &file, allow_both_networks, &limit, &password)
        }
        StoreCommand::ChangePassword { rewrap_only, new_password_file } => {
            changepassword::run(app, rewrap_only, new_password_file.as_ref())
        }
        StoreCommand::RotateKey => rotatekey::run(app),
        StoreCommand::Backup { file } => backup::run(app, &file),
        StoreCommand::Restore { file, replace } => restore::run(app, &file, replace),
        StoreCommand::Migrate { to, yes } => migrate::run(app, to, yes),
    }?;
    Ok(ExitCode::SUCCESS)
}
