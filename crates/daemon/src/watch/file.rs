//! The status file: what a daemon writes of itself beside its wallet file, every two seconds.
//!
//! One file per daemon, named by its process id and locked for as long as that lives, so that whoever
//! reads it knows whether it still holds. It has no secrets.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::health::{since_good_poll, trouble};
use crate::status::{ChainStatus, Status};

/// How often it is written.
const PERIOD: Duration = Duration::from_secs(2);
/// The most that is read of one.
const MAX_BYTES: u64 = 1024 * 1024;
/// How often a file that is being written is read again.
const TRIES: u32 = 20;

/// A status file, for the life of the daemon.
pub struct StatusFile {
    file: File,
    path: PathBuf,
}

/// What a status file says.
#[derive(Debug)]
pub struct Told {
    /// Whether the daemon that wrote it runs.
    pub running: bool,
    /// What it wrote last.
    pub status: Value,
}

impl StatusFile {
    /// Makes the file of this process beside the wallet file `store`, and clears away those of daemons
    /// that ended without doing so.
    ///
    /// # Errors
    /// It can't be written or locked.
    pub fn create(store: &Path) -> io::Result<Self> {
        for path in paths(store)? {
            if let Ok(file) = File::open(&path)
                && file.try_lock().is_ok()
            {
                let _ = fs::remove_file(&path);
            }
        }
        let mut path = OsString::from(store);
        path.push(format!(".daemon.{}.status", std::process::id()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        file.try_lock()?;
        Ok(Self { file, path: path.into() })
    }

    /// Keeps it up to date until it is dropped.
    pub async fn keep(mut self, network: &str, status: &Status) {
        loop {
            if let Err(error) = self.write(&describe(network, status)) {
                tracing::debug!("the status file was not written: {error}");
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    fn write(&mut self, status: &Value) -> io::Result<()> {
        let text = format!("{status}\n");
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }
}

impl Drop for StatusFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// What the daemons of the wallet file `store` say.
///
/// # Errors
/// Its directory or one of the files can't be read.
pub fn told(store: &Path) -> io::Result<Vec<Told>> {
    let mut all = Vec::new();
    for path in paths(store)? {
        let mut file = match File::open(&path) {
            Ok(file) => file,
            // It has ended just now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let running = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        if let Some(status) = read(&mut file)? {
            all.push(Told { running, status });
        }
    }
    Ok(all)
}

/// The JSON in `file`, which may be being written.
fn read(file: &mut File) -> io::Result<Option<Value>> {
    for _ in 0..TRIES {
        let mut text = String::new();
        file.rewind()?;
        file.take(MAX_BYTES).read_to_string(&mut text)?;
        if let Ok(status) = serde_json::from_str(&text) {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(None)
}

/// The status files beside `store`, in order.
fn paths(store: &Path) -> io::Result<Vec<PathBuf>> {
    let store = std::path::absolute(store)?;
    let (Some(directory), Some(name)) = (store.parent(), store.file_name()) else {
        return Ok(Vec::new());
    };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let prefix = format!("{}.daemon.", name.to_string_lossy());
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let found = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let middle = found.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(".status"));
        if middle.is_some_and(|pid| pid.bytes().all(|byte| byte.is_ascii_digit())) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn describe(network: &str, status: &Status) -> Value {
    let trouble = trouble(status);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let uptime = status.uptime();
    let chains: serde_json::Map<_, _> = status
        .chains()
        .iter()
        .map(|(chain, told)| ((*chain).to_owned(), describe_chain(told, uptime)))
        .collect();
    json!({
        "process": std::process::id(),
        "version": env!("CARGO_PKG_VERSION"),
        "network": network,
        "written": now.as_secs(),
        "uptimeSeconds": uptime.as_secs(),
        "ready": trouble.is_none(),
        "trouble": trouble,
        "stopping": status.is_stopping(),
        "memoryLocked": status.is_memory_locked(),
        "creditsSpent": status.credits_spent(),
        // A sum of nothing is -0.
        "creditsPerDay": status.credits_per_day().round() + 0.0,
        "unfinished": status.journal_depth(),
        "chains": chains,
    })
}

fn describe_chain(told: &ChainStatus, uptime: Duration) -> Value {
    let items: serde_json::Map<_, _> =
        told.items.iter().map(|(state, n)| (state.as_str().to_owned(), json!(n))).collect();
    json!({
        "wallets": told.wallets,
        "chunks": told.chunks,
        "polls": told.polls,
        "failedPolls": told.failed_polls,
        "secondsSinceGoodPoll": since_good_poll(told, uptime).as_secs(),
        "periodSeconds": told.period.as_secs_f64(),
        "creditsPerDay": told.credits_per_day.round(),
        "inFlight": told.in_flight,
        "followed": told.followed,
        "items": items,
        "approvals": told.approvals,
        "lastError": told.last_error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_tells_whether_its_daemon_lives() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("wallet.dat");
        assert!(told(&store).unwrap().is_empty());
        let left = directory.path().join("wallet.dat.daemon.1.status");
        fs::write(&left, "{\"process\":1}").unwrap();
        fs::write(directory.path().join("wallet.dat.daemon.lock"), "1").unwrap();
        let dead = told(&store).unwrap();
        assert_eq!((dead.len(), dead[0].running), (1, false));

        let mut file = StatusFile::create(&store).unwrap();
        assert!(!left.exists());
        let status = Status::default();
        status.opened();
        file.write(&describe("testnet", &status)).unwrap();
        let alive = told(&store).unwrap();
        assert_eq!((alive.len(), alive[0].running), (1, true));
        assert_eq!(alive[0].status["ready"], true);
        drop(file);
        assert!(told(&store).unwrap().is_empty());
    }
}
