//! How many wallets of a chain a store may hold.
//!
//! The API takes 25,000 signature ids of a chain in one poll. The daemon polls more in chunks, each of which
//! costs as much as a full one, so that a store should not get there unnoticed.

use anyhow::bail;
use kms_chains::Chain;
use kms_core::{Network, Password};
use kms_keystore::{Format, Keystore, Writer};
use kms_tatum::MAX_IDS;

use super::{App, store};
use crate::args::Limit;
use crate::output;

/// From here on there is a warning.
const NEAR: usize = MAX_IDS / 10 * 9;

/// Opens the store to add `more` wallets of a chain.
///
/// # Errors
/// There would be too many. A file of the old format is left as it is then.
pub(super) fn open_for(
    app: &App,
    password: &Password,
    chain: &dyn Chain,
    more: usize,
    limit: &Limit,
) -> anyhow::Result<Writer> {
    let ticker = chain.spec().ticker.0;
    if Keystore::detect(&app.settings.path)? == Some(Format::Legacy) {
        let stored = store::peek(app, password)?.count(ticker, app.network)?;
        refuse(stored, more, ticker, app.network, limit)?;
    }
    let writer = store::write(app, password)?;
    check(&writer, ticker, app.network, more, limit)?;
    Ok(writer)
}

/// Refuses wallets beyond the limit, and warns near it.
///
/// # Errors
/// There would be too many.
pub(super) fn check(
    writer: &Writer,
    ticker: &str,
    network: Network,
    more: usize,
    limit: &Limit,
) -> anyhow::Result<()> {
    let stored = writer.count(ticker, network)?;
    refuse(stored, more, ticker, network, limit)?;
    let then = total(stored, more);
    if then > MAX_IDS {
        output::warning(&format!(
            "{then} {ticker} wallets for {network} are more than the {MAX_IDS} that the API takes at once: \
             the daemon polls in {} chunks, each with its own cost",
            then.div_ceil(MAX_IDS)
        ));
    } else if then >= NEAR {
        output::warning(&format!(
            "{then} of {MAX_IDS} {ticker} wallets for {network}: beyond that use another store with an API \
             key of its own"
        ));
    }
    Ok(())
}

fn refuse(
    stored: u64,
    more: usize,
    ticker: &str,
    network: Network,
    limit: &Limit,
) -> anyhow::Result<()> {
    let then = total(stored, more);
    if then > MAX_IDS && !limit.allow_beyond {
        bail!(
            "the store would hold {then} {ticker} wallets for {network}, and the API takes {MAX_IDS} ids of a \
             chain for each API key; nothing was stored: use another store with a key of its own, or \
             --allowBeyondLimit, with which the daemon polls in chunks"
        );
    }
    Ok(())
}

fn total(stored: u64, more: usize) -> usize {
    usize::try_from(stored).unwrap_or(usize::MAX).saturating_add(more)
}
