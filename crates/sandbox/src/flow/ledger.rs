//! Accounts with their keys and balances, and every transaction with what became of it.

use std::collections::HashMap;

use alloy_primitives::U256;

use super::address::Address;
use super::blocks::{Block, Blocks};
use super::cadence::{Effect, effect};
use super::service::Service;
use super::transaction::SignedTransaction;
use super::{DECIMALS, sha3_256};
use crate::accounts::{Accounts, Asset};
use crate::amount;
use crate::error::ApiError;

/// What the keys that sign for an account have to weigh.
pub(super) const FULL_WEIGHT: u32 = 1_000;

/// For how many blocks after its reference block a transaction can be executed.
const LIFE: u64 = 600;

/// A key of an account; secp256k1 with SHA3-256.
#[derive(Clone, Debug)]
pub(super) struct AccountKey {
    /// x and y.
    pub(super) public: [u8; 64],
    pub(super) weight: u32,
    /// Of the next transaction that it proposes.
    pub(super) sequence: u64,
}

/// A transaction that was executed.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) block: Block,
    /// Why it had no effect; none where it had.
    pub(super) error: Option<String>,
}

/// The state of the chain.
pub(super) struct Ledger {
    accounts: Accounts,
    keys: HashMap<Address, Vec<AccountKey>>,
    outcomes: HashMap<String, Outcome>,
    pub(super) blocks: Blocks,
}

impl Ledger {
    /// With the account of the API, which has its payer's key first and then those of proposals.
    pub(super) fn new(service: &Service) -> Self {
        let keys = HashMap::from([(service.address(), service.keys())]);
        let (accounts, outcomes) = Default::default();
        Self { accounts, keys, outcomes, blocks: Blocks::new() }
    }

    /// Opens an account with one key, which signs for it alone.
    pub(super) fn open(&mut self, public: [u8; 64]) -> Address {
        let text = format!("account {} of {}", self.keys.len(), hex::encode(public));
        let mut address = [0; 8];
        address.copy_from_slice(&sha3_256(text.as_bytes())[..8]);
        let key = AccountKey { public, weight: FULL_WEIGHT, sequence: 0 };
        self.keys.insert(Address(address), vec![key]);
        Address(address)
    }

    /// The keys of an account, by index; none where there is no such account.
    pub(super) fn keys(&self, address: Address) -> Option<&[AccountKey]> {
        self.keys.get(&address).map(Vec::as_slice)
    }

    pub(super) fn key(&self, address: Address, index: u32) -> Option<&AccountKey> {
        self.keys(address)?.get(usize::try_from(index).ok()?)
    }

    /// In 10^-8 FLOW.
    pub(super) fn balance(&self, address: Address) -> u128 {
        self.accounts.balance(&Asset::Coin, &address.to_string())
    }

    /// Gives an account coins out of nothing; answers a hash.
    pub(super) fn fund(&mut self, to: Address, units: u64) -> Result<String, ApiError> {
        let refused = |reason: String| ApiError::invalid("address", to.to_string().into(), reason);
        if !self.keys.contains_key(&to) {
            let reason = "there is no such account; POST /sandbox/FLOW/account opens one";
            return Err(refused(reason.to_owned()));
        }
        let given = self.accounts.fund(Asset::Coin, &to.to_string(), units.into());
        given.map_err(|error| refused(error.to_string()))?;
        let text = format!("faucet {} {to}", self.outcomes.len());
        let hash = hex::encode(sha3_256(text.as_bytes()));
        self.keep(&hash, None);
        Ok(hash)
    }

    /// What became of a transaction; none where nobody has heard of it.
    pub(super) fn outcome(&self, hash: &str) -> Option<&Outcome> {
        self.outcomes.get(hash)
    }

    /// Takes a transaction from the access node: refuses it, or executes it and seals what became of it.
    /// One that is known already is left as it is.
    pub(super) fn submit(&mut self, transaction: &SignedTransaction) -> Result<(), String> {
        let hash = transaction.hash();
        if self.outcomes.contains_key(&hash) {
            return Ok(());
        }
        self.check_reference(transaction)?;
        let error = self.execute(transaction).err();
        self.keep(&hash, error);
        Ok(())
    }

    fn keep(&mut self, hash: &str, error: Option<String>) {
        let block = self.blocks.tip();
        self.outcomes.insert(hash.to_owned(), Outcome { block, error });
    }

    fn check_reference(&mut self, transaction: &SignedTransaction) -> Result<(), String> {
        let tip = self.blocks.tip().height;
        let reference = self.blocks.height(&transaction.payload.reference_block);
        let reference = reference.ok_or("unknown reference block")?;
        if tip - reference > LIFE {
            return Err(format!(
                "transaction is expired: ref_height={reference} final_height={tip}"
            ));
        }
        Ok(())
    }

    fn execute(&mut self, transaction: &SignedTransaction) -> Result<(), String> {
        self.verify(transaction)?;
        let payload = &transaction.payload;
        let keys = self.keys.get_mut(&payload.proposer).into_iter().flatten();
        let at = usize::try_from(payload.proposal_key).unwrap_or(usize::MAX);
        if let Some(key) = keys.into_iter().nth(at) {
            key.sequence += 1;
        }
        let effect = effect(&payload.script, &payload.arguments).map_err(|words| failed(&words))?;
        match (effect, payload.authorizers.first()) {
            (Effect::None, _) => Ok(()),
            (Effect::Transfer { to, units }, Some(from)) => self.transfer(*from, to, units),
            (Effect::Transfer { .. }, None) => Err(failed("error: authorizer count mismatch")),
        }
    }

    fn transfer(&mut self, from: Address, to: Address, units: u64) -> Result<(), String> {
        let (held, asked) = (self.balance(from), u128::from(units));
        if held < asked {
            let show = |units: u128| fixed(units);
            return Err(failed(&format!(
                "error: pre-condition failed: FungibleToken.Vault.withdraw: Cannot withdraw tokens! \
                 The amount requested to be withdrawn ({}) is greater than the balance of the Vault \
                 ({}).",
                show(asked),
                show(held)
            )));
        }
        if !self.keys.contains_key(&to) {
            return Err(failed(&format!("error: panic: the account {to} can not receive FLOW")));
        }
        let (from, to) = (from.to_string(), to.to_string());
        let moved = self.accounts.transfer(Asset::Coin, &from, &to, asked);
        moved.map_err(|error| failed(&error.to_string()))
    }
}

/// What the runtime says of a script that ended early.
fn failed(words: &str) -> String {
    format!("[Error Code: 1101] cadence runtime error: Execution failed:\n{words}")
}

/// A number of units as `UFix64`, with all its digits.
pub(super) fn fixed(units: u128) -> String {
    let text = amount::format(U256::from(units), DECIMALS);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}.{fraction:0<8}")
}
