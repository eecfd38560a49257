//! `--batch` of the importing commands: a key or a mnemonic from each line of standard input.
//!
//! A thousand lines are read, made into wallets and stored in one transaction; then they are printed. What
//! goes wrong is told by the number of its line. The same input can be given again: what is stored already is
//! passed over, so that an import that broke off is finished by repeating it.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use kms_core::{Password, SignatureId};
use kms_keystore::{NewRecord, Writer};
use kms_password::PasswordError;
use zeroize::Zeroizing;

use super::progress::Progress;
use super::{App, duplicates, limits, parallel, password, store};
use crate::args::Import;
use crate::json::Object;
use crate::output::{self, Output};

/// How many lines are stored in one transaction.
const CHUNK: usize = 1000;

/// What a line was made into.
pub(super) struct Made {
    pub(super) record: NewRecord,
    /// What is printed of it: names and values.
    pub(super) public: Vec<(&'static str, String)>,
    /// What the operator should hear of it.
    pub(super) warning: Option<String>,
}

/// Stores what `make` makes of each line; `what` names that which stands there.
///
/// # Errors
/// A line can't be stored; the lines before its thousand are.
pub(super) fn run(
    app: &App,
    import: &Import,
    what: &'static str,
    make: impl Fn(&str) -> anyhow::Result<Made> + Sync,
) -> anyhow::Result<()> {
    let mut output = Output::open()?;
    let mut batch = Batch {
        app,
        import,
        password: password(app, what)?,
        writer: None,
        lines: 0,
        done: 0,
        stored: 0,
        known: 0,
    };
    let progress = Progress::new(None, "lines");
    loop {
        let step = batch.step(what, &make, &mut output);
        if !step.with_context(|| batch.so_far())? {
            break;
        }
        progress.show(batch.lines);
    }
    drop(progress);
    if batch.stored + batch.known == 0 {
        bail!("standard input has no {what}; nothing was stored");
    }
    output::note(&format!("{} stored, {} were there already", batch.stored, batch.known));
    Ok(())
}

/// Standard input is full of keys, the first of which would be a bad password.
fn password(app: &App, what: &str) -> anyhow::Result<Password> {
    let source = password::source(app, store::is_absent(&app.settings.path))?;
    if source.reads_standard_input() {
        bail!(
            "with --batch each line of standard input is a {what}, so the password can't come from there; \
             set TATUM_KMS_PASSWORD, or give --passwordFile, --passwordCommand or another --passwordFd"
        );
    }
    Ok(source.password(&mut output::warning)?)
}

/// How far the import has come.
struct Batch<'a> {
    app: &'a App,
    import: &'a Import,
    password: Password,
    writer: Option<Writer>,
    /// Lines that were read.
    lines: usize,
    /// Lines of which everything is stored.
    done: usize,
    stored: usize,
    known: usize,
}

impl Batch<'_> {
    /// Reads, stores and prints some lines; says whether there were any.
    fn step(
        &mut self,
        what: &'static str,
        make: &(impl Fn(&str) -> anyhow::Result<Made> + Sync),
        output: &mut Output,
    ) -> anyhow::Result<bool> {
        let lines = self.read(what)?;
        if lines.is_empty() {
            return Ok(false);
        }
        // Before the store is touched: a line that is wrong changes nothing.
        let made = parallel::map(lines, |(number, text)| {
            make(text.trim()).map(|made| (number, made)).with_context(|| format!("line {number}"))
        })?;
        let printed = self.store(made)?;
        for line in &printed {
            output.write_line(line)?;
        }
        std::io::Write::flush(output)?;
        Ok(true)
    }

    /// The next lines with their numbers. Empty ones are passed over.
    fn read(&mut self, what: &'static str) -> anyhow::Result<Vec<(usize, Zeroizing<String>)>> {
        let mut lines = Vec::with_capacity(CHUNK);
        while lines.len() < CHUNK {
            let question = format!("Enter {what} {} (Ctrl-D ends): ", self.lines + 1);
            let line = match kms_password::ask(what, &question) {
                Ok(line) => line,
                Err(PasswordError::Ended(_)) => break,
                Err(error) => {
                    return Err(error).with_context(|| format!("line {}", self.lines + 1));
                }
            };
            self.lines += 1;
            if !line.trim().is_empty() {
                lines.push((self.lines, line));
            }
        }
        Ok(lines)
    }

    /// Stores what is new, in one transaction; gives what is printed of each line.
    fn store(&mut self, made: Vec<(usize, Made)>) -> anyhow::Result<Vec<String>> {
        let (chain, network) = (self.import.chain.0.spec().ticker.0, self.app.network);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(store::write(self.app, &self.password)?),
        };
        let mut ids: HashMap<Vec<u8>, SignatureId> = HashMap::new();
        let (mut new, mut printed) = (Vec::with_capacity(made.len()), Vec::new());
        let count = made.len();
        for (number, Made { record, public, warning }) in made {
            if let Some(warning) = warning {
                output::warning(&format!("line {number}: {warning}"));
            }
            let twin = match record.extras.identity.as_ref().and_then(|key| ids.get(key)) {
                Some(twin) => Some(twin.clone()),
                None => duplicates::known(writer, &record, self.import.allow_both_networks)
                    .with_context(|| format!("line {number}"))?,
            };
            let id = twin.clone().unwrap_or_else(|| record.id.clone());
            let mut object = Object::with_capacity(512)
                .raw("line", &number.to_string())
                .text("signatureId", id.as_str());
            for (name, value) in &public {
                object = object.text(name, value);
            }
            printed.push(object.flag("new", twin.is_none()).finish().to_string());
            ids.extend(record.extras.identity.clone().map(|key| (key, id)));
            new.extend(twin.is_none().then_some(record));
        }
        limits::check(writer, chain, network, new.len(), &self.import.limit)?;
        if !new.is_empty() {
            writer.add(&new)?;
        }
        self.stored += new.len();
        self.known += count - new.len();
        self.done = self.lines;
        Ok(printed)
    }

    fn so_far(&self) -> String {
        match self.done {
            0 => "nothing was stored".to_owned(),
            done => format!(
                "of the lines up to {done} everything is stored ({} new, {} there before), of later ones \
                 nothing; give the same lines again once they are right",
                self.stored, self.known
            ),
        }
    }
}
