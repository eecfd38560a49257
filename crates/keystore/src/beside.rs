//! What lies beside a store: its former selves that are kept, and what a crash left of one being built.

use std::io;
use std::path::{Path, PathBuf};

use crate::KeystoreError;
use crate::files::{self, Temporary};

/// The legacy file before an upgrade, sealed. Marks the path as upgraded.
pub(crate) const SEALED: &str = ".legacy-sealed";
/// The same, plain.
pub(crate) const PLAIN: &str = ".legacy";
/// A store whose place a backup took.
pub(crate) const REPLACED: &str = ".replaced";
/// A store whose place a legacy file took.
pub(crate) const CURRENT: &str = ".current";

/// `suffix` with a number behind it, from the second on.
pub(crate) fn numbered(suffix: &str, number: usize) -> String {
    if number == 1 { suffix.to_owned() } else { format!("{suffix}-{number}") }
}

/// The files beside the store at `path` that hold its wallets as they were: what upgrades, `restore` and
/// `migrate` have kept. Each opens with the password of its time.
///
/// # Errors
/// [`KeystoreError::Io`] if the directory can't be read.
pub fn kept_copies(path: &Path) -> Result<Vec<PathBuf>, KeystoreError> {
    let is_copy = |rest: &str| {
        [SEALED, PLAIN, REPLACED, CURRENT].into_iter().any(|suffix| {
            rest.strip_prefix(suffix).is_some_and(|number| {
                number.is_empty()
                    || number.strip_prefix('-').is_some_and(|n| n.parse::<u32>().is_ok())
            })
        })
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    names(path, |found| found.strip_prefix(&name).is_some_and(is_copy))
}

/// Removes what a crash left of a store that was being built at `path`. Only for who holds the store
/// against other writers: nobody is building one then.
pub(crate) fn remove_unfinished(path: &Path) -> Result<(), KeystoreError> {
    let beginning = Temporary::beginning(path);
    for left in names(path, |name| name.starts_with(&beginning))? {
        match std::fs::remove_file(&left) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(KeystoreError::io("remove", &left)(e));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What in the directory of `path` has such a name, sorted.
fn names(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, KeystoreError> {
    let directory = files::directory(path);
    let read = || -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            if wanted(&entry.file_name().to_string_lossy()) {
                found.push(entry.path());
            }
        }
        found.sort();
        Ok(found)
    };
    read().map_err(KeystoreError::io("read the directory", directory))
}

/// Gives the file at `path` a second name, the first free one with `suffix`, and returns it.
///
/// Where the file system knows no second names it loses the first one, until another file takes that.
pub(crate) fn keep(path: &Path, suffix: &str) -> Result<PathBuf, KeystoreError> {
    for number in 1.. {
        let copy = files::beside(path, &numbered(suffix, number));
        let kept = match std::fs::hard_link(path, &copy) {
            Ok(()) => true,
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => false,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(KeystoreError::Replaced { path: path.to_owned() });
            }
            Err(_) => files::rename_to_free(path, &copy)?,
        };
        if kept {
            return Ok(copy);
        }
    }
    unreachable!("there is always a number whose name is free")
}
