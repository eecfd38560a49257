//! A program that prints the password.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use kms_core::Password;
use rustix::process::{Pid, Signal, kill_process_group};
use zeroize::Zeroizing;

use crate::{Problem, bounded, prompt};

/// How long a program may take where nobody is there to answer what it asks.
const UNATTENDED: Duration = Duration::from_secs(30);
/// How long it may take where a person may have to type a PIN or touch a key.
const ATTENDED: Duration = Duration::from_secs(300);
/// How much it may print in all: whoever keeps notes below a password means them no harm.
const MAX_OUTPUT_BYTES: usize = 64 * 1024;
/// How often it is looked at once it has printed everything.
const PAUSE: Duration = Duration::from_millis(5);

/// How the environment of a program differs from that of this process. Holds secrets, so it has no `Debug`.
#[derive(Clone, Default)]
pub struct ChildEnvironment {
    /// Variables that it does not get.
    pub without: Vec<&'static str>,
    /// Variables that it gets.
    pub with: Vec<(&'static str, Zeroizing<String>)>,
}

impl ChildEnvironment {
    pub(crate) fn apply(&self, command: &mut Command) {
        for name in &self.without {
            command.env_remove(name);
        }
        command.envs(self.with.iter().map(|(name, value)| (name, value.as_str())));
    }
}

/// How long a program may take here and now.
pub(crate) fn patience() -> Duration {
    if prompt::is_interactive() { ATTENDED } else { UNATTENDED }
}

/// The password that `command` prints as its first line. What it says on standard error passes through.
pub(crate) fn password(command: &mut Command, patience: Duration) -> Result<Password, Problem> {
    let line = first_line(command, patience)?;
    if line.is_empty() { Err(Problem::Silent) } else { bounded::into_password(line) }
}

/// The first line that `command` prints, without its end.
pub(crate) fn first_line(
    command: &mut Command,
    patience: Duration,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let end = Instant::now() + patience;
    let attended = prompt::is_interactive();
    command.stdout(Stdio::piped());
    // At a terminal it may ask; elsewhere standard input has other things in it, or nothing.
    if !attended {
        command.stdin(Stdio::null()).process_group(0);
    }
    let mut child = command.spawn().map_err(Problem::NotStarted)?;
    let printed = match child.stdout.take() {
        Some(stdout) => bounded::read_to_end(stdout, MAX_OUTPUT_BYTES, patience),
        None => Ok(Zeroizing::default()),
    };
    let printed = printed.and_then(|all| match wait_until(&mut child, end)? {
        Some(status) if status.success() => Ok(all),
        Some(status) => Err(Problem::Failed(status)),
        None => Err(Problem::TimedOut(patience)),
    });
    match &printed {
        // It has ended, and its number may be another process's by now.
        Ok(_) | Err(Problem::Failed(_)) => {}
        Err(_) => kill(&mut child, attended),
    }
    let mut line = printed?;
    if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
        line.truncate(end);
        bounded::drop_carriage_return(&mut line);
    }
    Ok(line)
}

fn wait_until(child: &mut Child, end: Instant) -> Result<Option<ExitStatus>, Problem> {
    loop {
        let status = child.try_wait().map_err(Problem::Unreadable)?;
        if status.is_some() || Instant::now() >= end {
            return Ok(status);
        }
        thread::sleep(PAUSE);
    }
}

/// Ends it, with whatever it has started where it has a process group of its own.
fn kill(child: &mut Child, attended: bool) {
    if !attended {
        // Its first process may have ended; the number stays taken until somebody has waited for it.
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
