//! Which wallets are polled, and their keys, for as long as a signature takes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kms_chains::{Chain, SigningKeys, signing_key};
use kms_core::{KeyRef, PendingTransaction, SignatureId, Ticker, Wallet, with_wiped_stack};
use kms_crypto::PublicKey;
use kms_keystore::{KeystoreError, Kind};

use crate::asked::Asked;
use crate::error::ItemError;
use crate::settings::DaemonSettings;
use crate::store::Store;

/// How long the wallets are believed to be the same. Several chains are polled at about the same time.
const FRESH: Duration = Duration::from_secs(1);

/// The wallets that are polled: read once for all chains, and again when the wallet file has changed.
#[derive(Default)]
pub(crate) struct Wallets(Mutex<Option<Listed>>);

/// What the wallet file lists.
struct Listed {
    looked: Instant,
    edition: Vec<u8>,
    chains: HashMap<&'static str, Arc<Asked>>,
}

impl Wallets {
    /// The wallets in `store` that `chain`, which is served, is polled for. The same `Arc` as long as they
    /// are the same.
    pub(crate) fn of(
        &self,
        chain: Ticker,
        store: &dyn Store,
        settings: &DaemonSettings,
    ) -> Result<Arc<Asked>, KeystoreError> {
        let mut listed = self.lock();
        let is_fresh = |listed: &Listed| listed.looked.elapsed() < FRESH;
        if !listed.as_ref().is_some_and(is_fresh) {
            store.refresh()?;
            // Before the list, so that what is changed while it is read shows at the next poll.
            let edition = store.edition()?;
            match &mut *listed {
                Some(same) if same.edition == edition => same.looked = Instant::now(),
                before => {
                    let chains = read(store, settings, before.as_ref())?;
                    *before = Some(Listed { looked: Instant::now(), edition, chains });
                }
            }
        }
        let asked = listed.as_ref().and_then(|listed| listed.chains.get(chain.0));
        Ok(asked.cloned().unwrap_or_default())
    }

