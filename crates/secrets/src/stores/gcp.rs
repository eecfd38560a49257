//! Google Secret Manager.

use kms_core::Password;

use crate::failure::Failure;
use crate::settings::Settings;

/// The password.
///
/// # Errors
/// As of [`Failure`].
pub(crate) async fn password(settings: &Settings) -> Result<Password, Failure> {
    let _ = settings;
    Err(Failure::NotBuilt { feature: "gcp" })
}
