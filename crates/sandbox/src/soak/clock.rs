//! A wall clock that jumps by days and years while the daemon runs.
//!
//! It is `libfaketime`, loaded into the daemon before everything else; it reads the offset from a file at
//! each call. The monotonic clock stays as it is, as on a machine whose time is set.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Error, Result, bail};
use tokio::time::sleep;

use crate::random::Random;

const LIBRARY: &str = "libfaketime.so.1";
/// Where the packages of the distributions put it.
const PLACES: [&str; 5] = [
    "/usr/lib/x86_64-linux-gnu/faketime",
    "/usr/lib/aarch64-linux-gnu/faketime",
    "/usr/lib/faketime",
    "/usr/lib64/faketime",
    "/usr/local/lib/faketime",
];
const PAUSE: Duration = Duration::from_millis(150);
/// Three years, in seconds.
const FARTHEST: u64 = 3 * 365 * 86_400;

/// The clock of the daemons of one run.
pub struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// Whether the library is on this machine.
    pub fn is_there() -> bool {
        library().is_some()
    }

    /// A clock that is right until it [jumps](Self::jump), with its file in `directory`.
    pub(crate) fn in_directory(directory: &Path) -> Result<Self> {
        let Some(library) = library() else {
            bail!("clock jumps need {LIBRARY}, which is not here; install the package faketime");
        };
        let clock = Self { library, file: directory.join("clock") };
        clock.set("+0")?;
        Ok(clock)
    }

    /// What a daemon must find in its environment.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("LD_PRELOAD", self.library.clone().into()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.clone().into()),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("DONT_FAKE_MONOTONIC", "1".into()),
        ]
    }

    /// Jumps to and fro, until it can't.
    pub(crate) async fn jump(&self, mut random: Random) -> Error {
        loop {
            let sign = if random.chance(500_000) { '+' } else { '-' };
            if let Err(error) = self.set(&format!("{sign}{}", random.below(FARTHEST))) {
                return error;
            }
            sleep(PAUSE).await;
        }
    }

    /// Whole at any time: the daemon reads it whenever it likes.
    fn set(&self, offset: &str) -> Result<()> {
        let fresh = self.file.with_extension("new");
        let written = std::fs::write(&fresh, offset);
        written
            .and_then(|()| std::fs::rename(&fresh, &self.file))
            .context("the clock's file can't be written")
    }
}

fn library() -> Option<PathBuf> {
    PLACES.iter().map(|place| Path::new(place).join(LIBRARY)).find(|path| path.exists())
}
