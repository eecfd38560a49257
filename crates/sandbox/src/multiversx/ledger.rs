//! The sandbox's own chain: a block for each transaction, and accounts with EGLD, tokens and nonces.

use std::collections::BTreeMap;

use serde_json::Value;

use super::address::Address;
use super::execution::Call;
use super::gas;
use super::transaction::Transaction;
use crate::accounts::{Accounts, Asset, Movement};
use crate::clock::seconds as now;

/// How far ahead of its account's nonce a transaction may be.
const NONCES_AHEAD: u64 = 30_000;

/// The chain, the accounts at its tip, and what waits for its turn.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) accounts: Accounts,
    blocks: u64,
    /// By sender and nonce.
    waiting: BTreeMap<(String, u64), Transaction>,
}

impl Ledger {
    /// Takes a transaction that has been checked: on chain if it is its turn, to wait if its nonce is
    /// too high. The errors are those of the network's nodes.
    pub(super) fn submit(&mut self, tx: Transaction) -> Result<(), String> {
        let sender = tx.sender.text();
        let nonce = self.nonce(&sender);
        let (lower, very_high) = (tx.nonce < nonce, tx.nonce > nonce + NONCES_AHEAD);
        if lower || very_high {
            return Err(format!(
                "invalid transaction lowerNonceInTx: {lower}, veryHighNonceInTx: {very_high}"
            ));
        }
        let (balance, fee) = (self.accounts.balance(&Asset::Coin, &sender), fee(&tx));
        if balance == 0 && self.accounts.sequence(&sender).is_none() {
            return Err(format!("insufficient funds for address {sender}"));
        }
        if balance < fee {
            return Err(format!(
                "insufficient funds, for address: {sender}, wanted {fee}, have {balance}"
            ));
        }
        if tx.nonce > nonce {
            // Of two for one turn the one that pays more has it.
            let place = self.waiting.entry((sender, tx.nonce)).or_insert_with(|| tx.clone());
            if tx.gas_price > place.gas_price {
                *place = tx;
            }
            return Ok(());
        }
        self.include(&tx)?;
        while let Some(next) = self.waiting.remove(&(sender.clone(), self.nonce(&sender))) {
            // One whose fee can no longer be paid is dropped, as nodes do after a while.
            if self.include(&next).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Gives an account coins or tokens out of nothing; answers the hash.
    pub(super) fn fund(
        &mut self,
        asset: Asset,
        to: Address,
        units: u128,
    ) -> Result<String, String> {
        self.accounts.fund(asset, &to.text(), units).map_err(|error| error.to_string())?;
        self.blocks += 1;
        Ok(hex::encode(alloy_primitives::keccak256(self.blocks.to_be_bytes())))
    }

    /// The nonce of an account's next transaction.
    pub(super) fn nonce(&self, address: &str) -> u64 {
        self.accounts.sequence(address).unwrap_or_default()
    }

    /// The number of the last block.
    pub(super) fn tip(&self) -> u64 {
        self.blocks
    }

    /// What is known of a transaction, on chain or waiting.
    pub(super) fn transaction(&self, hash: &str) -> Option<Value> {
        let waiting = || {
            let mut view = self.waiting.values().find(|tx| tx.hash() == hash)?.view();
            view["status"] = "pending".into();
            Some(view)
        };
        self.accounts.transaction(hash).cloned().or_else(waiting)
    }

    /// What a transaction would use in gas, or why it would fail. Of a plain transfer nodes tell the
    /// gas whether or not the coins are there.
    pub(super) fn cost(&self, tx: &Transaction) -> Result<u64, String> {
        let call = Call::of(tx);
        let moved = call.movement(tx).and_then(|movement| match call {
            Call::Move => Ok(()),
            _ => self.accounts.check(&[movement]).map_err(|_| "insufficient funds"),
        });
        moved.map_err(|words| format!("user error: {words}"))?;
        let extra = if call.gas() == 0 { 0 } else { call.gas() + 1 };
        Ok(gas::of_data(tx.data.len()) + extra)
    }

    /// Executes a transaction. One that fails has its fee taken and its nonce counted all the same.
    fn include(&mut self, tx: &Transaction) -> Result<(), String> {
        let (sender, call) = (tx.sender.text(), Call::of(tx));
        let fee = Movement::fee(&sender, fee(tx));
        let mut movements = vec![fee.clone()];
        let enough = tx.gas_limit >= gas::of_data(tx.data.len()).saturating_add(call.gas());
        let moved = match call.movement(tx) {
            Ok(_) if !enough => Err("not enough gas"),
            Ok(movement) => {
                movements.push(movement);
                self.accounts.check(&movements).map_err(|_| "insufficient funds")
            }
            Err(words) => Err(words),
        };
        if moved.is_err() {
            movements = vec![fee.clone()];
        }
        self.accounts.apply(&movements).map_err(|error| error.to_string())?;
        self.accounts.set_sequence(&sender, tx.nonce + 1);
        self.blocks += 1;
        let mut view = tx.view();
        view["fee"] = fee.units.to_string().into();
        view["blockNonce"] = self.blocks.into();
        view["timestamp"] = now().into();
        view["status"] = if moved.is_ok() { "success" } else { "invalid" }.into();
        if let Err(words) = moved {
            view["receipt"]["data"] = words.into();
        }
        self.accounts.record(&tx.hash(), view);
        Ok(())
    }
}

fn fee(tx: &Transaction) -> u128 {
    gas::fee(tx.gas_price, tx.gas_limit, tx.data.len())
}
