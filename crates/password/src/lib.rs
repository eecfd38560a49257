//! Where the wallet password comes from.
//!
//! [`resolve`] picks one [`Source`]: a flag before the settings, those before a credential of systemd, that
//! before a person or a script at standard input. Every source is one file:
//!
//! - `file.rs`: a file, such as the secrets that Docker and Kubernetes mount
//! - `descriptor.rs`: a file descriptor that is open when the program starts
//! - `command.rs`: what a command prints, as restic and borg have it
//! - `helper.rs`: a secret store of a cloud, through the program `tatum-kms-secrets`
//! - `prompt.rs`: a person at the terminal, without echo, or a line of standard input where there is no
//!   terminal; [`PromptFor`] asks for another password than that of the wallet file
//!
//! [`ask`] is what a prompt rests on; commands use it for the other secrets that are typed in.
//! Nothing here reads the environment, no error holds a character of what was read, and nothing waits
//! without end but for a person or for standard input.

mod bounded;
mod child;
mod command;
mod descriptor;
mod error;
mod file;
mod helper;
mod line;
mod prompt;
mod source;
mod terminal;

pub use child::ChildEnvironment;
pub use command::Shell;
pub use error::{PasswordError, Problem};
pub use helper::{Helper, SecretStore};
pub use prompt::{Prompt, PromptFor, ask, is_interactive};
pub use source::{Choices, Source, resolve};
