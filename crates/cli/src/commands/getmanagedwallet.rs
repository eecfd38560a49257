//! `getmanagedwallet`: print a stored wallet, its secrets included.

use kms_core::SignatureId;

use super::{App, store};
use crate::output::Output;

pub(super) fn run(app: &App, id: &SignatureId) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let wallet = store::read(app)?.json(id.as_str())?;
    output.json(wallet.expose_secret())?;
    Ok(())
}
