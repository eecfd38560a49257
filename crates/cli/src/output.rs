//! What goes out: data to standard output, talk to standard error. The only writer of either.

use std::io::{self, Write};

use zeroize::Zeroizing;

use crate::json;

/// How much is gathered before it is written.
const BUFFER_BYTES: usize = 64 * 1024;

/// Data could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// `>&-`
    #[error("standard output is closed; give it somewhere to go, for example `>/dev/null`")]
    Closed,
    /// The other end of the pipe is gone, the disk is full.
    #[error("writing to standard output failed: {0}")]
    Write(io::Error),
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// Standard output. Its buffer is wiped, since most of what is written is secret; the standard
/// library's buffer would not be.
pub(crate) struct Output {
    buffer: Zeroizing<Vec<u8>>,
}

impl Output {
    /// To be opened before anything is changed that the output would tell of.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn open() -> Result<Self, OutputError> {
        if kms_start::stdout_was_closed() {
            return Err(OutputError::Closed);
        }
        Ok(Self { buffer: Zeroizing::new(Vec::with_capacity(BUFFER_BYTES)) })
    }

    /// Writes a JSON text with two spaces per level and a line end, and everything before it.
    pub(crate) fn json(&mut self, json: &str) -> Result<(), OutputError> {
        json::indent(json, 0, self)?;
        self.line("")
    }

    /// Writes a line, which may wait for more.
    pub(crate) fn write_line(&mut self, text: &str) -> io::Result<()> {
        self.write_all(text.as_bytes())?;
        self.write_all(b"\n")
    }

    /// Writes a line, and everything before it.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), OutputError> {
        self.write_line(text)?;
        Ok(self.flush()?)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() == BUFFER_BYTES {
            self.flush()?;
        }
        let count = bytes.len().min(BUFFER_BYTES - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut rest = &self.buffer[..];
        while !rest.is_empty() {
            match rustix::io::write(rustix::stdio::stdout(), rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => rest = &rest[count..],
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        zeroize::Zeroize::zeroize(&mut *self.buffer);
        Ok(())
    }
}

/// A JSON list, written item by item, one a line. Without its end it is not valid, so that a list that broke
/// off is told from a whole one.
pub(crate) struct List<'a> {
    output: &'a mut Output,
    before: &'static str,
}

impl<'a> List<'a> {
    /// A list without items. Nothing is written yet.
    pub(crate) fn begin(output: &'a mut Output) -> Self {
        Self { output, before: "[\n  " }
    }

    /// Writes an item that is JSON already.
    pub(crate) fn item(&mut self, json: &str) -> io::Result<()> {
        write!(self.output, "{}{json}", std::mem::replace(&mut self.before, ",\n  "))
    }

    /// Ends the list, and writes everything before it.
    pub(crate) fn end(self) -> Result<(), OutputError> {
        let is_empty = self.before.starts_with('[');
        self.output.line(if is_empty { "[]" } else { "\n]" })
    }
}

/// Prints a text of ours to standard output: help, the version.
pub(crate) fn text(text: &str) -> Result<(), OutputError> {
    let mut output = Output::open()?;
    output.write_all(text.as_bytes())?;
    Ok(output.flush()?)
}

/// Tells the person at the terminal something that is worth knowing.
pub(crate) fn note(text: &str) {
    talk(&format!("{text}\n"));
}

/// Tells the person at the terminal that something needs attention.
pub(crate) fn warning(text: &str) {
    talk(&format!("warning: {text}\n"));
}

/// Tells why the command failed: the error and its causes, each said once.
pub(crate) fn error(error: &anyhow::Error) {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    talk(&format!("error: {}\n", text.replace('\n', " ")));
}

/// Writes to standard error. If that fails nobody is there to be told.
pub(crate) fn talk(text: &str) {
    let _ = io::stderr().lock().write_all(printable(text).as_bytes());
}

/// The text with control characters escaped: file names, stored records and answers of servers could
/// otherwise move the cursor and rewrite what the terminal shows.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(printable("a\u{1b}[2Jb\r\nc é"), "a\\u{1b}[2Jb\\r\nc é");
    }
}
