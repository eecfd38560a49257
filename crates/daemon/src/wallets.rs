//! Which wallets are polled, and their keys, for as long as a signature takes.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kms_chains::{Chain, SigningKeys, signing_key};
use kms_core::{KeyRef, PendingTransaction, SignatureId, Wallet, with_wiped_stack};
use kms_crypto::PublicKey;
use kms_keystore::{Entry, KeystoreError, Kind};

use crate::error::ItemError;
use crate::settings::DaemonSettings;
use crate::store::Store;

/// How long the wallets are believed to be the same. Several chains are polled at about the same time.
const FRESH: Duration = Duration::from_secs(1);

/// What the wallet file lists, read once for all chains.
#[derive(Default)]
pub(crate) struct WalletList(Mutex<Option<(Instant, Arc<Vec<Entry>>)>>);

impl WalletList {
    /// The wallets in `store`. The same `Arc` as long as nothing changes.
    pub(crate) fn get(&self, store: &dyn Store) -> Result<Arc<Vec<Entry>>, KeystoreError> {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, entries)) = &*list
            && at.elapsed() < FRESH
        {
            return Ok(entries.clone());
        }
        store.refresh()?;
        let entries = store.entries()?;
        let entries = match &*list {
            Some((_, before)) if **before == entries => before.clone(),
            _ => Arc::new(entries),
        };
        *list = Some((Instant::now(), entries.clone()));
        Ok(entries)
    }
}

/// The wallets of one chain that the API is asked about, and that may sign what it answers.
pub(crate) struct Asked {
    pub(crate) ids: Vec<SignatureId>,
    set: HashSet<SignatureId>,
}

impl Asked {
    /// The wallets in `entries` of this chain on the daemon's network.
    pub(crate) fn of(chain: &dyn Chain, entries: &[Entry], settings: &DaemonSettings) -> Self {
        let mut set = HashSet::new();
        let ids = entries
            .iter()
            .filter(|entry| entry.ticker == chain.spec().ticker.0)
            .filter(|entry| entry.network == settings.network && entry.kind != Kind::Other)
            // An id from an old file may be any text; what is no identifier can't be asked about.
            .filter_map(|entry| entry.id.parse::<SignatureId>().ok())
            .filter(|id| settings.only_wallets.as_ref().is_none_or(|only| only.contains(id)))
            .filter(|id| set.insert(id.clone()))
            .collect();
        Self { ids, set }
    }

    /// Refuses signers that the API was not asked about: it decides neither whose keys sign nor on
    /// which chain.
    pub(crate) fn check(&self, chain: &dyn Chain, signers: &[KeyRef]) -> Result<(), ItemError> {
        match signers.iter().find(|signer| !self.set.contains(&signer.wallet)) {
            Some(stranger) => Err(ItemError::NotAsked {
                wallet: stranger.wallet.clone(),
                chain: chain.spec().ticker,
            }),
            None => Ok(()),
        }
    }
}

/// The public keys of `signers` in `tx`, in order. The secret halves are opened, used and wiped in here.
pub(crate) fn public_keys(
    store: &dyn Store,
    settings: &DaemonSettings,
    chain: &dyn Chain,
    tx: &PendingTransaction,
    signers: &[KeyRef],
) -> Result<Vec<PublicKey>, ItemError> {
    with_wiped_stack(|| {
        let wallets = open(store, signers)?;
        for wallet in &wallets {
            let key = wallet.key.as_ref();
            if let Some(warning) = key.and_then(|key| chain.key_warning(key, settings.network)) {
                tracing::warn!(chain = %chain.spec().ticker, wallet = %wallet.id, "{warning}");
            }
        }
        Ok(keys(settings, chain, tx, signers, &wallets)?.public())
    })
}

/// Opens the keys of `signers` in `tx` for the time of `use_keys`, which can't wait for anything.
pub(crate) fn with_keys<T>(
    store: &dyn Store,
    settings: &DaemonSettings,
    chain: &dyn Chain,
    tx: &PendingTransaction,
    signers: &[KeyRef],
    use_keys: impl FnOnce(&SigningKeys) -> T,
) -> Result<T, ItemError> {
    with_wiped_stack(|| {
        let wallets = open(store, signers)?;
        Ok(use_keys(&keys(settings, chain, tx, signers, &wallets)?))
    })
}

/// Opens every wallet once, however often it is named.
fn open(store: &dyn Store, signers: &[KeyRef]) -> Result<Vec<Wallet>, ItemError> {
    let mut wallets: Vec<Wallet> = Vec::with_capacity(signers.len());
    for KeyRef { wallet: id, .. } in signers {
        if wallets.iter().any(|wallet| wallet.id == *id) {
            continue;
        }
        wallets.push(store.wallet(id).map_err(|error| match error {
            KeystoreError::NotFound { .. } | KeystoreError::RowDamaged { .. } => {
                ItemError::Wallet(error)
            }
            other => ItemError::Store(other),
        })?);
    }
    Ok(wallets)
}

fn keys(
    settings: &DaemonSettings,
    chain: &dyn Chain,
    tx: &PendingTransaction,
    signers: &[KeyRef],
    wallets: &[Wallet],
) -> Result<SigningKeys, ItemError> {
    let mut keys = Vec::with_capacity(signers.len());
    for signer in signers {
        let wallet = wallets.iter().find(|wallet| wallet.id == signer.wallet);
        let wallet = wallet.expect("a wallet was opened for every signer");
        keys.extend(signing_key(chain, tx, wallet, signer, settings.network)?);
    }
    Ok(SigningKeys::new(keys))
}
