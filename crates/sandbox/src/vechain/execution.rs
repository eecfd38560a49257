//! What clauses do. There is no virtual machine: a clause moves VET, or tokens of one of two contracts.

use alloy_primitives::{Address, U256};
use serde_json::{Value, json};

use super::transaction::Clause;
use super::{ENERGY, TOKEN};
use crate::accounts::{Accounts, Asset, Movement};
use crate::ethereum::token as erc20;

/// What a call of a token uses, in gas.
const CALL_GAS: u64 = 36_582;

/// The result of a clause.
pub(super) struct Output {
    pub(super) gas_used: u64,
    /// What the call returned; where it was reverted, what Thor says of that.
    pub(super) result: Result<Vec<u8>, &'static str>,
}

/// Executes clauses one after the other, up to the first that is reverted: their results, and what
/// all of them move.
pub(super) fn run(
    accounts: &Accounts,
    caller: Address,
    clauses: &[Clause],
) -> (Vec<Output>, Vec<Movement>) {
    let (mut outputs, mut movements) = (Vec::new(), Vec::new());
    for clause in clauses {
        let output = run_one(accounts, caller, clause, &mut movements);
        let reverted = output.result.is_err();
        outputs.push(output);
        if reverted {
            movements.clear();
            break;
        }
    }
    (outputs, movements)
}

fn run_one(
    accounts: &Accounts,
    caller: Address,
    clause: &Clause,
    movements: &mut Vec<Movement>,
) -> Output {
    let Clause { to, value, data } = clause;
    let Some(to) = *to else {
        return Output { gas_used: 0, result: Err("the sandbox runs no contracts of others") };
    };
    let mut transfer = |asset, to, units: U256, words| {
        let units = u128::try_from(units).map_err(|_| words)?;
        movements.push(Movement::transfer(asset, &key(caller), &key(to), units));
        accounts.check(movements).map_err(|_| words)
    };
    if ![ENERGY, TOKEN].contains(&to) || data.is_empty() {
        let result = transfer(Asset::Coin, to, *value, "insufficient balance for transfer");
        return Output { gas_used: 0, result: result.map(|()| Vec::new()) };
    }
    let (asset, reverted) = (token(to), "execution reverted");
    let result = if !value.is_zero() {
        Err(reverted)
    } else if let Some((to, units)) = erc20::read_transfer(data) {
        transfer(asset, to, units, reverted).map(|()| word(U256::from(1)))
    } else if let Some(owner) = erc20::read_balance_of(data) {
        Ok(word(U256::from(accounts.balance(&asset, &key(owner)))))
    } else {
        Err(reverted)
    };
    Output { gas_used: CALL_GAS, result }
}

impl Output {
    /// As `POST /accounts/*` gives it.
    pub(super) fn json(&self) -> Value {
        let data = self.result.as_deref().unwrap_or_default();
        json!({
            "data": format!("0x{}", hex::encode(data)), "events": [], "transfers": [],
            "gasUsed": self.gas_used, "reverted": self.result.is_err(),
            "vmError": self.result.as_ref().err().copied().unwrap_or_default(),
        })
    }
}

/// How accounts are spelled in the ledger.
pub(super) fn key(address: Address) -> String {
    format!("{address:#x}")
}

/// What balances of a token are kept as.
pub(super) fn token(contract: Address) -> Asset {
    Asset::Token(key(contract))
}

fn word(number: U256) -> Vec<u8> {
    number.to_be_bytes::<32>().to_vec()
}
