//! `generatewallet`: make a wallet and print it; nothing is stored.

use kms_chains::Chain;

use super::{App, record};
use crate::json::Object;
use crate::output::Output;

pub(super) fn run(app: &App, chain: &dyn Chain) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let wallet = chain.generate(&mut record::OsEntropy, app.network)?;
    let capacity = wallet.fields.iter().map(|field| field.expose_secret().len()).sum();
    let object = wallet.fields.iter().fold(Object::with_capacity(capacity), |object, field| {
        object.text(field.name(), field.expose_secret())
    });
    output.json(&object.finish())?;
    Ok(())
}
