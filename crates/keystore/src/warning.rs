//! What the owner of a store should know.

use std::fmt;
use std::path::PathBuf;

use crate::permissions;

/// Something about a store that its owner should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The file has the old, weak format.
    LegacyFormat,
    /// Others than the owner may read or write the file.
    LoosePermissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others than the owner may put another file in the place of the store.
    LooseDirectory {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The path is a symbolic link of another user.
    ForeignLink {
        /// The link.
        path: PathBuf,
        /// The id of the user.
        owner: u32,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LegacyFormat => f.write_str(
                "the wallet file has the old format, whose password can be guessed fast; the next command that writes upgrades it",
            ),
            Self::LoosePermissions { path, mode } => {
                f.write_str(&permissions::of_file(path, *mode))
            }
            Self::LooseDirectory { path, mode } => {
                f.write_str(&permissions::of_directory(path, *mode))
            }
            Self::ForeignLink { path, owner } => f.write_str(&permissions::of_link(path, *owner)),
        }
    }
}
