//! Files with settings count only if nobody else could have written them.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use zeroize::Zeroizing;

/// The most that is read of one, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;
/// The permission bits that let others write.
const OTHERS_WRITE: u32 = 0o022;

/// The text in `file`; none if there is no such file.
///
/// # Errors
/// Others may write it, it belongs to another user, it is too large, or it can't be read as text.
pub(crate) fn read(path: &Path) -> anyhow::Result<Option<Zeroizing<String>>> {
    let shown = path.display();
    let unreadable = || format!("`{shown}` can't be read; make it readable");
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(unreadable),
    };
    let metadata = file.metadata().with_context(unreadable)?;
    let mode = metadata.permissions().mode() & 0o777;
    if metadata.is_file() && mode & OTHERS_WRITE != 0 {
        bail!(
            "others may write `{shown}` (mode {mode:03o}), and so decide what this program does; run \
             `chmod go-w` on it"
        );
    }
    if ![0, rustix::process::geteuid().as_raw()].contains(&metadata.uid()) {
        let owner = metadata.uid();
        bail!(
            "`{shown}` belongs to another user ({owner}), who decides what it says; use a file of your own"
        );
    }
    if metadata.len() > MAX_BYTES {
        bail!("`{shown}` has more than {MAX_BYTES} bytes; that is no file with settings");
    }
    // Room for all of it: a buffer that grows would leave copies behind.
    let length = usize::try_from(metadata.len()).unwrap_or_default();
    let mut text = Zeroizing::new(String::with_capacity(length + 1));
    file.take(MAX_BYTES).read_to_string(&mut text).with_context(unreadable)?;
    Ok(Some(text))
}
