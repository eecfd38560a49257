//! What the commands of the address book share.

use std::ops::Range;

use anyhow::{Context as _, bail};
use kms_chains::{Addresses, Chain, registry};
use kms_core::{SignatureId, Wallet};
use kms_keystore::{Format, Keystore, Writer};

use super::{App, parallel, store};
use crate::json::Object;
use crate::output::{List, Output, OutputError};

/// Addresses that are derived before they are printed.
const CHUNK: u32 = 1000;

/// Opens the store to change what is kept with a wallet, and gives what `look` says of the wallet.
///
/// # Errors
/// There is no such wallet, or `look` refuses it. A file of the old format is left as it is then.
pub(super) fn writer_of<T>(
    app: &App,
    id: &SignatureId,
    look: impl Fn(&Wallet) -> anyhow::Result<T>,
) -> anyhow::Result<(Writer, T)> {
    let password = store::existing_password(app)?;
    if Keystore::detect(&app.settings.path)? == Some(Format::Legacy) {
        look(&store::peek(app, &password)?.wallet(id)?)?;
    }
    let writer = store::write(app, &password)?;
    let seen = look(&writer.wallet(id)?)?;
    Ok((writer, seen))
}

/// The addresses of a wallet that has many, with its chain.
///
/// # Errors
/// It has one, or none that can be used.
pub(super) fn addresses(wallet: &Wallet) -> anyhow::Result<(&'static dyn Chain, Addresses)> {
    let unusable = || format!("wallet {} can't be used", wallet.id);
    let chain = registry::find(&wallet.ticker).with_context(unusable)?;
    match Addresses::of(chain, wallet)? {
        Some(addresses) => Ok((chain, addresses)),
        None => bail!(
            "wallet {} holds one key and has one address; `tatum-kms getaddress {0}` prints it",
            wallet.id
        ),
    }
}

/// One index with its address, as JSON.
pub(super) fn item(index: u32, address: &str) -> String {
    let object = Object::with_capacity(128).raw("index", &index.to_string());
    object.text("address", address).finish().to_string()
}

/// Prints the addresses at `indexes` as a list.
///
/// # Errors
/// An index has no address, which is said before anything is printed of its chunk; the output failed.
pub(super) fn print(
    output: &mut Output,
    chain: &'static dyn Chain,
    addresses: &Addresses,
    indexes: Range<u32>,
) -> anyhow::Result<()> {
    let mut list = List::begin(output);
    let mut rest = indexes;
    while !rest.is_empty() {
        let end = rest.end.min(rest.start.saturating_add(CHUNK));
        let derived = parallel::map((rest.start..end).collect(), |index| {
            addresses.at(chain, index).map(|address| item(index, &address))
        })?;
        derived.iter().try_for_each(|item| list.item(item)).map_err(OutputError::from)?;
        rest.start = end;
    }
    Ok(list.end()?)
}
