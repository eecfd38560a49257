//! `export`: print all stored wallets, newest first, their secrets included.

use std::io::Write as _;

use kms_core::WalletJson;

use super::{App, store};
use crate::json;
use crate::output::{Output, OutputError};

pub(super) fn run(app: &App) -> anyhow::Result<()> {
    let mut output = Output::open()?;
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
