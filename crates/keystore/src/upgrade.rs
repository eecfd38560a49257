//! The way from a legacy file to our format.
//!
//! 1. Lock the legacy file and decrypt it.
//! 2. Build the new store beside it under a temporary name, open it afresh with the password, and
//!    compare every record with the old ones.
//! 3. Write the copy of the old bytes under a pending name.
//! 4. Rename the new store over the old file. This is the moment: before it the legacy file is whole
//!    and counts, after it the new store does.
//! 5. Give the copy its final name. It marks the path as upgraded, so it must not have that name before.
//!
//! Each step is durable before the next. After a crash, what is left of 2 and 3 is in nobody's way, and
//! the next command that writes makes up for 5.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kms_core::{Password, Wallet, WalletJson};
use rustix::fs::FlockOperation;

use crate::beside::{self, PLAIN, SEALED};
use crate::change::Incoming;
use crate::files::{self, Stamp, Temporary};
use crate::legacy::{self, Legacy, Wallets};
use crate::record::Fields;
use crate::sqlite::Access;
use crate::sqlite_rows::SqliteRows;
use crate::vault::Vault;
use crate::{Extras, Holder, KeystoreError, Kind, Options, legacy_copy, vault};

const PENDING: &str = ".pending";
const LOCK_RETRY: Duration = Duration::from_millis(20);

/// An upgrade that took place. The password has been exposed to a weak format and should be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgraded {
    /// How many wallets there were.
    pub wallets: usize,
    /// Where the old bytes are kept.
    pub copy: PathBuf,
    /// Whether that copy is sealed, or plain as the old file was.
    pub sealed: bool,
}

/// The copy that marks `path` as upgraded, if there is one.
pub(crate) fn marker(path: &Path) -> Option<PathBuf> {
    [SEALED, PLAIN]
        .map(|suffix| files::beside(path, suffix))
        .into_iter()
        .find(|copy| copy.symlink_metadata().is_ok())
}

/// Refuses a legacy file where one was upgraded before, unless the options allow it.
pub(crate) fn refuse_again(path: &Path, options: &Options) -> Result<(), KeystoreError> {
    match marker(path) {
        Some(marker) if !options.allow_legacy_again => {
            Err(KeystoreError::LegacyAgain { path: path.to_owned(), marker })
        }
        _ => Ok(()),
    }
}

/// Gives the copies of an interrupted upgrade their final names. Only for a path with our format.
pub(crate) fn finish(path: &Path) -> Result<Option<PathBuf>, KeystoreError> {
    let mut placed = None;
    for suffix in [SEALED, PLAIN] {
        let pending = files::beside(path, &format!("{suffix}{PENDING}"));
        if pending.symlink_metadata().is_ok() {
            placed = Some(place(path, &pending, suffix, 1)?);
        }
    }
    if placed.is_some() {
        files::sync_directory(path)?;
    }
    Ok(placed)
}

/// Gives `pending` the first free name, counting from `number`; 1 is the bare suffix.
fn place(
    path: &Path,
    pending: &Path,
    suffix: &str,
    number: usize,
) -> Result<PathBuf, KeystoreError> {
    for number in number.. {
        let copy = files::beside(path, &beside::numbered(suffix, number));
        match files::rename_to_free(pending, &copy) {
            Ok(true) => return Ok(copy),
            Ok(false) => {}
            // Another command finished it meanwhile.
            Err(_) if pending.symlink_metadata().is_err() => return Ok(copy),
            Err(e) => return Err(e),
        }
    }
    unreachable!("there is always a number whose name is free")
}

/// What SQLite would apply to a store at `path`, although it belongs to another.
pub(crate) fn refuse_leftovers(path: &Path) -> Result<(), KeystoreError> {
    let stray = ["-journal", "-wal", "-shm"]
        .map(|suffix| files::beside(path, suffix))
        .into_iter()
        .find(|stray| stray.symlink_metadata().is_ok());
    stray.map_or(Ok(()), |path| Err(KeystoreError::LeftoverJournal { path }))
}

