//! `export`: print all stored wallets, newest first, their secrets included, or write them into an encrypted
//! file.

use std::io::Write as _;
use std::path::Path;

use kms_core::WalletJson;
use serde_json::json;

use super::progress::Progress;
use super::{App, passwords, record, store};
use crate::args::ExportPassword;
use crate::json;
use crate::output::{Output, OutputError};

pub(super) fn run(
    app: &App,
    encrypted: Option<&Path>,
    password: &ExportPassword,
) -> anyhow::Result<()> {
    let output = Output::open()?;
    match encrypted {
        Some(file) => write(app, file, password, output),
        None => print_all(app, output),
    }
}

/// Into a wallet file with a key and a password of its own.
fn write(
    app: &App,
    file: &Path,
    password: &ExportPassword,
    mut output: Output,
) -> anyhow::Result<()> {
    let store = store::read(app)?;
    let of_export = passwords::of_new_export(app, password.export_password_file.as_ref())?;
    let progress = Progress::of_silent_work(Some(store.entries()?.len()), "wallets");
    let report = store
        .export(file, &of_export, &store::options(app), &record::extras_of, &mut || progress.step())
        .map_err(store::explain)?;
    drop(progress);
    let told = json!({"file": file.to_string_lossy(), "wallets": report.wallets});
    output.json(&told.to_string())?;
    Ok(())
}

fn print_all(app: &App, mut output: Output) -> anyhow::Result<()> {
    let store = store::read(app)?;
    // Opened once before anything is printed, so that a damaged store prints nothing at all.
    let mut count = 0_usize;
    store.for_each(|_, _| {
        count += 1;
        Ok::<_, anyhow::Error>(())
    })?;
    if count == 0 {
        output.line("{}")?;
        return Ok(());
    }
    let mut first = true;
    store.for_each(|id, wallet| {
        let before = if first { "{\n  " } else { ",\n  " };
        first = false;
        Ok::<_, anyhow::Error>(print(&mut output, before, id, wallet)?)
    })?;
    output.line("\n}")?;
    Ok(())
}

fn print(
    output: &mut Output,
    before: &str,
    id: &str,
    wallet: &WalletJson,
) -> Result<(), OutputError> {
    let mut name = String::new();
    json::push_string(&mut name, id);
    write!(output, "{before}{name}: ")?;
    Ok(json::indent(wallet.expose_secret(), 1, output)?)
}
