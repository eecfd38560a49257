//! The sandbox's own chain: a block for each transaction, and accounts with VET, VTHO and tokens.

use alloy_primitives::{Address, B256, b256};
use serde_json::{Value, json};

use super::execution::{self, Output, key, token};
use super::transaction::{Clause, Fees, SignedTransaction, blake2b};
use super::{CHAIN_TAG, ENERGY};
use crate::accounts::{Accounts, Asset, Movement};
use crate::clock::seconds as now;

/// The first block of the test network. Its last byte is the chain tag.
const GENESIS: B256 = b256!("000000000b2bce3c70bc649a02749e8687721b09ed2e15997f466536b20bb127");

/// The price of gas in the smallest unit of VTHO: the base fee of every block, since none is full, and
/// what legacy transactions pay at least.
pub(super) const BASE_FEE: u128 = 10_000_000_000_000;

/// Gas that a block can hold.
pub(super) const BLOCK_GAS_LIMIT: u64 = 40_000_000;

/// How many blocks ahead a transaction may refer to: those of five minutes.
const BLOCKS_AHEAD: u32 = 30;

/// A block with at most one transaction.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) id: B256,
    pub(super) parent: B256,
    pub(super) timestamp: u64,
    pub(super) gas_used: u64,
    pub(super) transaction: Option<B256>,
}

impl Block {
    /// The first four bytes of its id.
    pub(super) fn number(&self) -> u32 {
        let [a, b, c, d, ..] = self.id.0;
        u32::from_be_bytes([a, b, c, d])
    }
}

/// The chain, the accounts at its tip, and what waits for its turn.
pub(super) struct Ledger {
    pub(super) accounts: Accounts,
    blocks: Vec<Block>,
    waiting: Vec<SignedTransaction>,
}

impl Ledger {
    /// A chain with its first block.
    pub(super) fn new() -> Self {
        let genesis = Block {
            id: GENESIS,
            parent: B256::repeat_byte(0xff),
            timestamp: now(),
            gas_used: 0,
            transaction: None,
        };
        Self { accounts: Accounts::default(), blocks: vec![genesis], waiting: Vec::new() }
    }

    /// Takes a transaction: on chain if it can be executed, to wait if it refers to what is not there
    /// yet. The errors are those that Thor rejects with.
    pub(super) fn submit(&mut self, tx: SignedTransaction) -> Result<(), String> {
        if self.waiting.iter().any(|waiting| waiting.id == tx.id) {
            return Ok(());
        }
        if !self.is_executable(&tx)? {
            self.waiting.push(tx);
            return Ok(());
        }
        self.include(&tx)?;
        self.include_waiting();
        Ok(())
    }

    /// Gives an account coins or tokens out of nothing.
    pub(super) fn fund(&mut self, movements: &[Movement]) -> Result<B256, String> {
        self.accounts.apply(movements).map_err(|error| error.to_string())?;
        let id = blake2b(&[b"faucet".as_slice(), self.tip().id.as_slice()].concat());
        self.seal(0, None, id);
        self.include_waiting();
        Ok(id)
    }

    pub(super) fn tip(&self) -> &Block {
        self.blocks.last().expect("the first block is made with the chain")
    }

    /// A block by number, id, or as the last one.
    pub(super) fn block(&self, revision: &str) -> Option<&Block> {
        if matches!(revision, "best" | "justified" | "finalized") {
            return Some(self.tip());
        }
        match revision.parse::<B256>() {
            Ok(id) => self.blocks.iter().find(|block| block.id == id),
            Err(_) => self.blocks.get(revision.parse::<usize>().ok()?),
        }
    }

    /// What a transaction that waits says of itself.
    pub(super) fn waiting(&self, id: &str) -> Option<Value> {
        let waiting = self.waiting.iter().find(|tx| tx.id.to_string() == id)?;
        Some(view(waiting))
    }

    /// Executes clauses and forgets what they changed.
    pub(super) fn call(&self, caller: Address, clauses: &[Clause]) -> Vec<Output> {
        execution::run(&self.accounts, caller, clauses).0
    }

    fn is_executable(&self, tx: &SignedTransaction) -> Result<bool, String> {
        let next = self.tip().number() + 1;
        if tx.gas > BLOCK_GAS_LIMIT {
            return Err("tx gas exceeds block gas limit".to_owned());
        }
        if u64::from(next) > u64::from(tx.reference()) + u64::from(tx.expiration) {
            return Err("expired".to_owned());
        }
        if tx.reference() > next + BLOCKS_AHEAD {
            return Err("block ref out of schedule".to_owned());
        }
        if self.accounts.is_known(&tx.id.to_string()) {
            return Err("known tx".to_owned());
        }
        if let Some(before) = tx.depends_on {
            match self.accounts.transaction(&before.to_string()) {
                None => return Ok(false),
                Some(view) if view["receipt"]["reverted"] == true => {
                    return Err("dep reverted".to_owned());
                }
                Some(_) => {}
            }
        }
        if tx.reference() > next {
            return Ok(false);
        }
        self.buy_gas(tx).map(|_| true)
    }

