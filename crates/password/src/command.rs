//! What a command prints: `pass show kms`, `op read …`, `vault kv get …`.

use std::process::Command;
use std::time::Duration;

use kms_core::Password;
use zeroize::Zeroizing;

use crate::{ChildEnvironment, PasswordError, child};

/// How errors call it. Never by its text, which may hold a secret.
const PLACE: &str = "the password command";

/// A line for the shell, whose first line of output is the password.
pub struct Shell {
    line: Zeroizing<String>,
    environment: ChildEnvironment,
}

impl Shell {
    /// `line` is run by `sh -c`: words are split, quoted and piped as in a terminal.
    pub fn new(line: String, environment: ChildEnvironment) -> Self {
        Self { line: Zeroizing::new(line), environment }
    }

    pub(crate) fn password(&self) -> Result<Password, PasswordError> {
        self.password_within(child::patience())
    }

    fn password_within(&self, patience: Duration) -> Result<Password, PasswordError> {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(self.line.as_str());
        self.environment.apply(&mut command);
        child::password(&mut command, patience).map_err(|problem| problem.at(PLACE))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn run(line: &str) -> Result<String, String> {
        run_with(line, ChildEnvironment::default())
    }

    fn run_with(line: &str, environment: ChildEnvironment) -> Result<String, String> {
        let found = Shell::new(line.to_owned(), environment).password();
        found.map(|found| found.expose_secret().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn its_first_line_is_the_password() {
        assert_eq!(run("echo ' hunter2 '").unwrap(), " hunter2 ");
        assert_eq!(run("printf hunter2").unwrap(), "hunter2");
        assert_eq!(run("printf 'hunter2\\r\\nuser: me\\nurl: x\\n'").unwrap(), "hunter2");
        assert_eq!(run("echo 2retnuh | rev").unwrap(), "hunter2");
    }

    #[test]
    fn what_gives_no_password_is_said_without_showing_anything() {
        let failures = [
            ("echo hunter2; exit 3", "failed (exit status: 3); try it by hand"),
            ("nosuch-hunter2 2>/dev/null", "failed (exit status: 127); try it by hand"),
            ("echo hunter2; kill -9 $$", "failed (signal: 9 (SIGKILL)); try it by hand"),
            (": hunter2", "printed no password; it must print it as its first line"),
            ("echo; echo hunter2", "printed no password; it must print it as its first line"),
            ("printf 'hunter2\\377\\n'", "is not valid UTF-8; only text is accepted"),
            ("yes hunter2", "gives more than 4096 bytes; the password alone is expected"),
        ];
        for (line, expected) in failures {
            assert_eq!(run(line).unwrap_err(), format!("the password command {expected}"));
        }
        let long = "i=0; while [ $i -lt 500 ]; do printf hunter2hunter2; i=$((i+1)); done";
        assert!(run(long).unwrap_err().contains("more than 4096 bytes"));
    }

    #[test]
    fn one_that_does_not_end_is_ended() {
        let start = Instant::now();
        let lines = [
            "sleep 60",
            "echo hunter2; exec >&-; sleep 60",
            "sleep 60 | cat",
            "sleep 60 & echo hunter2",
        ];
        for line in lines {
            let shell = Shell::new(line.to_owned(), ChildEnvironment::default());
            let error = shell.password_within(Duration::from_millis(100)).unwrap_err().to_string();
            assert!(error.contains("gave no answer within 0.1 seconds"), "{error}");
        }
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn it_gets_the_environment_but_for_what_is_secret() {
        let environment = ChildEnvironment {
            without: vec!["PATH"],
            with: vec![("ADDED", Zeroizing::new("this".to_owned()))],
        };
        let line = "/usr/bin/env | /bin/grep -c ^CARGO_PKG_NAME=; ";
        assert_eq!(run_with(line, environment.clone()).unwrap(), "1");
        let line = "echo \"$ADDED\" $(/usr/bin/env | /bin/grep -c ^PATH=/)";
        assert_eq!(run_with(line, environment).unwrap(), "this 0");
    }

    #[test]
    fn it_finds_nothing_on_standard_input() {
        if !crate::is_interactive() {
            assert_eq!(run("cat; echo end").unwrap(), "end");
        }
    }
}
