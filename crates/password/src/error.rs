//! Why there is no password. No error holds any part of one.

use std::io;
use std::path::PathBuf;

/// A secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Nothing was typed, or the value is empty.
    #[error("the {0} is empty; an empty {0} is not accepted")]
    Empty(&'static str),
    /// The two entries of a new password differ.
    #[error("the two passwords differ; nothing was changed, try again")]
    Differ,
    /// Standard input had no line for it.
    #[error(
        "the {0} is missing: standard input has ended; type it at a terminal or pass it as a line of \
         standard input"
    )]
    Ended(&'static str),
    /// The line is longer than any secret.
    #[error("the {0} is longer than {1} bytes; one line with the secret alone is expected")]
    TooLong(&'static str, usize),
    /// Not text.
    #[error("the {0} is not valid UTF-8; only text is accepted")]
    NotUtf8(&'static str),
    /// Ctrl-C at the prompt.
    #[error("interrupted; nothing was changed")]
    Interrupted,
    /// The file can't be read.
    #[error("the password file `{0}` could not be read: {1}")]
    File(PathBuf, io::Error),
    /// More than one line in the file.
    #[error("the password file `{0}` has more than one line; it must hold the password alone")]
    MoreLines(PathBuf),
    /// The terminal or standard input failed.
    #[error("the {0} could not be read: {1}")]
    Io(&'static str, io::Error),
}
