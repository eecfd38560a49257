//! Where the wallet password comes from.
//!
//! Every source is one file and one implementation of [`Source`]:
//!
//! - [`Given`]: a value that the caller already has, from the environment for example
//! - [`PasswordFile`]: the one line of a file
//! - [`Prompt`]: a person at the terminal, without echo, or a line of standard input where there is no
//!   terminal; [`PromptFor`] asks for another password than that of the wallet file
//!
//! [`ask`] is what a prompt rests on; commands use it for the other secrets that are typed in.
//! Nothing here reads the environment, and no error holds a character of what was read.

mod error;
mod file;
mod given;
mod line;
mod prompt;
mod terminal;

use kms_core::Password;

pub use error::PasswordError;
pub use file::PasswordFile;
pub use given::Given;
pub use prompt::{Prompt, PromptFor, ask, is_interactive};

/// A place that the wallet password comes from.
pub trait Source {
    /// Fetches the password. An empty one is an error.
    ///
    /// # Errors
    /// The source has no password, or can't be read.
    fn password(&self) -> Result<Password, PasswordError>;
}
