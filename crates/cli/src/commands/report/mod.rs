//! `report`: what support needs to know about the system and some wallets. Holds no secrets.

mod bundle;
mod store;

use std::path::Path;

use kms_core::SignatureId;
use kms_keystore::{Keystore, KeystoreError, Kind};
use kms_password::SecretStore;
use zeroize::Zeroizing;

use self::store::Look;
use super::checkconfig::set_or_not;
use super::store::is_absent;
use super::{App, password};
use crate::json::{self, Object};
use crate::output::Output;

pub(super) fn run(app: &App, ids: &[SignatureId], bundle: Option<&Path>) -> anyhow::Result<()> {
    match bundle {
        Some(path) => bundle::write(app, path, &report(app, ids)?),
        None => {
            let mut output = Output::open()?;
            Ok(output.json(&report(app, ids)?)?)
        }
    }
}

/// What the old program told, in its order, then what it did not.
fn report(app: &App, ids: &[SignatureId]) -> anyhow::Result<Zeroizing<String>> {
    let look = Look::at(app, !ids.is_empty())?;
    let mut warnings = Vec::new();
    let mut wallets = Object::with_capacity(1024);
    for id in ids {
        match wallet(look.keystore()?, id)? {
            Some(found) => wallets = wallets.raw(id.as_str(), &found),
            None => warnings.push(format!("No wallet found for signatureId: {id}")),
        }
    }
    let mut report = Object::with_capacity(1024)
        .raw("system", &system(app))
        .raw("wallets", &wallets.finish())
        .text("apiKey", set_or_not(app.settings.api_key().is_some()));
    if !warnings.is_empty() {
        report = report.raw("warnings", &json::list(&warnings));
    }
    if let Some((store, journal)) = look.describe(app) {
        report = report.raw("store", &store.to_string()).raw("journal", &journal.to_string());
    }
    Ok(report.finish())
}

fn system(app: &App) -> String {
    let file = Object::with_capacity(64)
        .text("type", store_type(app))
        .flag("exists", !is_absent(&app.settings.path));
    let system = Object::with_capacity(128).text("kmsVersion", env!("CARGO_PKG_VERSION"));
    system.raw("store", &file.finish()).finish().to_string()
}

fn wallet(store: &Keystore, id: &SignatureId) -> anyhow::Result<Option<String>> {
    let wallet = match store.wallet(id) {
        Ok(wallet) => wallet,
        Err(KeystoreError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let entries = store.entries()?;
    let kind = entries.iter().find(|entry| entry.id == id.as_str()).map(|entry| entry.kind);
    let mut warnings = Vec::new();
    let kind = match kind {
        Some(Kind::Mnemonic) => "MNEMONIC",
        Some(Kind::Secret) => "SECRET",
        Some(Kind::PrivateKey) => "PRIVATE_KEY",
        Some(Kind::Other) | None => {
            warnings.push(
                "Wallet type is not recognized. Mnemonic, privateKey or secret are absent"
                    .to_owned(),
            );
            "OTHER"
        }
    };
    if let Err(unknown) = kms_chains::registry::find(&wallet.ticker) {
        warnings.push(format!("The daemon never signs with this wallet: {unknown}"));
    }
    let mut found = Object::with_capacity(512)
        .text("type", kind)
        .text("chain", &wallet.ticker)
        .flag("testnet", wallet.network.is_testnet());
    if !warnings.is_empty() {
        found = found.raw("warnings", &json::list(&warnings));
    }
    Ok(Some(found.finish().to_string()))
}

/// Where the password comes from, in the old program's words.
pub(super) fn store_type(app: &App) -> &'static str {
    password::secret_store(app).map_or("LOCAL", SecretStore::name)
}
