//! A secret that a person types, or that a script pipes in.

use std::io::IsTerminal as _;

use kms_core::Password;
use zeroize::Zeroizing;

use crate::line::{self, Unbuffered};
use crate::{PasswordError, terminal};

/// The question that asks for the wallet password.
const QUESTION: &str =
    "Enter password to access wallet store (or set env var TATUM_KMS_PASSWORD): ";

/// Asks for the wallet password: at the terminal without echo, else the next line of standard input.
#[derive(Clone, Copy, Debug)]
pub struct Prompt {
    /// Whether it will protect a new store, so that a slip of the finger would lock it for good: at a
    /// terminal it is asked for twice then.
    pub new: bool,
}

impl Prompt {
    pub(crate) fn password(self) -> Result<Password, PasswordError> {
        let again = self.new.then_some("Repeat the password of the new wallet store: ");
        let asked = PromptFor { question: QUESTION, again }.password();
        asked.map_err(|error| match error {
            PasswordError::Ended(_) => PasswordError::NoSource,
            other => other,
        })
    }
}

/// Asks for a password with these words: at the terminal without echo, else the next line of standard
/// input.
#[derive(Clone, Copy, Debug)]
pub struct PromptFor {
    /// The question.
    pub question: &'static str,
    /// Asked at a terminal for the same once more, where a slip of the finger would lock something for good.
    pub again: Option<&'static str>,
}

impl PromptFor {
    /// Fetches the password. An empty one is an error.
    ///
    /// # Errors
    /// Standard input has ended, the two entries differ, or the terminal can't be read.
    pub fn password(self) -> Result<Password, PasswordError> {
        let mut password = ask("password", self.question)?;
        if password.is_empty() {
            return Err(PasswordError::Empty("password"));
        }
        if let Some(question) = self.again.filter(|_| is_interactive())
            && *ask("password", question)? != *password
        {
            return Err(PasswordError::Differ);
        }
        Ok(Password::new(std::mem::take(&mut *password)))
    }
}

/// Whether a person is there to answer: standard input is a terminal.
pub fn is_interactive() -> bool {
    std::io::stdin().is_terminal()
}

/// Asks `question` at the terminal without echo, or reads the next line of standard input where that
/// is no terminal. `what` names the secret in errors. The answer may be empty, and is not trimmed.
///
/// # Errors
/// Standard input has ended, or the terminal can't be read.
pub fn ask(what: &'static str, question: &str) -> Result<Zeroizing<String>, PasswordError> {
    if is_interactive() { terminal::ask(what, question) } else { line::read(&mut Unbuffered, what) }
}
