//! `docs/commands.md`: one section for each command.

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::{cell, hold};
use crate::args::{Block, blocks, described};

const HEAD: &str = "\
# The commands

<!-- Made by `UPDATE_DOCS=1 cargo test -p tatum-kms documents` from what `--help` says; a test holds it to that. -->

`tatum-kms <command> --help` says the same at a terminal, `tatum-kms man` as manual pages, and
`tatum-kms completions` has a shell know it. Examples use two wallets: `6d78dad2-…`, a mnemonic of ETH, and
`0c64cc04-…`, a private key of BSC on its testnet. Where an example shows what it prints, a test runs it and compares;
`…` stands for what differs each time.

";

/// The document.
fn document() -> String {
    let tree = described();
    let mut text = HEAD.to_owned();
    for command in leaves(&tree) {
        let name = full_name(command);
        let link = name.replace(' ', "-");
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        writeln!(text, "- [{name}](#{link}): {about}").unwrap();
    }
    text.push_str("\n## Every command\n");
    arguments(&mut text, &tree);
    help(&mut text, &tree);
    for command in leaves(&tree) {
        section(&mut text, command);
    }
    text
}

/// The commands that do something, in their order.
fn leaves(command: &Command) -> Vec<&Command> {
    if command.has_subcommands() {
        command.get_subcommands().flat_map(leaves).collect()
    } else {
        vec![command]
    }
}

/// Its name as it is typed behind `tatum-kms`.
fn full_name(command: &Command) -> String {
    let name = command.get_bin_name().unwrap_or_default();
    name.trim_start_matches("tatum-kms ").to_owned()
}

fn section(text: &mut String, command: &Command) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    write!(text, "\n## {}\n\n{about}.\n\n```text\n{usage}\n```\n", full_name(command)).unwrap();
    arguments(text, command);
    help(text, command);
}

/// Its arguments and options, without those of every command.
fn arguments(text: &mut String, command: &Command) {
    let inner = command.get_bin_name().is_some_and(|name| name.contains(' '));
    let elsewhere = |argument: &Arg| inner && argument.is_global_set();
    let shown: Vec<&Arg> = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set() && !elsewhere(argument))
        .filter(|argument| argument.get_id() != "help")
        .collect();
    if shown.is_empty() {
        return;
    }
    text.push_str("\n| argument or option | what | default |\n|---|---|---|\n");
    for argument in shown {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let (help, said) = match help.split_once(" [default: ") {
            Some((help, said)) => (help.to_owned(), Some(said.trim_end_matches(']').to_owned())),
            None => (help, None),
        };
        let name = if argument.is_positional() {
            argument.to_string()
        } else {
            let short = argument.get_short().map(|short| format!("-{short}, "));
            short.unwrap_or_default() + &argument.to_string()
        };
        let default = said.or_else(|| default(argument)).unwrap_or_default();
        let help = cell(&(help + &choices(argument)));
        writeln!(text, "| `{}` | {help} | {} |", name.replace('|', "\\|"), cell(&default)).unwrap();
    }
}

/// What an option has that nobody gives, if that is worth saying.
fn default(argument: &Arg) -> Option<String> {
    if argument.is_hide_default_value_set() || !argument.get_action().takes_values() {
        return None;
    }
    let values: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn choices(argument: &Arg) -> String {
    if argument.is_hide_possible_values_set() || !argument.get_action().takes_values() {
        return String::new();
    }
    let values: Vec<_> = argument
        .get_possible_values()
        .iter()
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({})", value.get_name(), in_a_sentence(&help.to_string())),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) }
}

/// A sentence as a part of another.
fn in_a_sentence(text: &str) -> String {
    let mut rest = text.trim_end_matches('.').chars();
    rest.next().into_iter().flat_map(char::to_lowercase).chain(rest).collect()
}

/// What stands behind the options in `--help`.
fn help(text: &mut String, command: &Command) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let mut has_codes = false;
    for block in blocks(&help) {
        match block {
            Block::Examples(lines) => {
                write!(text, "\n```console\n{}\n```\n", lines.join("\n")).unwrap();
            }
            Block::Terms(title, terms) => {
                has_codes |= title == "Exit codes";
                write!(text, "\n{title}:\n\n").unwrap();
                for (name, meaning) in terms {
                    writeln!(text, "- `{name}`: {}", prose(&meaning)).unwrap();
                }
            }
            Block::Text(paragraph) => write!(text, "\n{}\n", prose(paragraph)).unwrap(),
        }
    }
    if !has_codes {
        text.push_str("\nExit codes: those of [every command](#every-command).\n");
    }
}

/// A text in which nothing counts as HTML or emphasis. What stands in backticks is left as it is.
fn prose(text: &str) -> String {
    let part = |(n, part): (usize, &str)| match n % 2 {
        0 => named(&part.replace('<', "&lt;").replace('*', "\\*")),
        _ => part.to_owned(),
    };
    text.split('`').enumerate().map(part).collect::<Vec<_>>().join("`")
}

/// The text with flags and variables in backticks.
fn named(text: &str) -> String {
    let word = |word: &str| {
        let end = word.rfind(|c: char| c.is_alphanumeric()).map_or(0, |at| at + 1);
        let start = word.find(|c: char| c != '(').unwrap_or(0);
        let is_name =
            ["--", "TATUM_", "~/", "./."].iter().any(|sign| word[start..].starts_with(sign));
        match is_name && word.is_char_boundary(end) && start < end {
            true => format!("{}`{}`{}", &word[..start], &word[start..end], &word[end..]),
            false => word.to_owned(),
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_commands_are_those_of_the_program() {
    hold("commands.md", &document());
}
