//! `restore`: put a backup in the place of the store.

use std::collections::HashSet;
use std::path::Path;

use kms_core::Password;
use kms_daemon::{JournalAdmin, OpenStore};
use kms_keystore::Keystore;
use serde_json::json;

use super::{App, store};
use crate::output::{self, Output};

pub(super) fn run(app: &App, file: &Path, replace: bool) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let password = store::known_password(app)?;
    let (path, options) = (&app.settings.path, store::options(app));
    let restored =
        kms_keystore::restore(file, path, &password, &options, replace).map_err(store::explain)?;
    let missing = match &restored.kept {
        Some(kept) => {
            output::note(&format!("the store that was there is kept at {}", kept.display()));
            missing(app, kept, &password)
        }
        None => Vec::new(),
    };
    for id in &missing {
        output::warning(&format!(
            "wallet {id} is not in the backup, only in the store that is kept"
        ));
    }
    look_at_journal(app, &password);
    let told = json!({
        "wallets": restored.report.wallets,
        "kept": restored.kept.as_ref().map(|kept| kept.to_string_lossy()),
        "missing": missing,
    });
    output.json(&told.to_string())?;
    Ok(())
}

/// What the replaced store had and the backup has not; nothing if that store does not open.
fn missing(app: &App, kept: &Path, password: &Password) -> Vec<String> {
    let options = store::options(app);
    let ids = |path: &Path| {
        let entries = Keystore::open(path, password, &options).and_then(|store| store.entries());
        entries.map(|all| all.into_iter().map(|entry| entry.id).collect::<Vec<_>>())
    };
    let (Ok(old), Ok(new)) = (ids(kept), ids(&app.settings.path)) else { return Vec::new() };
    let new: HashSet<String> = new.into_iter().collect();
    old.into_iter().filter(|id| !new.contains(id)).collect()
}

/// The journal stays, and may belong to what was replaced.
fn look_at_journal(app: &App, password: &Password) {
    let open = || -> anyhow::Result<()> {
        let store = OpenStore::new(store::peek(app, password)?, password.clone());
        JournalAdmin::open(&store)?;
        Ok(())
    };
    if let Err(error) = open() {
        output::warning(&format!("{error:#}"));
    }
}
