//! Whose turn it is to give a journal another key: nobody may have it open meanwhile.
//!
//! Daemons and commands that have a journal open share a lock. Who has it alone may bind the journal to a
//! new key of its wallet file; who has not goes on with the key that the journal has, as the others do.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::JournalError;

/// Held as long as the journal is open.
#[derive(Debug)]
pub(super) struct Turn {
    file: File,
    alone: bool,
}

impl Turn {
    /// Takes the lock of the journal at `path`, alone if nobody else has it open.
    pub(super) fn take(path: &Path) -> Result<Self, JournalError> {
        let place = lock_path(path);
        let failed = |source| JournalError::Lock { path: place.clone(), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&place).map_err(failed)?;
        let alone = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        };
        if !alone {
            file.lock_shared().map_err(failed)?;
        }
        Ok(Self { file, alone })
    }

    /// Whether nobody else has the journal open, or can open it now.
    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// Lets the others in. Somebody may have had the journal alone in between.
    pub(super) fn share(self) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Path(source);
        if self.alone {
            self.file.unlock().map_err(failed)?;
            self.file.lock_shared().map_err(failed)?;
        }
        Ok(Self { alone: false, ..self })
    }
}

fn lock_path(journal: &Path) -> PathBuf {
    let mut path = OsString::from(journal);
    path.push(".lock");
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_alone_may_bind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let first = Turn::take(&path).unwrap();
        assert!(first.is_alone());
        let first = first.share().unwrap();
        let second = Turn::take(&path).unwrap();
        assert!(!first.is_alone() && !second.is_alone());
        drop(first);
        assert!(!Turn::take(&path).unwrap().is_alone());
        drop(second);
        assert!(Turn::take(&path).unwrap().is_alone());
    }
}
