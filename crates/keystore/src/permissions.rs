//! Who else could read a store, or put another file in its place.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use crate::{KeystoreError, Options, Warning, files};

/// The permission bits of others than the owner.
const OTHERS: u32 = 0o077;
/// Those that let others make, rename and remove files in a directory.
const OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// What is loose about a file and its directory.
///
/// # Errors
/// The directory can't be looked at.
pub(crate) fn loose(path: &Path, metadata: &Metadata) -> Result<Vec<Warning>, KeystoreError> {
    let mode = metadata.permissions().mode() & 0o777;
    let file =
        (mode & OTHERS != 0).then(|| Warning::LoosePermissions { path: path.to_owned(), mode });
    Ok(file.into_iter().chain(loose_directory(path)?).collect())
}

/// What is loose about the directory of `path`. That others may list it is no harm; whoever may write there
/// can put another store in the place of ours, or a journal beside it.
fn loose_directory(path: &Path) -> Result<Option<Warning>, KeystoreError> {
    let directory = files::directory(path);
    let metadata = std::fs::metadata(directory).map_err(KeystoreError::io("look at", directory))?;
    let mode = metadata.permissions().mode() & 0o7777;
    let loose = mode & OTHERS_WRITE != 0;
    Ok(loose.then(|| Warning::LooseDirectory { path: directory.to_owned(), mode }))
}

/// Refuses what is loose about a store of our format, or warns of it where that is allowed.
pub(crate) fn check(
    path: &Path,
    metadata: &Metadata,
    options: &Options,
) -> Result<Vec<Warning>, KeystoreError> {
    decide(loose(path, metadata)?, options)
}

/// As [`check`], of the directory in which a store is about to be made.
pub(crate) fn check_directory(
    path: &Path,
    options: &Options,
) -> Result<Vec<Warning>, KeystoreError> {
    decide(loose_directory(path)?.into_iter().collect(), options)
}

/// Looks at `path` as it was given, before it is followed: a symbolic link counts if it is the user's own or
/// root's, and lies where nobody else can exchange it.
pub(crate) fn check_link(path: &Path, options: &Options) -> Result<Vec<Warning>, KeystoreError> {
    let link = match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => metadata,
        Ok(_) => return Ok(Vec::new()),
        // What is missing is somebody else's to report.
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(KeystoreError::io("look at", path)(e)),
    };
    let ours = [0, rustix::process::geteuid().as_raw()].contains(&link.uid());
    let foreign =
        (!ours).then(|| Warning::ForeignLink { path: path.to_owned(), owner: link.uid() });
    decide(foreign.into_iter().chain(loose_directory(path)?).collect(), options)
}

fn decide(found: Vec<Warning>, options: &Options) -> Result<Vec<Warning>, KeystoreError> {
    if options.allow_loose_permissions {
        return Ok(found);
    }
    match found.into_iter().next() {
        Some(Warning::LoosePermissions { path, mode }) => {
            Err(KeystoreError::LoosePermissions { path, mode })
        }
        Some(Warning::LooseDirectory { path, mode }) => {
            Err(KeystoreError::LooseDirectory { path, mode })
        }
        Some(Warning::ForeignLink { path, owner }) => {
            Err(KeystoreError::ForeignLink { path, owner })
        }
        Some(Warning::LegacyFormat) | None => Ok(Vec::new()),
    }
}

/// What is wrong with a file of this mode, and the command that mends it.
pub(crate) fn of_file(path: &Path, mode: u32) -> String {
    let shown = path.display();
    format!(
        "`{shown}` may be read or written by others (mode {mode:03o}); run `chmod 600 {}`",
        quoted(path)
    )
}

/// The same of a directory.
pub(crate) fn of_directory(path: &Path, mode: u32) -> String {
    let remedy = if mode & STICKY == 0 {
        format!("run `chmod go-w {}`", quoted(path))
    } else {
        // Such a directory is meant to be everybody's.
        "move the wallet file to a directory of its own".to_owned()
    };
    let shown = path.display();
    format!(
        "others may write in the directory `{shown}` (mode {mode:03o}), and so exchange the wallet file; {remedy}"
    )
}

/// The same of a symbolic link.
pub(crate) fn of_link(path: &Path, owner: u32) -> String {
    let shown = path.display();
    format!(
        "`{shown}` is a symbolic link of another user ({owner}), who could let it lead elsewhere; give the path of the file itself"
    )
}

/// The path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted() {
        let file = of_file(Path::new("/a b/it's.dat"), 0o644);
        assert!(file.ends_with("run `chmod 600 '/a b/it'\\''s.dat'`"), "{file}");
        let directory = of_directory(Path::new("/srv/kms"), 0o775);
        assert!(directory.ends_with("run `chmod go-w /srv/kms`"), "{directory}");
        assert!(of_directory(Path::new("/tmp"), 0o1777).ends_with("a directory of its own"));
    }
}
