//! `import`: add the wallets of an encrypted export, or of another wallet file of the current format.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;
use kms_core::Network;
use kms_keystore::{Entry, Format, Keystore, Standing, Writer};
use serde_json::json;

use super::progress::Progress;
use super::{App, limits, passwords, store};
use crate::args::{ExportPassword, Limit};
use crate::output::{self, Output};

pub(super) fn run(
    app: &App,
    file: &Path,
    allow_both_networks: bool,
    limit: &Limit,
    export: &ExportPassword,
) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    match Keystore::detect(file)? {
        Some(Format::Current) => {}
        Some(Format::Legacy) => bail!(
            "`{}` has the old format; `migrate --to current --path …` brings a copy of it to ours",
            file.display()
        ),
        None => bail!("there is no export at `{}`; check the path", file.display()),
    }
    let password = store::password(app)?;
    let of_export = passwords::of_export(app, export.export_password_file.as_ref())?;
    let source = Keystore::open(file, &of_export, &store::options(app)).map_err(store::explain)?;
    source.verify()?;
    let mut writer = store::write(app, &password)?;
    let standings = writer.compare(&source)?;
    refuse(&standings, allow_both_networks)?;

    let (mut new, mut present, mut same_key) = (Vec::new(), 0_usize, Vec::new());
    for (entry, standing) in standings {
        match standing {
            Standing::Present => present += 1,
            Standing::SameKey(of) => {
                output::note(&format!("wallet {} has the key of {of}; left out", entry.id));
                same_key.push(json!({"signatureId": entry.id, "storedAs": of}));
            }
            Standing::New | Standing::OtherNetwork(_) | Standing::Conflict => new.push(entry),
        }
    }
    check_limits(&writer, &new, limit)?;
    let new: Vec<String> = new.into_iter().map(|entry| entry.id).collect();
    let progress = Progress::of_silent_work(Some(new.len()), "wallets");
    writer.add_from(&source, &new, &mut || progress.step())?;
    drop(progress);
    let told = json!({"added": new, "present": present, "sameKey": same_key});
    output.json(&told.to_string())?;
    Ok(())
}

/// That no chain gets more wallets than the API takes at once.
fn check_limits(writer: &Writer, new: &[Entry], limit: &Limit) -> anyhow::Result<()> {
    let mut counts = BTreeMap::<(&str, bool), usize>::new();
    for entry in new {
        *counts.entry((&entry.ticker, entry.network.is_testnet())).or_default() += 1;
    }
    counts.into_iter().try_for_each(|((ticker, testnet), more)| {
        limits::check(writer, ticker, Network::from_testnet(testnet), more, limit)
    })
}

/// Nothing is added where something can't be.
fn refuse(standings: &[(Entry, Standing)], allow_both_networks: bool) -> anyhow::Result<()> {
    let mut problems = Vec::new();
    for (entry, standing) in standings {
        match standing {
            Standing::Conflict => {
                problems.push(format!("{} is another wallet in the store", entry.id));
            }
            Standing::OtherNetwork(twin) if !allow_both_networks => problems.push(format!(
                "the key of {} ({}) is stored for {} as {}; --allowBothNetworks accepts that",
                entry.id, entry.network, twin.network, twin.id
            )),
            _ => {}
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    bail!("nothing was imported: {}", problems.join("; "))
}
