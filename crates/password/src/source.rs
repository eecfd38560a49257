//! The sources, and which of them is taken.

use std::fmt;
use std::path::PathBuf;

use kms_core::Password;

use crate::{Helper, PasswordError, Prompt, Shell, descriptor, file};

/// The name under which systemd keeps the password for a service (`LoadCredential=`).
const CREDENTIAL: &str = "tatum-kms-password";

/// A place that the wallet password comes from.
pub enum Source {
    /// A value that the caller has, taken as it is: outer blanks count.
    Given(Password),
    /// A file with the password and nothing else.
    File(PathBuf),
    /// The number of an open file descriptor, read to its end.
    Descriptor(u32),
    /// What a command prints.
    Command(Shell),
    /// A secret store of a cloud.
    Helper(Helper),
    /// The terminal or standard input.
    Prompt(Prompt),
}

/// Everything that was said of where the password is.
#[derive(Debug, Default)]
pub struct Choices {
    /// By a flag, of which there is one at most.
    pub flag: Option<Source>,
    /// By settings, with their names.
    pub settings: Vec<(&'static str, Source)>,
    /// The directory in which systemd keeps credentials for this process.
    pub credentials: Option<PathBuf>,
    /// Whether the password will protect a store that is made with it.
    pub new: bool,
}

/// Picks the source: a flag, else a setting, else systemd's credential where there is one, else the prompt.
///
/// # Errors
/// Two settings name a source each.
pub fn resolve(choices: Choices) -> Result<Source, PasswordError> {
    if let Some(flag) = choices.flag {
        return Ok(flag);
    }
    let mut settings = choices.settings.into_iter();
    match (settings.next(), settings.next()) {
        (Some((first, _)), Some((second, _))) => {
            return Err(PasswordError::TwoSettings(first, second));
        }
        (Some((_, source)), None) => return Ok(source),
        (None, _) => {}
    }
    let credential = choices.credentials.map(|directory| directory.join(CREDENTIAL));
    // One that can't be looked at is taken, so that the reason is said.
    match credential.filter(|file| file.try_exists().unwrap_or(true)) {
        Some(file) => Ok(Source::File(file)),
        None => Ok(Source::Prompt(Prompt { new: choices.new })),
    }
}

impl Source {
    /// Fetches the password, and tells `warn` of what others could do to it.
    ///
    /// # Errors
    /// The source has no password, or can't be read. An empty password is none.
    pub fn password(&self, warn: &mut dyn FnMut(&str)) -> Result<Password, PasswordError> {
        match self {
            Self::Given(password) if password.expose_secret().is_empty() => {
                Err(PasswordError::Empty("password"))
            }
            Self::Given(password) => Ok(password.clone()),
            Self::File(path) => file::read(path, warn),
            Self::Descriptor(number) => descriptor::read(*number),
            Self::Command(shell) => shell.password(),
            Self::Helper(helper) => helper.password(),
            Self::Prompt(prompt) => prompt.password(),
        }
    }

    /// Whether it takes something from standard input, where other things may be expected.
    pub fn reads_standard_input(&self) -> bool {
        match self {
            Self::Prompt(_) => !crate::is_interactive(),
            Self::Descriptor(number) => *number == 0,
            _ => false,
        }
    }
}

/// Its kind only: a command line may hold a secret.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given(_) => "Given",
            Self::File(_) => "File",
            Self::Descriptor(_) => "Descriptor",
            Self::Command(_) => "Command",
            Self::Helper(_) => "Helper",
            Self::Prompt(_) => "Prompt",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ChildEnvironment;

    fn given(password: &str) -> Source {
        Source::Given(Password::new(password.to_owned()))
    }

    fn taken(choices: Choices) -> String {
        format!("{:?}", resolve(choices).unwrap())
    }

    #[test]
    fn the_nearest_is_taken() {
        let credentials = tempfile::tempdir().unwrap();
        let all = |flag, settings| Choices {
            flag,
            settings,
            credentials: Some(credentials.path().to_owned()),
            new: true,
        };
        assert_eq!(taken(all(None, vec![])), "Prompt");
        std::fs::write(credentials.path().join(CREDENTIAL), "hunter2").unwrap();
        assert_eq!(taken(all(None, vec![])), "File");
        assert_eq!(taken(all(None, vec![("A", given("x"))])), "Given");
        let set = vec![("A", given("x")), ("B", given("y"))];
        assert_eq!(taken(all(Some(Source::Descriptor(3)), set)), "Descriptor");
        assert_eq!(taken(Choices::default()), "Prompt");
    }

    #[test]
    fn two_settings_are_one_too_many() {
        let settings = vec![("A", given("hunter2")), ("B", given("hunter2"))];
        let error = resolve(Choices { settings, ..Choices::default() }).unwrap_err();
        assert_eq!(error.to_string(), "A and B are both set; unset one of them");
    }

    #[test]
    fn blanks_are_part_of_the_password_and_an_empty_one_is_none() {
        let mut quiet = |text: &str| panic!("{text}");
        let found = given("  pass word ").password(&mut quiet).unwrap();
        assert_eq!(found.expose_secret(), "  pass word ");
        let empty = given("").password(&mut quiet);
        assert!(matches!(empty, Err(PasswordError::Empty("password"))));
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let shell = Shell::new("echo hunter2".to_owned(), ChildEnvironment::default());
        let shown = format!("{:?} {:?}", given("hunter2"), Source::Command(shell));
        assert_eq!(shown, "Given Command");
    }
}
