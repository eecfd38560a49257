//! What documents and help texts show of a terminal: commands behind `$ `, and what they print.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{Outcome, User};

/// A command, and what is shown of its output.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) command: String,
    pub(crate) shown: String,
}

/// The commands among `lines`. A line that ends with a backslash goes on in the next.
pub(crate) fn steps<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Step> {
    let mut all: Vec<Step> = Vec::new();
    for line in lines {
        match (line.strip_prefix("$ "), all.last_mut()) {
            (Some(command), _) => {
                all.push(Step { command: command.to_owned(), shown: String::new() });
            }
            (None, Some(step)) if step.command.ends_with('\\') => {
                step.command.push('\n');
                step.command.push_str(line);
            }
            (None, Some(step)) => {
                step.shown.push_str(line);
                step.shown.push('\n');
            }
            (None, None) => {}
        }
    }
    all
}

/// The commands in the blocks `console` of a document in `docs/`.
pub(crate) fn of_document(name: &str) -> Vec<Step> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let text = fs::read_to_string(path).unwrap();
    let blocks = text.split("```console\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    blocks.flat_map(|block| steps(block.lines())).collect()
}

/// Whether `printed` is what is shown, where `…` stands for anything.
pub(crate) fn is_like(shown: &str, printed: &str) -> bool {
    let mut rest = printed.trim_end();
    let parts: Vec<&str> = shown.trim_end().split('…').collect();
    let last = parts.len() - 1;
    for (n, part) in parts.iter().enumerate() {
        let at = match n {
            0 => rest.starts_with(part).then_some(0),
            _ if n == last && part.is_empty() => return true,
            _ if n == last => rest.ends_with(part).then(|| rest.len() - part.len()),
            _ => rest.find(part),
        };
        let Some(at) = at else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty()
}

/// A shell in which commands are typed one after the other.
pub(crate) struct Terminal<'a> {
    user: &'a User,
    variables: Vec<(String, String)>,
    /// What the shell keeps from one command to the next.
    kept: String,
}

impl<'a> Terminal<'a> {
    /// In the user's home, with the program on the path and the password of the tests set.
    pub(crate) fn of(user: &'a User) -> Self {
        let programs = user.home.path().join(".programs");
        if !programs.exists() {
            fs::create_dir(&programs).unwrap();
            symlink(env!("CARGO_BIN_EXE_tatum-kms"), programs.join("tatum-kms")).unwrap();
        }
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display());
        let mut terminal = Self { user, variables: Vec::new(), kept: String::new() };
        terminal.set("PATH", &path);
        terminal.set("TATUM_KMS_PASSWORD", super::PASSWORD);
        terminal
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Runs a command. One that is `export`, `cd` or `umask` holds for later ones, before which it runs again.
    pub(crate) fn run(&mut self, line: &str) -> Outcome {
        let mut script = self.kept.clone() + line;
        script.push('\n');
        if ["export ", "cd ", "umask "].iter().any(|kept| line.starts_with(kept)) {
            self.kept.clone_from(&script);
        }
        let mut command = Command::new("bash");
        command.env_clear().env("HOME", self.user.home.path()).current_dir(self.user.home.path());
        command.envs(self.variables.iter().cloned()).stdin(Stdio::null());
        command.args(["-c", &script]);
        super::run(command)
    }
}

#[test]
fn dots_stand_for_anything() {
    assert!(is_like("a…c\n", "a b c\n") && is_like("…", "x") && is_like("a", "a\n"));
    assert!(is_like("{…,\"b\":1}", "{\"a\":2,\"b\":1}"));
    for (shown, printed) in [("a…c", "a b"), ("a", "ab"), ("…b", "abc"), ("b…", "ab")] {
        assert!(!is_like(shown, printed), "{shown} {printed}");
    }
}
