//! `removewallet`: delete a wallet from the store.

use kms_core::SignatureId;
use kms_keystore::{Format, Keystore};

use super::{App, store};
use crate::output;

pub(super) fn run(app: &App, id: &SignatureId) -> anyhow::Result<()> {
    let password = store::existing_password(app)?;
    if Keystore::detect(&app.settings.path)? == Some(Format::Legacy) {
        // Looked up first, so that a wrong id does not upgrade the file.
        store::peek(app, &password)?.json(id.as_str())?;
    }
    store::write(app, &password)?.remove(id.as_str())?;
    output::note(&format!("wallet {id} was removed"));
    Ok(())
}
