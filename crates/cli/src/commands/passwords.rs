//! Passwords other than that of the wallet file: its next one, and that of an encrypted export.

use std::path::PathBuf;

use kms_core::Password;
use kms_password::{PromptFor, Source};

use super::App;
use crate::output;

/// Where such a password is asked for, when neither a file nor a variable has it.
struct Wanted {
    /// The variable that may hold it.
    variable: &'static str,
    prompt: PromptFor,
}

const NEXT: Wanted = Wanted {
    variable: "TATUM_KMS_NEW_PASSWORD",
    prompt: PromptFor {
        question: "Enter the new password (or set env var TATUM_KMS_NEW_PASSWORD): ",
        again: Some("Repeat the new password: "),
    },
};

const OF_EXPORT: &str = "TATUM_KMS_EXPORT_PASSWORD";

/// The password that the store will have.
///
/// # Errors
/// It is empty, the two entries differ, or it can't be read.
pub(super) fn next(app: &App, file: Option<&PathBuf>) -> anyhow::Result<Password> {
    fetch(app, file, &NEXT)
}

/// The password of an export that is made.
///
/// # Errors
/// As for [`next`].
pub(super) fn of_new_export(app: &App, file: Option<&PathBuf>) -> anyhow::Result<Password> {
    let prompt = PromptFor {
        question: "Enter a password for the export (or set env var TATUM_KMS_EXPORT_PASSWORD): ",
        again: Some("Repeat the password of the export: "),
    };
    fetch(app, file, &Wanted { variable: OF_EXPORT, prompt })
}

/// The password of an export that exists.
///
/// # Errors
/// As for [`next`].
pub(super) fn of_export(app: &App, file: Option<&PathBuf>) -> anyhow::Result<Password> {
    let question = "Enter the password of the export (or set env var TATUM_KMS_EXPORT_PASSWORD): ";
    fetch(app, file, &Wanted { variable: OF_EXPORT, prompt: PromptFor { question, again: None } })
}

/// A file wins over a variable, that over the prompt.
fn fetch(app: &App, file: Option<&PathBuf>, wanted: &Wanted) -> anyhow::Result<Password> {
    let source = match (file, app.settings.get(wanted.variable)) {
        (Some(file), _) => Source::File(file.clone()),
        (None, Some(text)) => Source::Given(Password::new(text.to_owned())),
        (None, None) => return Ok(wanted.prompt.password()?),
    };
    Ok(source.password(&mut output::warning)?)
}
