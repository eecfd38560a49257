//! The sandbox's own chain: a block for each transaction, kept in memory.
//!
//! A transaction whose nonce is too high waits until those before it are on chain, as in geth.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{Address, B256, Bytes, Log, U256, keccak256};
use revm::context::TxEnv;
use revm::context::result::ExecutionResult;

use alloy_consensus::Transaction as _;

use super::evm::{BASE_FEE, BLOCK_GAS_LIMIT, Evm};
use super::pool::Pool;
use super::transaction::SignedTransaction;
use crate::clock::seconds as now;

/// A block with at most one transaction.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) number: u64,
    pub(super) hash: B256,
    pub(super) parent: B256,
    pub(super) timestamp: u64,
    pub(super) gas_used: u64,
    pub(super) transaction: Option<B256>,
}

/// A transaction on chain, and how it went.
#[derive(Clone, Debug)]
pub(super) struct Included {
    pub(super) transaction: SignedTransaction,
    pub(super) block: u64,
    pub(super) succeeded: bool,
    pub(super) gas_used: u64,
    pub(super) logs: Vec<Log>,
    pub(super) created: Option<Address>,
}

/// The chain and the state at its tip.
pub(super) struct Ledger {
    pub(super) evm: Evm,
    blocks: Vec<Block>,
    included: HashMap<B256, Included>,
    pool: Pool,
    /// The token in which fees can be paid, on chains that allow that.
    pub(super) fee_token: Option<Address>,
}

impl Ledger {
    /// A chain with an empty first block.
    pub(super) fn new(chain_id: u64, rich: Address, balance: U256) -> Self {
        let genesis = seal(0, B256::ZERO, now(), 0, None);
        let (included, pool) = (HashMap::new(), Pool::default());
        let evm = Evm::new(chain_id, rich, balance);
        Self { evm, blocks: vec![genesis], included, pool, fee_token: None }
    }

    /// Takes a transaction: on chain if it is its turn, to wait if its nonce is too high. The errors
    /// are those of geth.
    pub(super) fn submit(&mut self, transaction: SignedTransaction) -> Result<B256, String> {
        let hash = transaction.hash();
        if self.included.contains_key(&hash) || self.pool.get(&hash).is_some() {
            return Err("already known".to_owned());
        }
        self.check_fee_currency(&transaction)?;
        if transaction.envelope.nonce() > self.evm.nonce(transaction.sender) {
            self.call(transaction.environment())?;
            self.pool.hold(transaction)?;
            return Ok(hash);
        }
        let (sender, to) = (transaction.sender, transaction.envelope.to());
        self.include(transaction)?;
        self.include_waiting(sender);
        if let Some(to) = to.filter(|to| *to != sender) {
            // It may have been short of coins.
            self.include_waiting(to);
        }
        Ok(hash)
    }

    /// Puts on chain what waited for its turn.
    fn include_waiting(&mut self, sender: Address) {
        while let Some(transaction) = self.pool.take(sender, self.evm.nonce(sender)) {
            if self.include(transaction.clone()).is_err() {
                self.pool.put_back(transaction);
                return;
            }
        }
    }

    fn include(&mut self, transaction: SignedTransaction) -> Result<(), String> {
        let hash = transaction.hash();
        let (number, timestamp) = self.next();
        let deposit = self.take_deposit(&transaction)?;
        let executed = self.evm.execute(transaction.environment(), number, timestamp);
        let gas = executed.as_ref().map_or(0, ExecutionResult::tx_gas_used);
        self.give_back(&transaction, deposit, gas);
        let (result, gas_used) = (executed?, gas);
        self.blocks.push(seal(number, self.tip().hash, timestamp, gas_used, Some(hash)));
        let included = Included {
            block: number,
            succeeded: result.is_success(),
            gas_used,
            created: result.created_address(),
            logs: result.into_logs(),
            transaction,
        };
        self.included.insert(hash, included);
        Ok(())
    }

    fn check_fee_currency(&self, transaction: &SignedTransaction) -> Result<(), String> {
        match transaction.fee_currency {
            Some(currency) if Some(currency) != self.fee_token => {
                Err(format!("unregistered fee-currency address: {currency}"))
            }
            _ => Ok(()),
        }
    }

    /// Takes the highest fee in advance, where it is paid in a token.
    fn take_deposit(&mut self, transaction: &SignedTransaction) -> Result<U256, String> {
        let Some(token) = transaction.fee_currency else { return Ok(U256::ZERO) };
        let deposit = fee(transaction, transaction.envelope.gas_limit());
        let held = self.evm.tokens(token, transaction.sender);
        let left = held.checked_sub(deposit).ok_or_else(|| {
            format!(
                "insufficient funds for gas * price + value: balance {held} of the fee currency, \
                 tx cost {deposit}"
            )
        })?;
        self.evm.set_tokens(token, transaction.sender, left);
        Ok(deposit)
    }

