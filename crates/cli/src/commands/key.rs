//! A key of a stored wallet, for the commands that print one or its address.

use anyhow::{Context as _, bail};
use kms_chains::{Chain, private_key, registry};
use kms_core::Wallet;
use kms_crypto::PrivateKey;

use super::{App, store};
use crate::args::Key;

/// Opens the wallet and finds the key.
///
/// # Errors
/// There is no such wallet, it can't be used, or an index is missing.
pub(super) fn find(
    app: &App,
    wanted: &Key,
) -> anyhow::Result<(&'static dyn Chain, Wallet, PrivateKey)> {
    let wallet = store::read(app)?.wallet(&wanted.id)?;
    let chain = registry::find(&wallet.ticker)
        .with_context(|| format!("wallet {} can't be used", wallet.id))?;
    if let (Some(_), None, None) = (&wallet.mnemonic, &wallet.key, wanted.index) {
        bail!(
            "wallet {} holds a mnemonic, which has many keys; add the index of the one you mean, for \
             example 0",
            wallet.id
        );
    }
    // As the daemon finds it: what is funded must be what signs.
    let key = private_key(chain, &wallet, wanted.index, wallet.network)?;
    Ok((chain, wallet, key))
}
