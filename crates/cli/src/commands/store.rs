//! The wallet file: its password, and its two doors.

use std::fs;
use std::path::Path;

use anyhow::anyhow;
use kms_core::{Password, SignatureId};
use kms_keystore::{Keystore, KeystoreError, Opened, Options, Upgraded, Writer};

use super::{App, password, record};
use crate::output;

/// The password for a store that is read, or made if there is none.
///
/// # Errors
/// No password was given, or it can't be had from where it is said to be.
pub(super) fn password(app: &App) -> anyhow::Result<Password> {
    password::fetch(app, is_absent(&app.settings.path))
}

/// A password that protects something already, though there may be no store yet.
///
/// # Errors
/// As for [`password()`].
pub(super) fn known_password(app: &App) -> anyhow::Result<Password> {
    password::fetch(app, false)
}

/// The password for a store that must be there.
///
/// # Errors
/// There is none, which is said before anybody has to type anything; or as for [`password()`].
pub(super) fn existing_password(app: &App) -> anyhow::Result<Password> {
    let path = &app.settings.path;
    if is_absent(path) {
        return Err(KeystoreError::Missing { path: path.clone() }.into());
    }
    password(app)
}

/// Asks for the password and opens the store for reading.
pub(super) fn read(app: &App) -> anyhow::Result<Keystore> {
    open(app, &existing_password(app)?)
}

/// Opens the store for reading. Never changes it, of whatever format it is.
pub(super) fn open(app: &App, password: &Password) -> anyhow::Result<Keystore> {
    let store = peek(app, password)?;
    for warning in store.warnings() {
        output::warning(&warning.to_string());
    }
    Ok(store)
}

/// As [`open`], for a look before the store is opened for writing, which warns then.
pub(super) fn peek(app: &App, password: &Password) -> anyhow::Result<Keystore> {
    Keystore::open(&app.settings.path, password, &options(app)).map_err(explain)
}

/// Opens the store for writing, makes it if there is none, and brings a file of the old format to ours.
pub(super) fn write(app: &App, password: &Password) -> anyhow::Result<Writer> {
    let path = &app.settings.path;
    let options = options(app);
    let (writer, opened) =
        Writer::open_or_create(path, password, &options, &record::extras_of).map_err(explain)?;
    for warning in writer.warnings() {
        output::warning(&warning.to_string());
    }
    match opened {
        Opened::Created => output::note(&format!("made the wallet file {}", path.display())),
        Opened::Current => {}
        Opened::Upgraded(upgraded) => tell_of_upgrade(path, &upgraded),
    }
    Ok(writer)
}

/// Whether a command that writes would make a new store: an empty file counts as none.
pub(super) fn is_absent(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(file) => file.is_file() && file.len() == 0,
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// What to say when a wallet is safely stored and only its announcement failed.
pub(super) fn stored_unprinted(id: &SignatureId) -> String {
    format!("wallet {id} is stored, but could not be announced; don't store it again")
}

pub(super) fn options(app: &App) -> Options {
    Options {
        keep_legacy: app.flags.keep_legacy,
        allow_legacy_again: app.flags.allow_legacy_again,
        allow_loose_permissions: app.flags.allow_loose_permissions,
        ..Options::default()
    }
}

/// Names the flag, where one helps.
pub(super) fn explain(error: KeystoreError) -> anyhow::Error {
    let flag = match &error {
        KeystoreError::LegacyAgain { .. } => " (--allowLegacyAgain)",
        KeystoreError::LoosePermissions { .. }
        | KeystoreError::LooseDirectory { .. }
        | KeystoreError::ForeignLink { .. } => " (or give --allowLoosePermissions)",
        KeystoreError::InTheWay { .. } => {
            "; --replace puts the backup in its place and keeps the store beside it"
        }
        _ => return error.into(),
    };
    anyhow!("{error}{flag}")
}

fn tell_of_upgrade(path: &Path, upgraded: &Upgraded) {
    let how = if upgraded.sealed { "sealed under the same password" } else { "as a plain copy" };
    output::note(&format!(
        "upgraded {} with {} wallets to the new format; the old file is kept at {}, {how}",
        path.display(),
        upgraded.wallets,
        upgraded.copy.display()
    ));
    output::warning(
        "the old format let passwords be guessed fast: if anybody may have had the old file, give the \
         store a new password with `tatum-kms changepassword`, and move coins to new keys",
    );
}
