//! Backups: whole, as of one moment, verified before they get their name; and the way back from one.

use std::path::{Path, PathBuf};

use kms_core::Password;

use crate::files::{self, Temporary};
use crate::swap::{self, Present};
use crate::{Format, Keystore, KeystoreError, Options, Report, beside, permissions, upgrade};

/// A backup that took its place as the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What is in it.
    pub report: Report,
    /// Where the store that was there before is kept now.
    pub kept: Option<PathBuf>,
}

impl Keystore {
    /// Copies the store, of either format, into the new file `to`, as it is at one moment, while others go
    /// on reading and writing. The copy is opened with `password` and verified before it gets its name; when
    /// this returns, it is durable.
    ///
    /// # Errors
    /// [`KeystoreError::Taken`] if there is something at `to`, and those of [`Keystore::open`] and
    /// [`Keystore::verify`]. Nothing is at `to` after any of them.
    pub fn backup(&self, to: &Path, password: &Password) -> Result<Report, KeystoreError> {
        swap::place_new(to, |place| self.copy_and_verify(place, password))
    }

    /// A durable copy at `place`, a name that nobody else looks at.
    fn copy_and_verify(&self, place: &Path, password: &Password) -> Result<Report, KeystoreError> {
        self.copy_to(place)?;
        std::fs::File::open(place)
            .and_then(|copy| copy.sync_all())
            .map_err(KeystoreError::io("sync", place))?;
        let copy = Self::open(place, password, &self.options().clone())?;
        if copy.store_id() != self.store_id() {
            return Err(KeystoreError::Replaced { path: self.path().to_owned() });
        }
        copy.verify()
    }
}

/// Puts the backup `from` at `to`, after it has been opened with `password` and verified. The backup stays.
///
/// A store that is at `to` already is replaced only on request, and then kept beside under the name
/// `….replaced` with a number if need be.
///
/// # Errors
/// [`KeystoreError::InTheWay`], and those of [`Keystore::open`] and [`Keystore::verify`] for the backup;
/// nothing has changed at `to` then.
pub fn restore(
    from: &Path,
    to: &Path,
    password: &Password,
    options: &Options,
    replace: bool,
) -> Result<Restored, KeystoreError> {
    let backup = Keystore::open(from, password, options)?;
    backup.verify()?;
    files::create_directory(to)?;
    permissions::check_link(to, options)?;
    let to = files::resolve(to).map_err(KeystoreError::io("look at", to))?;
    permissions::check_directory(&to, options)?;
    if backup.path() == to {
        return Err(KeystoreError::Taken { path: to });
    }
    if backup.format() == Format::Legacy {
        upgrade::refuse_again(&to, options)?;
    }
    let present = Present::hold(&to, options)?;
    if !replace && !matches!(present, Present::Nothing(_)) {
        return Err(KeystoreError::InTheWay { path: to });
    }
    let temporary = Temporary::beside(&to)?;
    let report = backup.copy_and_verify(temporary.path(), password)?;
    if let Ok(metadata) = std::fs::symlink_metadata(&to) {
        files::take_owner(temporary.path(), &metadata)?;
    }
    let kept = present.replace(&to, temporary, beside::REPLACED)?;
    Ok(Restored { report, kept })
}
