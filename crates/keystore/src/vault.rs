//! An open store of our format, whatever holds its rows.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::path::{Path, PathBuf};

use kms_core::{Password, SignatureId, Wallet, WalletJson};
use kms_crypto::seal::SealKey;

use crate::record::{Content, Fields};
use crate::rows::{Change, Clear, Head, Header, Row, Rows};
use crate::sealing::{self, FORMAT, Keys, State};
use crate::{Entry, Extras, KdfCost, KeystoreError, Options, Report, StoreId, beside, checking};

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

/// Rows with the keys that open them.
pub(crate) struct Vault {
    pub(crate) path: PathBuf,
    pub(crate) rows: Box<dyn Rows>,
    head: Head,
    pub(crate) keys: Keys,
}

/// The head of a new store without rows, and its keys.
pub(crate) fn found(
    path: &Path,
    from_legacy: bool,
    password: &Password,
    options: &Options,
) -> Result<(Head, Keys), KeystoreError> {
    sealing::check_cost(path, options.kdf, options)?;
    let keys = Keys::new(SealKey::random()?);
    let mut id = [0; 16];
    kms_crypto::seal::random_bytes(&mut id)?;
    let header = keys.wrap(StoreId::from_bytes(id), from_legacy, 1, options.kdf, password)?;
    let state = keys.seal_state(&header, &State::default())?;
    Ok((Head { header, state }, keys))
}

impl Vault {
    /// Opens the store behind `rows`. Costs one key derivation.
    pub(crate) fn open(
        path: &Path,
        rows: Box<dyn Rows>,
        password: &Password,
        options: &Options,
    ) -> Result<Self, KeystoreError> {
        let head = rows.head()?;
        check_format(path, &head)?;
        let keys = Keys::unwrap(path, &head.header, password, options)?;
        Self::attach(path, rows, keys)
    }

    /// Opens the store behind `rows` with keys that are known. Costs no key derivation.
    pub(crate) fn attach(
        path: &Path,
        rows: Box<dyn Rows>,
        keys: Keys,
    ) -> Result<Self, KeystoreError> {
        let head = rows.head()?;
        check_format(path, &head)?;
        keys.open_state(path, &head)?;
        Ok(Self { path: path.to_owned(), rows, head, keys })
    }

    /// The same store with other rows behind it.
    pub(crate) fn reattach(self, path: &Path, rows: Box<dyn Rows>) -> Result<Self, KeystoreError> {
        Self::attach(path, rows, self.keys)
    }

    /// Whether `rows` are of this store, under whatever password; if so they take the place of ours.
    pub(crate) fn follow(&mut self, rows: Box<dyn Rows>) -> Result<bool, KeystoreError> {
        let head = rows.head()?;
        let same = head.header.format == FORMAT
            && head.header.store_id == self.store_id()
            && self.keys.open_state(&self.path, &head).is_ok();
        if same {
            self.rows = rows;
            self.head = head;
        }
        Ok(same)
    }

    /// Whether the password was changed since the store was opened; if so, whether our keys still open it.
    pub(crate) fn look_again(&mut self) -> Result<Option<bool>, KeystoreError> {
        let head = self.rows.head()?;
        if head.header == self.head.header {
            return Ok(None);
        }
        let ours = head.header.store_id == self.store_id()
            && self.keys.open_state(&self.path, &head).is_ok();
        if ours {
            self.head = head;
        }
        Ok(Some(ours))
    }

    pub(crate) fn store_id(&self) -> StoreId {
        self.head.header.store_id
    }

    pub(crate) fn kdf(&self) -> KdfCost {
        self.head.header.cost
    }

    pub(crate) fn is_from_legacy(&self) -> bool {
        self.head.header.from_legacy
    }

    pub(crate) fn journal_key(&self) -> SealKey {
        self.keys.journal()
    }

    pub(crate) fn generation(&self) -> Result<u64, KeystoreError> {
        Ok(self.keys.open_state(&self.path, &self.rows.head()?)?.generation)
    }

    pub(crate) fn entries(&self) -> Result<Vec<Entry>, KeystoreError> {
        entries(&self.rows.list()?)
    }

