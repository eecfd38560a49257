//! A password that is known already.

use kms_core::Password;

use crate::{PasswordError, Source};

/// A password that was handed in, taken as it is: outer blanks count.
#[derive(Debug)]
pub struct Given(pub Password);

impl Source for Given {
    fn password(&self) -> Result<Password, PasswordError> {
        match self.0.expose_secret() {
            "" => Err(PasswordError::Empty("password")),
            _ => Ok(self.0.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_part_of_the_password_and_an_empty_one_is_none() {
        let given = Given(Password::new("  pass word ".to_owned()));
        assert_eq!(given.password().unwrap().expose_secret(), "  pass word ");
        let empty = Given(Password::new(String::new()));
        assert!(matches!(empty.password(), Err(PasswordError::Empty("password"))));
    }
}
