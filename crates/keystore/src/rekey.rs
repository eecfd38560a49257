//! A new data key: every row sealed again, in a new file that takes the place of the old one.
//!
//! 1. Hold the store against other writers. Readers read on.
//! 2. Build the new store beside it under a temporary name, row by row, and prove on the way that the
//!    old rows are those that were written: damage must not be sealed anew as if it were sound.
//! 3. Open the new store afresh with the password, and compare every row with the old one.
//! 4. Rename it over the old file. Before this moment the old store is whole and counts, after it the
//!    new one does.
//!
//! The journal of the daemon is another file, so the new state keeps the journal key of the old data key:
//! see [`FormerKeys`](crate::sealing::FormerKeys).

use std::path::Path;

use kms_core::Password;

use crate::checking::Seen;
use crate::files::{self, Temporary};
use crate::rows::{Change, Head};
use crate::sealing::{Keys, State};
use crate::sqlite::Access;
use crate::sqlite_rows::{Held, SqliteRows};
use crate::vault::Vault;
use crate::{KeystoreError, Options, beside, change};

/// Gives the store at `path`, which `old` has open, a new data key, wrapped under `password`. `looked` is
/// called twice for each row.
pub(crate) fn rekey(
    path: &Path,
    old: &Vault,
    password: &Password,
    options: &Options,
    looked: &mut dyn FnMut(),
) -> Result<Vault, KeystoreError> {
    let held = Held::take(path, options.busy_timeout)?;
    let head = held.moment().head()?;
    if head.header != *old.header() {
        return Err(KeystoreError::Rekeyed { path: path.to_owned() });
    }
    let metadata = std::fs::symlink_metadata(path).map_err(KeystoreError::io("look at", path))?;
    beside::remove_unfinished(path)?;
    let temporary = Temporary::beside(path)?;
    build(temporary.path(), &held, old, &head, password, options, looked)?;
    files::take_owner(temporary.path(), &metadata)?;

    let rows = SqliteRows::open(temporary.path(), Access::Read, options.busy_timeout)?;
    let new = Vault::open(temporary.path(), Box::new(rows), password, options)?;
    compare(path, &held, old, &new, looked)?;

    held.check_place()?;
    let now = held.moment().head()?;
    if (now.header, now.state) != (head.header, head.state) {
        return Err(KeystoreError::Replaced { path: path.to_owned() });
    }
    temporary.replace(path)?;
    drop(held);
    files::sync_directory(path)?;
    let rows = SqliteRows::open(path, Access::Write, options.busy_timeout)?;
    new.reattach(path, Box::new(rows))
}

fn build(
    place: &Path,
    held: &Held,
    old: &Vault,
    head: &Head,
    password: &Password,
    options: &Options,
    looked: &mut dyn FnMut(),
) -> Result<(), KeystoreError> {
    let path = held.moment().path.to_owned();
    let (store_id, before) = (old.store_id(), old.keys().open_state(&path, head)?);
    let keys = Keys::new(kms_crypto::seal::SealKey::random()?);
    let Head { header, .. } = head;
    let cost = options.kdf.at_least(header.cost);
    let header = keys.wrap(store_id, header.from_legacy, header.epoch + 1, cost, password)?;
    let fresh = State {
        generation: before.generation + 1,
        former: before.former.with(&old.journal_key()),
        ..State::default()
    };
    let first = Head { state: keys.seal_state(&header, &fresh)?, header };
    let mut rows = SqliteRows::build(place, &first, options.busy_timeout)?;
    crate::rows::Rows::change(&mut rows, &mut |change: &dyn Change| {
        let mut seen = Seen::new(old.keys(), store_id);
        let mut state = fresh.clone();
        held.moment().scan(&mut |row, tags| {
            let content = seen.open(&row, tags)?;
            change::put(&keys, store_id, change, &mut state, row.clear, &content)?;
            looked();
            Ok(())
        })?;
        seen.check(&path, &before)?;
        let state = keys.seal_state(&first.header, &state)?;
        change.put_head(&Head { header: first.header.clone(), state })
    })
}

/// Every row of the new store against the old one, and that there are no others.
fn compare(
    path: &Path,
    held: &Held,
    old: &Vault,
    new: &Vault,
    looked: &mut dyn FnMut(),
) -> Result<(), KeystoreError> {
    let differs = || KeystoreError::RekeyReadBack { path: path.to_owned() };
    let mut seen = Seen::new(new.keys(), new.store_id());
    let (moment, mut same) = (held.moment(), true);
    let head = new.rows().scan(&mut |row, tags| {
        let before = moment.row(&row.clear.id)?.ok_or_else(differs)?;
        let content = seen.open(&row, tags)?;
        same &= row.clear == before.clear && content.encode() == old.open_row(&before)?.encode();
        looked();
        Ok(())
    })?;
    seen.check(path, &new.keys().open_state(path, &head)?)?;
    new.rows().check()?;
    let old_state = old.keys().open_state(path, &moment.head()?)?;
    if same && seen.count() == old_state.count { Ok(()) } else { Err(differs()) }
}