    pub(crate) fn find_identity(&self, identity: &[u8]) -> Result<Vec<Entry>, KeystoreError> {
        entries(&self.rows.tagged(&self.keys.identity_tag(identity))?)
    }

    pub(crate) fn find_address(
        &self,
        ticker: &str,
        network: &str,
        address: &str,
    ) -> Result<Vec<Entry>, KeystoreError> {
        entries(&self.rows.tagged(&self.keys.address_tag(ticker, network, address))?)
    }

    pub(crate) fn wallet(&self, id: &SignatureId) -> Result<Wallet, KeystoreError> {
        let (row, content) = self.content(id.as_str())?;
        let Content { json, extras, .. } = content;
        let fields = Fields::read(json.expose_secret());
        let mut wallet = fields.wallet(id.clone(), row.clear.entry()?, json);
        wallet.seed = extras.seed;
        wallet.address = wallet.address.or(extras.address);
        Ok(wallet)
    }

    pub(crate) fn json(&self, id: &str) -> Result<WalletJson, KeystoreError> {
        Ok(self.content(id)?.1.json)
    }

    pub(crate) fn label(&self, id: &str) -> Result<Option<String>, KeystoreError> {
        Ok(self.content(id)?.1.label)
    }

    pub(crate) fn content(&self, id: &str) -> Result<(Row, Content), KeystoreError> {
        let row = self.rows.row(id)?;
        let row = row.ok_or_else(|| KeystoreError::NotFound { id: id.to_owned() })?;
        let content = self.open_row(&row)?;
        Ok((row, content))
    }

    /// Every wallet, newest first. The set is checked before the first one is handed out.
    pub(crate) fn for_each<E: From<KeystoreError>>(
        &self,
        mut each: impl FnMut(&str, &WalletJson) -> Result<(), E>,
    ) -> Result<(), E> {
        for row in &self.all_rows()? {
            each(&row.clear.id, &self.open_row(row)?.json)?;
        }
        Ok(())
    }

    /// Looks at everything: see [`checking::examine`].
    pub(crate) fn examine(
        &self,
        doubt: &mut dyn FnMut(KeystoreError),
        looked: &mut dyn FnMut(),
    ) -> Result<Report, KeystoreError> {
        let keys = (&self.keys, self.store_id());
        checking::examine(&self.path, &*self.rows, keys, doubt, looked)
    }

    /// Looks at everything; the first thing that is wrong is the error.
    pub(crate) fn verify(&self) -> Result<Report, KeystoreError> {
        let mut first = None;
        let mut keep_first = |error| {
            first.get_or_insert(error);
        };
        let report = self.examine(&mut keep_first, &mut || {})?;
        first.map_or(Ok(report), Err)
    }

    /// All rows at one moment, newest first, once they have proved to be those that were written.
    pub(crate) fn all_rows(&self) -> Result<Vec<Row>, KeystoreError> {
        let snapshot = self.rows.snapshot()?;
        let state = self.keys.open_state(&self.path, &snapshot.head)?;
        let mut found = State::default();
        for row in &snapshot.rows {
            found.add(&self.keys.element(row));
        }
        checking::same_set(&self.path, &state, &found)?;
        Ok(snapshot.rows)
    }

    /// Opens a row of this store.
    pub(crate) fn open_row(&self, row: &Row) -> Result<Content, KeystoreError> {
        self.keys.open_row(self.store_id(), row)
    }

    /// What opens the rows.
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The header as it was seen last.
    pub(crate) fn header(&self) -> &Header {
        &self.head.header
    }

    /// What holds the rows.
    pub(crate) fn rows(&self) -> &dyn Rows {
        &*self.rows
    }

    /// The journal keys of earlier data keys, the latest first.
    pub(crate) fn former_journal_keys(&self) -> Result<Vec<SealKey>, KeystoreError> {
        Ok(self.keys.open_state(&self.path, &self.rows.head()?)?.former.keys())
    }

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

fn check_format(path: &Path, head: &Head) -> Result<(), KeystoreError> {
    match head.header.format {
        FORMAT => Ok(()),
        found => Err(KeystoreError::UnknownFormat { path: path.to_owned(), found, known: FORMAT }),
    }
}

fn entries(rows: &[Clear]) -> Result<Vec<Entry>, KeystoreError> {
    rows.iter().map(Clear::entry).collect()
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
