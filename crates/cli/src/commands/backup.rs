//! `backup`: a verified copy of the store in a new file.

use std::path::Path;

use serde_json::json;

use super::{App, store};
use crate::output::{self, Output};

pub(super) fn run(app: &App, file: &Path) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let password = store::existing_password(app)?;
    let report = store::open(app, &password)?.backup(file, &password).map_err(store::explain)?;
    output::note(
        "the backup was read back and is whole; it opens with the password of today. The journal is \
         not part of it",
    );
    let told = json!({"file": file.to_string_lossy(), "wallets": report.wallets});
    output.json(&told.to_string())?;
    Ok(())
}
