//! Settings out of the environment, where `/proc/PID/environ` shows them as long as the process lives.
//!
//! Nothing that a process does to its own environment changes that file safely. So the process replaces
//! itself by itself, without those variables; its id stays, and with it what systemd knows of it. The values
//! go through a pipe that lies ready when the new program begins: `NAME=VALUE`, each ended by a zero byte, as
//! in the environment itself.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::{FdFlags, fcntl_setfd};
use zeroize::Zeroizing;

/// Holds the number of the pipe's descriptor, in the environment of the new program.
pub(crate) const VARIABLE: &str = "TATUM_KMS_SETTINGS_PIPE";

/// What a pipe takes before somebody has read from it, in bytes.
const CAPACITY: usize = 64 * 1024;

/// Begins this program anew with the same arguments, and with `settings` in the pipe instead of in its
/// environment. Returns only if that can't be done; nothing has changed then.
pub(crate) fn start_anew(settings: &[(&'static str, OsString)]) -> io::Result<()> {
    let (reader, mut writer) = io::pipe()?;
    // Where there is less room the write must fail: nobody reads before the new program does.
    fcntl_setfl(&writer, OFlags::NONBLOCK)?;
    writer.write_all(&encoded(settings)).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => io::Error::other("they do not fit into a pipe"),
        _ => error,
    })?;
    drop(writer);
    fcntl_setfd(&reader, FdFlags::empty())?;
    let mut arguments = std::env::args_os();
    let mut command = Command::new(own_program()?);
    command.arg0(arguments.next().unwrap_or_else(|| "tatum-kms".into())).args(arguments);
    for (name, _) in settings {
        command.env_remove(name);
    }
    command.env(VARIABLE, reader.as_raw_fd().to_string());
    Err(command.exec())
}

/// What [`start_anew`] put into the pipe with this number, as far as the names are `known`.
///
/// # Errors
/// There is no such pipe: somebody else has set [`VARIABLE`].
pub(crate) fn receive(
    number: &OsStr,
    known: &[&'static str],
) -> anyhow::Result<Vec<(&'static str, OsString)>> {
    let number = number.to_str().and_then(|text| text.parse::<u32>().ok());
    let Some(number) = number else { bail!(not_ours()) };
    // Opened again by its name, since taking a descriptor over by its number is not a safe operation. The
    // first one stays open, empty and without a writer, and is of no use to anybody.
    let path = format!("/proc/self/fd/{number}");
    let is_pipe = fs::metadata(&path).is_ok_and(|found| found.file_type().is_fifo());
    if !is_pipe {
        bail!(not_ours());
    }
    let mut text = Zeroizing::new(Vec::with_capacity(CAPACITY));
    let pipe = File::open(&path).with_context(not_ours)?;
    pipe.take(CAPACITY as u64).read_to_end(&mut text).with_context(not_ours)?;
    Ok(decoded(&text, known))
}

fn not_ours() -> String {
    format!("{VARIABLE} is set, which is for the program's own use; unset it")
}

fn encoded(settings: &[(&'static str, OsString)]) -> Zeroizing<Vec<u8>> {
    // Room for all of it: a buffer that grows would leave copies behind.
    let length = settings.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut text = Zeroizing::new(Vec::with_capacity(length));
    for (name, value) in settings {
        text.extend_from_slice(name.as_bytes());
        text.push(b'=');
        text.extend_from_slice(value.as_bytes());
        text.push(0);
    }
    text
}

fn decoded(text: &[u8], known: &[&'static str]) -> Vec<(&'static str, OsString)> {
    let settings = text.split(|byte| *byte == 0).filter_map(|setting| {
        let at = setting.iter().position(|byte| *byte == b'=')?;
        let name = known.iter().find(|known| known.as_bytes() == &setting[..at])?;
        Some((*name, OsString::from_vec(setting[at + 1..].to_vec())))
    });
    settings.collect()
}

/// The program that runs. By its name where that still leads to it, so that process lists show that name.
fn own_program() -> io::Result<PathBuf> {
    const SELF: &str = "/proc/self/exe";
    let running = fs::metadata(SELF)?;
    let same = |found: fs::Metadata| found.dev() == running.dev() && found.ino() == running.ino();
    let path = fs::read_link(SELF)?;
    Ok(if fs::metadata(&path).is_ok_and(same) { path } else { SELF.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["A", "B"];

    #[test]
    fn settings_survive_the_pipe_whatever_their_bytes() {
        let odd = OsString::from_vec(b"x=\xff\n y ".to_vec());
        let settings = [("A", odd), ("B", OsString::new())];
        assert_eq!(decoded(&encoded(&settings), KNOWN), settings);
        assert!(decoded(b"C=1\0nonsense\0", KNOWN).is_empty());
    }

    #[test]
    fn what_is_no_pipe_of_ours_is_refused() {
        let file = tempfile::tempfile().unwrap();
        for number in ["", "x", "-1", "99999", &file.as_raw_fd().to_string()] {
            let error = receive(OsStr::new(number), KNOWN).unwrap_err();
            assert!(error.to_string().contains(VARIABLE), "{number}: {error}");
        }
    }

    #[test]
    fn a_pipe_is_read_to_its_end() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"B=two\0A=one\0").unwrap();
        drop(writer);
        let found = receive(OsStr::new(&reader.as_raw_fd().to_string()), KNOWN).unwrap();
        assert_eq!(found, [("B", "two".into()), ("A", "one".into())]);
    }
}