/// Upgrades the legacy file at `path`. None if another command did it, or removed it, while we waited.
pub(crate) fn upgrade(
    path: &Path,
    password: &Password,
    options: &Options,
    enrich: &dyn Fn(&Wallet) -> Extras,
) -> Result<Option<(Vault, Upgraded)>, KeystoreError> {
    let Some(old) = Locked::open(path, options.busy_timeout)? else { return Ok(None) };
    let bytes = files::read_all(old.file.file(), path)?;
    if !legacy::is_legacy(&bytes) {
        return Ok(None);
    }
    let wallets = Legacy::parse(path, &bytes)?.open(password)?;
    refuse_leftovers(path)?;
    set_aside_pending(path, &bytes, password, options)?;

    let temporary = Temporary::beside(path)?;
    let (head, keys) = vault::found(path, true, password, options)?;
    let rows = SqliteRows::build(temporary.path(), &head, options.busy_timeout)?;
    let mut built = Vault::attach(temporary.path(), Box::new(rows), keys)?;
    built.add(&incoming(&wallets, enrich))?;
    drop(built);
    files::take_owner(temporary.path(), &old.metadata)?;
    let rows = SqliteRows::open(temporary.path(), Access::Read, options.busy_timeout)?;
    let built = Vault::open(temporary.path(), Box::new(rows), password, options)?;
    compare(path, &built, &wallets)?;

    let pending = write_copy(path, &old.metadata, &bytes, password, options)?;
    // The old program knows no lock.
    if files::stamp(path)? != Some(Stamp::of(&old.metadata)) {
        let _ = std::fs::remove_file(pending);
        return Err(KeystoreError::Replaced { path: path.to_owned() });
    }
    temporary.replace(path)?;
    files::sync_directory(path)?;
    let suffix = if options.keep_legacy { PLAIN } else { SEALED };
    let copy = finish(path)?.unwrap_or_else(|| files::beside(path, suffix));

    let rows = SqliteRows::open(path, Access::Write, options.busy_timeout)?;
    let upgraded = Upgraded { wallets: wallets.len(), copy, sealed: !options.keep_legacy };
    Ok(Some((built.reattach(path, Box::new(rows))?, upgraded)))
}

/// Puts a new store without wallets at `path`, where nothing or an empty file is. None if another command
/// was first.
pub(crate) fn create(
    path: &Path,
    password: &Password,
    options: &Options,
) -> Result<Option<Vault>, KeystoreError> {
    if let Err(stray) = refuse_leftovers(path) {
        // Unless it is the journal of a store that another command has made meanwhile.
        return if files::stamp(path)?.is_some_and(|now| !now.is_empty()) {
            Ok(None)
        } else {
            Err(stray)
        };
    }
    let temporary = Temporary::beside(path)?;
    let (head, keys) = vault::found(path, false, password, options)?;
    drop(SqliteRows::build(temporary.path(), &head, options.busy_timeout)?);
    match Locked::open(path, options.busy_timeout)? {
        Some(old) => {
            // An empty file counts as none. It is replaced only while it is certainly still empty.
            if old.metadata.len() != 0 || files::stamp(path)? != Some(Stamp::of(&old.metadata)) {
                return Ok(None);
            }
            files::take_owner(temporary.path(), &old.metadata)?;
            temporary.replace(path)?;
        }
        None if !temporary.place(path)? => return Ok(None),
        None => {}
    }
    files::sync_directory(path)?;
    let rows = SqliteRows::open(path, Access::Write, options.busy_timeout)?;
    Vault::attach(path, Box::new(rows), keys).map(Some)
}

/// What stands at the path, locked against other commands of our kind.
pub(crate) struct Locked {
    file: Descriptor,
    pub(crate) metadata: Metadata,
}

impl Locked {
    /// None if nothing is there.
    pub(crate) fn open(path: &Path, timeout: Duration) -> Result<Option<Self>, KeystoreError> {
        let start = Instant::now();
        loop {
            let Some(file) = Descriptor::open(path)? else { return Ok(None) };
            match rustix::fs::flock(file.file(), FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {
                    let metadata = files::metadata(file.file(), path)?;
                    let ours = Stamp::of(&metadata).file;
                    if files::stamp(path)?.is_some_and(|now| now.file == ours) {
                        return Ok(Some(Self { file, metadata }));
                    }
                }
                Err(rustix::io::Errno::WOULDBLOCK) => {}
                Err(e) => return Err(KeystoreError::io("lock", path)(e.into())),
            }
            if start.elapsed() >= timeout {
                let (path, holder) = (path.to_owned(), Holder::of(path));
                let seconds = timeout.as_secs();
                return Err(KeystoreError::Upgrading { path, holder, seconds });
            }
            std::thread::sleep(LOCK_RETRY);
        }
    }
}

