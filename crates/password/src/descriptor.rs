//! A file descriptor that whoever started the program has opened: `3< FILE`, `3< <(command)`.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use kms_core::Password;
use rustix::termios::isatty;

use crate::line::Unbuffered;
use crate::{PasswordError, Problem, bounded, file};

/// Reads it to its end.
///
/// It is opened again by its name, since taking a descriptor over by its number is not a safe operation. The
/// number stays open: a pipe is empty then, and a file is as it was.
pub(crate) fn read(number: u32) -> Result<Password, PasswordError> {
    read_within(number, bounded::PATIENCE)
        .map_err(|problem| problem.at(format!("file descriptor {number}, named by --passwordFd,")))
}

fn read_within(number: u32, patience: Duration) -> Result<Password, Problem> {
    if number == 0 {
        // Read as it is, for others may have read a part of it.
        return if crate::is_interactive() {
            Err(Problem::Terminal)
        } else {
            bounded::password(Unbuffered, patience)
        };
    }
    let path = format!("/proc/self/fd/{number}");
    let opened = file::open_at_once(Path::new(&path)).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Problem::NotOpen,
        _ => Problem::Unreadable(error),
    })?;
    if isatty(&opened) {
        return Err(Problem::Terminal);
    }
    bounded::password(opened, patience)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write as _};
    use std::os::fd::AsRawFd as _;

    use super::*;

    fn number(of: &impl std::os::fd::AsRawFd) -> u32 {
        of.as_raw_fd().try_into().unwrap()
    }

    #[test]
    fn a_pipe_is_read_to_its_end() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"hunter2\n").unwrap();
        drop(writer);
        assert_eq!(read(number(&reader)).unwrap().expose_secret(), "hunter2");
        let again = read(number(&reader)).unwrap_err().to_string();
        assert!(again.contains("is empty"), "{again}");
    }

    #[test]
    fn a_file_is_read_from_its_beginning() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"hunter2").unwrap();
        assert_eq!(read(number(&file)).unwrap().expose_secret(), "hunter2");
    }

    #[test]
    fn what_holds_no_password_is_named() {
        let closed = read(99_999).unwrap_err().to_string();
        assert!(closed.starts_with("file descriptor 99999, named by --passwordFd, is not open"));
        let directory = std::fs::File::open("/").unwrap();
        let text = read(number(&directory)).unwrap_err().to_string();
        assert!(text.contains("can't be read"), "{text}");
        let (reader, _writer) = io::pipe().unwrap();
        let late = read_within(reader.as_raw_fd().try_into().unwrap(), Duration::from_millis(20));
        assert!(matches!(late, Err(Problem::TimedOut(_))));
    }
}
