//! Files for the user that are made and never written over.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};

/// Makes `path` with this text, open to its owner only.
///
/// # Errors
/// It is there already, or can't be written; then there is none.
pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let shown = path.display();
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("`{shown}` is there already and is left as it is; name another file")
        }
        made => made.with_context(|| format!("`{shown}` can't be made"))?,
    };
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half of it would be in the way of the next try.
        let _ = fs::remove_file(path);
    }
    written.with_context(|| format!("`{shown}` can't be written"))
}
