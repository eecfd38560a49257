//! The only place that prints: data on stdout, talk on stderr.

use std::io::Write as _;

/// Prints data.
pub fn print(text: &str) {
    // A reader that has gone away needs no answer.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Says something to the person in front of the terminal.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
