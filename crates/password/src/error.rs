//! Why there is no password. No error holds any part of one.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

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
    /// Nothing names a source, and standard input had no line.
    #[error(
        "the password is missing: no source is named and standard input has ended; set \
         TATUM_KMS_PASSWORD, give --passwordFile, --passwordFd or --passwordCommand, or run it at a \
         terminal"
    )]
    NoSource,
    /// The line is longer than any secret.
    #[error("the {0} is longer than {1} bytes; one line with the secret alone is expected")]
    TooLong(&'static str, usize),
    /// Not text.
    #[error("the {0} is not valid UTF-8; only text is accepted")]
    NotUtf8(&'static str),
    /// Ctrl-C at the prompt.
    #[error("interrupted; nothing was changed")]
    Interrupted,
    /// The terminal or standard input failed.
    #[error("the {0} could not be read: {1}")]
    Io(&'static str, io::Error),
    /// Two settings name a source each, and neither is nearer.
    #[error("{0} and {1} are both set; unset one of them")]
    TwoSettings(&'static str, &'static str),
    /// A source that was named has no password.
    #[error("{place} {problem}")]
    Source {
        /// What was asked, as a text begins: `the password file /run/secrets/kms`.
        place: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The program that speaks to clouds is not there.
    #[error(
        "{flag} needs the program tatum-kms-secrets, which is not at {}; install it there, in version \
         {version}, or use --passwordFile, --passwordFd, --passwordCommand or TATUM_KMS_PASSWORD instead",
        path.display()
    )]
    HelperMissing {
        /// The flag that asks for it.
        flag: &'static str,
        /// Where it should be.
        path: PathBuf,
        /// The version that fits.
        version: &'static str,
    },
    /// The program that speaks to clouds is of another version.
    #[error(
        "{} is of {found}, and this program of version {version}; install the two in the same version",
        path.display()
    )]
    HelperVersion {
        /// Where it is.
        path: PathBuf,
        /// Its version, or that it has told none.
        found: String,
        /// The version that fits.
        version: &'static str,
    },
}

/// What is wrong with a source.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The operating system refuses.
    #[error("can't be read: {0}; check that it is there and may be read by this user")]
    Unreadable(io::Error),
    /// A directory, a device or a socket.
    #[error("is neither a regular file nor a pipe; name a file that holds the password")]
    NotAFile,
    /// Whoever writes it chooses the password. Holds the permission bits.
    #[error("can be written by others (mode {0:03o}); run chmod go-w on it")]
    Writable(u32),
    /// There is nothing in it.
    #[error("is empty; put the password into it")]
    Empty,
    /// Not text.
    #[error("is not valid UTF-8; only text is accepted")]
    NotUtf8,
    /// Longer than any password. Holds the limit in bytes.
    #[error("gives more than {0} bytes; the password alone is expected")]
    TooLong(usize),
    /// It took too long.
    #[error("gave no answer within {} seconds; try it by hand", .0.as_secs_f32())]
    TimedOut(Duration),
    /// There is no such file descriptor.
    #[error("is not open; pass it on when the program is started, for example 3< FILE")]
    NotOpen,
    /// A person would type there, and be seen.
    #[error("is a terminal; leave --passwordFd out to be asked for the password")]
    Terminal,
    /// The operating system starts no such program.
    #[error("can't be run: {0}; check that it is there and may be executed")]
    NotStarted(io::Error),
    /// It said itself that it failed.
    #[error("failed ({0}); try it by hand")]
    Failed(ExitStatus),
    /// It succeeded without a password.
    #[error("printed no password; it must print it as its first line")]
    Silent,
}

impl Problem {
    /// The error of the source that begins a sentence as `place`.
    pub(crate) fn at(self, place: impl Into<String>) -> PasswordError {
        PasswordError::Source { place: place.into(), problem: self }
    }
}