    /// What is left of it comes back, the rest goes to the test network's treasury.
    fn give_back(&mut self, transaction: &SignedTransaction, deposit: U256, gas_used: u64) {
        let Some(token) = transaction.fee_currency else { return };
        let paid = fee(transaction, gas_used);
        for (owner, units) in
            [(transaction.sender, deposit.saturating_sub(paid)), (Address::ZERO, paid)]
        {
            let held = self.evm.tokens(token, owner);
            self.evm.set_tokens(token, owner, held.saturating_add(units));
        }
    }

    /// Runs a call against the state at the tip.
    pub(super) fn call(&mut self, call: TxEnv) -> Result<ExecutionResult, String> {
        let (number, timestamp) = self.next();
        self.evm.simulate(call, number, timestamp)
    }

    /// The least gas with which a call succeeds, found by halving: what a call uses is less than
    /// what it needs where gas is given back at its end.
    pub(super) fn estimate(&mut self, call: &TxEnv, allowance: u64) -> Result<u64, CallError> {
        let mut enough = allowance.min(BLOCK_GAS_LIMIT);
        let first = self
            .call(TxEnv { gas_limit: enough, ..call.clone() })
            .map_err(|error| allowance_error(error, enough))?;
        let mut too_little = match first {
            ExecutionResult::Success { gas, .. } => gas.tx_gas_used().saturating_sub(1),
            ExecutionResult::Revert { output, .. } => return Err(CallError::Reverted(output)),
            ExecutionResult::Halt { .. } => return Err(CallError::exceeds(enough)),
        };
        while too_little + 1 < enough {
            let gas_limit = too_little + (enough - too_little) / 2;
            let attempt = self.call(TxEnv { gas_limit, ..call.clone() });
            if attempt.is_ok_and(|result| result.is_success()) {
                enough = gas_limit;
            } else {
                too_little = gas_limit;
            }
        }
        Ok(enough)
    }

    pub(super) fn tip(&self) -> &Block {
        self.blocks.last().expect("the first block is made with the chain")
    }

    pub(super) fn block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(number).ok()?)
    }

    pub(super) fn included(&self, hash: &B256) -> Option<&Included> {
        self.included.get(hash)
    }

    /// What waits for its turn.
    pub(super) fn waiting(&self, hash: &B256) -> Option<&SignedTransaction> {
        self.pool.get(hash)
    }

    /// The nonces on chain by sender, in the order of the blocks.
    pub(super) fn nonces(&self) -> BTreeMap<Address, Vec<u64>> {
        let mut nonces: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let hashes = self.blocks.iter().filter_map(|block| block.transaction);
        for included in hashes.filter_map(|hash| self.included.get(&hash)) {
            let transaction = &included.transaction;
            nonces.entry(transaction.sender).or_default().push(transaction.envelope.nonce());
        }
        nonces
    }

    fn next(&self) -> (u64, u64) {
        (self.tip().number + 1, now().max(self.tip().timestamp))
    }
}

/// In a token: the base fee and the tip for so much gas.
fn fee(transaction: &SignedTransaction, gas: u64) -> U256 {
    let price = transaction.envelope.effective_gas_price(Some(BASE_FEE));
    U256::from(price) * U256::from(gas)
}

/// Why a call has no result.
#[derive(Debug)]
pub(super) enum CallError {
    /// The contract refused, with this data.
    Reverted(Bytes),
    /// It could not run, in geth's words.
    Impossible(String),
}

impl CallError {
    fn exceeds(gas: u64) -> Self {
        Self::Impossible(format!("gas required exceeds allowance ({gas})"))
    }
}

fn allowance_error(error: String, gas: u64) -> CallError {
    if error.starts_with("intrinsic gas too low") {
        CallError::exceeds(gas)
    } else {
        CallError::Impossible(error)
    }
}

/// Not the hash of a real header: the sandbox has no consensus to seal one for.
fn seal(
    number: u64,
    parent: B256,
    timestamp: u64,
    gas_used: u64,
    transaction: Option<B256>,
) -> Block {
    let mut preimage = number.to_be_bytes().to_vec();
    preimage.extend_from_slice(parent.as_slice());
    preimage.extend_from_slice(&timestamp.to_be_bytes());
    preimage.extend_from_slice(transaction.unwrap_or_default().as_slice());
    Block { number, hash: keccak256(preimage), parent, timestamp, gas_used, transaction }
}
