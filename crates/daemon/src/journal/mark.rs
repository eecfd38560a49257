//! The high-water mark: how far the journal had come, in a small file of its own.
//!
//! The journal counts its commits. The mark beside it remembers the journal's id and the highest count,
//! sealed, so that a journal that is missing, or an earlier one that was put back, shows at the start.
//! It is written after each commit, in place and without waiting for the disk: it may be a moment behind
//! the journal, never ahead of it. Two slots are written in turn, so that half a write leaves the other.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kms_crypto::seal::{Aad, SealKey};

use super::JournalError;

/// Where the two slots begin: in sectors of their own.
const SLOTS: [u64; 2] = [0, 512];
/// Nonce, id, count and tag.
const SLOT_LEN: usize = 12 + 16 + 8 + 16;
/// How long the disk may lag behind.
const SYNC: Duration = Duration::from_secs(1);

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    /// Which journal.
    pub(super) id: [u8; 16],
    /// How far it had come.
    pub(super) counter: u64,
}

/// The file.
pub(super) struct Mark {
    file: File,
    path: PathBuf,
    key: SealKey,
    store: [u8; 16],
    synced: Instant,
    /// Whether a write failed, which is said once.
    failing: bool,
}

impl Mark {
    /// Opens the mark at `path`, or makes an empty one.
    pub(super) fn open(path: &Path, key: &SealKey, store: [u8; 16]) -> Result<Self, JournalError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|source| error(path, source))?;
        let (path, key) = (path.to_owned(), key.derive("tatum-kms journal mark"));
        Ok(Self { file, path, key, store, synced: Instant::now(), failing: false })
    }

    /// What it says; nothing if it is empty.
    ///
    /// # Errors
    /// It can't be read, or nothing in it opens.
    pub(super) fn read(&self) -> Result<Option<Reached>, JournalError> {
        let io = |source| error(&self.path, source);
        if self.file.metadata().map_err(io)?.len() == 0 {
            return Ok(None);
        }
        let slots = self.slots().map_err(io)?;
        let highest = slots.into_iter().flatten().max_by_key(|reached| reached.counter);
        highest.map(Some).ok_or_else(|| JournalError::Mark { path: self.path.clone() })
    }

    /// Says that journal `id` has come to `counter`, unless it is known to have come further. Durable.
    pub(super) fn set(&mut self, id: &[u8; 16], counter: u64) -> Result<(), JournalError> {
        let reached = Reached { id: *id, counter };
        let written = self.write(reached).and_then(|()| self.file.sync_all());
        written.map_err(|source| error(&self.path, source))
    }

    /// The same, soon. Nothing is lost but the chance to notice, so an error stops nobody.
    pub(super) fn note(&mut self, id: &[u8; 16], counter: u64) {
        let mut result = self.write(Reached { id: *id, counter });
        if result.is_ok() && self.synced.elapsed() >= SYNC {
            result = self.file.sync_data();
            self.synced = Instant::now();
        }
        if let Err(error) = &result
            && !self.failing
        {
            tracing::error!(
                "the journal's mark can't be written, so an earlier journal would not be noticed: {error}"
            );
        }
        self.failing = result.is_err();
    }

    /// Has the disk catch up.
    pub(super) fn close(&self) {
        // What is not on disk is a mark that is a moment behind.
        let _ = self.file.sync_data();
    }

    /// Several daemons share a mark, so they take turns.
    fn write(&self, reached: Reached) -> io::Result<()> {
        self.file.lock()?;
        let result = self.write_locked(reached);
        self.file.unlock()?;
        result
    }

    fn write_locked(&self, reached: Reached) -> io::Result<()> {
        let slots = self.slots()?;
        let of_this = |slot: &Option<Reached>| slot.filter(|slot| slot.id == reached.id);
        let counts = slots.each_ref().map(|slot| of_this(slot).map(|slot| slot.counter));
        if counts.iter().flatten().any(|count| *count >= reached.counter) {
            return Ok(());
        }
        // The lower one; an unusable one is lower than any.
        let slot = usize::from(counts[1] < counts[0]);
        let mut plain = [0; 24];
        plain[..16].copy_from_slice(&reached.id);
        plain[16..].copy_from_slice(&reached.counter.to_be_bytes());
        let sealed = self.key.seal(&self.aad(), &plain).map_err(io::Error::other)?;
        self.file.write_all_at(&sealed, SLOTS[slot])?;
        // What another journal left must not be taken for the higher one.
        let foreign = slots[1 - slot].is_some() && counts[1 - slot].is_none();
        if foreign { self.file.write_all_at(&[0; SLOT_LEN], SLOTS[1 - slot]) } else { Ok(()) }
    }

    fn slots(&self) -> io::Result<[Option<Reached>; 2]> {
        let mut slots = [None; 2];
        for (slot, at) in slots.iter_mut().zip(SLOTS) {
            let mut sealed = [0; SLOT_LEN];
            match self.file.read_exact_at(&mut sealed, at) {
                Ok(()) => *slot = self.open_slot(&sealed),
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {}
                Err(e) => return Err(e),
            }
        }
        Ok(slots)
    }

    fn open_slot(&self, sealed: &[u8]) -> Option<Reached> {
        let plain = self.key.open(&self.aad(), sealed).ok()?;
        let (id, counter) = plain.split_at_checked(16)?;
        let counter = u64::from_be_bytes(counter.try_into().ok()?);
        Some(Reached { id: id.try_into().ok()?, counter })
    }

    fn aad(&self) -> Aad {
        Aad::new("tatum-kms journal mark").field(&self.store)
    }
}

fn error(path: &Path, source: io::Error) -> JournalError {
    JournalError::MarkFile { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SealKey {
        SealKey::init_with_mut(|key| key.fill(1))
    }

    #[test]
    fn the_highest_is_remembered_whatever_slot_it_is_in() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mark");
        let mut mark = Mark::open(&path, &key(), [1; 16]).unwrap();
        assert_eq!(mark.read().unwrap(), None);
        for counter in [0, 1, 2, 7, 3, 8] {
            mark.set(&[9; 16], counter).unwrap();
        }
        assert_eq!(mark.read().unwrap(), Some(Reached { id: [9; 16], counter: 8 }));
        mark.set(&[8; 16], 1).unwrap();
        let mark = Mark::open(&path, &key(), [1; 16]).unwrap();
        assert_eq!(mark.read().unwrap(), Some(Reached { id: [8; 16], counter: 1 }));
    }

    #[test]
    fn a_torn_slot_leaves_the_other_and_a_foreign_mark_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mark");
        let mut mark = Mark::open(&path, &key(), [1; 16]).unwrap();
        mark.set(&[9; 16], 1).unwrap();
        mark.set(&[9; 16], 2).unwrap();
        mark.file.write_all_at(&[7; 20], SLOTS[1]).unwrap();
        assert_eq!(mark.read().unwrap().unwrap().counter, 1);
        let other = Mark::open(&path, &key(), [2; 16]).unwrap();
        assert!(matches!(other.read(), Err(JournalError::Mark { .. })));
    }
}
