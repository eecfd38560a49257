//! The one who changes a store.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use kms_core::{Network, Password, SignatureId, Wallet};

use crate::change::Incoming;
use crate::probe;
use crate::record::Fields;
use crate::sqlite::Access;
use crate::sqlite_rows::SqliteRows;
use crate::upgrade::{self, Upgraded};
use crate::vault::Vault;
use crate::{
    Entry, Extras, Format, KdfCost, KeystoreError, Kind, NewRecord, Options, StoreId, Warning,
    files, permissions, rekey,
};

/// How often to look again when other commands make or upgrade the store at the same moment.
pub(crate) const ATTEMPTS: usize = 5;

/// What happened when a store was opened for writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// There was none; a store without wallets was made.
    Created,
    /// It had our format.
    Current,
    /// It was a legacy file.
    Upgraded(Upgraded),
}

/// A store opened for writing.
///
/// Several writers may have a store open; their changes come one after the other. Each method that changes
/// the store returns only when the change is durable, and after an error nothing has changed.
pub struct Writer {
    path: PathBuf,
    warnings: Vec<Warning>,
    vault: Vault,
}

impl Writer {
    /// Opens the store at `path`, makes it if there is none, upgrades it if it is a legacy file.
    ///
    /// `enrich` says what is kept with a wallet of a legacy file; it is not called for what no chain can use.
    /// The password is tried before anything is written.
    ///
    /// # Errors
    /// Every [`KeystoreError`]. A legacy file is whole after all of them; only an error after the swap
    /// (syncing the directory, for one) leaves the new store in its place, whole too.
    pub fn open_or_create(
        path: &Path,
        password: &Password,
        options: &Options,
        enrich: &dyn Fn(&Wallet) -> Extras,
    ) -> Result<(Self, Opened), KeystoreError> {
        files::create_directory(path)?;
        let found = permissions::check_link(path, options)?;
        let path = files::resolve(path).map_err(KeystoreError::io("look at", path))?;
        for _ in 0..ATTEMPTS {
            if probe::probe(&path)?.is_some() {
                match Self::try_open(&path, password, options, enrich) {
                    Ok(Some(opened)) => return Ok(opened.0.told(found, opened.1)),
                    Ok(None) => {}
                    Err(e) => return Err(e),
                }
                continue;
            }
            let warnings = permissions::check_directory(&path, options)?;
            if let Some(vault) = upgrade::create(&path, password, options)? {
                return Ok(Self { path, warnings, vault }.told(found, Opened::Created));
            }
        }
        Err(KeystoreError::Replaced { path })
    }

    /// As [`Writer::open_or_create`], but a missing store is an error.
    ///
    /// # Errors
    /// [`KeystoreError::Missing`] and those of [`Writer::open_or_create`].
    pub fn open(
        path: &Path,
        password: &Password,
        options: &Options,
        enrich: &dyn Fn(&Wallet) -> Extras,
    ) -> Result<(Self, Opened), KeystoreError> {
        let missing = || KeystoreError::Missing { path: path.to_owned() };
        let resolved = match files::resolve(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(missing()),
            other => other.map_err(KeystoreError::io("look at", path))?,
        };
        let found = permissions::check_link(path, options)?;
        for _ in 0..ATTEMPTS {
            if probe::probe(&resolved)?.is_none() {
                return Err(missing());
            }
            if let Some((writer, opened)) = Self::try_open(&resolved, password, options, enrich)? {
                return Ok(writer.told(found, opened));
            }
        }
        Err(KeystoreError::Replaced { path: resolved })
    }

    /// Opens what is there. None if it changed its nature meanwhile.
    fn try_open(
        path: &Path,
        password: &Password,
        options: &Options,
        enrich: &dyn Fn(&Wallet) -> Extras,
    ) -> Result<Option<(Self, Opened)>, KeystoreError> {
        let Some((format, metadata)) = probe::probe(path)? else { return Ok(None) };
        if format == Format::Legacy {
            upgrade::refuse_again(path, options)?;
            // Before the upgrade rather than after, when the daemon would refuse to start.
            let warnings = permissions::check_directory(path, options)?;
            let upgraded = upgrade::upgrade(path, password, options, enrich)?;
            return Ok(upgraded.map(|(vault, upgraded)| {
                let writer = Self { path: path.to_owned(), warnings, vault };
                (writer, Opened::Upgraded(upgraded))
            }));
        }
        let warnings = permissions::check(path, &metadata, options)?;
        let rows = SqliteRows::open(path, Access::Write, options.busy_timeout)?;
        let vault = Vault::open(path, Box::new(rows), password, options)?;
        upgrade::finish(path)?;
        Ok(Some((Self { path: path.to_owned(), warnings, vault }, Opened::Current)))
    }

    /// With what was found on the way to the file.
    fn told(mut self, found: Vec<Warning>, opened: Opened) -> (Self, Opened) {
        self.warnings.splice(..0, found);
        (self, opened)
    }

