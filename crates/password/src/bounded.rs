//! Reading to the end, within bounds of size and time.

use std::io::{ErrorKind, Read};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use kms_core::Password;
use zeroize::Zeroizing;

use crate::Problem;
use crate::line::{MAX_BYTES, text};

/// How long a file or a descriptor may take: enough for a slow disk, not for a writer that never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The password that is everything in `input`, but for a line end behind it.
pub(crate) fn password(
    input: impl Read + Send + 'static,
    patience: Duration,
) -> Result<Password, Problem> {
    const LINE_END: usize = "\r\n".len();
    let mut all = read_to_end(input, MAX_BYTES + LINE_END, patience)?;
    if all.last() == Some(&b'\n') {
        all.pop();
        drop_carriage_return(&mut all);
    }
    if all.is_empty() {
        return Err(Problem::Empty);
    }
    into_password(all)
}

/// The carriage return of a line end whose line feed is gone already.
pub(crate) fn drop_carriage_return(line: &mut Vec<u8>) {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
}

/// The bytes as a password.
pub(crate) fn into_password(bytes: Zeroizing<Vec<u8>>) -> Result<Password, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(Problem::TooLong(MAX_BYTES));
    }
    let mut text = text(bytes, "password").map_err(|_| Problem::NotUtf8)?;
    Ok(Password::new(std::mem::take(&mut *text)))
}

/// Everything in `input`, at most `limit` bytes of it. If it takes longer than `patience` the thread that
/// reads is left behind: the program is about to end with the error.
pub(crate) fn read_to_end(
    input: impl Read + Send + 'static,
    limit: usize,
    patience: Duration,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let read = move || {
        // Nobody may be waiting any more.
        let _ = sender.send(gather(input, limit));
    };
    thread::Builder::new().spawn(read).map_err(Problem::Unreadable)?;
    receiver.recv_timeout(patience).unwrap_or(Err(Problem::TimedOut(patience)))
}

fn gather(mut input: impl Read, limit: usize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    // All of the room from the start, so that nothing is left behind by growing.
    let mut all = Zeroizing::new(vec![0; limit + 1]);
    let mut length = 0;
    while length <= limit {
        match input.read(&mut all[length..]) {
            Ok(0) => {
                all.truncate(length);
                return Ok(all);
            }
            Ok(count) => length += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Problem::Unreadable(error)),
        }
    }
    Err(Problem::TooLong(MAX_BYTES))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn read(input: &'static [u8]) -> Result<String, Problem> {
        password(input, PATIENCE).map(|found| found.expose_secret().to_owned())
    }

    #[test]
    fn one_line_end_is_dropped_and_nothing_else() {
        for input in [&b" pass word "[..], b" pass word \n", b" pass word \r\n"] {
            assert_eq!(read(input).unwrap(), " pass word ");
        }
        assert_eq!(read(b"a\nb\n\n").unwrap(), "a\nb\n");
        assert!(matches!(read(b""), Err(Problem::Empty)));
        assert!(matches!(read(b"\n"), Err(Problem::Empty)));
    }

    #[test]
    fn what_is_no_password_is_refused_without_showing_it() {
        let error = read(b"hunter2\xff").unwrap_err();
        assert!(matches!(error, Problem::NotUtf8));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        let of = |length| password(io::repeat(b'x').take(length), PATIENCE);
        let limit = MAX_BYTES as u64;
        assert_eq!(of(limit).unwrap().expose_secret().len(), MAX_BYTES);
        for length in [limit + 1, limit + 2, limit + 3, u64::MAX] {
            assert!(matches!(of(length), Err(Problem::TooLong(MAX_BYTES))), "{length}");
        }
    }

    #[test]
    fn a_writer_that_never_comes_is_not_waited_for() {
        let (reader, _writer) = io::pipe().unwrap();
        let error = password(reader, Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.to_string(), "gave no answer within 0.02 seconds; try it by hand");
    }
}
