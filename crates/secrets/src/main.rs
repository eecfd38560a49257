//! `tatum-kms-secrets`: takes the password of the wallet file from a secret store of a cloud.
//!
//! `tatum-kms` calls it, so that the process that holds keys links no client of a cloud. It is told the store
//! on the command line and the rest in its environment (`TATUM_KMS_AWS_…`, see docs/passwords.md). The password
//! goes to standard output, as one line, and the exit code is 0; otherwise one sentence says why on standard
//! error, and never what was found in the store.
//!
//! Each store is one file of [`stores`] and one cargo feature.

// Where a store is left out, what only that one needs is not used.
#![cfg_attr(
    not(all(
        feature = "aws",
        feature = "azure",
        feature = "gcp",
        feature = "vault",
        feature = "vgs"
    )),
    allow(dead_code)
)]

mod arguments;
mod connection;
mod failure;
#[cfg(any(feature = "azure", feature = "gcp", feature = "vault"))]
mod file;
mod hardening;
mod output;
mod payload;
#[cfg(any(feature = "azure", feature = "gcp", feature = "vgs"))]
mod request;
mod settings;
mod stores;

use std::process::ExitCode;
use std::time::Duration;

use kms_core::Password;

use self::arguments::{Arguments, HELP};
use self::failure::Failure;
use self::settings::Settings;
use self::stores::Store;

/// The command line is wrong.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    hardening::harden();
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            output::error(&why);
            return ExitCode::from(USAGE);
        }
    };
    let written = match arguments {
        Arguments::Version => output::line(env!("CARGO_PKG_VERSION")),
        Arguments::Help => output::line(HELP),
        Arguments::Fetch { store, patience } => match password(store, patience) {
            Ok(password) => output::line(password.expose_secret()),
            Err(failure) => Err(format!("{}: {failure}", store.title())),
        },
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            output::error(&why);
            ExitCode::FAILURE
        }
    }
}

/// Asks `store`, for as long as `patience` lasts.
fn password(store: Store, patience: Duration) -> Result<Password, Failure> {
    let settings = Settings::from_environment(store)?;
    connection::use_ring();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::NoRuntime)?;
    let asked = async { tokio::time::timeout(patience, store.password(&settings)).await };
    let answered = runtime.block_on(asked);
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    answered.unwrap_or(Err(Failure::TimedOut(patience)))
}
