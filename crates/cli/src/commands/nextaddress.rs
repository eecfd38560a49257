//! `nextaddress`: the next address of a mnemonic that was not given out yet.

use anyhow::Context as _;

use super::{App, book};
use crate::args::NextAddressArgs;
use crate::output::Output;

pub(super) fn run(app: &App, wanted: &NextAddressArgs) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let (mut writer, (chain, addresses)) = book::writer_of(app, &wanted.id, |wallet| {
        let (chain, addresses) = book::addresses(wallet)?;
        // A chain that derives nothing, or not so far, takes no index.
        addresses.at(chain, wanted.from)?;
        Ok((chain, addresses))
    })?;
    let count = wanted.count.unwrap_or(1);
    let taken = writer.take_indexes(wanted.id.as_str(), count, wanted.from)?;
    let lost = format!(
        "the indexes from {} to {} are taken, and are not given out again",
        taken.start,
        taken.end - 1
    );
    match wanted.count {
        Some(_) => book::print(&mut output, chain, &addresses, taken).context(lost),
        None => {
            let address = addresses.at(chain, taken.start).with_context(|| lost.clone())?;
            output.json(&book::item(taken.start, &address)).context(lost)
        }
    }
}