/// An open file that may turn out to be a store which SQLite uses in this process: closed at a safe moment.
struct Descriptor(Option<File>);

impl Descriptor {
    fn open(path: &Path) -> Result<Option<Self>, KeystoreError> {
        let _gate = files::probing();
        Ok(files::open_existing(path)?.map(|file| Self(Some(file))))
    }

    fn file(&self) -> &File {
        self.0.as_ref().expect("only `drop` takes it")
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        let _gate = files::probing();
        drop(self.0.take());
    }
}

/// The records oldest first, as they are added. What a chain can use is enriched.
pub(crate) fn incoming<'a>(
    wallets: &'a Wallets,
    enrich: &dyn Fn(&Wallet) -> Extras,
) -> Vec<Incoming<'a>> {
    wallets
        .iter()
        .rev()
        .map(|(id, json)| {
            let fields = Fields::read(json);
            let entry = fields.entry(id);
            let extras = match id.parse() {
                Ok(id) if entry.kind != Kind::Other => {
                    enrich(&fields.wallet(id, entry.clone(), WalletJson::new(json.to_owned())))
                }
                _ => Extras::default(),
            };
            Incoming { entry, json, extras, label: None, next_index: 0 }
        })
        .collect()
}

/// Count, order, ids and JSON of the new store against the old file.
fn compare(path: &Path, built: &Vault, wallets: &Wallets) -> Result<(), KeystoreError> {
    let differs = || KeystoreError::ReadBack { path: path.to_owned() };
    if built.verify()?.wallets != wallets.len() {
        return Err(differs());
    }
    let mut expected = wallets.iter();
    built.for_each(|id, json| {
        let same = expected.next() == Some((id, json.expose_secret()));
        if same { Ok(()) } else { Err(differs()) }
    })
}

/// Writes the copy of the old bytes under its pending name, durable.
fn write_copy(
    path: &Path,
    old: &Metadata,
    bytes: &[u8],
    password: &Password,
    options: &Options,
) -> Result<PathBuf, KeystoreError> {
    let (suffix, sealed);
    let content = if options.keep_legacy {
        suffix = PLAIN;
        bytes
    } else {
        suffix = SEALED;
        sealed = legacy_copy::seal(bytes, password, options.kdf)?;
        &sealed
    };
    let pending = files::beside(path, &format!("{suffix}{PENDING}"));
    let mut written = files::write_private(&pending, content)?;
    std::io::Seek::rewind(&mut written).map_err(KeystoreError::io("read", &pending))?;
    if files::read_all(&written, &pending)? != content {
        return Err(KeystoreError::ReadBack { path: path.to_owned() });
    }
    files::take_owner(&pending, old)?;
    files::sync_directory(path)?;
    Ok(pending)
}

/// Clears the pending names for this upgrade. A copy of the same bytes is that of an interrupted try
/// and goes; any other is kept under a free name that marks nothing.
fn set_aside_pending(
    path: &Path,
    bytes: &[u8],
    password: &Password,
    options: &Options,
) -> Result<(), KeystoreError> {
    for suffix in [SEALED, PLAIN] {
        let pending = files::beside(path, &format!("{suffix}{PENDING}"));
        let Some(file) = files::open_existing(&pending)? else { continue };
        let same = if suffix == PLAIN {
            files::read_all(&file, &pending)? == bytes
        } else {
            legacy_copy::open_legacy_copy(&pending, password, options).is_ok_and(|old| old == bytes)
        };
        if same {
            std::fs::remove_file(&pending).map_err(KeystoreError::io("remove", &pending))?;
        } else {
            place(path, &pending, suffix, 2)?;
        }
    }
    Ok(())
}
