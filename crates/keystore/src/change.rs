//! Changes of an open store, each in one transaction.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::path::Path;

use kms_core::{Password, WalletJson};

use crate::record::Content;
use crate::rows::{Change, Clear, Head, Row};
use crate::sealing::{Keys, State};
use crate::vault::Vault;
use crate::{Entry, Extras, KdfCost, KeystoreError, StoreId, beside};

/// Behind the last index of an address: children from here on are hardened (BIP-32).
const END_OF_INDEXES: u32 = 1 << 31;

/// A record on its way into a store.
pub(crate) struct Incoming<'a> {
    pub(crate) entry: Entry,
    pub(crate) json: &'a str,
    pub(crate) extras: Extras,
    pub(crate) label: Option<String>,
    pub(crate) next_index: u32,
}

impl Vault {
    /// Adds records, the last of them newest. All or none.
    pub(crate) fn add(&mut self, records: &[Incoming<'_>]) -> Result<(), KeystoreError> {
        let path = &self.path.clone();
        self.change(|keys, store_id, change, state| {
            let top = change.top()?;
            for (offset, record) in (1..).zip(records) {
                // A position is only as trustworthy as its row.
                let position = top.checked_add(offset).ok_or_else(|| full(path))?;
                if change.row(&record.entry.id)?.is_some() {
                    return Err(KeystoreError::Duplicate { id: record.entry.id.clone() });
                }
                let clear = Clear {
                    position,
                    id: record.entry.id.clone(),
                    version: version(state),
                    chain: record.entry.ticker.clone(),
                    network: record.entry.network.to_string(),
                    kind: record.entry.kind.as_str().to_owned(),
                };
                let content = Content {
                    json: WalletJson::new(record.json.to_owned()),
                    extras: record.extras.clone(),
                    label: record.label.clone(),
                    next_index: record.next_index,
                };
                put(keys, store_id, change, state, clear, &content)?;
            }
            Ok(())
        })
    }

    /// Removes a wallet, and sees to it that its sealed bytes are gone from free space too.
    pub(crate) fn remove(&mut self, id: &str) -> Result<(), KeystoreError> {
        let gone = RefCell::new(Vec::new());
        self.change(|keys, store_id, change, state| {
            *gone.borrow_mut() = take(keys, store_id, change, state, id)?.0.sealed;
            Ok(())
        })?;
        let gone = gone.into_inner();
        let scrub = || {
            if self.rows.has_trace(&gone)? {
                self.rows.compact()?;
            }
            self.rows.has_trace(&gone)
        };
        match scrub() {
            Ok(false) => Ok(()),
            Ok(true) => Err(KeystoreError::Trace { id: id.to_owned(), source: None }),
            Err(error) => {
                Err(KeystoreError::Trace { id: id.to_owned(), source: Some(Box::new(error)) })
            }
        }
    }

    pub(crate) fn set_label(&mut self, id: &str, label: Option<&str>) -> Result<(), KeystoreError> {
        self.amend(id, |content| {
            content.label = label.map(str::to_owned);
            Ok(())
        })
    }

    /// Moves the counter of a wallet on; gives what it moved over.
    pub(crate) fn take_indexes(
        &mut self,
        id: &str,
        count: u32,
        from: u32,
    ) -> Result<Range<u32>, KeystoreError> {
        let taken = Cell::new(0..0);
        self.amend(id, |content| {
            let start = content.next_index.max(from);
            let end = start.checked_add(count).filter(|end| *end <= END_OF_INDEXES);
            let end = end.ok_or_else(|| KeystoreError::IndexesUsedUp { id: id.to_owned() })?;
            content.next_index = end;
            taken.set(start..end);
            Ok(())
        })?;
        Ok(taken.into_inner())
    }

    /// Changes what is kept with a wallet.
    pub(crate) fn amend(
        &mut self,
        id: &str,
        amend: impl Fn(&mut Content) -> Result<(), KeystoreError>,
    ) -> Result<(), KeystoreError> {
        self.change(|keys, store_id, change, state| {
            let (row, mut content) = take(keys, store_id, change, state, id)?;
            amend(&mut content)?;
            let clear = Clear { version: version(state), ..row.clear };
            put(keys, store_id, change, state, clear, &content)
        })
    }

    /// Wraps the data key under another password. The cost never falls.
    pub(crate) fn change_password(
        &mut self,
        password: &Password,
        cost: KdfCost,
    ) -> Result<(), KeystoreError> {
        let (keys, path, ours) = (&self.keys, &self.path, self.store_id());
        let old = self.head.header.clone();
        let header =
            keys.wrap(ours, old.from_legacy, old.epoch + 1, cost.at_least(old.cost), password)?;
        self.rows.change(&mut |change| {
            let head = change.head()?;
            // The derivation takes long; somebody else may have changed the password meanwhile.
            if head.header != old {
                return Err(KeystoreError::Rekeyed { path: path.clone() });
            }
            // What a crash left of a store that was being built is sealed under a password of before.
            beside::remove_unfinished(path)?;
            let mut state = keys.open_state(path, &head)?;
            state.generation += 1;
            let state = keys.seal_state(&header, &state)?;
            change.put_head(&Head { header: header.clone(), state })
        })?;
        self.head = self.rows.head()?;
        Ok(())
    }

    /// One transaction, in which the state follows what `work` does.
    pub(crate) fn change(
        &mut self,
        work: impl Fn(&Keys, StoreId, &dyn Change, &mut State) -> Result<(), KeystoreError>,
    ) -> Result<(), KeystoreError> {
        let (keys, path, ours) = (&self.keys, &self.path, &self.head.header);
        let store_id = ours.store_id;
        self.rows.change(&mut |change| {
            let head = change.head()?;
            let mut state = keys.open_state(path, &head).map_err(|error| match &head.header {
                other if other != ours => KeystoreError::Rekeyed { path: path.clone() },
                _ => error,
            })?;
            state.generation += 1;
            if !state.has_tally() {
                state.tally = change.tally()?;
            }
            work(keys, store_id, change, &mut state)?;
            let sealed = keys.seal_state(&head.header, &state)?;
            change.put_head(&Head { header: head.header, state: sealed })
        })
    }
}

fn full(path: &Path) -> KeystoreError {
    let what = "the highest position leaves no room for another".to_owned();
    KeystoreError::SetDamaged { path: path.to_owned(), what }
}

/// The version of a row written now: no row of this store ever had it before.
pub(crate) fn version(state: &State) -> i64 {
    i64::try_from(state.generation).unwrap_or(i64::MAX)
}

/// Seals a row and writes it.
pub(crate) fn put(
    keys: &Keys,
    store_id: StoreId,
    change: &dyn Change,
    state: &mut State,
    clear: Clear,
    content: &Content,
) -> Result<(), KeystoreError> {
    let tags = keys.tags(&clear, content);
    let row = keys.seal_row(store_id, clear, content)?;
    state.add(&keys.element(&row));
    state.tally.add(&row.clear.chain, &row.clear.network);
    change.insert(&row, &tags)
}

/// Takes a row out, once it has proved to be authentic: else it would take a wrong element out of the set.
fn take(
    keys: &Keys,
    store_id: StoreId,
    change: &dyn Change,
    state: &mut State,
    id: &str,
) -> Result<(Row, Content), KeystoreError> {
    let row = change.row(id)?.ok_or_else(|| KeystoreError::NotFound { id: id.to_owned() })?;
    let content = keys.open_row(store_id, &row)?;
    state
        .remove(&keys.element(&row))
        .ok_or_else(|| KeystoreError::RowDamaged { id: id.to_owned() })?;
    state.tally.remove(&row.clear.chain, &row.clear.network);
    change.delete(row.clear.position)?;
    Ok((row, content))
}
