//! The state file: a line for each request that changed something, on disk before it is answered.
//!
//! Each line is a checksum, a blank and JSON. The checksum is over all lines so far, so that one that was
//! changed, lost or moved shows. A last line without its end was never answered, and is cut off.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Deed, Origin};
use crate::output::say;

/// The form of the file.
const VERSION: u64 = 1;

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Heading {
    tatum_sandbox: u64,
    #[serde(flatten)]
    origin: Origin,
}

/// A file that belongs to this process alone.
pub(super) struct StateFile {
    path: PathBuf,
    file: File,
    /// Of all lines so far.
    digest: Sha256,
}

impl StateFile {
    /// Makes the file, or reads what is in it.
    ///
    /// # Errors
    /// It can't be read or written, is in use, is damaged, or is of another seed.
    pub(super) fn open(path: &Path, seed: Option<u64>) -> Result<(Self, Origin, Vec<Deed>)> {
        let shown = path.display();
        let mut options = OpenOptions::new();
        let opened = options.read(true).append(true).create(true).open(path);
        let mut file = opened.with_context(|| format!("the state file {shown} can't be opened"))?;
        if file.try_lock().is_err() {
            bail!(
                "the state file {shown} is in use by another sandbox; stop it or name another file"
            );
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).with_context(|| format!("{shown} can't be read"))?;
        let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if end < text.len() && !looks_like_ours(&text) {
            bail!("{shown} is no state file of tatum-sandbox; name another one with --state");
        }
        let mut this = Self { path: path.to_owned(), file, digest: Sha256::new() };
        let mut lines = this.read(&text[..end])?.into_iter();
        if end < text.len() {
            say(&format!("state: the last line of {shown} was never answered and is cut off"));
            this.file.set_len(end.try_into()?).with_context(|| format!("{shown} can't be cut"))?;
        }
        let origin = match lines.next() {
            Some(heading) => this.checked_origin(heading, seed)?,
            None => {
                let origin = Origin::new(seed);
                this.write(&serde_json::to_string(&Heading { tatum_sandbox: VERSION, origin })?)?;
                origin
            }
        };
        let deeds = lines.enumerate().map(|(at, line)| {
            serde_json::from_value(line).map_err(|_| damaged(&this.path, at + 2))
        });
        let deeds = deeds.collect::<Result<_>>()?;
        Ok((this, origin, deeds))
    }

    /// Puts a request at the end; it is on disk afterwards.
    pub(super) fn append(&mut self, deed: &Deed) -> Result<()> {
        self.write(&serde_json::to_string(deed)?)
    }

    fn write(&mut self, json: &str) -> Result<()> {
        let line = format!("{} {json}\n", self.next_checksum(json));
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.with_context(|| {
            format!(
                "the state file {} can't be written; make room and start again",
                self.path.display()
            )
        })
    }

    fn next_checksum(&mut self, json: &str) -> String {
        self.digest.update(json.as_bytes());
        self.digest.update(b"\n");
        hex::encode(&self.digest.clone().finalize()[..8])
    }

    fn read(&mut self, text: &[u8]) -> Result<Vec<Value>> {
        let mut lines = Vec::new();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let number = lines.len() + 1;
            let read = std::str::from_utf8(line).ok().map(str::trim_end);
            let parts = read.and_then(|line| line.split_once(' '));
            let (checksum, json) = parts.ok_or_else(|| damaged(&self.path, number))?;
            if checksum != self.next_checksum(json) {
                return Err(damaged(&self.path, number));
            }
            lines.push(serde_json::from_str(json).map_err(|_| damaged(&self.path, number))?);
        }
        Ok(lines)
    }

    fn checked_origin(&self, heading: Value, seed: Option<u64>) -> Result<Origin> {
        let shown = self.path.display();
        let heading: Heading =
            serde_json::from_value(heading).map_err(|_| damaged(&self.path, 1))?;
        if heading.tatum_sandbox != VERSION {
            bail!(
                "{shown} has version {}, this tatum-sandbox reads {VERSION}; use the one that wrote it",
                heading.tatum_sandbox
            );
        }
        let origin = heading.origin;
        if seed.is_some_and(|seed| !origin.fixed || seed != origin.seed) {
            let kept = if origin.fixed { origin.seed.to_string() } else { "none".to_owned() };
            bail!("{shown} was begun with --seed {kept}; leave --seed out or name another file");
        }
        Ok(origin)
    }
}

/// The beginning of a first line that is cut off.
fn looks_like_ours(text: &[u8]) -> bool {
    let checksum = &text[..text.len().min(16)];
    checksum.iter().all(u8::is_ascii_hexdigit)
}

fn damaged(path: &Path, line: usize) -> anyhow::Error {
    anyhow::anyhow!(
        "line {line} of the state file {} is damaged; put a copy of the file in its place, or begin \
         anew with another file",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed(at: u64) -> Deed {
        let (method, path, body) = ("POST".into(), "/x".into(), "{}".into());
        Deed { at, method, path, content_type: None, body, leave_open: false }
    }

    fn words(path: &Path, seed: Option<u64>) -> String {
        StateFile::open(path, seed).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let (mut file, origin, deeds) = StateFile::open(&path, Some(7)).unwrap();
        assert!(deeds.is_empty());
        file.append(&deed(1)).unwrap();
        file.append(&deed(2)).unwrap();
        assert!(words(&path, None).contains("in use"));
        drop(file);
        let (_, again, deeds) = StateFile::open(&path, None).unwrap();
        assert_eq!(again, origin);
        assert_eq!(deeds.iter().map(|deed| deed.at).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn what_is_damaged_is_said_and_what_is_half_written_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let (mut file, ..) = StateFile::open(&path, Some(7)).unwrap();
        for at in 1..4 {
            file.append(&deed(at)).unwrap();
        }
        drop(file);
        let whole = std::fs::read_to_string(&path).unwrap();

        std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        let (file, _, deeds) = StateFile::open(&path, None).unwrap();
        assert_eq!(deeds.len(), 2);
        drop(file);

        for (text, line) in [
            (whole.replace("\"at\":2", "\"at\":5"), 3),
            (
                whole
                    .lines()
                    .filter(|line| !line.contains("\"at\":1,"))
                    .map(|l| format!("{l}\n"))
                    .collect(),
                2,
            ),
            ("garbage\n".to_owned(), 1),
        ] {
            std::fs::write(&path, text).unwrap();
            let words = words(&path, None);
            assert!(words.starts_with(&format!("line {line} of the state file")), "{words}");
        }
        std::fs::write(&path, &whole).unwrap();
        assert!(words(&path, Some(8)).contains("was begun with --seed 7"));
        std::fs::write(&path, "not ours").unwrap();
        assert!(words(&path, None).contains("is no state file"));
    }
}
