//! Programs that the tests run where they are installed.

use std::ffi::OsString;
use std::path::PathBuf;

/// `target`, three folders above the test's executable in `target/debug/deps`.
pub(crate) fn target() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}

/// The daemon, in the folder of the profile under test.
pub(crate) fn kms_binary(require: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().unwrap();
    let beside = || own.ancestors().nth(2).unwrap().join("tatum-kms");
    let binary = tatum_sandbox::binary::overridden().unwrap_or_else(beside);
    found_or_skipped(
        Some(binary).filter(|binary| binary.is_file()),
        require,
        "there is no tatum-kms; build it with `cargo build -p tatum-kms`",
    )
}

/// A program in one of some folders, or on the PATH.
pub(crate) fn find(name: &str, folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let path = environment("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path);
    folders.chain(on_path).map(|folder| folder.join(name)).find(|binary| binary.is_file())
}

/// What is missing skips a test, or fails it where the variable `require` is 1.
pub(crate) fn found_or_skipped<T>(found: Option<T>, require: &str, otherwise: &str) -> Option<T> {
    if found.is_none() {
        let required = environment(require).is_some_and(|value| value == "1");
        assert!(!required, "{otherwise}");
        println!("skipped: {otherwise}");
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "where tools are is set outside of the tests")]
fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
