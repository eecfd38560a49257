//! One daemon per wallet file, network and chain: two of them would be two signers.

use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use kms_core::{Network, Ticker};

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another daemon works with the same wallet file for the same chain.
    #[error(
        "another daemon (process {pid}) signs for {chain} on {network} with this wallet file; stop it first, or leave the chain to it with --chain (`{path}` is its lock)"
    )]
    Held {
        /// The chain.
        chain: Ticker,
        /// The network.
        network: Network,
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
    _files: Vec<File>,
}

/// The lock file of the daemon that signs for `chain` on `network` with the wallet file `store`.
pub fn lock_path(store: &Path, network: Network, chain: Ticker) -> PathBuf {
    directory(store).join(format!("{network}-{chain}"))
}

fn directory(store: &Path) -> PathBuf {
    let mut path = OsString::from(store);
    path.push(".locks");
    path.into()
}

impl Lock {
    /// Takes the locks of all `chains`, or none.
    pub(crate) fn take(
        store: &Path,
        network: Network,
        chains: impl IntoIterator<Item = Ticker>,
    ) -> Result<Self, LockError> {
        let directory = directory(store);
        make(&directory).map_err(|source| LockError::Io { path: directory, source })?;
        let take = |chain| take_one(lock_path(store, network, chain), network, chain);
        let files = chains.into_iter().map(take).collect::<Result<_, _>>()?;
        Ok(Self { _files: files })
    }
}

fn take_one(path: PathBuf, network: Network, chain: Ticker) -> Result<File, LockError> {
    let io = |source| LockError::Io { path: path.clone(), source };
    let mut file = open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let pid = holder(&mut file);
            return Err(LockError::Held { chain, network, path, pid });
        }
        Err(TryLockError::Error(source)) => return Err(io(source)),
    }
    write_pid(&mut file).map_err(io)?;
    Ok(file)
}

fn make(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
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

    const ETH: Ticker = Ticker("ETH");
    const BSC: Ticker = Ticker("BSC");

    #[test]
    fn a_second_daemon_is_told_who_holds_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("wallet.dat");
        let held = Lock::take(&store, Network::Testnet, [ETH]).unwrap();
        let error = Lock::take(&store, Network::Testnet, [BSC, ETH]).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        assert!(error.contains("ETH on testnet"), "{error}");
        // Other chains and the other network are none of its business.
        let beside = Lock::take(&store, Network::Testnet, [BSC]).unwrap();
        Lock::take(&store, Network::Mainnet, [ETH, BSC]).unwrap();
        drop((held, beside));
        Lock::take(&store, Network::Testnet, [ETH, BSC]).unwrap();
    }
}
