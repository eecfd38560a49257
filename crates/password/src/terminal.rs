//! Typing without echo.
//!
//! Written here because what is typed must be wiped, and because Ctrl-C at the prompt must not leave
//! the terminal without echo: the mode is restored before anything else happens.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write as _};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

use crate::PasswordError;
use crate::line::{self, MAX_BYTES};

const INTERRUPT: u8 = 0x03;
const END_OF_INPUT: u8 = 0x04;
const ERASE_LINE: u8 = 0x15;
const ESCAPE: u8 = 0x1b;

/// Asks `question` on the controlling terminal, whatever standard output and error are.
pub(crate) fn ask(what: &'static str, question: &str) -> Result<Zeroizing<String>, PasswordError> {
    let io = |error| PasswordError::Io(what, error);
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(io)?;
    let quiet = Quiet::set(&tty).map_err(io)?;
    (&tty).write_all(question.as_bytes()).map_err(io)?;
    let typed = read(&mut &tty, what);
    // The line feed that was typed has not been shown.
    let _ = (&tty).write_all(b"\n");
    drop(quiet);
    line::text(typed?, what)
}

/// The terminal without echo and without line editing of its own, as long as it lives.
struct Quiet<'a> {
    tty: &'a File,
    before: Termios,
}

impl<'a> Quiet<'a> {
    fn set(tty: &'a File) -> std::io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut modes = before.clone();
        modes.local_modes &=
            !(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(tty, OptionalActions::Flush, &modes)?;
        Ok(Self { tty, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // Nobody is left to tell if this fails.
        let _ = tcsetattr(self.tty, OptionalActions::Now, &self.before);
    }
}

fn read(input: &mut dyn Read, what: &'static str) -> Result<Zeroizing<Vec<u8>>, PasswordError> {
    let mut typed = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
    let mut next = || {
        let mut byte = [0];
        match input.read(&mut byte) {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(byte[0])),
            Err(error) => Err(PasswordError::Io(what, error)),
        }
    };
    while let Some(byte) = next()? {
        match byte {
            b'\r' | b'\n' => return Ok(typed),
            INTERRUPT => return Err(PasswordError::Interrupted),
            END_OF_INPUT if typed.is_empty() => return Err(PasswordError::Ended(what)),
            ERASE_LINE => typed.clear(),
            0x7f | 0x08 => erase_character(&mut typed),
            ESCAPE => skip_sequence(&mut next)?,
            0..0x20 => {}
            _ if typed.len() == MAX_BYTES => {
                return Err(PasswordError::TooLong(what, MAX_BYTES));
            }
            byte => typed.push(byte),
        }
    }
    Ok(typed)
}

/// Takes back one character, which may be several bytes of UTF-8.
fn erase_character(typed: &mut Vec<u8>) {
    while let Some(byte) = typed.pop() {
        if byte & 0b1100_0000 != 0b1000_0000 {
            return;
        }
    }
}

/// Arrow keys and the like send an escape sequence, which is not part of a secret.
fn skip_sequence(
    next: &mut dyn FnMut() -> Result<Option<u8>, PasswordError>,
) -> Result<(), PasswordError> {
    if !matches!(next()?, Some(b'[' | b'O')) {
        return Ok(());
    }
    while let Some(byte) = next()? {
        if (0x40..=0x7e).contains(&byte) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(mut keys: &[u8]) -> Result<Vec<u8>, PasswordError> {
        read(&mut keys, "password").map(|bytes| bytes.to_vec())
    }

    #[test]
    fn keys_edit_the_line() {
        assert_eq!(typed(b"abc\rrest").unwrap(), b"abc");
        assert_eq!(typed(b"abd\x7fc\n").unwrap(), b"abc");
        assert_eq!(typed("gr\u{fc}\x7fu\n".as_bytes()).unwrap(), b"gru");
        assert_eq!(typed(b"wrong\x15right\n").unwrap(), b"right");
        assert_eq!(typed(b"a\x1b[Db\x1bOCc\t\n").unwrap(), b"abc");
        assert_eq!(typed(b"\n").unwrap(), b"");
    }

    #[test]
    fn interrupt_and_end_of_input_end_it() {
        assert!(matches!(typed(b"ab\x03"), Err(PasswordError::Interrupted)));
        assert!(matches!(typed(b"\x04"), Err(PasswordError::Ended("password"))));
    }
}
