//! `getaddress`: print an address of a stored wallet, or a range of them.

use anyhow::Context as _;
use kms_chains::Addresses;

use super::{App, book, key, store};
use crate::args::{AddressArgs, Key};
use crate::json::Object;
use crate::output::Output;

pub(super) fn run(app: &App, wanted: &AddressArgs) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    match wanted.count {
        Some(count) => range(app, &wanted.key, count, &mut output),
        None => one(app, &wanted.key, &mut output),
    }
}

fn one(app: &App, wanted: &Key, output: &mut Output) -> anyhow::Result<()> {
    let (chain, wallet, key) = key::find(app, wanted)?;
    let address = chain.address(&key.public(), wallet.network)?;
    output.json(&Object::with_capacity(address.len()).text("address", &address).finish())?;
    Ok(())
}

fn range(app: &App, wanted: &Key, count: u32, output: &mut Output) -> anyhow::Result<()> {
    let start = wanted.index.unwrap_or(0);
    let end = start.checked_add(count).filter(|end| *end - 1 <= Addresses::HIGHEST_INDEX);
    let end = end.with_context(|| {
        format!(
            "{count} addresses from index {start} on go beyond {}, the highest index",
            Addresses::HIGHEST_INDEX
        )
    })?;
    let wallet = store::read(app)?.wallet(&wanted.id)?;
    let (chain, addresses) = book::addresses(&wallet)?;
    book::print(output, chain, &addresses, start..end)
}
