//! The ledger of chains that keep accounts: who holds how much of what, the number of each account's
//! next transaction, and every transaction by its hash. It knows no chain. Addresses and hashes are
//! texts in the one spelling that the chain settles on; amounts are counted in the smallest units.

use std::collections::HashMap;

use serde_json::Value;

/// What an account can hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Asset {
    /// The chain's own coin.
    Coin,
    /// A token, by what the chain tells it by: a contract, an issuer with a code, a number.
    Token(String),
}

/// Units that pass from one account to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// What passes.
    pub asset: Asset,
    /// Who has less afterwards; none where the units are made.
    pub from: Option<String>,
    /// Who has more afterwards; none where the units are destroyed, as fees are.
    pub to: Option<String>,
    /// How many.
    pub units: u128,
}

impl Movement {
    /// From one account to another.
    pub fn transfer(asset: Asset, from: &str, to: &str, units: u128) -> Self {
        Self { asset, from: Some(from.to_owned()), to: Some(to.to_owned()), units }
    }

    /// Coins that an account pays to nobody.
    pub fn fee(from: &str, units: u128) -> Self {
        Self { asset: Asset::Coin, from: Some(from.to_owned()), to: None, units }
    }
}

/// Why nothing was moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MovementError {
    /// The account has less than what leaves it.
    #[error("{address} holds {balance} of {asset:?}, {needed} are needed; fund it or send less")]
    #[expect(missing_docs, reason = "the message says what they are")]
    Insufficient { address: String, asset: Asset, balance: u128, needed: u128 },
    /// No account can hold more than 2^128 - 1 units.
    #[error("{address} can't hold that much of {asset:?}; send less")]
    #[expect(missing_docs, reason = "the message says what they are")]
    Overflow { address: String, asset: Asset },
}

/// The ledger.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    balances: HashMap<(Asset, String), u128>,
    sequences: HashMap<String, u64>,
    transactions: HashMap<String, Value>,
}

impl Accounts {
    /// What an account holds; 0 for one that nobody has heard of.
    pub fn balance(&self, asset: &Asset, address: &str) -> u128 {
        self.balances.get(&(asset.clone(), address.to_owned())).copied().unwrap_or_default()
    }

    /// Gives an account units out of nothing.
    pub fn fund(&mut self, asset: Asset, to: &str, units: u128) -> Result<(), MovementError> {
        self.apply(&[Movement { asset, from: None, to: Some(to.to_owned()), units }])
    }

    /// Moves units from one account to another.
    pub fn transfer(
        &mut self,
        asset: Asset,
        from: &str,
        to: &str,
        units: u128,
    ) -> Result<(), MovementError> {
        self.apply(&[Movement::transfer(asset, from, to, units)])
    }

    /// Makes all movements, one after the other, or none of them.
    pub fn apply(&mut self, movements: &[Movement]) -> Result<(), MovementError> {
        let changed = self.changes(movements)?;
        self.balances.extend(changed);
        Ok(())
    }

    /// Whether all movements could be made.
    pub fn check(&self, movements: &[Movement]) -> Result<(), MovementError> {
        self.changes(movements).map(drop)
    }

    /// The balances that movements lead to.
    fn changes(
        &self,
        movements: &[Movement],
    ) -> Result<HashMap<(Asset, String), u128>, MovementError> {
        let mut changed: HashMap<(Asset, String), u128> = HashMap::new();
        for Movement { asset, from, to, units } in movements {
            let mut change = |address: &String, new: &dyn Fn(u128) -> Option<u128>| {
                let key = (asset.clone(), address.clone());
                let balance = changed.get(&key).or_else(|| self.balances.get(&key)).copied();
                let balance = balance.unwrap_or_default();
                let new = new(balance).ok_or(balance)?;
                changed.insert(key, new);
                Ok(())
            };
            if let Some(address) = from {
                change(address, &|balance| balance.checked_sub(*units)).map_err(|balance| {
                    let (address, asset) = (address.clone(), asset.clone());
                    MovementError::Insufficient { address, asset, balance, needed: *units }
                })?;
            }
            if let Some(address) = to {
                change(address, &|balance| balance.checked_add(*units)).map_err(|_: u128| {
                    MovementError::Overflow { address: address.clone(), asset: asset.clone() }
                })?;
            }
        }
        Ok(changed)
    }

    /// The number kept for an account; none for one that never got any.
    pub fn sequence(&self, address: &str) -> Option<u64> {
        self.sequences.get(address).copied()
    }

    /// Keeps another number for an account.
    pub fn set_sequence(&mut self, address: &str, sequence: u64) {
        self.sequences.insert(address.to_owned(), sequence);
    }

    /// What is answered for a transaction, if it is on chain.
    pub fn transaction(&self, hash: &str) -> Option<&Value> {
        self.transactions.get(hash)
    }

    /// Whether a transaction is on chain already.
    pub fn is_known(&self, hash: &str) -> bool {
        self.transactions.contains_key(hash)
    }

    /// Puts a transaction on chain; false, and nothing is changed, where it is there already.
    pub fn record(&mut self, hash: &str, view: Value) -> bool {
        if self.is_known(hash) {
            return false;
        }
        self.transactions.insert(hash.to_owned(), view);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Asset {
        Asset::Token("T".to_owned())
    }

    #[test]
    fn coins_and_tokens_are_apart() {
        let mut accounts = Accounts::default();
        accounts.fund(Asset::Coin, "a", 10).unwrap();
        accounts.fund(token(), "a", 3).unwrap();
        accounts.transfer(token(), "a", "b", 2).unwrap();
        let held = |address| {
            (accounts.balance(&Asset::Coin, address), accounts.balance(&token(), address))
        };
        assert_eq!((held("a"), held("b"), held("c")), ((10, 1), (0, 2), (0, 0)));
    }

    #[test]
    fn all_movements_are_made_or_none() {
        let mut accounts = Accounts::default();
        accounts.fund(Asset::Coin, "a", 10).unwrap();
        let there = Movement::transfer(Asset::Coin, "a", "b", 8);
        let error = accounts.apply(&[there.clone(), Movement::fee("a", 3)]).unwrap_err();
        let (address, asset) = ("a".to_owned(), Asset::Coin);
        assert_eq!(error, MovementError::Insufficient { address, asset, balance: 2, needed: 3 });
        assert_eq!(accounts.balance(&Asset::Coin, "a"), 10);
        assert_eq!(accounts.balance(&Asset::Coin, "b"), 0);
        accounts.apply(&[there, Movement::fee("a", 2)]).unwrap();
        assert_eq!(accounts.balance(&Asset::Coin, "a"), 0);
        accounts.transfer(Asset::Coin, "b", "b", 8).unwrap();
        assert_eq!(accounts.balance(&Asset::Coin, "b"), 8);
    }

    #[test]
    fn a_balance_does_not_overflow() {
        let mut accounts = Accounts::default();
        accounts.fund(token(), "a", u128::MAX).unwrap();
        let error = accounts.fund(token(), "a", 1).unwrap_err();
        assert!(matches!(error, MovementError::Overflow { .. }));
        assert_eq!(accounts.balance(&token(), "a"), u128::MAX);
    }

    #[test]
    fn a_transaction_is_recorded_once() {
        let mut accounts = Accounts::default();
        assert_eq!((accounts.sequence("a"), accounts.is_known("h")), (None, false));
        accounts.set_sequence("a", 7);
        assert!(accounts.record("h", Value::Null));
        assert!(!accounts.record("h", 1.into()));
        assert_eq!(accounts.sequence("a"), Some(7));
        assert_eq!(accounts.transaction("h"), Some(&Value::Null));
    }
}