    /// The price of gas, for an account that can pay all of it.
    fn buy_gas(&self, tx: &SignedTransaction) -> Result<u128, String> {
        let price = match tx.fees {
            Fees::Coefficient(coefficient) => BASE_FEE + BASE_FEE * u128::from(coefficient) / 255,
            Fees::Dynamic { priority, max } if max < priority => {
                return Err("maxFeePerGas is less than maxPriorityFeePerGas".to_owned());
            }
            Fees::Dynamic { priority, max } => max.min(BASE_FEE.saturating_add(priority)),
        };
        if price < BASE_FEE {
            return Err("gas price is less than block base fee".to_owned());
        }
        let prepaid = price.saturating_mul(tx.gas.into());
        if self.accounts.balance(&token(ENERGY), &key(tx.origin)) < prepaid {
            return Err("insufficient energy".to_owned());
        }
        Ok(price)
    }

    fn include_waiting(&mut self) {
        let mut at = 0;
        while at < self.waiting.len() {
            match self.is_executable(&self.waiting[at]) {
                Ok(false) => at += 1,
                Ok(true) => {
                    let tx = self.waiting.remove(at);
                    // It has just been found to be executable; and each block may free another one.
                    if self.include(&tx).is_ok() {
                        at = 0;
                    }
                }
                Err(_) => drop(self.waiting.remove(at)),
            }
        }
    }

    fn include(&mut self, tx: &SignedTransaction) -> Result<(), String> {
        let price = self.buy_gas(tx)?;
        let (outputs, mut movements) = execution::run(&self.accounts, tx.origin, &tx.clauses);
        let executed: u64 = outputs.iter().map(|output| output.gas_used).sum();
        let needed = tx.intrinsic_gas() + executed;
        let reverted = outputs.iter().any(|output| output.result.is_err()) || needed > tx.gas;
        let gas_used = needed.min(tx.gas);
        let paid = price * u128::from(gas_used);
        if reverted {
            movements.clear();
        }
        let fee = Movement { asset: token(ENERGY), ..Movement::fee(&key(tx.origin), paid) };
        let mut all = vec![fee.clone()];
        all.append(&mut movements);
        // Its own VTHO may be what a transaction sends: then nothing is left for the gas.
        let reverted = reverted || self.accounts.check(&all).is_err();
        let movements = if reverted { vec![fee] } else { all };
        self.accounts.apply(&movements).map_err(|error| error.to_string())?;
        self.seal(gas_used, Some(tx.id), tx.id);
        let mut view = view(tx);
        view["meta"] = self.meta();
        view["receipt"] = json!({
            "gasUsed": gas_used, "gasPayer": key(tx.origin), "paid": format!("{paid:#x}"),
            "reward": "0x0", "reverted": reverted, "meta": self.meta(),
            "outputs": outputs.iter().map(Output::json).collect::<Vec<_>>(),
        });
        self.accounts.record(&tx.id.to_string(), view);
        Ok(())
    }

    fn meta(&self) -> Value {
        let tip = self.tip();
        json!({
            "blockID": tip.id, "blockNumber": tip.number(), "blockTimestamp": tip.timestamp,
        })
    }

    /// Not the hash of a real header: the sandbox has no consensus to seal one for.
    fn seal(&mut self, gas_used: u64, transaction: Option<B256>, content: B256) {
        let tip = self.tip();
        let number = tip.number() + 1;
        let mut id = blake2b(&[tip.id.as_slice(), content.as_slice()].concat());
        id.0[..4].copy_from_slice(&number.to_be_bytes());
        let (parent, timestamp) = (tip.id, now().max(tip.timestamp));
        self.blocks.push(Block { id, parent, timestamp, gas_used, transaction });
    }
}

/// Checks what needs no ledger. The errors are those of what Thor calls a bad transaction.
pub(super) fn check(tx: &SignedTransaction) -> Result<(), &'static str> {
    if tx.chain_tag != CHAIN_TAG {
        return Err("chain tag mismatch");
    }
    if tx.gas < tx.intrinsic_gas() {
        return Err("intrinsic gas exceeds provided gas");
    }
    Ok(())
}

/// A transaction as Thor shows it.
fn view(tx: &SignedTransaction) -> Value {
    let clause = |clause: &Clause| {
        json!({
            "to": clause.to.map(key), "value": format!("{:#x}", clause.value), "data": clause.data,
        })
    };
    let mut view = json!({
        "id": tx.id, "chainTag": tx.chain_tag, "blockRef": format!("{:#018x}", tx.block_ref),
        "expiration": tx.expiration, "clauses": tx.clauses.iter().map(clause).collect::<Vec<_>>(),
        "gas": tx.gas, "origin": key(tx.origin), "delegator": null,
        "nonce": format!("{:#x}", tx.nonce), "dependsOn": tx.depends_on, "size": tx.size,
        "meta": null,
    });
    match tx.fees {
        Fees::Coefficient(coefficient) => {
            view["type"] = 0.into();
            view["gasPriceCoef"] = coefficient.into();
        }
        Fees::Dynamic { priority, max } => {
            view["type"] = 0x51.into();
            view["maxFeePerGas"] = format!("{max:#x}").into();
            view["maxPriorityFeePerGas"] = format!("{priority:#x}").into();
        }
    }
    view
}

/// What balances of VET are kept as.
pub(super) const VET: Asset = Asset::Coin;
