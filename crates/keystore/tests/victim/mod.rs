//! Processes that are killed while they work.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use kms_crypto::seal::random_bytes;

use crate::common::{Place, child_command};

/// The longest that a child works before it is killed, where each thing it does takes a few milliseconds.
pub(crate) const LONGEST: Duration = Duration::from_millis(30);

/// What a child said before it was killed.
#[derive(Debug, Default)]
pub(crate) struct Killed {
    /// What it has done.
    pub(crate) done: Vec<u32>,
    /// What it had begun.
    pub(crate) under_way: Option<u32>,
}

pub(crate) fn begin(number: u32) {
    say("begin", number);
}

pub(crate) fn done(number: u32) {
    say("done", number);
}

/// One write, so that a line arrives whole or not at all.
fn say(what: &str, number: u32) {
    std::io::stdout().lock().write_all(format!("\n{what} {number}\n").as_bytes()).unwrap();
}

/// Has the test `child` work in `place`, kills it at a random instant, and has `check` look; `times` over.
pub(crate) fn kill_often(place: &Place, child: &str, times: u32, mut check: impl FnMut(&Killed)) {
    for time in 0..times {
        // On a busy machine a thing takes longer.
        check(&kill_within(place, child, LONGEST * (1 << (time % 4))));
    }
}

/// Has the test `child` work in `place`, and kills it at a random instant within `longest`.
pub(crate) fn kill_within(place: &Place, child: &str, longest: Duration) -> Killed {
    let mut running = child_command(child)
        .current_dir(place.folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap());
    let mut said = String::new();
    // It is loaded and at work when it begins something for the first time.
    while !said.contains("begin ") {
        assert!(lines.read_line(&mut said).unwrap() > 0, "{child} did not begin: {said}");
    }
    let mut bytes = [0; 4];
    random_bytes(&mut bytes).unwrap();
    let share = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
    std::thread::sleep(longest.mul_f64(share));
    running.kill().unwrap();
    running.wait().unwrap();
    lines.read_to_string(&mut said).unwrap();
    assert!(!said.contains("test result"), "{child} ended by itself: {said}");
    let mut killed = Killed::default();
    for line in said.lines() {
        let Some((what, number)) = line.split_once(' ') else { continue };
        match (what, number.parse()) {
            ("begin", Ok(number)) => killed.under_way = Some(number),
            ("done", Ok(number)) => {
                killed.done.push(number);
                killed.under_way = None;
            }
            _ => {}
        }
    }
    killed
}
