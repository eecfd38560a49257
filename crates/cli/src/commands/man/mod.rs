//! `man`: manual pages, one for each command.

mod page;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Command;

use self::page::Page;
use crate::args::{self, ManArgs};
use crate::output;

pub(super) fn run(wanted: &ManArgs) -> anyhow::Result<()> {
    let all = args::described();
    match (&wanted.dir, &wanted.page) {
        (Some(directory), _) => write_all(&all, directory),
        (None, Some(name)) => Ok(output::text(&Page::of(find(&all, name)?).text()?)?),
        (None, None) => Ok(output::text(&Page::of(&all).text()?)?),
    }
}

/// The command of this name; a command of a command has both names, divided by blanks or hyphens.
fn find<'a>(all: &'a Command, name: &str) -> anyhow::Result<&'a Command> {
    let mut command = all;
    let words = name.split([' ', '-']).filter(|word| !word.is_empty());
    for word in words.skip_while(|word| ["tatum", "kms"].contains(word)) {
        let Some(next) = command.find_subcommand(word) else {
            bail!("there is no command `{name}`; `tatum-kms --help` lists all of them");
        };
        command = next;
    }
    Ok(command)
}

fn write_all(all: &Command, directory: &Path) -> anyhow::Result<()> {
    let shown = directory.display();
    fs::create_dir_all(directory)
        .with_context(|| format!("the directory `{shown}` can't be made"))?;
    let count = write(all, directory)?;
    output::note(&format!("wrote {count} pages into {shown}; read one by man -l {shown}/FILE"));
    Ok(())
}

/// Writes the page of a command and those of its own commands; tells how many.
fn write(command: &Command, directory: &Path) -> anyhow::Result<usize> {
    let page = Page::of(command);
    let file = directory.join(page.file_name());
    fs::write(&file, page.text()?)
        .with_context(|| format!("`{}` can't be written", file.display()))?;
    let mut count = 1;
    for inner in command.get_subcommands() {
        count += write(inner, directory)?;
    }
    Ok(count)
}
