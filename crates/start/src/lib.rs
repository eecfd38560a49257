//! What can be known of a process only before its runtime starts.
//!
//! Where a standard stream is closed, Rust's runtime opens `/dev/null` in its place before `main`, for reading
//! and writing, so that no file of the program gets its number. Many programs give their children exactly
//! that when they want no output (Python's `DEVNULL`, Node's `ignore`), and afterwards nothing tells one from
//! the other. So this looks earlier, in a function that the C runtime calls before Rust's.

use std::sync::atomic::{AtomicBool, Ordering};

static STDOUT_CLOSED: AtomicBool = AtomicBool::new(false);

/// The address of [`look`] in the list of functions that run first.
// The attribute counts as unsafe because such a function may find nothing set up. This one makes a system
// call and stores a flag.
#[allow(unsafe_code)]
#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static LOOK: extern "C" fn() = look;

extern "C" fn look() {
    let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
    STDOUT_CLOSED.store(closed, Ordering::Relaxed);
}

/// Whether the process was started without a standard output (`>&-`), so that what is written there goes
/// nowhere although nobody asked for that.
pub fn stdout_was_closed() -> bool {
    STDOUT_CLOSED.load(Ordering::Relaxed)
}
