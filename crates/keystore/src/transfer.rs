//! From one store to another: encrypted exports, and merging them into a store.

use std::path::Path;

use kms_core::{Password, Wallet};

use crate::change::{self, Incoming};
use crate::record::Content;
use crate::rows::{Clear, Row};
use crate::sqlite_rows::SqliteRows;
use crate::vault::{self, Vault};
use crate::{Entry, Extras, Keystore, KeystoreError, Options, Report, Writer, swap, upgrade};

/// How many wallets are merged in one transaction.
const CHUNK: usize = 1000;

/// How a wallet of another store stands to a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Neither its id nor its key is there.
    New,
    /// It is there, under the same id.
    Present,
    /// Its id is taken by a wallet with another content.
    Conflict,
    /// Its key is there on the same chain and network, under this id.
    SameKey(String),
    /// Its key is there for the other network, in this wallet, which the other store does not have.
    OtherNetwork(Entry),
}

impl Keystore {
    /// Writes all wallets into a new store at `to`, with a fresh store id and data key, wrapped under
    /// `password`. It is opened with that password and verified before it gets its name.
    ///
    /// `enrich` is for wallets of a legacy file, as at an upgrade.
    ///
    /// # Errors
    /// [`KeystoreError::Taken`] if there is something at `to`, [`KeystoreError::SetDamaged`],
    /// [`KeystoreError::RowDamaged`], and those of making a store. Nothing is at `to` after any of them.
    pub fn export(
        &self,
        to: &Path,
        password: &Password,
        options: &Options,
        enrich: &dyn Fn(&Wallet) -> Extras,
        looked: &mut dyn FnMut(),
    ) -> Result<Report, KeystoreError> {
        swap::place_new(to, |place| {
            let (head, keys) = vault::found(place, false, password, options)?;
            let rows = SqliteRows::build(place, &head, options.busy_timeout)?;
            let mut made = Vault::attach(place, Box::new(rows), keys)?;
            match self.vault() {
                Some(from) => made.take_over(&from.all_rows()?, from, looked)?,
                None => {
                    let wallets = self.legacy_wallets()?;
                    made.add(&upgrade::incoming(&wallets, enrich))?;
                }
            }
            drop(made);
            let made = Self::open(place, password, options)?;
            let report = made.verify()?;
            if report.wallets != self.entries()?.len() {
                return Err(KeystoreError::Replaced { path: self.path().to_owned() });
            }
            Ok(report)
        })
    }
}

impl Writer {
    /// How each wallet of `source`, a store of our format, stands to this store; oldest first. That they
    /// are all there is checked before.
    ///
    /// # Errors
    /// [`KeystoreError::SetDamaged`], [`KeystoreError::RowDamaged`], [`KeystoreError::Sqlite`];
    /// [`KeystoreError::NotAWalletFile`] for a source in the legacy format.
    pub fn compare(&self, source: &Keystore) -> Result<Vec<(Entry, Standing)>, KeystoreError> {
        let from = vault_of(source)?;
        let rows = from.all_rows()?;
        let standing = |row: &Row| {
            let entry = row.clear.entry()?;
            let standing = self.standing(&entry, &from.open_row(row)?, source)?;
            Ok((entry, standing))
        };
        rows.iter().rev().map(standing).collect()
    }

    fn standing(
        &self,
        entry: &Entry,
        content: &Content,
        source: &Keystore,
    ) -> Result<Standing, KeystoreError> {
        match self.vault().json(&entry.id) {
            Ok(json) if json.expose_secret() == content.json.expose_secret() => {
                return Ok(Standing::Present);
            }
            Ok(_) => return Ok(Standing::Conflict),
            Err(KeystoreError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        let Some(identity) = &content.extras.identity else { return Ok(Standing::New) };
        let from = vault_of(source)?;
        let mut other_network = None;
        for twin in self.find_identity(identity)? {
            // Two wallets of one key that were together before may be together again.
            if matches!(from.json(&twin.id), Err(KeystoreError::NotFound { .. })) {
                if twin.network != entry.network {
                    other_network = Some(twin);
                } else if twin.ticker == entry.ticker {
                    return Ok(Standing::SameKey(twin.id));
                }
            }
        }
        Ok(other_network.map_or(Standing::New, Standing::OtherNetwork))
    }

    /// Adds wallets of `source`, a store of our format, with all that is kept with them, in this order;
    /// a thousand in each transaction.
    ///
    /// # Errors
    /// [`KeystoreError::Duplicate`] for an id that was taken meanwhile, and those of opening wallets and
    /// writing. What was added before, a multiple of a thousand, stays added.
    pub fn add_from(
        &mut self,
        source: &Keystore,
        ids: &[String],
        looked: &mut dyn FnMut(),
    ) -> Result<(), KeystoreError> {
        let from = vault_of(source)?;
        for ids in ids.chunks(CHUNK) {
            let opened: Vec<(Row, Content)> =
                ids.iter().map(|id| from.content(id)).collect::<Result<_, _>>()?;
            let records: Vec<Incoming<'_>> = opened
                .iter()
                .map(|(row, content)| {
                    Ok(Incoming {
                        entry: row.clear.entry()?,
                        json: content.json.expose_secret(),
                        extras: content.extras.clone(),
                        label: content.label.clone(),
                        next_index: content.next_index,
                    })
                })
                .collect::<Result<_, KeystoreError>>()?;
            self.vault_mut().add(&records)?;
            ids.iter().for_each(|_| looked());
        }
        Ok(())
    }
}

impl Vault {
    /// Seals rows of another store again, where they stand in its order.
    fn take_over(
        &mut self,
        rows: &[Row],
        from: &Vault,
        looked: &mut dyn FnMut(),
    ) -> Result<(), KeystoreError> {
        let looked = std::cell::RefCell::new(looked);
        self.change(|keys, store_id, change, state| {
            for row in rows {
                let content = from.open_row(row)?;
                let clear = Clear { version: change::version(state), ..row.clear.clone() };
                change::put(keys, store_id, change, state, clear, &content)?;
                (looked.borrow_mut())();
            }
            Ok(())
        })
    }
}

fn vault_of(source: &Keystore) -> Result<&Vault, KeystoreError> {
    let legacy = || KeystoreError::NotAWalletFile { path: source.path().to_owned() };
    source.vault().ok_or_else(legacy)
}