    /// Refuses signers that the API was not asked about: it decides neither whose keys sign nor on
    /// which chain.
    pub(crate) fn check(&self, chain: &dyn Chain, signers: &[KeyRef]) -> Result<(), ItemError> {
        let ticker = chain.spec().ticker;
        let listed = self.lock();
        let asked = listed.as_ref().and_then(|listed| listed.chains.get(ticker.0));
        let is_stranger =
            |signer: &&KeyRef| !asked.is_some_and(|asked| asked.contains(&signer.wallet));
        match signers.iter().find(is_stranger) {
            Some(stranger) => {
                Err(ItemError::NotAsked { wallet: stranger.wallet.clone(), chain: ticker })
            }
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Listed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wallets of each served chain on the daemon's network. A chain for which nothing has changed keeps
/// what it had before.
fn read(
    store: &dyn Store,
    settings: &DaemonSettings,
    before: Option<&Listed>,
) -> Result<HashMap<&'static str, Arc<Asked>>, KeystoreError> {
    let tickers = settings.served().map(|chain| chain.spec().ticker.0);
    let mut chains: HashMap<_, _> = tickers.map(|ticker| (ticker, Asked::default())).collect();
    store.for_each_entry(&mut |entry| {
        if entry.network != settings.network || entry.kind == Kind::Other {
            return;
        }
        let Some(asked) = chains.get_mut(entry.ticker.as_str()) else { return };
        // An id from an old file may be any text; what is no identifier can't be asked about.
        let Ok(id) = entry.id.parse::<SignatureId>() else { return };
        if settings.only_wallets.as_ref().is_none_or(|only| only.contains(&id)) {
            asked.push(id);
        }
    })?;
    let kept = |(ticker, mut asked): (&'static str, Asked)| {
        asked.close();
        let same = before.and_then(|before| before.chains.get(ticker));
        let same = same.filter(|before| ***before == asked);
        (ticker, same.cloned().unwrap_or_else(|| Arc::new(asked)))
    };
    Ok(chains.into_iter().map(kept).collect())
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

    use kms_chains::registry::{CHAINS, find};
    use kms_core::{ApiKey, Network};
    use kms_crypto::seal::SealKey;
    use kms_keystore::Entry;
    use kms_tatum::ClientSettings;

    use super::*;

    /// Wallets `w0`, `w1` … of ETH, and how often they were listed.
    #[derive(Default)]
    struct Few {
        wallets: AtomicU8,
        edition: AtomicU8,
        listed: AtomicUsize,
    }

    impl Store for Few {
        fn path(&self) -> &Path {
            Path::new("wallet.dat")
        }

        fn id(&self) -> [u8; 16] {
            [1; 16]
        }

        fn refresh(&self) -> Result<(), KeystoreError> {
            Ok(())
        }

        fn edition(&self) -> Result<Vec<u8>, KeystoreError> {
            Ok(vec![self.edition.load(Ordering::SeqCst)])
        }

        fn for_each_entry(&self, each: &mut dyn FnMut(Entry)) -> Result<(), KeystoreError> {
            self.listed.fetch_add(1, Ordering::SeqCst);
            for number in 0..self.wallets.load(Ordering::SeqCst) {
                let (id, ticker) = (format!("w{number}"), "ETH".to_owned());
                each(Entry { id, ticker, network: Network::Testnet, kind: Kind::PrivateKey });
            }
            Ok(())
        }

        fn wallet(&self, id: &SignatureId) -> Result<Wallet, KeystoreError> {
            Err(KeystoreError::NotFound { id: id.to_string() })
        }

        fn journal_key(&self) -> Option<SealKey> {
            None
        }

        fn legacy_journal_key(&self, _: &[u8; 16]) -> Result<Option<SealKey>, KeystoreError> {
            Ok(None)
        }
    }

    #[test]
    fn the_list_is_read_once_for_all_chains_and_again_when_the_file_has_changed() {
        let (store, wallets) = (Few::default(), Wallets::default());
        let key = ApiKey::new("key".to_owned());
        let api = ClientSettings::new("http://127.0.0.1:1".parse().unwrap(), key, Network::Testnet);
        let settings = DaemonSettings::new(CHAINS, api);
        let eth = find("ETH").unwrap();
        let signer = |id: &str| [KeyRef { wallet: id.parse().unwrap(), index: None }];
        assert!(wallets.check(eth, &signer("w0")).is_err());

        // Later, when what was seen is not believed any more.
        let look = |ticker| {
            if let Some(listed) = &mut *wallets.lock() {
                listed.looked = Instant::now().checked_sub(2 * FRESH).unwrap();
            }
            wallets.of(Ticker(ticker), &store, &settings).unwrap()
        };
        let count = || store.listed.load(Ordering::SeqCst);
        store.wallets.store(2, Ordering::SeqCst);
        let first = look("ETH");
        assert_eq!((first.len(), look("BTC").len(), count()), (2, 0, 1));
        assert!(Arc::ptr_eq(&first, &look("ETH")));
        assert!(Arc::ptr_eq(&look("BTC"), &look("BTC")));
        assert_eq!(count(), 1);

        // A label, an index that was given out: read again, and the same.
        store.edition.store(1, Ordering::SeqCst);
        assert!(Arc::ptr_eq(&first, &look("ETH")));
        assert_eq!(count(), 2);

        assert!(wallets.check(eth, &signer("w1")).is_ok());
        assert!(wallets.check(eth, &signer("w2")).is_err());
        assert!(wallets.check(find("BTC").unwrap(), &signer("w1")).is_err());
        store.wallets.store(3, Ordering::SeqCst);
        store.edition.store(2, Ordering::SeqCst);
        assert_eq!(look("ETH").len(), 3);
        assert!(wallets.check(eth, &signer("w2")).is_ok());
        store.wallets.store(1, Ordering::SeqCst);
        store.edition.store(3, Ordering::SeqCst);
        assert_eq!(look("ETH").len(), 1);
        assert!(wallets.check(eth, &signer("w1")).is_err());
    }
}