    /// The file, without symbolic links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    pub(crate) fn vault_mut(&mut self) -> &mut Vault {
        &mut self.vault
    }

    /// What the owner of the store should know.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Names the store.
    pub fn store_id(&self) -> StoreId {
        self.vault.store_id()
    }

    /// Adds wallets in one transaction. The last of them is the newest and will be listed first.
    ///
    /// # Errors
    /// [`KeystoreError::Duplicate`] for an id that is taken, [`KeystoreError::Unusable`] for a JSON without a
    /// secret, a chain or a testnet flag, [`KeystoreError::Sqlite`] for a full disk or a busy store.
    pub fn add(&mut self, records: &[NewRecord]) -> Result<(), KeystoreError> {
        let incoming: Vec<_> = records.iter().map(incoming).collect::<Result<_, _>>()?;
        self.vault.add(&incoming)
    }

    /// Removes a wallet.
    ///
    /// # Errors
    /// [`KeystoreError::NotFound`], [`KeystoreError::RowDamaged`], [`KeystoreError::Sqlite`].
    pub fn remove(&mut self, id: &str) -> Result<(), KeystoreError> {
        self.vault.remove(id)
    }

    /// Gives a wallet a label, or takes it away.
    ///
    /// # Errors
    /// As [`Writer::remove`].
    pub fn set_label(&mut self, id: &str, label: Option<&str>) -> Result<(), KeystoreError> {
        self.vault.set_label(id, label)
    }

    /// Takes the next `count` indexes of a wallet whose addresses were not given out yet, none of them below
    /// `from`. No two calls get the same one, in whatever processes; they are taken for good on return.
    ///
    /// # Errors
    /// [`KeystoreError::IndexesUsedUp`] beyond index 2147483647, and as [`Writer::remove`].
    pub fn take_indexes(
        &mut self,
        id: &str,
        count: u32,
        from: u32,
    ) -> Result<Range<u32>, KeystoreError> {
        self.vault.take_indexes(id, count, from)
    }

    /// How many wallets of a chain and network there are.
    ///
    /// # Errors
    /// As [`Keystore::count`](crate::Keystore::count).
    pub fn count(&self, ticker: &str, network: Network) -> Result<u64, KeystoreError> {
        self.vault.count(ticker, network)
    }

    /// Puts the store under another password, with `cost` or the present cost, figure by figure whichever is higher.
    ///
    /// Quick, and the data key stays: who knows both the old password and an old copy of the file can open
    /// what was in that copy, and with its data key also what is written later. [`Writer::rekey`] ends that.
    ///
    /// # Errors
    /// [`KeystoreError::Rekeyed`] if another command did the same meanwhile, [`KeystoreError::Kdf`],
    /// [`KeystoreError::Sqlite`].
    pub fn change_password(
        &mut self,
        password: &Password,
        cost: KdfCost,
    ) -> Result<(), KeystoreError> {
        self.vault.change_password(password, cost)
    }

    /// Gives the store a new data key, wrapped under `password`, which may be the present one, and seals every
    /// row again. `looked` is called twice for each wallet. The journal key of before is kept for the
    /// journal's sake.
    ///
    /// The new store takes the place of the old file once it has been read back and compared. Others who
    /// have the store open for writing find it replaced; they open it anew.
    ///
    /// # Errors
    /// [`KeystoreError::Rekeyed`] if another command did the same meanwhile, [`KeystoreError::RowDamaged`],
    /// [`KeystoreError::LookupDamaged`], [`KeystoreError::SetDamaged`] for a store that is not sound,
    /// [`KeystoreError::Kdf`], [`KeystoreError::Sqlite`] for a full disk or a busy store.
    pub fn rekey(
        &mut self,
        password: &Password,
        options: &Options,
        looked: &mut dyn FnMut(),
    ) -> Result<(), KeystoreError> {
        self.vault = rekey::rekey(&self.path, &self.vault, password, options, looked)?;
        Ok(())
    }

    /// All wallets, newest first, without opening any.
    ///
    /// # Errors
    /// [`KeystoreError::RowDamaged`], [`KeystoreError::Sqlite`].
    pub fn entries(&self) -> Result<Vec<Entry>, KeystoreError> {
        self.vault.entries()
    }

    /// Opens one wallet.
    ///
    /// # Errors
    /// As [`Keystore::wallet`](crate::Keystore::wallet).
    pub fn wallet(&self, id: &SignatureId) -> Result<Wallet, KeystoreError> {
        self.vault.wallet(id)
    }

    /// The wallets with this key, on whatever chain and network.
    ///
    /// # Errors
    /// As [`Writer::entries`].
    pub fn find_identity(&self, identity: &[u8]) -> Result<Vec<Entry>, KeystoreError> {
        self.vault.find_identity(identity)
    }

    /// The wallets stored with this address.
    ///
    /// # Errors
    /// As [`Writer::entries`].
    pub fn find_address(
        &self,
        ticker: &str,
        network: Network,
        address: &str,
    ) -> Result<Vec<Entry>, KeystoreError> {
        self.vault.find_address(ticker, &network.to_string(), address)
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("path", &self.path)
            .field("store_id", &self.store_id())
            .finish_non_exhaustive()
    }
}

fn incoming(record: &NewRecord) -> Result<Incoming<'_>, KeystoreError> {
    let json = record.json.expose_secret();
    let kind = Fields::read(json).kind();
    let id = record.id.as_str().to_owned();
    if kind == Kind::Other {
        return Err(KeystoreError::Unusable { id });
    }
    let entry = Entry { id, ticker: record.ticker.clone(), network: record.network, kind };
    Ok(Incoming { entry, json, extras: record.extras.clone(), label: None, next_index: 0 })
}
