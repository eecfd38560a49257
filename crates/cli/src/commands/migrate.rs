//! `migrate`: from one format of wallet files to the other.

use anyhow::bail;
use kms_keystore::{Format, Keystore};
use kms_password::is_interactive;
use serde_json::json;

use super::confirm::confirm;
use super::{App, store};
use crate::args::Target;
use crate::output::{self, Output};

pub(super) fn run(app: &App, to: Target, yes: bool) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let password = store::existing_password(app)?;
    let present = Keystore::detect(&app.settings.path)?;
    let told = match (present, to) {
        (Some(Format::Legacy), Target::Legacy) | (Some(Format::Current), Target::Current) => {
            let wallets = store::open(app, &password)?.entries()?.len();
            output::note("the wallet file has this format already; nothing was changed");
            json!({"format": name(to), "wallets": wallets, "changed": false})
        }
        (_, Target::Current) => {
            let wallets = store::write(app, &password)?.entries()?.len();
            json!({"format": name(to), "wallets": wallets, "changed": true})
        }
        (_, Target::Legacy) => {
            // Tried before anybody is asked.
            drop(store::peek(app, &password)?);
            ask(yes)?;
            let writer = store::write(app, &password)?;
            let done = writer.downgrade(&password, &store::options(app)).map_err(store::explain)?;
            output::warning(
                "the wallet file is in the old format now, whose password can be guessed fast; the next \
                 command of this program that writes upgrades it again (with --allowLegacyAgain, if it \
                 had been upgraded before)",
            );
            if done.labels > 0 {
                output::warning(&format!(
                    "the old format has no labels; wallets that had one: {}",
                    done.labels
                ));
            }
            if done.counters > 0 {
                output::warning(&format!(
                    "the old format does not know what `nextaddress` gave out; wallets it did so for: {}; \
                     after the way back to ours give it --from",
                    done.counters
                ));
            }
            output::note(&format!("the store of before is kept at {}", done.kept.display()));
            json!({
                "format": name(to),
                "wallets": done.wallets,
                "changed": true,
                "kept": done.kept.to_string_lossy(),
            })
        }
    };
    output.json(&told.to_string())?;
    Ok(())
}

fn ask(yes: bool) -> anyhow::Result<()> {
    if !yes && !is_interactive() {
        bail!(
            "the old format protects its password badly; give --yes if you want to go back to it"
        );
    }
    confirm("Go back to the old format, whose password can be guessed fast?", yes)
}

fn name(format: Target) -> &'static str {
    match format {
        Target::Legacy => "legacy",
        Target::Current => "current",
    }
}
