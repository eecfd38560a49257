//! A progress bar for whoever watches a command that takes long.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run that is over sooner shows no progress bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// The bar, on standard error if that is a terminal. Gone when dropped.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    watched: bool,
}

impl Progress {
    /// `count` things are to be done; `what` names them.
    pub(super) fn new(count: usize, what: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::hidden());
        let template = format!("{{wide_bar}} {{pos}} of {{len}} {what}, {{eta}} to go");
        bar.set_style(ProgressStyle::with_template(&template).expect("the template is a constant"));
        Self { bar, started: Instant::now(), watched: std::io::stderr().is_terminal() }
    }

    /// Shows nothing where lines of output would run into it.
    pub(super) fn unless_printing(mut self) -> Self {
        self.watched &= !std::io::stdout().is_terminal();
        self
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
