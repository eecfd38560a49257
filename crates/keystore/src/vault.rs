//! An open store of our format, whatever holds its rows.

use std::path::{Path, PathBuf};

use kms_core::{Password, SignatureId, Wallet, WalletJson};
use kms_crypto::seal::SealKey;

use crate::record::{Content, Fields};
use crate::rows::{Clear, Head, Header, Row, Rows};
use crate::sealing::{self, FORMAT, Keys, State};
use crate::{Entry, KdfCost, KeystoreError, Options, Report, StoreId, checking};

/// Rows with the keys that open them.
pub(crate) struct Vault {
    pub(crate) path: PathBuf,
    pub(crate) rows: Box<dyn Rows>,
    pub(crate) head: Head,
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
        entries(&self.rows.list(i64::MAX, u32::MAX)?)
    }

    /// The sealed state as it is: no two have the same nonce.
    pub(crate) fn edition(&self) -> Result<Vec<u8>, KeystoreError> {
        Ok(self.rows.head()?.state)
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
