//! One manual page. What clap's generator knows it writes; usage and help texts, whose examples must keep their
//! lines, are written here.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::args::{Block, blocks};

/// A page.
pub(super) struct Page {
    man: Man,
    command: Command,
}

impl Page {
    /// The page of a command, which must be built.
    pub(super) fn of(command: &Command) -> Self {
        let inner = command.get_bin_name().is_some_and(|name| name.contains(' '));
        // Flags of every command are on the first page.
        let command = command.clone();
        let command = if inner {
            command.mut_args(|flag| {
                let hidden = flag.is_global_set();
                flag.hide(hidden)
            })
        } else {
            command
        };
        let man = Man::new(command.clone())
            .source(concat!("tatum-kms ", env!("CARGO_PKG_VERSION")))
            .manual("tatum-kms");
        Self { man, command }
    }

    /// The name of its file.
    pub(super) fn file_name(&self) -> String {
        self.man.get_filename()
    }

    /// The page, in roff.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        let mut page = Vec::new();
        self.man.render_title(&mut page)?;
        self.man.render_name_section(&mut page)?;
        self.synopsis().to_writer(&mut page)?;
        self.man.render_description_section(&mut page)?;
        if self.command.get_arguments().any(|argument| !argument.is_hide_set()) {
            self.man.render_options_section(&mut page)?;
        }
        if self.command.has_subcommands() {
            self.man.render_subcommands_section(&mut page)?;
        }
        self.rest().to_writer(&mut page)?;
        Ok(String::from_utf8(page)?)
    }

    fn synopsis(&self) -> Roff {
        let mut roff = Roff::new();
        roff.control("SH", ["SYNOPSIS"]);
        let usage = self.command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage:").trim();
        roff.text([bold(usage)]);
        roff
    }

    /// What the help says behind the options, and where more is.
    fn rest(&self) -> Roff {
        let mut roff = Roff::new();
        let help = self.command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let (mut noted, blocks) = (false, blocks(&help));
        for block in &blocks {
            match block {
                Block::Examples(lines) => examples(&mut roff, lines),
                Block::Terms(title, terms) => list(&mut roff, title, terms),
                Block::Text(text) => {
                    // One heading for all paragraphs in a row.
                    let heading = if noted { "PP" } else { "SH" };
                    roff.control(heading, (!noted).then_some("NOTES"));
                    roff.text([roman(*text)]);
                }
            }
            noted = matches!(block, Block::Text(_));
        }
        if self.command.get_bin_name().is_some_and(|name| name.contains(' ')) {
            roff.control("SH", ["SEE ALSO"]);
            roff.text([
                bold("tatum-kms"),
                roman("(1), for the options of every command and where settings come from"),
            ]);
        }
        roff
    }
}

fn examples(roff: &mut Roff, lines: &[&str]) {
    roff.control("SH", ["EXAMPLES"]);
    roff.control("RS", ["4"]);
    roff.control("nf", []);
    for line in lines {
        roff.text([roman(*line)]);
    }
    roff.control("fi", []);
    roff.control("RE", []);
}

fn list(roff: &mut Roff, title: &str, terms: &[(&str, String)]) {
    let title = if title == "Exit codes" { "EXIT STATUS" } else { &title.to_uppercase() };
    roff.control("SH", [title]);
    for (name, meaning) in terms {
        roff.control("TP", []);
        roff.text([bold(*name)]);
        roff.text([roman(meaning.as_str())]);
    }
}
