//! A walk through a store: every wallet once, newest first, a few in memory at a time.

use std::fmt;

use kms_core::{Network, Wallet, WalletJson};

use crate::keystore::Store;
use crate::legacy_store::LegacyStore;
use crate::record::{Content, Fields};
use crate::sealing::State;
use crate::vault::Vault;
use crate::{Entry, Keystore, KeystoreError, checking};

/// How many rows are read at once. The store is locked for a reader only that long.
const PAGE: u32 = 500;
/// The same of what can be read without opening it.
const CLEAR_PAGE: u32 = 5000;

/// A wallet as it is stored, with what was noted about it.
pub struct Stored {
    /// What can be listed without opening it; authenticated here.
    pub entry: Entry,
    /// The wallet, opened; none where its id, from an old file, is no signature id.
    pub wallet: Option<Wallet>,
    /// The label that it was given.
    pub label: Option<String>,
    /// The first index whose address was not given out; see [`Writer::take_indexes`](crate::Writer::take_indexes).
    pub next_index: u32,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("entry", &self.entry).finish_non_exhaustive()
    }
}

impl Keystore {
    /// Opens every wallet that is `wanted` and hands it to `each`, newest first.
    ///
    /// The store is not locked meanwhile. What is added while it runs is left out, what is removed may be.
    /// If nothing was changed meanwhile, it is checked at the end that all wallets were there, and no others.
    ///
    /// # Errors
    /// Those of `each`, [`KeystoreError::SetDamaged`], [`KeystoreError::RowDamaged`] and as
    /// [`Keystore::entries`].
    pub fn walk<E: From<KeystoreError>>(
        &self,
        wanted: impl Fn(&Entry) -> bool,
        each: impl FnMut(Stored) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.store {
            Store::Current { vault, .. } => vault.walk(wanted, each),
            Store::Legacy(store) => store.walk(wanted, each),
        }
    }

    /// Calls `each` with every wallet, newest first, without opening any, and with few of them in memory.
    ///
    /// The store is not locked meanwhile. What is added while it runs is left out, what is removed may be:
    /// an [`edition`](Self::edition) that was taken before tells whether it was changed.
    ///
    /// # Errors
    /// As [`Keystore::entries`].
    pub fn for_each_entry(&self, mut each: impl FnMut(Entry)) -> Result<(), KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.for_each_entry(each),
            Store::Legacy(store) => {
                store.entries.iter().cloned().for_each(&mut each);
                Ok(())
            }
        }
    }

    /// How many wallets of a chain and network there are. Costs the same whatever their number, where the
    /// store was changed since it keeps count.
    ///
    /// # Errors
    /// [`KeystoreError::StateDamaged`], [`KeystoreError::Sqlite`].
    pub fn count(&self, ticker: &str, network: Network) -> Result<u64, KeystoreError> {
        match &self.store {
            Store::Current { vault, .. } => vault.count(ticker, network),
            Store::Legacy(store) => {
                let same = |entry: &&Entry| entry.ticker == ticker && entry.network == network;
                Ok(store.entries.iter().filter(same).count() as u64)
            }
        }
    }
}

impl Vault {
    fn walk<E: From<KeystoreError>>(
        &self,
        wanted: impl Fn(&Entry) -> bool,
        mut each: impl FnMut(Stored) -> Result<(), E>,
    ) -> Result<(), E> {
        let before = self.state()?;
        let mut found = State::default();
        let mut next = Some(i64::MAX);
        while let Some(position) = next {
            let page = self.rows().page(position, PAGE)?;
            next = page.last().and_then(|row| row.clear.position.checked_sub(1));
            for row in &page {
                found.add(&self.keys().element(row));
                let entry = row.clear.entry()?;
                if wanted(&entry) {
                    each(stored(entry, self.open_row(row)?))?;
                }
            }
        }
        if self.state()?.generation == before.generation {
            checking::same_set(&self.path, &before, &found)?;
        }
        Ok(())
    }

    fn for_each_entry(&self, mut each: impl FnMut(Entry)) -> Result<(), KeystoreError> {
        let mut next = Some(i64::MAX);
        while let Some(position) = next {
            let page = self.rows().list(position, CLEAR_PAGE)?;
            next = page.last().and_then(|row| row.position.checked_sub(1));
            for row in &page {
                each(row.entry()?);
            }
        }
        Ok(())
    }

    /// How many rows of a chain and network there are.
    pub(crate) fn count(&self, ticker: &str, network: Network) -> Result<u64, KeystoreError> {
        let state = self.state()?;
        let tally = if state.has_tally() { state.tally } else { self.rows().tally()? };
        Ok(tally.of(ticker, &network.to_string()))
    }

    fn state(&self) -> Result<State, KeystoreError> {
        self.keys().open_state(&self.path, &self.rows().head()?)
    }
}

fn stored(entry: Entry, content: Content) -> Stored {
    let Content { json, extras, label, next_index } = content;
    let mut wallet = opened(&entry, json);
    if let Some(wallet) = &mut wallet {
        wallet.seed = extras.seed;
        wallet.address = wallet.address.take().or(extras.address);
    }
    Stored { entry, wallet, label, next_index }
}

fn opened(entry: &Entry, json: WalletJson) -> Option<Wallet> {
    let id = entry.id.parse().ok()?;
    Some(Fields::read(json.expose_secret()).wallet(id, entry.clone(), json))
}

impl LegacyStore {
    /// The file is decrypted once, as a whole.
    fn walk<E: From<KeystoreError>>(
        &self,
        wanted: impl Fn(&Entry) -> bool,
        mut each: impl FnMut(Stored) -> Result<(), E>,
    ) -> Result<(), E> {
        let wallets = self.wallets()?;
        for ((_, json), entry) in wallets.iter().zip(&self.entries) {
            if wanted(entry) {
                let wallet = opened(entry, WalletJson::new(json.to_owned()));
                each(Stored { entry: entry.clone(), wallet, label: None, next_index: 0 })?;
            }
        }
        Ok(())
    }
}
