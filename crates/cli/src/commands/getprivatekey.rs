//! `getprivatekey`: print a private key of a stored wallet.

use super::{App, key};
use crate::args::Key;
use crate::json::Object;
use crate::output::Output;

pub(super) fn run(app: &App, wanted: &Key) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let (chain, wallet, key) = key::find(app, wanted)?;
    // A key that is stored is shown as it stands: not every form can be made from the key again.
    let text = match wallet.key {
        Some(stored) => stored,
        None => chain.format(&key, wallet.network)?,
    };
    let text = text.expose_secret();
    output.json(&Object::with_capacity(text.len()).text("privateKey", text).finish())?;
    Ok(())
}
