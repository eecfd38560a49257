//! Identifiers, checked on arrival so that they can stand in URLs, logs and files as they are.

use std::fmt;
use std::str::FromStr;

/// The longest identifier accepted, in characters.
const MAX_LEN: usize = 64;

/// An identifier that is empty, too long, or has a character outside `[0-9A-Za-z_-]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing at all.
    #[error("identifier is empty")]
    Empty,
    /// Longer than 64 characters.
    #[error("identifier has {0} characters, at most 64 are allowed")]
    TooLong(usize),
    /// A character that has no place in a URL path segment.
    #[error("identifier has the character {0:?}; only letters, digits, `-` and `_` are allowed")]
    Character(char),
}

fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if let Some(c) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))) {
        return Err(IdError::Character(c));
    }
    if text.len() > MAX_LEN {
        return Err(IdError::TooLong(text.len()));
    }
    Ok(())
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// Names a wallet. Made by the KMS (a version 4 UUID), given to the API in place of a key.
    SignatureId
}

identifier! {
    /// Names a pending transaction. Made by the API (24 hex digits), which calls it `signatureId` when it is reported.
    PendingId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_url_path_segments() {
        assert!("5e6645712b55823de7ea82f1".parse::<PendingId>().is_ok());
        assert!("6d78dad2-518f-4e76-8255-8f1df0de6886".parse::<SignatureId>().is_ok());
        assert_eq!("".parse::<PendingId>(), Err(IdError::Empty));
        assert_eq!("a/../b".parse::<PendingId>(), Err(IdError::Character('/')));
        assert_eq!("a\u{1b}[2J".parse::<PendingId>(), Err(IdError::Character('\u{1b}')));
        assert_eq!("x".repeat(65).parse::<PendingId>(), Err(IdError::TooLong(65)));
    }
}
