//! Asking before something that can't be undone.

use anyhow::bail;
use kms_password::is_interactive;

use crate::output;

/// Asks the person at the terminal, unless `yes` was given.
///
/// # Errors
/// Anything but yes was answered.
pub(super) fn confirm(question: &str, yes: bool) -> anyhow::Result<()> {
    if yes || !is_interactive() {
        return Ok(());
    }
    output::talk(&format!("{question} [y/N] "));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => bail!("not confirmed; nothing was changed"),
    }
}
