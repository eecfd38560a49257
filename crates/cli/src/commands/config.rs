//! `config init`: write a config file to begin with.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::new_file;
use crate::args::ConfigCommand;
use crate::{output, settings};

pub(super) fn run(command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    let ConfigCommand::Init { file } = command;
    let path = match file {
        Some(file) => file.clone(),
        None => {
            let path = settings::in_home("config.toml").context(
                "the home directory is not known, so neither is the config file; name a file",
            )?;
            make_directory(path.parent().unwrap_or(Path::new(".")))?;
            path
        }
    };
    new_file::write(&path, &settings::example())?;
    output::note(&format!("wrote {}; take away the `#` of what shall count", path.display()));
    Ok(ExitCode::SUCCESS)
}

fn make_directory(path: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("the directory `{}` can't be made", path.display()))
}
