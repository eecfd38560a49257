//! `checkconfig`: print the settings in force. Of secrets, only whether they are set.

use std::fmt::Write as _;
use std::path::Path;

use super::{App, report, store};
use crate::output;
use crate::settings::Settings;

/// Settings that are no secret and are printed as they are; the others show `set` or `not set`.
const SHOWN: &[&str] = &["TATUM_KMS_PASSWORD_FILE", "TATUM_KMS_AWS_REGION", "TATUM_KMS_DEBUG_MODE"];

/// In the order in which the old program printed them.
const LISTED: &[&str] = &[
    "TATUM_API_KEY",
    "TATUM_KMS_PASSWORD",
    "TATUM_KMS_PASSWORD_FILE",
    "TATUM_KMS_PASSWORD_COMMAND",
    "TATUM_KMS_VGS_ALIAS",
    "TATUM_KMS_VGS_USERNAME",
    "TATUM_KMS_VGS_PASSWORD",
    "TATUM_KMS_AZURE_SECRETVERSION",
    "TATUM_KMS_AZURE_SECRETNAME",
    "TATUM_KMS_AZURE_VAULTURL",
    "TATUM_KMS_AWS_REGION",
    "TATUM_KMS_AWS_ACCESS_KEY_ID",
    "TATUM_KMS_AWS_SECRET_ACCESS_KEY",
    "TATUM_KMS_AWS_SECRET_NAME",
    "TATUM_KMS_AWS_SECRET_KEY",
    "TATUM_KMS_DEBUG_MODE",
];

pub(super) fn run(app: &App) -> anyhow::Result<()> {
    let settings = &app.settings;
    let env_file = settings.env_file.as_deref().map_or("N/A".into(), Path::to_string_lossy);
    let mut lines = vec![
        ("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("Wallet file path", settings.path.to_string_lossy().into_owned()),
        ("Wallet exists", (!store::is_absent(&settings.path)).to_string()),
        ("Wallet store type", report::store_type(app).to_owned()),
        ("Environment vars file", env_file.into_owned()),
        ("Memory", app.memory.to_string()),
    ];
    lines.extend(LISTED.iter().map(|name| (*name, state(settings, name))));
    let mut text = String::new();
    for (name, value) in lines {
        writeln!(text, "{name:<32} : {value}")?;
    }
    output::text(&text)?;
    Ok(())
}

fn state(settings: &Settings, name: &str) -> String {
    let value = settings.get(name);
    if SHOWN.contains(&name) {
        return value.unwrap_or("N/A").to_owned();
    }
    let set = match name {
        "TATUM_API_KEY" => settings.api_key().is_some(),
        _ => value.is_some(),
    };
    set_or_not(set).to_owned()
}

/// How a secret is shown.
pub(super) fn set_or_not(set: bool) -> &'static str {
    if set { "set" } else { "not set" }
}
