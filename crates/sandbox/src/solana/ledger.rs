//! The sandbox's own ledger: accounts, and a block for each transaction.

use std::collections::HashSet;
use std::time::Duration;

use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::failure::TransactionError;
use super::key::{Key, write};
use super::message::Transaction;
use super::program::{self, associated_account};
use super::state::{Draft, State, TOKEN_ACCOUNT_RENT, TokenAccount};
use crate::accounts::{Asset, Movement};
use crate::clock::{self, seconds as now};
use crate::height::Height;

/// The first block, and how long one takes.
const FIRST_BLOCK: u64 = 200_000_000;
const PACE: Duration = Duration::from_secs(1);

/// Blocks for which a blockhash is recent.
pub(super) const RECENT: u64 = 150;

/// Lamports for each signature.
const FEE: u128 = 5000;

/// Why a node does not take a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A signature is missing, or of another key, or of other bytes.
    Signature,
    /// It would fail.
    Preflight(TransactionError),
}

/// The ledger.
pub(super) struct Ledger {
    pub(super) state: State,
    height: Height,
    /// Makes the blockhashes of this ledger different from all others.
    seed: [u8; 16],
}

impl Ledger {
    /// One with a token of which nobody has any.
    pub(super) fn new(mint: Key, digits: u8) -> Self {
        let mut state = State::default();
        state.mints.insert(mint, digits);
        let seed = clock::random();
        Self { state, height: Height::new(FIRST_BLOCK, PACE), seed }
    }

    /// The last block.
    pub(super) fn height(&self) -> u64 {
        self.height.now()
    }

    /// Lets blocks pass.
    pub(super) fn advance(&mut self, blocks: u64) -> u64 {
        self.height.advance(blocks)
    }

    /// The hash of a block; not that of a real one, of which there is none.
    pub(super) fn blockhash(&self, height: u64) -> Key {
        Sha256::new().chain_update(self.seed).chain_update(height.to_be_bytes()).finalize().into()
    }

    fn is_recent(&self, blockhash: &Key) -> bool {
        let now = self.height();
        (now.saturating_sub(RECENT)..=now).any(|height| self.blockhash(height) == *blockhash)
    }

    /// Takes a transaction and executes it; its id, which is the first signature. With preflight it is
    /// refused where it would fail. Without it the id is all that the sender hears: what fails is put
    /// into a block and costs its fee, what can't be in a block is dropped.
    pub(super) fn send(
        &mut self,
        transaction: &Transaction,
        preflight: bool,
    ) -> Result<String, Refusal> {
        if !are_signed(transaction) {
            return Err(Refusal::Signature);
        }
        let id = bs58::encode(transaction.signatures[0]).into_string();
        match self.execute(transaction, &id) {
            Ok((movements, opened)) => {
                let applied = self.state.accounts.apply(&movements);
                applied.expect("every movement was possible when it was drafted");
                self.state.token_accounts.extend(opened);
                self.record(transaction, &id, None);
            }
            Err(error) if preflight => return Err(Refusal::Preflight(error)),
            Err(error) if error.costs_a_fee() => {
                let payer = write(&transaction.message.accounts[0]);
                let fee = self.state.accounts.apply(&[Movement::fee(&payer, fee(transaction))]);
                fee.expect("the fee was there when it was drafted");
                self.record(transaction, &id, Some(&error));
            }
            Err(_) => {}
        }
        Ok(id)
    }

    fn execute(
        &self,
        transaction: &Transaction,
        id: &str,
    ) -> Result<(Vec<Movement>, std::collections::HashMap<Key, TokenAccount>), TransactionError>
    {
        let message = &transaction.message;
        let distinct: HashSet<_> = message.accounts.iter().collect();
        if distinct.len() != message.accounts.len() {
            return Err(TransactionError::AccountLoadedTwice);
        }
        if !self.is_recent(&message.blockhash) {
            return Err(TransactionError::BlockhashNotFound);
        }
        if self.state.accounts.is_known(id) {
            return Err(TransactionError::AlreadyProcessed);
        }
        let payer = &message.accounts[0];
        if self.state.lamports(payer) == 0 {
            return Err(TransactionError::AccountNotFound);
        }
        let mut draft = Draft::of(&self.state);
        let paid = draft.pay_fee(payer, fee(transaction));
        paid.ok_or(TransactionError::InsufficientFundsForFee)?;
        for place in 0..message.instructions.len() {
            program::execute(&mut draft, message, place)?;
        }
        match draft.short_of_rent(&message.accounts) {
            Some(place) => Err(TransactionError::InsufficientFundsForRent(place)),
            None => Ok(draft.finish()),
        }
    }

