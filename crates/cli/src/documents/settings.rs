//! The tables of settings in `docs/configuration.md`.

use std::fmt::Write as _;
use std::fs;

use super::{cell, hold};
use crate::args;
use crate::settings::{Given, Shown, TABLE};

const NAME: &str = "configuration.md";
const BEGIN: &str =
    "<!-- Made from the program by `UPDATE_DOCS=1 cargo test -p tatum-kms documents`. -->\n";
const END: &str = "<!-- End of what is made. -->\n";

fn tables() -> String {
    let defaults = args::defaults();
    let mut text = "\n| variable | key in the config file | what |\n|---|---|---|\n".to_owned();
    for setting in TABLE {
        let (Given::Variable(name) | Given::FlagOrVariable(name)) = setting.given else { continue };
        let key = match setting.shown {
            // Config files name a file for it, if they can have it at all.
            Shown::Secret => TABLE
                .iter()
                .find(|other| other.given == Given::FileOf(name))
                .or_else(|| TABLE.iter().find(|other| other.key == file_key(setting.key)))
                .map_or_else(String::new, |other| format!("`{}`", other.key)),
            _ => format!("`{}`", setting.key),
        };
        writeln!(text, "| `{name}` | {key} | {} |", cell(&setting.told())).unwrap();
    }
    text.push_str("\n| flag and key | of | what | default |\n|---|---|---|---|\n");
    for setting in TABLE {
        let of = match setting.given {
            Given::Flag | Given::FlagOrVariable(_) => "every command",
            Given::DaemonFlag => "`daemon`",
            Given::Variable(_) | Given::FileOf(_) => continue,
        };
        let help = setting.told();
        let (help, said) = help.split_once(" [default: ").unwrap_or((&help, ""));
        let default = defaults.get(setting.key).map_or(said.trim_end_matches(']'), String::as_str);
        writeln!(text, "| `{}` | {of} | {} | {} |", setting.key, cell(help), cell(default))
            .unwrap();
    }
    text.push('\n');
    text
}

/// The setting that names a file which holds this one.
fn file_key(key: &str) -> String {
    if key == "externalHeaders" { "externalUrlHeaderFile".to_owned() } else { format!("{key}File") }
}

#[test]
fn the_settings_are_those_of_the_program() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let found = fs::read_to_string(path).unwrap();
    let (before, rest) = found.split_once(BEGIN).expect("the tables have a beginning");
    let (_, after) = rest.split_once(END).expect("the tables have an end");
    hold(NAME, &format!("{before}{BEGIN}{}{END}{after}", tables()));
}
