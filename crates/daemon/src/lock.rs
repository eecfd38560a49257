//! One daemon per wallet file: two of them would be two signers.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another daemon works with the same wallet file.
    #[error(
        "another daemon (process {pid}) signs with this wallet file; stop it first (`{path}` is its lock)"
    )]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Its process id, as it wrote it there.
        pid: String,
    },
    /// The lock file can't be made or locked.
    #[error("could not lock `{path}`; the daemon needs to write beside the wallet file")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Held for the life of the daemon; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// The lock file that belongs to the wallet file `store`.
pub fn lock_path(store: &Path) -> PathBuf {
    let mut path = OsString::from(store);
    path.push(".daemon.lock");
    path.into()
}

impl Lock {
    pub(crate) fn take(store: &Path) -> Result<Self, LockError> {
        let path = lock_path(store);
        let io = |source| LockError::Io { path: path.clone(), source };
        let mut file = open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = holder(&mut file);
                return Err(LockError::Held { path, pid });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        write_pid(&mut file).map_err(io)?;
        Ok(Self { _file: file })
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(20).read_to_string(&mut text);
    match read {
        Ok(_) if !text.is_empty() && text.trim().bytes().all(|b| b.is_ascii_digit()) => {
            text.trim().to_owned()
        }
        _ => "unknown".to_owned(),
    }
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_daemon_is_told_who_holds_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("wallet.dat");
        let held = Lock::take(&store).unwrap();
        let error = Lock::take(&store).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        drop(held);
        Lock::take(&store).unwrap();
    }
}
