//! `storemanagedprivatekey`: store a private key that the operator has.

use anyhow::{Context as _, bail};
use kms_core::KeyText;

use super::{App, duplicates, record, store};
use crate::args::Import;
use crate::json::Object;
use crate::output::{self, Output};

pub(super) fn run(app: &App, import: &Import) -> anyhow::Result<()> {
    let chain = import.chain.0;
    let mut output = Output::open()?;
    let key = ask()?;
    let parsed = chain.parse(&key, app.network)?;
    let address = chain.address(&parsed.public(), app.network)?;
    let record = record::from_key(chain, app.network, &key, &parsed.public(), &address)?;
    let id = record.id.clone();
    let password = store::password(app)?;
    let mut writer = duplicates::open_for(app, &password, &record, import.allow_both_networks)?;
    writer.add(&[record])?;
    if let Some(warning) = chain.key_warning(&key, app.network) {
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

fn ask() -> anyhow::Result<KeyText> {
    let typed = kms_password::ask("private key", "Enter private key to store: ")?;
    let key = KeyText::new(typed.trim().to_owned());
    if key.expose_secret().is_empty() {
        bail!("the private key is empty; nothing was stored");
    }
    Ok(key)
}
