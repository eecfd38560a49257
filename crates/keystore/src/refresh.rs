//! What another process did to the file of an open store.

use crate::files;
use crate::keystore::Store;
use crate::probe::probe;
use crate::sqlite::Access;
use crate::sqlite_rows::SqliteRows;
use crate::{Format, Keystore, KeystoreError, permissions, upgrade};

/// What [`Keystore::refresh`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// The same file as before. Its rows may have changed.
    Unchanged,
    /// Another file, another format or another password, which could be followed.
    Reopened,
}

impl Keystore {
    /// Looks whether the file was replaced, upgraded or given another password, and follows where it can.
    /// Costs next to nothing while the file is the same.
    ///
    /// A store of our format is followed as long as it has the same id and data key, which a change of
    /// password keeps. A legacy file is followed with the password it was opened with, which is wiped once it
    /// was upgraded.
    ///
    /// # Errors
    /// [`KeystoreError::Gone`], [`KeystoreError::Rekeyed`], and those of [`Keystore::open`]. The store stays as it
    /// was, and goes on reading what it can.
    pub fn refresh(&mut self) -> Result<Refresh, KeystoreError> {
        let gone = || KeystoreError::Gone { path: self.given.clone() };
        let path = match files::resolve(&self.given) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(gone()),
            other => other.map_err(KeystoreError::io("look at", &self.given))?,
        };
        let now = files::stamp(&path)?.ok_or_else(gone)?;
        match &mut self.store {
            Store::Legacy(store) if store.stamp == now => Ok(Refresh::Unchanged),
            Store::Legacy(store) => {
                let reopened = Self::open(&self.given, &store.password, &self.options);
                *self = reopened.map_err(|e| match e {
                    KeystoreError::Missing { path } => KeystoreError::Gone { path },
                    KeystoreError::WrongPassword { path } => KeystoreError::Rekeyed { path },
                    other => other,
                })?;
                Ok(Refresh::Reopened)
            }
            Store::Current { vault, file } if *file == now.file => match vault.look_again()? {
                None => Ok(Refresh::Unchanged),
                Some(true) => Ok(Refresh::Reopened),
                Some(false) => Err(KeystoreError::Rekeyed { path }),
            },
            Store::Current { vault, file } => {
                let (format, metadata) = probe(&path)?.ok_or_else(gone)?;
                if format == Format::Legacy {
                    upgrade::refuse_again(&path, &self.options)?;
                    return Err(KeystoreError::Rekeyed { path });
                }
                permissions::check(&path, &metadata, &self.options)?;
                let rows = SqliteRows::open(&path, Access::Read, self.options.busy_timeout)?;
                let opened = rows.file();
                if !vault.follow(Box::new(rows))? {
                    return Err(KeystoreError::Rekeyed { path });
                }
                *file = opened;
                self.path = path;
                Ok(Refresh::Reopened)
            }
        }
    }
}
