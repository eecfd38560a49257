//! A password in a file.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use kms_core::Password;

use crate::line;
use crate::{PasswordError, Source};

/// A file that holds the password as its one line; outer blanks count, the line end does not.
#[derive(Debug)]
pub struct PasswordFile(pub PathBuf);

impl Source for PasswordFile {
    fn password(&self) -> Result<Password, PasswordError> {
        let failed = |source| PasswordError::File(self.0.clone(), source);
        let mut file = File::open(&self.0).map_err(failed)?;
        let mut line = match line::read(&mut file, "password") {
            Err(PasswordError::Ended(what)) => return Err(PasswordError::Empty(what)),
            line => line?,
        };
        if file.read(&mut [0]).map_err(failed)? > 0 {
            return Err(PasswordError::MoreLines(self.0.clone()));
        }
        match line.as_str() {
            "" => Err(PasswordError::Empty("password")),
            _ => Ok(Password::new(std::mem::take(&mut *line))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &[u8]) -> Result<String, PasswordError> {
        let directory = std::env::temp_dir().join(format!("kms-password-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join(format!("{:p}", text.as_ptr()));
        std::fs::write(&path, text).unwrap();
        let read = PasswordFile(path.clone()).password();
        std::fs::remove_file(path).unwrap();
        read.map(|password| password.expose_secret().to_owned())
    }

    #[test]
    fn the_line_is_the_password() {
        assert_eq!(from(b" hunter 2 \n").unwrap(), " hunter 2 ");
        assert_eq!(from(b"hunter2").unwrap(), "hunter2");
        assert!(matches!(from(b"\n"), Err(PasswordError::Empty(_))));
        assert!(matches!(from(b""), Err(PasswordError::Empty(_))));
        assert!(matches!(from(b"hunter2\nmore"), Err(PasswordError::MoreLines(_))));
        let missing = PasswordFile("/nowhere/at/all".into()).password().unwrap_err();
        assert!(missing.to_string().contains("/nowhere/at/all"), "{missing}");
    }
}
