//! What keeps the memory of this process from others, and off the disk. Done before anything is read.

use std::alloc::System;
use std::fmt;

use rustix::io::Errno;
use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};

use zeroizing_alloc::ZeroAlloc;

use crate::output;

/// Wipes whatever is freed: what libraries copied on the way, and what a buffer left behind when it grew.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Whether the memory of this process can be swapped out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// It stays where it is.
    Locked,
    /// It can: the process may lock this much, which is too little for a process that may need more.
    Limited { bytes: u64 },
    /// It can: the operating system refuses for another reason.
    Refused(Errno),
}

impl Memory {
    pub(crate) fn is_locked(self) -> bool {
        self == Self::Locked
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("locked"),
            Self::Limited { bytes } => {
                write!(f, "not locked (RLIMIT_MEMLOCK is {} KiB, not unlimited)", bytes / 1024)
            }
            Self::Refused(error) => write!(f, "not locked ({error})"),
        }
    }
}

/// No core files, no debugger or `/proc/PID/mem` of the same user, no swapping where that is allowed.
pub(crate) fn harden() -> Memory {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Without it a core file can't be written either as long as the next line works.
    let _ = setrlimit(Resource::Core, none);
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        output::warning(&format!(
            "other processes of this user can read the memory of this one, and core files may be \
             written: {error}"
        ));
    }
    lock()
}

/// Locks all memory, that of later allocations too, page by page as it is used.
///
/// Only where nothing limits it: under a limit, an allocation beyond it would fail later, in the middle of
/// a derivation or a signature.
fn lock() -> Memory {
    let limit = getrlimit(Resource::Memlock);
    let Some(bytes) = limit.maximum else {
        // It may be raised that far by anybody; if it can't be, `mlockall` says so.
        let _ = setrlimit(Resource::Memlock, Rlimit { current: None, maximum: None });
        return match getrlimit(Resource::Memlock).current {
            None => lock_all(),
            Some(bytes) => Memory::Limited { bytes },
        };
    };
    // With a limit of 0 it takes the capability, which then stands above every limit. To look for the
    // capability would not do: inside a user namespace it shows, and does not count.
    let nothing = Rlimit { current: Some(0), maximum: limit.maximum };
    if setrlimit(Resource::Memlock, nothing).is_err() {
        return Memory::Limited { bytes };
    }
    let memory = lock_all();
    let _ = setrlimit(Resource::Memlock, limit);
    match memory {
        Memory::Refused(Errno::PERM | Errno::NOMEM | Errno::AGAIN) => Memory::Limited { bytes },
        other => other,
    }
}

fn lock_all() -> Memory {
    match mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT) {
        Ok(()) => Memory::Locked,
        Err(error) => Memory::Refused(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_freed_or_outgrown_is_wiped() {
        use std::os::unix::fs::FileExt as _;
        const LENGTH: usize = 5000;
        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        // Made before, lest it take the place of what is freed.
        let mut seen = vec![0; LENGTH];
        for grows in [false, true] {
            let mut bytes = vec![0xa5_u8; LENGTH];
            // Behind it, so that it can't grow where it is.
            let next = vec![0_u8; LENGTH];
            let at = bytes.as_ptr().addr();
            memory.read_exact_at(&mut seen, at as u64).unwrap();
            assert_eq!(seen, bytes);
            if grows {
                bytes.reserve_exact(100 * LENGTH);
                assert_ne!(bytes.as_ptr().addr(), at);
            }
            drop(bytes);
            memory.read_exact_at(&mut seen, at as u64).unwrap();
            let left = seen.iter().filter(|byte| **byte == 0xa5).count();
            assert!(left < 100, "{left} bytes are left");
            drop(next);
        }
    }

    #[test]
    fn the_reason_is_said() {
        assert_eq!(Memory::Locked.to_string(), "locked");
        let limited = Memory::Limited { bytes: 8 * 1024 * 1024 };
        assert_eq!(limited.to_string(), "not locked (RLIMIT_MEMLOCK is 8192 KiB, not unlimited)");
        assert!(Memory::Refused(Errno::NOSYS).to_string().starts_with("not locked ("));
    }
}
