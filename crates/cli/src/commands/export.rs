//! `export`: print all stored wallets, newest first, their secrets included.

use std::io::Write as _;

use super::{App, store};
use crate::json;
use crate::output::Output;

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
        let mut name = String::new();
        json::push_string(&mut name, id);
        output.write_all(if first { b"{\n  " } else { b",\n  " })?;
        write!(output, "{name}: ")?;
        json::indent(wallet.expose_secret(), 1, &mut output)?;
        first = false;
        Ok::<_, anyhow::Error>(())
    })?;
    output.line("\n}")?;
    Ok(())
}
