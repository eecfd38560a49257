//! What accounts hold, and what a transaction would change.

use std::collections::HashMap;

use super::key::{Key, write};
use crate::accounts::{Accounts, Asset, Movement};

/// Lamports that an account without data has to hold, or none at all.
pub(super) const RENT: u128 = 890_880;
/// Lamports that an account of 165 bytes has to hold.
pub(super) const TOKEN_ACCOUNT_RENT: u128 = 2_039_280;

/// An account that holds tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TokenAccount {
    pub(super) mint: Key,
    pub(super) owner: Key,
}

impl TokenAccount {
    pub(super) fn asset(&self) -> Asset {
        Asset::Token(write(&self.mint))
    }
}

/// All accounts.
#[derive(Default)]
pub(super) struct State {
    pub(super) accounts: Accounts,
    pub(super) token_accounts: HashMap<Key, TokenAccount>,
    /// Tokens, with the digits behind the point.
    pub(super) mints: HashMap<Key, u8>,
}

impl State {
    pub(super) fn lamports(&self, account: &Key) -> u128 {
        self.accounts.balance(&Asset::Coin, &write(account))
    }
}

/// The state with what a transaction has done so far.
pub(super) struct Draft<'a> {
    state: &'a State,
    movements: Vec<Movement>,
    opened: HashMap<Key, TokenAccount>,
}

impl<'a> Draft<'a> {
    pub(super) fn of(state: &'a State) -> Self {
        Self { state, movements: Vec::new(), opened: HashMap::new() }
    }

    pub(super) fn balance(&self, asset: &Asset, account: &Key) -> u128 {
        let address = write(account);
        let is_it = |one: &Option<String>| one.as_deref() == Some(address.as_str());
        let mut balance = self.state.accounts.balance(asset, &address);
        for movement in self.movements.iter().filter(|movement| movement.asset == *asset) {
            if is_it(&movement.from) {
                balance -= movement.units;
            }
            if is_it(&movement.to) {
                balance += movement.units;
            }
        }
        balance
    }

    /// Moves units; none where there are too few.
    pub(super) fn transfer(
        &mut self,
        asset: Asset,
        from: &Key,
        to: &Key,
        units: u128,
    ) -> Option<()> {
        self.balance(&asset, from).checked_sub(units)?;
        self.balance(&asset, to).checked_add(units)?;
        self.movements.push(Movement::transfer(asset, &write(from), &write(to), units));
        Some(())
    }

    /// Lamports that are burnt.
    pub(super) fn pay_fee(&mut self, from: &Key, lamports: u128) -> Option<()> {
        self.balance(&Asset::Coin, from).checked_sub(lamports)?;
        self.movements.push(Movement::fee(&write(from), lamports));
        Some(())
    }

    pub(super) fn token_account(&self, account: &Key) -> Option<TokenAccount> {
        self.opened.get(account).or_else(|| self.state.token_accounts.get(account)).copied()
    }

    pub(super) fn open(&mut self, account: &Key, token_account: TokenAccount) {
        self.opened.insert(*account, token_account);
    }

    pub(super) fn digits(&self, mint: &Key) -> Option<u8> {
        self.state.mints.get(mint).copied()
    }

    /// The first account whose lamports were changed to something, but too little.
    pub(super) fn short_of_rent(&self, accounts: &[Key]) -> Option<usize> {
        let coins = |account: &Key| self.balance(&Asset::Coin, account);
        accounts.iter().position(|account| {
            let least =
                if self.token_account(account).is_some() { TOKEN_ACCOUNT_RENT } else { RENT };
            let after = coins(account);
            after != self.state.lamports(account) && (1..least).contains(&after)
        })
    }

    /// What is to be changed.
    pub(super) fn finish(self) -> (Vec<Movement>, HashMap<Key, TokenAccount>) {
        (self.movements, self.opened)
    }
}
