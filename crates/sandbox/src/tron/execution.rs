//! What a transaction does.
//!
//! There is no virtual machine. The one contract is the test token, whose `transfer` is done here and
//! costs what it costs others; any other call of it reverts.

use super::action::Action;
use super::address::Address;
use super::fees;
use super::ledger::Ledger;
use super::transaction::SignedTransaction;
use crate::accounts::{Asset, Movement};
use crate::ethereum::token;

/// What becomes of a transaction that is on chain.
pub(super) struct Execution {
    pub(super) movements: Vec<Movement>,
    /// As java-tron calls it.
    pub(super) result: &'static str,
    pub(super) energy: u128,
    /// Sun burnt for it.
    pub(super) energy_fee: u128,
}

impl Ledger {
    /// Works out what a transaction does, for an owner who has `balance` left. The errors are those of
    /// java-tron.
    pub(super) fn execute(
        &self,
        tx: &SignedTransaction,
        balance: u128,
    ) -> Result<Execution, String> {
        let execution = match &tx.raw.action {
            Action::Transfer { owner, to, amount } => {
                self.transfer_coins(*owner, *to, *amount, balance)
            }
            Action::TransferAsset { owner, to, asset, amount } => {
                self.transfer_asset(*owner, *to, asset, *amount, balance)
            }
            Action::Trigger { contract, .. } if *contract != self.token => {
                Err("No contract or not a smart contract")
            }
            Action::Trigger { owner, data, call_value, .. } => {
                let limit = fee_limit(tx.raw.fee_limit)?;
                let call = token::read_transfer(data).filter(|_| *call_value == 0);
                // Of an amount that fits no balance nobody has enough.
                let call = call.map(|(to, units)| {
                    (Address::of(to.into_array()), units.saturating_to::<u128>())
                });
                Ok(self.call_token(*owner, call, limit.min(balance)))
            }
        };
        execution.map_err(str::to_owned)
    }

    fn transfer_coins(
        &self,
        owner: Address,
        to: Address,
        amount: i64,
        balance: u128,
    ) -> Result<Execution, &'static str> {
        if to == owner {
            return Err("Cannot transfer TRX to yourself.");
        }
        let amount = positive(amount)?;
        if to == self.token {
            return Err("Cannot transfer TRX to a smartContract.");
        }
        let fee = self.new_account_fee(to);
        if balance < amount + fee {
            return Err("Validate TransferContract error, balance is not sufficient.");
        }
        Ok(Execution::transfer(Asset::Coin, owner, to, amount, fee))
    }

    fn transfer_asset(
        &self,
        owner: Address,
        to: Address,
        asset: &[u8],
        amount: i64,
        balance: u128,
    ) -> Result<Execution, &'static str> {
        let amount = positive(amount)?;
        if to == owner {
            return Err("Cannot transfer asset to yourself.");
        }
        if asset != self.asset.as_bytes() {
            return Err("No asset!");
        }
        let held = self.accounts.balance(&self.trc10_asset(), &owner.base58());
        if held == 0 {
            return Err("assetBalance must be greater than 0.");
        }
        if amount > held {
            return Err("assetBalance is not sufficient.");
        }
        let fee = self.new_account_fee(to);
        if balance < fee {
            return Err("Validate TransferAssetActuator error, insufficient fee.");
        }
        Ok(Execution::transfer(self.trc10_asset(), owner, to, amount, fee))
    }

    /// Calls the test token, with so much TRX for energy.
    fn call_token(&self, owner: Address, call: Option<(Address, u128)>, limit: u128) -> Execution {
        let owner = owner.base58();
        let held = |address: &str| self.accounts.balance(&self.token_asset(), address);
        let call = call.map(|(to, units)| (to.base58(), units));
        let call = call.filter(|(_, units)| *units <= held(&owner));
        let is_first = call.as_ref().is_some_and(|(to, _)| held(to) == 0);
        let needed = fees::call_energy(call.is_some(), is_first);
        let energy = needed.min(limit / fees::ENERGY_PRICE);
        let (movements, result) = match call {
            _ if energy < needed => (Vec::new(), "OUT_OF_ENERGY"),
            None => (Vec::new(), "REVERT"),
            Some((to, units)) => {
                (vec![Movement::transfer(self.token_asset(), &owner, &to, units)], "SUCCESS")
            }
        };
        Execution { movements, result, energy, energy_fee: 0 }.burning(&owner, energy)
    }

    fn new_account_fee(&self, to: Address) -> u128 {
        if self.created.contains_key(&to) { 0 } else { fees::NEW_ACCOUNT }
    }
}

impl Execution {
    fn transfer(asset: Asset, from: Address, to: Address, units: u128, fee: u128) -> Self {
        let (from, to) = (from.base58(), to.base58());
        let movements =
            vec![Movement::fee(&from, fee), Movement::transfer(asset, &from, &to, units)];
        Self { movements, result: "SUCCESS", energy: 0, energy_fee: 0 }
    }

    fn burning(mut self, owner: &str, energy: u128) -> Self {
        self.energy_fee = energy * fees::ENERGY_PRICE;
        self.movements.insert(0, Movement::fee(owner, self.energy_fee));
        self
    }
}

fn positive(amount: i64) -> Result<u128, &'static str> {
    let amount = u128::try_from(amount).ok().filter(|amount| *amount > 0);
    amount.ok_or("Amount must be greater than 0.")
}

fn fee_limit(limit: i64) -> Result<u128, String> {
    let most = fees::LARGEST_FEE_LIMIT;
    let limit = u128::try_from(limit).ok().filter(|limit| *limit <= most);
    limit.ok_or_else(|| format!("feeLimit must be >= 0 and <= {most}"))
}
