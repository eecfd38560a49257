//! `verify`: check the whole store, and that each address comes from its secret.

use std::process::ExitCode;

use kms_chains::{Chain, WalletField, registry};
use kms_core::{Mnemonic, Seed, SignatureId, Wallet};
use kms_crypto::bip39;
use kms_keystore::{Entry, Format, Keystore, KeystoreError, Kind};
use serde_json::{Value, json};

use super::progress::Progress;
use super::{App, parallel, store};
use crate::output::{self, Output};

/// How many wallets are open at once.
const CHUNK: usize = 256;

/// What became of a wallet.
enum Looked {
    /// What is public in it comes from its secret.
    Derived,
    /// There is no chain for it, or nothing to compare with.
    Passed,
    Doubtful(String),
}

pub(super) fn run(app: &App) -> anyhow::Result<ExitCode> {
    let mut output = Output::open()?;
    let store = store::read(app)?;
    let entries = store.entries()?;
    let progress = Progress::of_silent_work(Some(2 * entries.len()), "steps");
    let mut doubts = Vec::new();
    let mut damaged = |error: KeystoreError| doubts.push(told(&error));
    let report = store.examine(&mut damaged, &mut || progress.step())?;
    let mut derived = 0_usize;
    for chunk in entries.chunks(CHUNK) {
        for (entry, looked) in derive_chunk(&store, chunk)? {
            match looked {
                Looked::Derived => derived += 1,
                Looked::Passed => {}
                Looked::Doubtful(problem) => doubts.push((Some(entry.id.clone()), problem)),
            }
        }
        chunk.iter().for_each(|_| progress.step());
    }
    drop(progress);
    for (id, problem) in &doubts {
        match id {
            Some(id) => output::warning(&format!("wallet {id}: {problem}")),
            None => output::warning(problem),
        }
    }
    let all: Vec<Value> =
        doubts.iter().map(|(id, problem)| json!({"signatureId": id, "problem": problem})).collect();
    let summary = json!({
        "format": if store.format() == Format::Legacy { "legacy" } else { "current" },
        "wallets": report.wallets,
        "derived": derived,
        "unusable": report.unusable,
        "doubts": all,
    });
    output.json(&summary.to_string())?;
    Ok(if doubts.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The wallet that an error of the store names, and what is wrong.
fn told(error: &KeystoreError) -> (Option<String>, String) {
    let id = match error {
        KeystoreError::RowDamaged { id } | KeystoreError::LookupDamaged { id } => Some(id.clone()),
        _ => None,
    };
    (id, error.to_string())
}

/// Opens these wallets and derives again what is public in them, on all processors.
fn derive_chunk<'a>(
    store: &Keystore,
    chunk: &'a [Entry],
) -> Result<Vec<(&'a Entry, Looked)>, KeystoreError> {
    let mut wallets = Vec::with_capacity(chunk.len());
    for entry in chunk.iter().filter(|entry| entry.kind != Kind::Other) {
        let Ok(id) = entry.id.parse::<SignatureId>() else { continue };
        match store.wallet(&id) {
            Ok(wallet) => wallets.push((entry, wallet)),
            // Named already, or removed meanwhile.
            Err(KeystoreError::RowDamaged { .. } | KeystoreError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    parallel::map(wallets, |(entry, wallet)| Ok((entry, look(&wallet))))
}

/// Derives again what is public in a wallet.
fn look(wallet: &Wallet) -> Looked {
    let Ok(chain) = registry::find(&wallet.ticker) else { return Looked::Passed };
    match compare(chain, wallet) {
        Ok(0) => Looked::Passed,
        Ok(_) => Looked::Derived,
        Err(problem) => Looked::Doubtful(problem),
    }
}

/// How many members were compared with what the secrets give.
fn compare(chain: &dyn Chain, wallet: &Wallet) -> Result<usize, String> {
    let mut compared = 0;
    let mut same = |what: &str, stored: Option<&str>, derived: &str| match stored {
        Some(stored) if stored != derived => {
            Err(format!("its stored {what} does not come from its secret"))
        }
        Some(_) => {
            compared += 1;
            Ok(())
        }
        None => Ok(()),
    };
    if let Some(mnemonic) = &wallet.mnemonic {
        let made = chain.import(mnemonic.clone(), wallet.network).map_err(|e| unusable(&e))?;
        for field in &made.fields {
            match field {
                WalletField::Xpub(xpub) => same("xpub", wallet.xpub.as_deref(), xpub)?,
                WalletField::Address(address) => {
                    same("address", wallet.address.as_deref(), address)?;
                }
                _ => {}
            }
        }
        if let Some(seed) = &wallet.seed {
            same_seed(chain, mnemonic, made.seed, seed)?;
        }
    }
    if let Some(key) = &wallet.key {
        let key = chain.parse(key, wallet.network).map_err(|e| unusable(&e))?;
        let address = chain.address(&key.public(), wallet.network).map_err(|e| unusable(&e))?;
        same("address", wallet.address.as_deref(), &address)?;
    }
    Ok(compared)
}

/// A seed that the chain does not know is that of BIP-39, and is not signed with.
fn same_seed(
    chain: &dyn Chain,
    mnemonic: &Mnemonic,
    made: Option<Seed>,
    stored: &Seed,
) -> Result<(), String> {
    let made = match made {
        _ if !chain.knows_seed(stored) => bip39::seed(mnemonic),
        Some(made) => made,
        None => chain.seed(mnemonic).map_err(|e| unusable(&e))?,
    };
    if made.expose_secret() == stored.expose_secret() {
        return Ok(());
    }
    Err("its stored seed does not come from its mnemonic".to_owned())
}

fn unusable(error: &dyn std::error::Error) -> String {
    format!("nothing can be derived from its secret: {error}")
}
