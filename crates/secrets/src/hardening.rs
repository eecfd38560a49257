//! What keeps the memory of this process from others. Done before anything is read.

use std::alloc::System;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use zeroizing_alloc::ZeroAlloc;

/// Wipes whatever is freed: the clients of the stores copy what they receive, and wipe none of it.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// No core files, no debugger or `/proc/PID/mem` of the same user. What is refused is not worth a failure: the
/// process that calls this one says so of itself.
pub(crate) fn harden() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = setrlimit(Resource::Core, none);
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
