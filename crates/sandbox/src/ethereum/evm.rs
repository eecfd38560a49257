//! Execution: accounts and code in memory, run by revm.

use alloy_primitives::{Address, B256, Bytes, U256};
use revm::bytecode::Bytecode;
use revm::context::result::{EVMError, ExecutionResult, InvalidTransaction};
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::hardfork::SpecId;
use revm::state::AccountInfo;
use revm::{DatabaseCommit, DatabaseRef, ExecuteEvm, MainBuilder, MainContext};

use super::token;

/// Gas a block can hold.
pub(super) const BLOCK_GAS_LIMIT: u64 = 30_000_000;

/// Wei burnt for each unit of gas. It never changes: no block is full.
pub(super) const BASE_FEE: u64 = 1_000_000_000;

/// All accounts.
pub(super) struct Evm {
    accounts: CacheDB<EmptyDB>,
    /// The id that it signs for (EIP-155).
    pub(super) chain_id: u64,
}

impl Evm {
    /// A world in which one account owns everything.
    pub(super) fn new(chain_id: u64, rich: Address, balance: U256) -> Self {
        let mut accounts = CacheDB::new(EmptyDB::new());
        accounts.insert_account_info(rich, AccountInfo { balance, ..AccountInfo::default() });
        Self { accounts, chain_id }
    }

    /// Executes a transaction in a block of its own and keeps what it changed.
    pub(super) fn execute(
        &mut self,
        transaction: TxEnv,
        number: u64,
        timestamp: u64,
    ) -> Result<ExecutionResult, String> {
        let sender = transaction.caller;
        let price = transaction.gas_price;
        // Nothing is burnt where the fee has been paid in another coin.
        let basefee = if price == 0 { 0 } else { BASE_FEE };
        let (rules, block) = (self.rules(), BlockEnv { basefee, ..block(number, timestamp) });
        let mut evm = Context::mainnet()
            .with_db(&mut self.accounts)
            .with_cfg(rules)
            .with_block(block)
            .build_mainnet();
        let outcome = evm.transact(transaction).map_err(|error| in_words(error, sender, price))?;
        self.accounts.commit(outcome.state);
        Ok(outcome.result)
    }

    /// Executes a call and forgets what it changed. Neither nonce nor gas price matter.
    pub(super) fn simulate(
        &mut self,
        call: TxEnv,
        number: u64,
        timestamp: u64,
    ) -> Result<ExecutionResult, String> {
        let sender = call.caller;
        let call = TxEnv { chain_id: Some(self.chain_id), ..call };
        let mut rules = self.rules();
        rules.disable_nonce_check = true;
        let mut evm = Context::mainnet()
            .with_db(&mut self.accounts)
            .with_cfg(rules)
            .with_block(block(number, timestamp))
            .build_mainnet();
        let outcome = evm.transact(call).map_err(|error| in_words(error, sender, 0))?;
        Ok(outcome.result)
    }

    pub(super) fn balance(&self, address: Address) -> U256 {
        self.account(address).balance
    }

    pub(super) fn nonce(&self, address: Address) -> u64 {
        self.account(address).nonce
    }

    pub(super) fn code(&self, address: Address) -> Bytes {
        let account = self.account(address);
        let known = account.code.or_else(|| self.accounts.code_by_hash_ref(account.code_hash).ok());
        known.as_ref().map(Bytecode::original_bytes).unwrap_or_default()
    }

    /// What an account holds of the test token.
    pub(super) fn tokens(&self, token: Address, owner: Address) -> U256 {
        self.accounts.storage_ref(token, token::balance_slot_of(owner)).unwrap_or_default()
    }

    /// Gives an account another balance of the test token.
    pub(super) fn set_tokens(&mut self, token: Address, owner: Address, units: U256) {
        // Nothing lies behind the memory: writing to it can't fail.
        let _ = self.accounts.insert_account_storage(token, token::balance_slot_of(owner), units);
    }

    fn rules(&self) -> CfgEnv {
        let mut rules = CfgEnv::new_with_spec(SpecId::PRAGUE);
        rules.chain_id = self.chain_id;
        rules
    }

    fn account(&self, address: Address) -> AccountInfo {
        // Nothing lies behind the memory: reading it can't fail.
        self.accounts.basic_ref(address).ok().flatten().unwrap_or_default()
    }
}

fn block(number: u64, timestamp: u64) -> BlockEnv {
    BlockEnv {
        number: U256::from(number),
        timestamp: U256::from(timestamp),
        gas_limit: BLOCK_GAS_LIMIT,
        prevrandao: Some(B256::ZERO),
        ..BlockEnv::default()
    }
}

/// A refusal in geth's words, which clients know.
fn in_words<E: std::fmt::Display>(error: EVMError<E>, sender: Address, price: u128) -> String {
    use InvalidTransaction as Invalid;
    let EVMError::Transaction(invalid) = error else {
        return format!("the transaction can't be executed: {error}");
    };
    match invalid {
        Invalid::NonceTooLow { tx, state } => {
            format!("nonce too low: next nonce {state}, tx nonce {tx}")
        }
        Invalid::NonceTooHigh { tx, state } => {
            format!("nonce too high: address {sender}, tx: {tx} state: {state}")
        }
        Invalid::LackOfFundForMaxFee { fee, balance } => format!(
            "insufficient funds for gas * price + value: balance {balance}, tx cost {fee}, \
             overshot {}",
            fee.saturating_sub(*balance)
        ),
        Invalid::CallGasCostMoreThanGasLimit { initial_gas: needed, gas_limit }
        | Invalid::GasFloorMoreThanGasLimit { gas_floor: needed, gas_limit } => {
            format!("intrinsic gas too low: gas {gas_limit}, minimum needed {needed}")
        }
        Invalid::CallerGasLimitMoreThanBlock | Invalid::TxGasLimitGreaterThanCap { .. } => {
            "exceeds block gas limit".to_owned()
        }
        Invalid::GasPriceLessThanBasefee => format!(
            "max fee per gas less than block base fee: address {sender}, \
             maxFeePerGas: {price}, baseFee: {BASE_FEE}"
        ),
        Invalid::PriorityFeeGreaterThanMaxFee => {
            format!("max priority fee per gas higher than max fee per gas: maxFeePerGas: {price}")
        }
        other => other.to_string(),
    }
}
