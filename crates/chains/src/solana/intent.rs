//! What a transaction does, for people.

use kms_core::{Asset, Fee, Intent, Network};

use super::instruction::{self, COMPUTE_BUDGET};
use super::message::Message;
use super::{Solana, text};
use crate::chain::Chain as _;

/// In lamports.
const FEE_PER_SIGNATURE: u128 = 5_000;
/// Units of computation that an instruction gets unless the message says otherwise, and the most there can be.
const UNITS: u128 = 200_000;
const MAX_UNITS: u128 = 1_400_000;
/// The price of a unit is in millionths of a lamport.
const PRICE_SCALE: u128 = 1_000_000;
const SET_LIMIT: u8 = 2;
const SET_PRICE: u8 = 3;

pub(super) fn intent(chain: &Solana, network: Network, message: &Message) -> Intent {
    let spec = chain.spec();
    let native = Asset::Native { symbol: spec.symbol.to_owned(), decimals: spec.decimals };
    let accounts = names(message);
    let actions = message
        .instructions
        .iter()
        .filter(|instruction| !is_budget(instruction))
        .map(|instruction| instruction::action(instruction, &accounts, &native))
        .collect();
    Intent {
        chain: spec.ticker,
        network,
        from: message.signers().iter().map(text).collect(),
        actions,
        max_fee: Fee { asset: native, amount: highest_fee(message).to_string() },
    }
}

/// Accounts from tables can't be named without asking; their place can.
fn names(message: &Message) -> Vec<String> {
    let loaded = message.loaded.iter();
    let loaded = loaded.map(|(table, place)| format!("entry {place} of table {}", text(table)));
    message.keys.iter().map(text).chain(loaded).collect()
}

fn is_budget(instruction: &super::message::Instruction) -> bool {
    text(&instruction.program) == COMPUTE_BUDGET
}

/// What the signatures cost, and the price of all units that may be used.
fn highest_fee(message: &Message) -> u128 {
    let (budget, work): (Vec<_>, Vec<_>) =
        message.instructions.iter().partition(|instruction| is_budget(instruction));
    let (mut units, mut price) = (UNITS * work.len() as u128, 0);
    for instruction in budget {
        match &instruction.data[..] {
            [SET_LIMIT, limit @ ..] => units = number(limit),
            [SET_PRICE, per_unit @ ..] => price = number(per_unit),
            _ => {}
        }
    }
    let priority = (units.min(MAX_UNITS) * price).div_ceil(PRICE_SCALE);
    FEE_PER_SIGNATURE * message.required as u128 + priority
}

/// Little-endian, of at most eight bytes.
fn number(bytes: &[u8]) -> u128 {
    bytes.iter().take(8).rev().fold(0, |number, byte| number << 8 | u128::from(*byte))
}