    fn record(&mut self, transaction: &Transaction, id: &str, error: Option<&TransactionError>) {
        let message = &transaction.message;
        let error = error.map_or(Value::Null, TransactionError::view);
        let status =
            if error.is_null() { json!({ "Ok": null }) } else { json!({ "Err": error.clone() }) };
        let signatures = transaction.signatures.iter().map(|one| bs58::encode(one).into_string());
        let signatures: Vec<_> = signatures.collect();
        let keys: Vec<_> = message.accounts.iter().map(write).collect();
        let instructions = message.instructions.iter().map(|one| {
            json!({
                "programIdIndex": one.program, "accounts": one.accounts,
                "data": bs58::encode(&one.data).into_string(),
            })
        });
        let instructions: Value = instructions.collect();
        let after: Vec<_> = message.accounts.iter().map(|key| self.show(key)).collect();
        let slot = self.height.advance(1);
        let view = json!({
            "slot": slot, "blockTime": now(), "version": "legacy",
            "meta": {
                "err": error, "status": status,
                "fee": u64::try_from(fee(transaction)).unwrap_or(u64::MAX),
                "postBalances": after, "innerInstructions": [], "logMessages": [],
            },
            "transaction": {
                "signatures": signatures,
                "message": {
                    "accountKeys": keys, "instructions": instructions,
                    "recentBlockhash": write(&message.blockhash),
                },
            },
        });
        self.state.accounts.record(id, view);
    }

    fn show(&self, account: &Key) -> u64 {
        u64::try_from(self.state.lamports(account)).unwrap_or(u64::MAX)
    }

    /// Gives coins out of nothing; an account can't begin with less than its rent.
    pub(super) fn fund(&mut self, to: &Key, lamports: u128, view: Value) -> Result<(), String> {
        if self.state.lamports(to).saturating_add(lamports) < super::state::RENT {
            return Err(TransactionError::InsufficientFundsForRent(1).to_string());
        }
        let funded = self.state.accounts.fund(Asset::Coin, &write(to), lamports);
        funded.map_err(|error| error.to_string())?;
        self.record_own(view);
        Ok(())
    }

    /// Makes tokens for an owner, and the account for them where there is none.
    pub(super) fn mint(
        &mut self,
        owner: &Key,
        mint: Key,
        units: u128,
        view: Value,
    ) -> Result<(), String> {
        let account = associated_account(owner, &mint);
        let token_account = TokenAccount { mint, owner: *owner };
        let funded = self.state.accounts.fund(token_account.asset(), &write(&account), units);
        funded.map_err(|error| error.to_string())?;
        if self.state.token_accounts.insert(account, token_account).is_none() {
            let rent = self.state.accounts.fund(Asset::Coin, &write(&account), TOKEN_ACCOUNT_RENT);
            rent.map_err(|error| error.to_string())?;
        }
        self.record_own(view);
        Ok(())
    }

    fn record_own(&mut self, mut view: Value) {
        let id = view["transaction"]["signatures"][0].as_str().unwrap_or_default().to_owned();
        view["slot"] = self.height.advance(1).into();
        self.state.accounts.record(&id, view);
    }
}

fn fee(transaction: &Transaction) -> u128 {
    FEE.saturating_mul(u128::try_from(transaction.signatures.len()).unwrap_or(u128::MAX))
}

/// Every account that has to sign has signed, over the bytes as they came.
fn are_signed(transaction: &Transaction) -> bool {
    let signers = transaction.message.signers();
    let is_signed = |(key, signature): (&Key, &[u8; 64])| {
        let signature = Signature::from_bytes(signature);
        VerifyingKey::from_bytes(key)
            .is_ok_and(|key| key.verify_strict(&transaction.message.bytes, &signature).is_ok())
    };
    transaction.signatures.len() == signers.len()
        && signers.iter().zip(&transaction.signatures).all(is_signed)
}
