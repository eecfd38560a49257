//! `removewallet`: delete a wallet from the store.

use kms_core::SignatureId;
use kms_keystore::{Format, Keystore};
use kms_password::is_interactive;

use super::confirm::confirm;
use super::{App, store};
use crate::output;

pub(super) fn run(app: &App, id: &SignatureId, yes: bool) -> anyhow::Result<()> {
    let password = store::existing_password(app)?;
    let asks = !yes && is_interactive();
    if asks || Keystore::detect(&app.settings.path)? == Some(Format::Legacy) {
        // Looked up first, so that a wrong id does not upgrade the file.
        let wallet = store::peek(app, &password)?.wallet(id)?;
        let question = format!(
            "Remove wallet {id} ({} on {}) for good? Without a copy of its secret its coins are lost.",
            wallet.ticker, wallet.network
        );
        confirm(&question, yes)?;
    }
    store::write(app, &password)?.remove(id.as_str())?;
    output::note(&format!("wallet {id} was removed"));
    Ok(())
}
