//! Whether what a store holds is what was written to it.

use std::collections::HashSet;
use std::path::Path;

use crate::record::Content;
use crate::rows::{Row, Rows, Tag};
use crate::sealing::{Keys, State};
use crate::{KeystoreError, Kind, Report, StoreId};

/// What a scan has seen so far of the rows, for comparison with the state.
pub(crate) struct Seen<'a> {
    keys: &'a Keys,
    store_id: StoreId,
    set: State,
}

impl<'a> Seen<'a> {
    pub(crate) fn new(keys: &'a Keys, store_id: StoreId) -> Self {
        Self { keys, store_id, set: State::default() }
    }

    /// Counts a row, opens it, which proves its clear columns too, and compares its tags with its content.
    pub(crate) fn open(&mut self, row: &Row, tags: &[Tag]) -> Result<Content, KeystoreError> {
        self.set.add(&self.keys.element(row));
        let content = self.keys.open_row(self.store_id, row)?;
        let expected: HashSet<_> = self.keys.tags(&row.clear, &content).into_iter().collect();
        if tags.iter().copied().collect::<HashSet<_>>() != expected {
            return Err(KeystoreError::LookupDamaged { id: row.clear.id.clone() });
        }
        Ok(content)
    }

    /// How many rows there were.
    pub(crate) fn count(&self) -> u64 {
        self.set.count
    }

    /// That these were the rows which the state counts: none missing, added, or put back from earlier.
    pub(crate) fn check(&self, path: &Path, state: &State) -> Result<(), KeystoreError> {
        same_set(path, state, &self.set)
    }
}

/// That `found` are the rows that the state counts.
pub(crate) fn same_set(path: &Path, state: &State, found: &State) -> Result<(), KeystoreError> {
    let what = match (state.count, found.count) {
        (expected, found) if expected != found => {
            format!("{found} are there, {expected} were written")
        }
        _ if state.sum != found.sum => "at least one is not the one written last".to_owned(),
        _ => return Ok(()),
    };
    Err(KeystoreError::SetDamaged { path: path.to_owned(), what })
}

/// Looks at everything. What is wrong goes to `doubt`, as far as one can go on; `looked` is called after
/// each row.
pub(crate) fn examine(
    path: &Path,
    rows: &dyn Rows,
    (keys, store_id): (&Keys, StoreId),
    doubt: &mut dyn FnMut(KeystoreError),
    looked: &mut dyn FnMut(),
) -> Result<Report, KeystoreError> {
    rows.check().unwrap_or_else(&mut *doubt);
    let mut seen = Seen::new(keys, store_id);
    let mut unusable = 0;
    let head = rows.scan(&mut |row, tags| {
        let kind = seen.open(&row, tags).and_then(|_| Ok(row.clear.entry()?.kind));
        match kind {
            Ok(kind) => unusable += usize::from(kind == Kind::Other),
            Err(error) => doubt(error),
        }
        looked();
        Ok(())
    })?;
    let state = keys.open_state(path, &head);
    state.and_then(|state| seen.check(path, &state)).unwrap_or_else(doubt);
    let wallets = usize::try_from(seen.count()).unwrap_or(usize::MAX);
    Ok(Report { wallets, unusable })
}
