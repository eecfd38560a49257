//! Where the `tatum-kms` that is shown, tested or measured comes from.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::output::say;

const NAME: &str = "tatum-kms";

/// Names another binary than the one beside this.
const OVERRIDE: &str = "TATUM_KMS_BIN";

/// The binary that `TATUM_KMS_BIN` names, or the one beside this one, which is built first where it
/// is missing.
pub async fn find_or_build() -> Result<PathBuf> {
    if let Some(binary) = overridden() {
        return Ok(binary);
    }
    let own = std::env::current_exe().context("the path of tatum-sandbox is unknown")?;
    let folder = own.parent().context("tatum-sandbox lies in no folder")?;
    let binary = folder.join(format!("{NAME}{}", std::env::consts::EXE_SUFFIX));
    if !binary.is_file() {
        build(folder).await?;
    }
    if !binary.is_file() {
        bail!("there is no {}; build it with `cargo build -p {NAME}`", binary.display());
    }
    Ok(binary)
}

/// The binary that `TATUM_KMS_BIN` names.
#[expect(clippy::disallowed_methods, reason = "which binary is under test is set from outside")]
pub fn overridden() -> Option<PathBuf> {
    std::env::var_os(OVERRIDE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

async fn build(folder: &Path) -> Result<()> {
    let release = folder.ends_with("release");
    let target = folder.parent().context("tatum-sandbox lies in no target folder")?;
    let mut command = Command::new("cargo");
    command.args(["build", "-p", NAME, "--target-dir"]).arg(target);
    if release {
        command.arg("--release");
    }
    let workspace = workspace(folder).with_context(|| {
        format!("{NAME} is not beside tatum-sandbox and its sources are nowhere; build it first")
    })?;
    let profile = if release { " --release" } else { "" };
    say(&format!("{NAME} is not built yet: cargo build{profile} -p {NAME} (some minutes)"));
    let status = command
        .current_dir(workspace)
        .status()
        .await
        .context("cargo can't be run; install Rust or build tatum-kms elsewhere")?;
    if !status.success() {
        bail!("{NAME} can't be built: cargo ended with {status}; its own words are above");
    }
    Ok(())
}

/// The folder this crate was built in, or one above the executable.
fn workspace(folder: &Path) -> Option<PathBuf> {
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));
    built_in
        .ancestors()
        .chain(folder.ancestors())
        .find(|folder| folder.join("Cargo.toml").is_file() && folder.join("crates/cli").is_dir())
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_found_from_a_folder_below() {
        let root = workspace(Path::new("/")).unwrap();
        assert!(root.join("crates/sandbox").is_dir());
    }
}
