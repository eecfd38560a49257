//! One line of standard input.

use std::io::{self, Read};

use zeroize::Zeroizing;

use crate::PasswordError;

/// The longest line accepted, in bytes.
pub(crate) const MAX_BYTES: usize = 4096;

/// Standard input without a buffer: a buffer would keep the secret where nobody wipes it, and would
/// swallow the lines after this one.
pub(crate) struct Unbuffered;

impl Read for Unbuffered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match rustix::io::read(rustix::stdio::stdin(), &mut *buffer) {
                Err(rustix::io::Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }
}

/// Reads up to the next line feed, which is dropped with the carriage return before it.
///
/// # Errors
/// There is no further line, it is too long, or it is not text.
pub(crate) fn read(
    input: &mut dyn Read,
    what: &'static str,
) -> Result<Zeroizing<String>, PasswordError> {
    // The capacity is there from the start, so that nothing is left behind by growing.
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
    let mut byte = [0];
    loop {
        if input.read(&mut byte).map_err(|e| PasswordError::Io(what, e))? == 0 {
            if line.is_empty() {
                return Err(PasswordError::Ended(what));
            }
            break;
        }
        match byte[0] {
            b'\n' => break,
            _ if line.len() == MAX_BYTES => return Err(PasswordError::TooLong(what, MAX_BYTES)),
            other => line.push(other),
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    text(line, what)
}

/// The bytes as text, without a copy.
pub(crate) fn text(
    mut bytes: Zeroizing<Vec<u8>>,
    what: &'static str,
) -> Result<Zeroizing<String>, PasswordError> {
    String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(|e| {
        drop(Zeroizing::new(e.into_bytes()));
        PasswordError::NotUtf8(what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(mut input: &[u8]) -> Vec<Result<String, PasswordError>> {
        let mut all = Vec::new();
        loop {
            match read(&mut input, "password") {
                Err(PasswordError::Ended(_)) => return all,
                line => all.push(line.map(|line| line.to_string())),
            }
        }
    }

    #[test]
    fn only_the_line_ending_is_dropped() {
        let read: Vec<String> =
            lines(b"  one \r\ntwo\n\nlast").into_iter().map(Result::unwrap).collect();
        assert_eq!(read, ["  one ", "two", "", "last"]);
    }

    #[test]
    fn what_is_no_line_of_text_is_refused_without_showing_it() {
        let error = lines(b"hunter2\xff\n").remove(0).unwrap_err();
        assert!(matches!(error, PasswordError::NotUtf8("password")));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        let long = vec![b'x'; MAX_BYTES + 1];
        assert!(matches!(lines(&long).remove(0), Err(PasswordError::TooLong(_, MAX_BYTES))));
        let fits = vec![b'x'; MAX_BYTES];
        assert_eq!(lines(&fits).remove(0).unwrap().len(), MAX_BYTES);
    }
}
