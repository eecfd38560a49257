//! What goes out: the password to standard output, talk to standard error. The only writer of either.

use std::io::{self, Write as _};

use rustix::io::Errno;
use zeroize::Zeroizing;

/// Writes a line to standard output, past the standard library's buffer, which would not be wiped.
///
/// # Errors
/// One sentence: it is closed, or whoever reads it is gone.
pub(crate) fn line(text: &str) -> Result<(), String> {
    if kms_start::stdout_was_closed() {
        return Err("standard output is closed; the password has nowhere to go".to_owned());
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + 1));
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(b'\n');
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), rest) {
            Ok(count) if count > 0 => rest = &rest[count..],
            Err(Errno::INTR) => {}
            Ok(_) => return Err("standard output takes no more".to_owned()),
            Err(error) => return Err(format!("standard output can't be written: {error}")),
        }
    }
    Ok(())
}

/// Says why there is no password. If that fails nobody is there to be told.
pub(crate) fn error(why: &str) {
    let _ = writeln!(io::stderr().lock(), "tatum-kms-secrets: {}", one_line(why));
}

/// The text with control characters escaped: answers of servers could otherwise rewrite what the terminal shows.
fn one_line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(one_line("a\u{1b}[2Jb\r\nc é"), "a\\u{1b}[2Jb\\r\\nc é");
    }
}
