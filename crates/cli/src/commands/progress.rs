//! A progress bar for whoever watches a command that takes long.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run that is over sooner shows no progress bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shown on standard error, if that is a terminal. Gone when dropped.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    watched: bool,
}

impl Progress {
    /// Towards `count` things, which are called `what`; without end where it is not known how many. Not shown
    /// where standard output is a terminal too, since the lines that are printed there meanwhile would
    /// stand in the bar.
    pub(super) fn new(count: Option<usize>, what: &str) -> Self {
        let length = count.map(|count| count as u64);
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
        let template = match count {
            Some(_) => format!("{{wide_bar}} {{pos}} of {{len}} {what}, {{eta}} to go"),
            None => format!("{{spinner}} {{pos}} {what}, {{elapsed}}"),
        };
        let style = ProgressStyle::with_template(&template);
        bar.set_style(style.expect("the template is one of two"));
        let watched = std::io::stderr().is_terminal() && !std::io::stdout().is_terminal();
        Self { bar, started: Instant::now(), watched }
    }

    /// The same for work during which nothing is printed.
    pub(super) fn of_silent_work(count: Option<usize>, what: &str) -> Self {
        let mut progress = Self::new(count, what);
        progress.watched = std::io::stderr().is_terminal();
        progress
    }

    /// So many are done.
    pub(super) fn show(&self, done: usize) {
        self.appear();
        self.bar.set_position(done as u64);
    }

    /// One more is done.
    pub(super) fn step(&self) {
        self.appear();
        self.bar.inc(1);
    }

    fn appear(&self) {
        if self.watched && self.bar.is_hidden() && self.started.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
