//! `storemanagedwallet`: store the wallet of a mnemonic that the operator has.

use anyhow::{Context as _, bail};
use kms_chains::Chain;
use kms_core::{Mnemonic, Network, Seed};

use super::import_batch::{self, Made};
use super::{App, duplicates, record, store};
use crate::args::Import;
use crate::output::{self, Output};

const WHAT: &str = "mnemonic";

pub(super) fn run(app: &App, import: &Import, any_mnemonic: bool) -> anyhow::Result<()> {
    let chain = import.chain.0;
    if import.batch {
        return import_batch::run(app, import, WHAT, |line| {
            make(chain, app.network, Mnemonic::new(line.to_owned()), any_mnemonic)
        });
    }
    let mut output = Output::open()?;
    let password = store::password(app)?;
    let mnemonic = ask(chain, any_mnemonic)?;
    let wallet = chain.import(mnemonic, app.network)?;
    let record = record::from_wallet(chain, app.network, &wallet)?;
    let id = record.id.clone();
    let leads_to = match (&record.extras.address, &record.extras.seed) {
        (Some(address), _) => Some(address.clone()),
        (None, Some(seed)) => Some(first_address(chain, seed, app.network)?),
        (None, None) => None,
    };
    let mut writer = duplicates::open_for(app, &password, &record, import)?;
    writer.add(&[record])?;
    if let Some(address) = leads_to {
        output::note(&format!(
            "the mnemonic leads to the {} {} address {address} (index 0)",
            chain.spec().ticker,
            app.network
        ));
    }
    output.json(&record::announcement(&id, &wallet)).with_context(|| store::stored_unprinted(&id))
}

fn ask(chain: &dyn Chain, any_mnemonic: bool) -> anyhow::Result<Mnemonic> {
    let typed = kms_password::ask(WHAT, "Enter mnemonic to store: ")?;
    let mnemonic = Mnemonic::new(typed.trim().to_owned());
    if mnemonic.expose_secret().is_empty() {
        bail!("the mnemonic is empty; `tatum-kms generatemanagedwallet` makes a new wallet");
    }
    check(chain, &mnemonic, any_mnemonic).context("nothing was stored")?;
    Ok(mnemonic)
}

fn check(chain: &dyn Chain, mnemonic: &Mnemonic, any_mnemonic: bool) -> anyhow::Result<()> {
    if !any_mnemonic {
        chain
            .check_mnemonic(mnemonic)
            .context("the mnemonic is refused (--allowAnyMnemonic accepts it as it is)")?;
    }
    Ok(())
}

/// The record of a mnemonic, and what it shows to everybody.
fn make(
    chain: &dyn Chain,
    network: Network,
    mnemonic: Mnemonic,
    any_mnemonic: bool,
) -> anyhow::Result<Made> {
    check(chain, &mnemonic, any_mnemonic)?;
    let wallet = chain.import(mnemonic, network)?;
    let record = record::from_wallet(chain, network, &wallet)?;
    let public = wallet.fields.iter().filter(|field| field.is_public());
    let public = public.map(|field| (field.name(), field.expose_secret().to_owned())).collect();
    Ok(Made { record, public, warning: None })
}

fn first_address(chain: &dyn Chain, seed: &Seed, network: Network) -> anyhow::Result<String> {
    Ok(chain.address(&chain.derive(seed, 0, network)?.public(), network)?)
}
