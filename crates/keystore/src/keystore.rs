//! An open store for reading, of either format. Never writes.

use std::fmt;
use std::path::{Path, PathBuf};

use kms_core::{Network, Password, SignatureId, Wallet, WalletJson};
use kms_crypto::seal::SealKey;

use crate::files::{self, FileId};
use crate::legacy;
use crate::legacy_store::LegacyStore;
use crate::probe::probe;
use crate::record::Fields;
use crate::sqlite::Access;
use crate::sqlite_rows::SqliteRows;
use crate::vault::Vault;
use crate::{
    Entry, Format, KdfCost, KeystoreError, Options, StoreId, Warning, permissions, upgrade,
};

/// What [`Keystore::verify`] found in a store that is sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many wallets there are.
    pub wallets: usize,
    /// How many of them no chain can use.
    pub unusable: usize,
}

/// A store opened for reading.
pub struct Keystore {
    pub(crate) given: PathBuf,
    pub(crate) path: PathBuf,
    pub(crate) options: Options,
    warnings: Vec<Warning>,
    pub(crate) store: Store,
}

pub(crate) enum Store {
    Current { vault: Vault, file: FileId },
    Legacy(Box<LegacyStore>),
}

impl Keystore {
    /// Whether there is a wallet file, of whatever kind. An empty file counts as none.
    pub fn exists(path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0)
    }

    /// Which format the file at `path` has, by its content; none if there is no file or an empty one.
    ///
    /// # Errors
    /// [`KeystoreError::NotAWalletFile`] for anything else, [`KeystoreError::Io`].
    pub fn detect(path: &Path) -> Result<Option<Format>, KeystoreError> {
        match files::resolve(path) {
            Ok(path) => Ok(probe(&path)?.map(|(format, _)| format)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(KeystoreError::io("look at", path)(e)),
        }
    }

    /// Opens the store at `path`. Costs one key derivation, whatever the number of wallets.
    ///
    /// # Errors
    /// Every [`KeystoreError`] but those of changes; the file is left as it is by all of them.
    pub fn open(
        path: &Path,
        password: &Password,
        options: &Options,
    ) -> Result<Self, KeystoreError> {
        let mut attempts = 0..crate::writer::ATTEMPTS;
        loop {
            match Self::try_open(path, password, options) {
                // Upgraded between the look at its first bytes and the reading of all.
                Err(KeystoreError::Replaced { .. }) if attempts.next().is_some() => {}
                other => return other,
            }
        }
    }

    fn try_open(
        path: &Path,
        password: &Password,
        options: &Options,
    ) -> Result<Self, KeystoreError> {
        let missing = || KeystoreError::Missing { path: path.to_owned() };
        let mut warnings = permissions::check_link(path, options)?;
        let resolved = match files::resolve(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(missing()),
            other => other.map_err(KeystoreError::io("look at", path))?,
        };
        let (format, metadata) = probe(&resolved)?.ok_or_else(missing)?;
        let store = match format {
            Format::Current => {
                warnings.extend(permissions::check(&resolved, &metadata, options)?);
                let rows = SqliteRows::open(&resolved, Access::Read, options.busy_timeout)?;
                let file = rows.file();
                let vault = Vault::open(&resolved, Box::new(rows), password, options)?;
                Store::Current { vault, file }
            }
            Format::Legacy => {
                warnings.push(Warning::LegacyFormat);
                warnings.extend(permissions::loose(&resolved, &metadata)?);
                upgrade::refuse_again(&resolved, options)?;
                Store::Legacy(Box::new(LegacyStore::open(&resolved, password)?))
            }
        };
        let (given, options) = (path.to_owned(), options.clone());
        Ok(Self { given, path: resolved, options, warnings, store })
    }

    /// Which format the store has.
    pub fn format(&self) -> Format {
        match self.store {
            Store::Current { .. } => Format::Current,
            Store::Legacy(_) => Format::Legacy,
        }
    }

    /// The file, without symbolic links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What its owner should know.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Names the store; [`StoreId::LEGACY`] for every legacy file.
    pub fn store_id(&self) -> StoreId {
        match &self.store {
            Store::Current { vault, .. } => vault.store_id(),
            Store::Legacy(_) => StoreId::LEGACY,
        }
    }

    /// What it costs to derive the key from the password; none for a legacy file, whose derivation has no parameters.
    pub fn kdf(&self) -> Option<KdfCost> {
        match &self.store {
            Store::Current { vault, .. } => Some(vault.kdf()),
            Store::Legacy(_) => None,
        }
    }

    /// Whether the store is, or began as, a legacy file: then a journal that knows it as
    /// [`StoreId::LEGACY`], and opens with its password of that time, may be its own.
    pub fn is_from_legacy(&self) -> bool {
        match &self.store {
            Store::Current { vault, .. } => vault.is_from_legacy(),
            Store::Legacy(_) => true,
        }
    }

    /// The key of the daemon's journal; none for a legacy file, see
    /// [`journal_key_for_legacy`](crate::journal_key_for_legacy).
    pub fn journal_key(&self) -> Option<SealKey> {
        match &self.store {
            Store::Current { vault, .. } => Some(vault.journal_key()),
            Store::Legacy(_) => None,
        }
    }

    /// How often the store was changed; 0 for a legacy file. Who remembers it can notice that an earlier file was
    /// put back.
    ///
    /// # Errors
    /// [`KeystoreError::StateDamaged`], [`KeystoreError::Sqlite`].
    pub fn generation(&self) -> Result<u64, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.generation(),
            Store::Legacy(_) => Ok(0),
        }
    }

    /// All wallets, newest first, without opening any.
    ///
    /// # Errors
    /// [`KeystoreError::RowDamaged`], [`KeystoreError::Sqlite`].
    pub fn entries(&self) -> Result<Vec<Entry>, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.entries(),
            Store::Legacy(store) => Ok(store.entries.clone()),
        }
    }

    /// Stands for the wallets as they are listed now: other bytes after every change, and in another file.
    /// Costs the same whatever their number.
    ///
    /// Of a legacy file these are of when it was opened or last [refreshed](Self::refresh).
    ///
    /// # Errors
    /// [`KeystoreError::HeaderDamaged`], [`KeystoreError::StateDamaged`], [`KeystoreError::Sqlite`].
    pub fn edition(&self) -> Result<Vec<u8>, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.edition(),
            Store::Legacy(store) => Ok(store.stamp.to_bytes()),
        }
    }

    /// Opens one wallet. What no chain can use ([`Kind::Other`](crate::Kind::Other)) comes without its secrets.
    ///
    /// # Errors
    /// [`KeystoreError::NotFound`], [`KeystoreError::RowDamaged`], [`KeystoreError::Sqlite`].
    pub fn wallet(&self, id: &SignatureId) -> Result<Wallet, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.wallet(id),
            Store::Legacy(store) => {
                let json = store.json(id.as_str())?;
                let fields = Fields::read(json.expose_secret());
                let entry = fields.entry(id.as_str());
                Ok(fields.wallet(id.clone(), entry, json))
            }
        }
    }

    /// The JSON of one wallet, verbatim, whatever its id.
    ///
    /// # Errors
    /// As [`Keystore::wallet`].
    pub fn json(&self, id: &str) -> Result<WalletJson, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.json(id),
            Store::Legacy(store) => store.json(id),
        }
    }

    /// The label of a wallet. Legacy files have none.
    ///
    /// # Errors
    /// As [`Keystore::wallet`].
    pub fn label(&self, id: &str) -> Result<Option<String>, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.label(id),
            Store::Legacy(store) => store.json(id).map(|_| None),
        }
    }

    /// Calls `each` with id and JSON of every wallet, newest first.
    ///
    /// That they are all there, and no others, is checked before the first call. The store is not locked
    /// during the calls.
    ///
    /// # Errors
    /// Those of `each`, [`KeystoreError::SetDamaged`], [`KeystoreError::RowDamaged`] and as [`Keystore::entries`].
    pub fn for_each<E: From<KeystoreError>>(
        &self,
        mut each: impl FnMut(&str, &WalletJson) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.store {
            Store::Current { vault, .. } => vault.for_each(each),
            Store::Legacy(store) => {
                let wallets = store.wallets()?;
                wallets
                    .iter()
                    .try_for_each(|(id, json)| each(id, &WalletJson::new(json.to_owned())))
            }
        }
    }

    /// The wallets with this key, on whatever chain and network. Always empty for a legacy file.
    ///
    /// # Errors
    /// As [`Keystore::entries`].
    pub fn find_identity(&self, identity: &[u8]) -> Result<Vec<Entry>, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.find_identity(identity),
            Store::Legacy(_) => Ok(Vec::new()),
        }
    }

    /// The wallets stored with this address. Always empty for a legacy file.
    ///
    /// # Errors
    /// As [`Keystore::entries`].
    pub fn find_address(
        &self,
        ticker: &str,
        network: Network,
        address: &str,
    ) -> Result<Vec<Entry>, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => {
                vault.find_address(ticker, &network.to_string(), address)
            }
            Store::Legacy(_) => Ok(Vec::new()),
        }
    }

    /// Opens everything and checks that it fits together.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self) -> Result<Report, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.verify(),
            Store::Legacy(store) => store.verify(),
        }
    }

    /// As [`Keystore::verify`], but what is wrong goes to `doubt`, one after the other, as far as one can go
    /// on. `looked` is called after each wallet.
    ///
    /// # Errors
    /// What leaves nothing to go on with.
    pub fn examine(
        &self,
        doubt: &mut dyn FnMut(KeystoreError),
        looked: &mut dyn FnMut(),
    ) -> Result<Report, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.examine(doubt, looked),
            Store::Legacy(store) => store.verify(),
        }
    }

    /// The journal keys that the store had before its data key was changed, the latest first: a journal
    /// that was not opened since then has one of them.
    ///
    /// # Errors
    /// [`KeystoreError::StateDamaged`], [`KeystoreError::Sqlite`].
    pub fn former_journal_keys(&self) -> Result<Vec<SealKey>, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.former_journal_keys(),
            Store::Legacy(_) => Ok(Vec::new()),
        }
    }

    /// How it was opened.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// The vault of a store of our format.
    pub(crate) fn vault(&self) -> Option<&Vault> {
        match &self.store {
            Store::Current { vault, .. } => Some(vault),
            Store::Legacy(_) => None,
        }
    }

    /// The decrypted wallets of a legacy file; none for a store of our format.
    pub(crate) fn legacy_wallets(&self) -> Result<legacy::Wallets, KeystoreError> {
        match &self.store {
            Store::Current { .. } => Ok(legacy::Wallets::default()),
            Store::Legacy(store) => store.wallets(),
        }
    }

    /// The store as it is at one moment, in a new file.
    pub(crate) fn copy_to(&self, place: &Path) -> Result<(), KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.rows().copy_to(place),
            Store::Legacy(_) => {
                let gone = || KeystoreError::Gone { path: self.path.clone() };
                let file = files::open_existing(&self.path)?.ok_or_else(gone)?;
                files::write_private(place, &files::read_all(&file, &self.path)?).map(drop)
            }
        }
    }
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keystore")
            .field("path", &self.path)
            .field("format", &self.format())
            .field("store_id", &self.store_id())
            .finish_non_exhaustive()
    }
}
