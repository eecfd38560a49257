//! Who holds a lock on a file, for the message to those who waited for it in vain.
//!
//! The file is not opened for that: closing it again would drop the locks that this process has on it.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Who holds a lock, as far as the system tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder(Option<Process>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Process {
    id: u32,
    name: String,
}

impl Holder {
    /// The process that has the file at `path` locked. Linux lists all locks.
    pub(crate) fn of(path: &Path) -> Self {
        Self::find(path, std::process::id())
    }

    fn find(path: &Path, myself: u32) -> Self {
        let Ok(metadata) = fs::metadata(path) else { return Self(None) };
        let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
        let file = (metadata.dev(), metadata.ino());
        Self(in_list(&locks, file, myself).map(|id| Process { id, name: name_of(id) }))
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(Process { id, name }) if name.is_empty() => write!(f, "process {id}"),
            Some(Process { id, name }) => write!(f, "process {id} ({name})"),
            None => f.write_str("another command"),
        }
    }
}

/// The process in `locks`, as `/proc/locks` has them, that locks the file with this device and inode.
/// One that writes comes first: the others may be there for a moment only.
fn in_list(locks: &str, file: (u64, u64), myself: u32) -> Option<u32> {
    let holds = |line: &str| {
        // "1: POSIX  ADVISORY  WRITE 4711 fe:01:131 1073741825 1073741825"; "1: -> POSIX …" waits for it.
        let mut words = line.split_whitespace().skip(1);
        let kind = words.next().filter(|kind| *kind != "->");
        let (_, mode, process) = (kind.and(words.next())?, words.next()?, words.next()?);
        let process = process.parse().ok().filter(|id| *id != 0 && *id != myself)?;
        (words.next().and_then(file_of) == Some(file)).then_some((mode == "WRITE", process))
    };
    locks.lines().filter_map(holds).max_by_key(|(writes, _)| *writes).map(|(_, process)| process)
}

/// Device and inode of `major:minor:inode`, of which the first two are hexadecimal.
fn file_of(text: &str) -> Option<(u64, u64)> {
    let mut parts = text.split(':');
    let mut number = |radix| u32::from_str_radix(parts.next()?, radix).ok();
    let device = rustix::fs::makedev(number(16)?, number(16)?);
    Some((device, parts.next()?.parse().ok()?))
}

/// What the process calls itself; its arguments may be nobody's business.
fn name_of(process: u32) -> String {
    let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    name.trim_end().chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKS: &str = "\
1: POSIX  ADVISORY  READ 300 fe:01:131 1073741826 1073742335
2: POSIX  ADVISORY  WRITE 400 fe:01:131 1073741825 1073741825
2: -> POSIX  ADVISORY  WRITE 500 fe:01:131 1073741825 1073741825
3: FLOCK  ADVISORY  WRITE 600 fe:01:132 0 EOF
4: OFDLCK ADVISORY  WRITE -1 fe:01:133 0 EOF
";

    fn holder_of(inode: u64, myself: u32) -> Option<u32> {
        in_list(LOCKS, (rustix::fs::makedev(0xfe, 1), inode), myself)
    }

    #[test]
    fn who_writes_is_named_before_who_reads_and_never_who_waits() {
        assert_eq!(holder_of(131, 1), Some(400));
        assert_eq!(holder_of(131, 400), Some(300));
        assert_eq!(holder_of(132, 1), Some(600));
        assert_eq!((holder_of(133, 1), holder_of(134, 1)), (None, None));
        assert_eq!(in_list("nonsense\n\n1: POSIX", (0, 0), 1), None);
    }

    #[test]
    fn a_holder_is_named_as_far_as_it_is_known() {
        let of = |id, name: &str| Holder(Some(Process { id, name: name.to_owned() })).to_string();
        assert_eq!(of(7, "tatum-kms"), "process 7 (tatum-kms)");
        assert_eq!(of(7, ""), "process 7");
        assert_eq!(Holder(None).to_string(), "another command");
    }

    /// This process is the one that holds it, seen by somebody else.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_tells_who_holds_a_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locked");
        let file = fs::File::create(&path).unwrap();
        assert_eq!(Holder::find(&path, 0), Holder(None));
        file.lock().unwrap();
        let found = Holder::find(&path, 0).0;
        // Not on every file system do the two say the same of the device.
        assert!(found.is_none_or(|found| found.id == std::process::id() && !found.name.is_empty()));
    }
}
