//! A legacy file that is open for reading.

use std::path::Path;

use kms_core::{Password, WalletJson};

use crate::files::{self, Stamp};
use crate::legacy::{self, Legacy, Wallets};
use crate::record::Fields;
use crate::{Entry, KeystoreError, Kind, Report};

/// A legacy file stays encrypted in memory, and is decrypted for each wallet that is asked for.
pub(crate) struct LegacyStore {
    pub(crate) stamp: Stamp,
    pub(crate) password: Password,
    pub(crate) entries: Vec<Entry>,
    legacy: Legacy,
}

impl LegacyStore {
    /// All of it, decrypted.
    pub(crate) fn wallets(&self) -> Result<Wallets, KeystoreError> {
        self.legacy.open(&self.password)
    }

    pub(crate) fn verify(&self) -> Result<Report, KeystoreError> {
        self.wallets()?;
        let unusable = self.entries.iter().filter(|e| e.kind == Kind::Other).count();
        Ok(Report { wallets: self.entries.len(), unusable })
    }

    pub(crate) fn open(path: &Path, password: &Password) -> Result<Self, KeystoreError> {
        let gone = || KeystoreError::Gone { path: path.to_owned() };
        let (bytes, stamp) = {
            let _gate = files::probing();
            let file = files::open_existing(path)?.ok_or_else(gone)?;
            let stamp = Stamp::of(&files::metadata(&file, path)?);
            (files::read_all(&file, path)?, stamp)
        };
        if !legacy::is_legacy(&bytes) {
            return Err(KeystoreError::Replaced { path: path.to_owned() });
        }
        let legacy = Legacy::parse(path, &bytes)?;
        let wallets = legacy.open(password)?;
        let entries = wallets.iter().map(|(id, json)| Fields::read(json).entry(id)).collect();
        Ok(Self { stamp, password: password.clone(), entries, legacy })
    }

    pub(crate) fn json(&self, id: &str) -> Result<WalletJson, KeystoreError> {
        let wallets = self.wallets()?;
        let found = wallets.iter().find(|(found, _)| *found == id);
        let (_, json) = found.ok_or_else(|| KeystoreError::NotFound { id: id.to_owned() })?;
        Ok(WalletJson::new(json.to_owned()))
    }
}
