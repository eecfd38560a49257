//! The way back to the legacy format, for who wants to go back to the old program.

use std::collections::HashMap;
use std::path::PathBuf;

use kms_core::Password;
use zeroize::Zeroizing;

use crate::files::{self, Temporary};
use crate::legacy::{self, Legacy};
use crate::swap::Present;
use crate::vault::Vault;
use crate::{KeystoreError, Options, Writer, beside};

/// A store whose place a legacy file took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downgraded {
    /// How many wallets are in the file.
    pub wallets: usize,
    /// How many labels are not, since the format has none.
    pub labels: usize,
    /// How many wallets have given out addresses with [`Writer::take_indexes`], which the format can't tell either.
    pub counters: usize,
    /// Where the store of our format is kept now.
    pub kept: PathBuf,
}

impl Writer {
    /// Writes all wallets, each verbatim, into a legacy file under `password`, reads it back, and puts it in
    /// the place of the store, which is kept beside under the name `….current`, with a number if need be.
    ///
    /// # Errors
    /// [`KeystoreError::SetDamaged`], [`KeystoreError::RowDamaged`], [`KeystoreError::RekeyReadBack`], and
    /// those of writing. The store is where it was after any of them.
    pub fn downgrade(
        self,
        password: &Password,
        options: &Options,
    ) -> Result<Downgraded, KeystoreError> {
        let path = self.path().to_owned();
        let present = Present::hold(&path, options)?;
        let Content { text, wallets, labels, counters } = content(self.vault())?;
        let temporary = Temporary::beside(&path)?;
        drop(files::write_private(temporary.path(), &legacy::seal(&text, password)?)?);
        let metadata =
            std::fs::symlink_metadata(&path).map_err(KeystoreError::io("look at", &path))?;
        files::take_owner(temporary.path(), &metadata)?;
        compare(&path, &Legacy::read(temporary.path())?, self.vault(), password)?;
        let kept = present.replace(&path, temporary, beside::CURRENT)?;
        let kept = kept.ok_or(KeystoreError::Replaced { path })?;
        Ok(Downgraded { wallets, labels, counters, kept })
    }
}

/// What goes into the file, and how much does not.
struct Content {
    /// The object that the old program keeps: id → wallet, newest first.
    text: Zeroizing<String>,
    wallets: usize,
    labels: usize,
    counters: usize,
}

fn content(vault: &Vault) -> Result<Content, KeystoreError> {
    let rows = vault.all_rows()?;
    let (mut labels, mut counters) = (0, 0);
    let contents = rows
        .iter()
        .map(|row| {
            let content = vault.open_row(row)?;
            labels += usize::from(content.label.is_some());
            counters += usize::from(content.next_index > 0);
            Ok((serde_json::Value::from(row.clear.id.as_str()).to_string(), content.json))
        })
        .collect::<Result<Vec<_>, KeystoreError>>()?;
    // Reserved at once: a text that grows would leave copies of secrets behind.
    let len: usize =
        contents.iter().map(|(id, json)| id.len() + json.expose_secret().len() + 2).sum();
    let mut text = Zeroizing::new(String::with_capacity(2 + len + legacy::BLOCK_LEN));
    text.push('{');
    for (id, json) in &contents {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(id);
        text.push(':');
        text.push_str(json.expose_secret());
    }
    text.push('}');
    Ok(Content { text, wallets: rows.len(), labels, counters })
}

/// Every wallet of the file against the store's.
fn compare(
    path: &std::path::Path,
    written: &Legacy,
    vault: &Vault,
    password: &Password,
) -> Result<(), KeystoreError> {
    let differs = || KeystoreError::RekeyReadBack { path: path.to_owned() };
    let wallets = written.open(password)?;
    let mut found: HashMap<&str, &str> = wallets.iter().collect();
    vault.for_each(|id, json| match found.remove(id) {
        Some(read) if read == json.expose_secret() => Ok(()),
        _ => Err(differs()),
    })?;
    if found.is_empty() { Ok(()) } else { Err(differs()) }
}
