//! The wallets that the sandbox has heard of.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// So many are remembered for a chain.
const MOST: usize = 200;

/// A key of a wallet, as a form offers it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Key {
    pub(super) chain: String,
    pub(super) signature_id: String,
    pub(super) index: Option<u64>,
}

/// Wallets that a daemon polled for, and the addresses of keys that have signed.
#[derive(Default)]
pub(crate) struct Wallets {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    polled: BTreeMap<String, BTreeSet<String>>,
    addresses: BTreeMap<Key, String>,
}

impl Wallets {
    /// Takes note of the wallets that a daemon has.
    pub(crate) fn polled(&self, chain: &str, ids: Option<&HashSet<String>>) {
        let Some(ids) = ids else { return };
        let mut table = self.lock();
        if !table.polled.contains_key(chain) && table.polled.len() >= MOST {
            return;
        }
        let known = table.polled.entry(chain.to_owned()).or_default();
        if known.len() < MOST {
            known.extend(ids.iter().take(MOST - known.len()).cloned());
        }
    }

    /// Takes note of a key's address.
    pub(super) fn learn(&self, key: Key, address: &str) {
        let mut table = self.lock();
        let of_chain = table.addresses.keys().filter(|known| known.chain == key.chain).count();
        if of_chain < MOST || table.addresses.contains_key(&key) {
            table.addresses.insert(key, address.to_owned());
        }
    }

    /// All of them with their addresses, where these are known, and those of `seen`.
    pub(super) fn list(&self, seen: BTreeSet<Key>) -> Vec<(Key, Option<String>)> {
        let table = self.lock();
        let mut keys = seen;
        keys.extend(table.addresses.keys().cloned());
        let named: HashSet<_> =
            keys.iter().map(|key| (key.chain.clone(), key.signature_id.clone())).collect();
        for (chain, ids) in &table.polled {
            let unknown = ids.iter().filter(|id| !named.contains(&(chain.clone(), (*id).clone())));
            keys.extend(unknown.map(|id| Key {
                chain: chain.clone(),
                signature_id: id.clone(),
                index: None,
            }));
        }
        let address = |key: &Key| table.addresses.get(key).cloned();
        keys.into_iter().map(|key| (key.clone(), address(&key))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // What is noted twice is the same.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, index: Option<u64>) -> Key {
        Key { chain: "ETH".to_owned(), signature_id: id.to_owned(), index }
    }

    #[test]
    fn a_wallet_is_listed_once_for_each_key_that_is_known() {
        let wallets = Wallets::default();
        let ids = HashSet::from(["a".to_owned(), "b".to_owned(), "c".to_owned()]);
        wallets.polled("ETH", Some(&ids));
        wallets.polled("ETH", None);
        wallets.learn(key("a", Some(3)), "0xa3");
        let listed = wallets.list(BTreeSet::from([key("a", Some(4)), key("b", None)]));
        assert_eq!(
            listed,
            [
                (key("a", Some(3)), Some("0xa3".to_owned())),
                (key("a", Some(4)), None),
                (key("b", None), None),
                (key("c", None), None),
            ]
        );
    }

    #[test]
    fn there_is_an_end_to_it() {
        let wallets = Wallets::default();
        let ids = (0..500).map(|id| format!("{id}")).collect();
        wallets.polled("ETH", Some(&ids));
        assert_eq!(wallets.list(BTreeSet::new()).len(), MOST);
    }
}
