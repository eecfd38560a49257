//! `changepassword`: another password, with a new data key or, quickly, without.

use std::path::PathBuf;

use anyhow::bail;
use kms_keystore::{KdfCost, kept_copies};
use serde_json::json;

use super::{App, keys, passwords, store};
use crate::output::{self, Output};

pub(super) fn run(app: &App, rewrap_only: bool, file: Option<&PathBuf>) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let password = store::existing_password(app)?;
    // Tried before anybody has to think of a new one.
    drop(store::peek(app, &password)?);
    let next = passwords::next(app, file)?;
    if next.expose_secret() == password.expose_secret() {
        bail!(
            "the new password is the present one; `rotatekey` gives the store a new key under it"
        );
    }
    let mut writer = store::write(app, &password)?;
    keys::settle_journal(app, &password)?;
    let wallets = if rewrap_only {
        writer.change_password(&next, KdfCost::RECOMMENDED)?;
        writer.entries()?.len()
    } else {
        keys::rekey(app, &mut writer, &next)?
    };
    let copies = kept_copies(writer.path())?;
    drop(writer);
    if !rewrap_only {
        keys::follow_journal(app, &next);
    }
    output::note(if rewrap_only {
        "the password was changed, the data key was kept: who has an old copy of the file and the old \
         password can still read it, and what is written from now on; without --rewrapOnly that ends"
    } else {
        "the password and the data key were changed, and every wallet was sealed again; backups and \
         other copies of before still open with the old password"
    });
    for copy in &copies {
        output::note(&format!("still under a password of before: {}", copy.display()));
    }
    let copies: Vec<_> = copies.iter().map(|copy| copy.to_string_lossy()).collect();
    let told = json!({
        "wallets": wallets,
        "newDataKey": !rewrap_only,
        "copiesUnderOldPassword": copies,
    });
    output.json(&told.to_string())?;
    Ok(())
}
