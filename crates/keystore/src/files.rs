//! Paths, permissions, file systems: what has to be right before a byte of a store is read or written.

use std::fs::{DirBuilder, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rustix::fs::{Mode, OFlags};

use crate::KeystoreError;

/// A legacy file above this size (in bytes) is refused unread.
const MAX_LEGACY_LEN: u64 = 1 << 30;

/// Closing any descriptor of a file drops the POSIX locks that SQLite holds on it for this process.
/// So nobody opens a store directly ("probes" it) while SQLite is inside a transaction on one.
static GATE: RwLock<()> = RwLock::new(());

/// Held while SQLite reads or writes. Never nested.
pub(crate) fn using_sqlite() -> RwLockReadGuard<'static, ()> {
    GATE.read().unwrap_or_else(PoisonError::into_inner)
}

/// Held while a store is opened past SQLite.
pub(crate) fn probing() -> RwLockWriteGuard<'static, ()> {
    GATE.write().unwrap_or_else(PoisonError::into_inner)
}

/// Which file stands at a path, to notice that it was replaced or rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

/// As [`FileId`], and when it was last written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) file: FileId,
    length: u64,
    modified: (i64, i64),
}

impl Stamp {
    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Equal bytes for equal stamps, and only for them.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let Self { file: FileId { device, inode }, length, modified: (seconds, nanoseconds) } =
            self;
        let times = [seconds, nanoseconds].map(i64::to_le_bytes);
        let figures = [device, inode, length].map(u64::to_le_bytes);
        figures.into_iter().chain(times).flatten().collect()
    }

    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            file: FileId { device: metadata.dev(), inode: metadata.ino() },
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

/// What stands at `path` now; none if nothing does.
pub(crate) fn stamp(path: &Path) -> Result<Option<Stamp>, KeystoreError> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(Stamp::of(&metadata))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(KeystoreError::io("look at", path)(e)),
    }
}

/// `path` absolute and without symbolic links, so that everything after this can refuse them.
///
/// The file itself need not exist; its directory must.
pub(crate) fn resolve(path: &Path) -> io::Result<PathBuf> {
    match std::fs::canonicalize(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        other => return other,
    }
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    Ok(std::fs::canonicalize(directory(path))?.join(name))
}

/// The directory of `path`; `.` for a bare name.
pub(crate) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// `path` with `suffix` behind its file name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Makes the directory of `path`, and those above it, with mode 0700, where they are missing.
pub(crate) fn create_directory(path: &Path) -> Result<(), KeystoreError> {
    let directory = directory(path);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(KeystoreError::io("make the directory", directory))
}

/// Opens an existing regular file for reading, without following a link or waiting for a pipe.
pub(crate) fn open_existing(path: &Path) -> Result<Option<File>, KeystoreError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        Err(e) => return Err(KeystoreError::io("open", path)(e.into())),
    };
    if !metadata(&file, path)?.is_file() {
        return Err(KeystoreError::NotAWalletFile { path: path.to_owned() });
    }
    Ok(Some(file))
}

/// Makes a file that was not there, for its owner only, and opens it for writing.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
    // The umask may have taken bits away that we need.
    rustix::fs::fchmod(&file, Mode::RUSR | Mode::WUSR)?;
    Ok(file)
}

/// Writes a new private file and makes it durable, except for its name.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<File, KeystoreError> {
    let mut file = create_private(path).map_err(KeystoreError::io("make", path))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(e) = written {
        // Half a copy is worth nothing, and its name would be in the way of the next try.
        let _ = std::fs::remove_file(path);
        return Err(KeystoreError::io("write", path)(e));
    }
    Ok(file)
}

