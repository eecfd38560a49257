//! `storemanagedprivatekey`: store a private key that the operator has.

use anyhow::{Context as _, bail};
use kms_chains::Chain;
use kms_core::{KeyText, Network};

use super::import_batch::{self, Made};
use super::{App, duplicates, record, store};
use crate::args::Import;
use crate::json::Object;
use crate::output::{self, Output};

const WHAT: &str = "private key";

pub(super) fn run(app: &App, import: &Import) -> anyhow::Result<()> {
    let chain = import.chain.0;
    if import.batch {
        return import_batch::run(app, import, WHAT, |line| {
            make(chain, app.network, &KeyText::new(line.to_owned())).map(|(made, _)| made)
        });
    }
    let mut output = Output::open()?;
    let (Made { record, warning, .. }, address) = make(chain, app.network, &ask()?)?;
    let id = record.id.clone();
    let password = store::password(app)?;
    let mut writer = duplicates::open_for(app, &password, &record, import)?;
    writer.add(&[record])?;
    if let Some(warning) = warning {
        output::warning(&warning);
    }
    output::note(&format!(
        "the key leads to the {} {} address {address}",
        chain.spec().ticker,
        app.network
    ));
    let printed = Object::with_capacity(64).text("signatureId", id.as_str()).finish();
    output.json(&printed).with_context(|| store::stored_unprinted(&id))
}

/// The record of a key, and its address.
fn make(chain: &dyn Chain, network: Network, key: &KeyText) -> anyhow::Result<(Made, String)> {
    let public = chain.parse(key, network)?.public();
    let address = chain.address(&public, network)?;
    let record = record::from_key(chain, network, key, &public, &address)?;
    let warning = chain.key_warning(key, network);
    Ok((Made { record, public: vec![("address", address.clone())], warning }, address))
}

fn ask() -> anyhow::Result<KeyText> {
    let typed = kms_password::ask(WHAT, "Enter private key to store: ")?;
    let key = KeyText::new(typed.trim().to_owned());
    if key.expose_secret().is_empty() {
        bail!("the private key is empty; nothing was stored");
    }
    Ok(key)
}
