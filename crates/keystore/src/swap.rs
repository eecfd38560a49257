//! Putting one whole file in the place of another, so that nothing is lost at any moment.

use std::path::{Path, PathBuf};

use crate::files::{self, Temporary};
use crate::sqlite::SqliteError;
use crate::sqlite_rows::Held;
use crate::upgrade::{self, Locked};
use crate::{Format, KeystoreError, Options, beside, probe};

/// Has `make` build a file under a name that nobody else looks at, and gives it the name `to`, durably. Nothing is
/// at `to` unless this succeeds.
///
/// # Errors
/// [`KeystoreError::Taken`] if there is something at `to`, and those of `make`.
pub(crate) fn place_new<T>(
    to: &Path,
    make: impl FnOnce(&Path) -> Result<T, KeystoreError>,
) -> Result<T, KeystoreError> {
    let to = files::resolve(to).map_err(KeystoreError::io("look at the directory of", to))?;
    let taken = || KeystoreError::Taken { path: to.clone() };
    if to.symlink_metadata().is_ok() {
        return Err(taken());
    }
    upgrade::refuse_leftovers(&to)?;
    let temporary = Temporary::beside(&to)?;
    let made = make(temporary.path())?;
    if !temporary.place(&to)? {
        return Err(taken());
    }
    files::sync_directory(&to)?;
    Ok(made)
}

/// What stands at a path and is about to be replaced, held against writers as well as it can be.
pub(crate) enum Present {
    /// Nothing, or an empty file, which counts as none.
    Nothing(Option<Locked>),
    /// A store of ours.
    Current(Held),
    /// A legacy file.
    Legacy(#[allow(dead_code, reason = "held for its lock")] Locked),
    /// What can't be opened as either, so nobody can write to it either.
    Broken,
}

impl Present {
    /// Takes hold of what is at the resolved `path`.
    pub(crate) fn hold(path: &Path, options: &Options) -> Result<Self, KeystoreError> {
        let locked = || Locked::open(path, options.busy_timeout);
        match probe::probe(path) {
            Ok(None) => {
                upgrade::refuse_leftovers(path)?;
                Ok(Self::Nothing(locked()?))
            }
            Ok(Some((Format::Current, _))) => match Held::take(path, options.busy_timeout) {
                Ok(held) => Ok(Self::Current(held)),
                Err(KeystoreError::Sqlite(
                    SqliteError::Schema { .. }
                    | SqliteError::Corrupt { .. }
                    | SqliteError::Foreign { .. }
                    | SqliteError::Sqlite { .. },
                )) => Ok(Self::Broken),
                Err(error) => Err(error),
            },
            Ok(Some((Format::Legacy, _))) => {
                locked()?.map(Self::Legacy).ok_or_else(|| replaced(path))
            }
            // A damaged file may look like anything; a directory is no file.
            Err(KeystoreError::NotAWalletFile { .. }) if path.is_file() => Ok(Self::Broken),
            Err(error) => Err(error),
        }
    }

    /// Puts `new` at `path`. What was there keeps the first free name with `suffix`, which is returned.
    pub(crate) fn replace(
        self,
        path: &Path,
        new: Temporary,
        suffix: &str,
    ) -> Result<Option<PathBuf>, KeystoreError> {
        let kept = match &self {
            Self::Nothing(None) => {
                return if new.place(path)? {
                    files::sync_directory(path).map(|()| None)
                } else {
                    Err(replaced(path))
                };
            }
            Self::Nothing(Some(_)) => {
                if files::stamp(path)?.is_some_and(|now| !now.is_empty()) {
                    return Err(replaced(path));
                }
                None
            }
            Self::Current(held) => {
                held.check_place()?;
                Some(beside::keep(path, suffix)?)
            }
            Self::Legacy(_) | Self::Broken => Some(keep_with_journal(path, suffix)?),
        };
        new.replace(path)?;
        files::sync_directory(path)?;
        Ok(kept)
    }
}

/// A store that does not open may have an unfinished write beside it, which SQLite would apply to the
/// next one of that name. It belongs to the old file and goes with it.
fn keep_with_journal(path: &Path, suffix: &str) -> Result<PathBuf, KeystoreError> {
    let kept = beside::keep(path, suffix)?;
    for extra in ["-journal", "-wal", "-shm"] {
        let stray = files::beside(path, extra);
        if stray.symlink_metadata().is_ok() {
            files::rename_to_free(&stray, &files::beside(&kept, extra))?;
        }
    }
    Ok(kept)
}

fn replaced(path: &Path) -> KeystoreError {
    KeystoreError::Replaced { path: path.to_owned() }
}
