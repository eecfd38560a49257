//! Secrets that are looked for wherever something comes out, down to six characters of one.

use std::collections::BTreeSet;

use super::needles::Needles;

/// How much of a secret is too much, in characters.
const RUN: usize = 6;
/// The same for hexadecimal digits that were drawn at random: six of those turn up in any hash by chance.
const RUN_OF_DIGITS: usize = 12;

/// The secrets. Those given to [`Marked::add`] must have no run that comes out for another reason.
#[derive(Default)]
pub(crate) struct Marked(Needles);

impl Marked {
    pub(crate) fn add(&mut self, name: &str, secret: impl AsRef<[u8]>) {
        self.add_runs(name, secret.as_ref(), RUN);
    }

    pub(crate) fn add_random_digits(&mut self, name: &str, secret: &str) {
        self.add_runs(name, secret.as_bytes(), RUN_OF_DIGITS);
    }

    fn add_runs(&mut self, name: &str, secret: &[u8], length: usize) {
        let runs: BTreeSet<&[u8]> = secret.windows(length).collect();
        for run in runs {
            self.0.add(name, run);
        }
    }

    /// Fails if a part of a secret stands in `text`, which came out at `place`, but for those `allowed` there.
    pub(crate) fn check(&self, place: &str, text: impl AsRef<[u8]>, allowed: &[&str]) {
        let text = text.as_ref();
        let found = self.0.found_in(text);
        if let Some((at, name)) = found.iter().find(|(_, name)| !allowed.contains(name)) {
            let around = &text[at.saturating_sub(100)..text.len().min(at + 100)];
            panic!("{name} in {place}: {:?}", String::from_utf8_lossy(around));
        }
    }

    /// Whether it would be found: what is never there proves nothing.
    pub(crate) fn is_in(&self, name: &str, text: &str) -> bool {
        self.0.found_in(text.as_bytes()).iter().any(|(_, found)| *found == name)
    }
}
