//! `rotatekey`: a new data key under the same password.

use serde_json::json;

use super::{App, keys, store};
use crate::output::{self, Output};

pub(super) fn run(app: &App) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let password = store::existing_password(app)?;
    let mut writer = store::write(app, &password)?;
    let wallets = keys::rekey(app, &mut writer, &password)?;
    drop(writer);
    keys::follow_journal(app, &password);
    output::note("every wallet was sealed again under a new data key; the password is the same");
    output.json(&json!({"wallets": wallets, "newDataKey": true}).to_string())?;
    Ok(())
}
