//! `generatemanagedwallet`: make a wallet, store it, print its signature id.

use anyhow::Context as _;
use kms_chains::Chain;

use super::{App, limits, record, store};
use crate::args::Limit;
use crate::output::Output;

pub(super) fn run(app: &App, chain: &dyn Chain, limit: &Limit) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let wallet = chain.generate(&mut record::OsEntropy, app.network)?;
    let mut writer = limits::open_for(app, &store::password(app)?, chain, 1, limit)?;
    let record = record::from_wallet(chain, app.network, &wallet)?;
    let id = record.id.clone();
    writer.add(&[record])?;
    output.json(&record::announcement(&id, &wallet)).with_context(|| store::stored_unprinted(&id))
}
