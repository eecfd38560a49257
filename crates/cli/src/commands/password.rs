//! Where the password of the wallet file comes from, by everything that was said of it.

use kms_core::Password;
use kms_password::{ChildEnvironment, Choices, Helper, SecretStore, Shell, Source, resolve};

use super::App;
use crate::output;
use crate::settings::{self, Settings};

/// Fetches the password from the [`source`].
///
/// # Errors
/// There is none.
pub(super) fn fetch(app: &App, new: bool) -> anyhow::Result<Password> {
    Ok(source(app, new)?.password(&mut output::warning)?)
}

/// Where it comes from. A `new` one protects a store that is made with it.
///
/// # Errors
/// Two settings name a source each.
pub(super) fn source(app: &App, new: bool) -> anyhow::Result<Source> {
    let settings = &app.settings;
    Ok(resolve(Choices {
        flag: by_flag(app),
        settings: by_settings(settings),
        credentials: settings::credentials_directory(),
        new,
    })?)
}

/// The secret store that it comes from, if it does. One that the config file names is weaker than any variable:
/// the file has one source at most, so what is set is nearer.
pub(super) fn secret_store(app: &App) -> Option<SecretStore> {
    let store = app.flags.password.store()?;
    let is_added = app.settings.config.has_added(store.flag().trim_start_matches('-'));
    let is_set = || settings::PASSWORD.iter().any(|name| app.settings.get(name).is_some());
    (!is_added || !is_set()).then_some(store)
}

fn by_flag(app: &App) -> Option<Source> {
    let flags = &app.flags.password;
    if let Some(path) = &flags.file {
        return Some(Source::File(path.clone()));
    }
    if let Some(number) = flags.descriptor {
        return Some(Source::Descriptor(number));
    }
    if let Some(line) = &flags.command {
        return Some(Source::Command(shell(line)));
    }
    let store = secret_store(app)?;
    let with = app.settings.of_prefix(&store.prefix());
    Some(Source::Helper(Helper::new(store, ChildEnvironment { with, ..without_settings() })))
}

fn by_settings(settings: &Settings) -> Vec<(&'static str, Source)> {
    let sources = settings::PASSWORD.iter().filter_map(|&name| {
        let value = settings.get(name)?;
        let source = match name {
            "TATUM_KMS_PASSWORD_FILE" => Source::File(value.into()),
            "TATUM_KMS_PASSWORD_COMMAND" => Source::Command(shell(value)),
            _ => Source::Given(Password::new(value.to_owned())),
        };
        Some((name, source))
    });
    sources.collect()
}

fn shell(line: &str) -> Shell {
    Shell::new(line.to_owned(), without_settings())
}

/// No program gets our settings, some of which are secret.
fn without_settings() -> ChildEnvironment {
    ChildEnvironment { without: settings::own_names(), with: Vec::new() }
}
