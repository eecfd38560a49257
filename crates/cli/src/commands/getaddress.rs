//! `getaddress`: print an address of a stored wallet.

use super::{App, key};
use crate::args::Key;
use crate::json::Object;
use crate::output::Output;

pub(super) fn run(app: &App, wanted: &Key) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let (chain, wallet, key) = key::find(app, wanted)?;
    let address = chain.address(&key.public(), wallet.network)?;
    output.json(&Object::with_capacity(address.len()).text("address", &address).finish())?;
    Ok(())
}
