//! `report --bundle`: everything for support in one file, without secrets.
//!
//! Nothing in it is copied from a file or from the environment as it is: it is put together from what the
//! commands `report`, `checkconfig` and `status` say, each of which knows what it may say.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::{App, checkconfig, new_file, status};
use crate::output;

/// The layout of the file.
const FORMAT: u32 = 1;

/// Writes it.
///
/// # Errors
/// The file is there already or can't be written.
pub(super) fn write(app: &App, path: &Path, report: &str) -> anyhow::Result<()> {
    let report: Value = serde_json::from_str(report).context("the report is not JSON")?;
    let status = kms_daemon::watch::told(&app.settings.path).map_or_else(
        |error| json!({ "error": error.to_string() }),
        |told| told.iter().map(status::document).collect(),
    );
    let bundle = json!({
        "format": FORMAT,
        "made": OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
        "versions": {
            "tatumKms": env!("CARGO_PKG_VERSION"),
            "system": std::env::consts::OS,
            "machine": std::env::consts::ARCH,
        },
        "report": report,
        "configuration": checkconfig::document(app),
        "daemons": status,
        "files": files(&app.settings.path),
    });
    new_file::write(path, &format!("{bundle:#}\n"))?;
    output::note(&format!(
        "wrote {}, without secrets; it names wallets, transactions and servers, so look it over before you send it",
        path.display()
    ));
    Ok(())
}

/// The wallet file and what lies beside it under its name: sizes and permissions.
fn files(store: &Path) -> Vec<Value> {
    let directory = store.parent().filter(|path| !path.as_os_str().is_empty());
    let found = fs::read_dir(directory.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let name = store.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let ours = found.filter(|entry| entry.file_name().to_string_lossy().starts_with(&name));
    let told = ours.filter_map(|entry| {
        let metadata = entry.metadata().ok()?;
        Some(json!({
            "name": entry.file_name().to_string_lossy(),
            "bytes": metadata.len(),
            "mode": format!("{:04o}", metadata.permissions().mode() & 0o7777),
        }))
    });
    told.collect()
}