/// Everything in a legacy file.
pub(crate) fn read_all(file: &File, path: &Path) -> Result<Vec<u8>, KeystoreError> {
    if metadata(file, path)?.len() > MAX_LEGACY_LEN {
        return Err(KeystoreError::NotAWalletFile { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    file.take(MAX_LEGACY_LEN).read_to_end(&mut bytes).map_err(KeystoreError::io("read", path))?;
    Ok(bytes)
}

pub(crate) fn metadata(file: &File, path: &Path) -> Result<Metadata, KeystoreError> {
    file.metadata().map_err(KeystoreError::io("look at", path))
}

/// Gives the file at `path` the owner of `like`, so that a command run as root takes no store away from its user.
pub(crate) fn take_owner(path: &Path, like: &Metadata) -> Result<(), KeystoreError> {
    let now = std::fs::symlink_metadata(path).map_err(KeystoreError::io("look at", path))?;
    if (now.uid(), now.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    std::os::unix::fs::lchown(path, Some(like.uid()), Some(like.gid()))
        .map_err(KeystoreError::io("give the old file's owner to", path))
}

/// Makes the names in the directory of `path` durable.
pub(crate) fn sync_directory(path: &Path) -> Result<(), KeystoreError> {
    let directory = directory(path);
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(KeystoreError::io("sync the directory", directory))
}

/// Gives `from` the name `to` unless that is taken; says whether it did. Never overwrites.
pub(crate) fn rename_to_free(from: &Path, to: &Path) -> Result<bool, KeystoreError> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        // Not every file system knows that; a second name and then none but that does the same.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => link_to_free(from, to),
        Err(e) => Err(KeystoreError::io("give its name to", to)(e.into())),
    }
}

fn link_to_free(from: &Path, to: &Path) -> Result<bool, KeystoreError> {
    match std::fs::hard_link(from, to) {
        Ok(()) => {
            std::fs::remove_file(from).map_err(KeystoreError::io("remove", from))?;
            Ok(true)
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(KeystoreError::io("give its name to", to)(e)),
    }
}

/// A path that is removed, with what SQLite puts beside it, unless it was kept.
pub(crate) struct Temporary {
    path: PathBuf,
    keep: bool,
}

impl Temporary {
    /// A new hidden name beside `target`. A crash leaves a file of that name behind: sealed, and in nobody's way.
    pub(crate) fn beside(target: &Path) -> Result<Self, KeystoreError> {
        let mut random = [0; 8];
        kms_crypto::seal::random_bytes(&mut random)?;
        let name = format!("{}{}", Self::beginning(target), hex::encode(random));
        Ok(Self { path: target.with_file_name(name), keep: false })
    }

    /// How the names of all such files beside `target` begin.
    pub(crate) fn beginning(target: &Path) -> String {
        format!(".{}.new-", target.file_name().unwrap_or_default().to_string_lossy())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Renames it over `target`; durable once the directory is synced.
    pub(crate) fn replace(mut self, target: &Path) -> Result<(), KeystoreError> {
        std::fs::rename(&self.path, target).map_err(KeystoreError::io("replace", target))?;
        self.keep = true;
        Ok(())
    }

    /// Gives it the name `target` unless that is taken.
    pub(crate) fn place(mut self, target: &Path) -> Result<bool, KeystoreError> {
        let placed = rename_to_free(&self.path, target)?;
        self.keep = placed;
        Ok(placed)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.keep {
            // Nothing more can be done where this fails, and nothing depends on it.
            let _ = std::fs::remove_file(beside(&self.path, "-journal"));
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The name of the network file system that holds `path`, if it is one: SQLite's locks do not hold there.
#[cfg(target_os = "linux")]
pub(crate) fn network_file_system(path: &Path) -> io::Result<Option<&'static str>> {
    /// `f_type` as `statfs(2)` gives it.
    const KNOWN: [(u32, &str); 13] = [
        (0x6969, "NFS"),
        (0x517b, "SMB"),
        (0xfe53_4d42, "SMB2"),
        (0xff53_4d42, "CIFS"),
        (0x564c, "NCP"),
        (0x5346_414f, "AFS"),
        (0x6b41_4653, "AFS"),
        (0x7375_7245, "Coda"),
        (0x0102_1997, "9P"),
        (0x00c3_6400, "Ceph"),
        (0x0bd0_0bd0, "Lustre"),
        (0x4750_4653, "GPFS"),
        (0x786f_4256, "vboxsf"),
    ];
    let found = rustix::fs::statfs(path)?.f_type;
    // The type of `f_type` differs between machines; these numbers have 32 bits on all of them.
    let low = i128::from(found) & 0xffff_ffff;
    Ok(KNOWN.iter().find(|(magic, _)| i128::from(*magic) == low).map(|(_, name)| *name))
}

/// Only Linux tells.
#[cfg(not(target_os = "linux"))]
pub(crate) fn network_file_system(_path: &Path) -> io::Result<Option<&'static str>> {
    Ok(None)
}
